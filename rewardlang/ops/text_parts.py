"""Where a part of a text stands, and what is before, after and between. Positions are in code points."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import Parameter, Role, Rows
from rewardlang.ops.text import LENGTH, PART, X, constant, needle, place_of
from rewardlang.types import INT, TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.texts import Texts
    from rewardlang.facts import Interval
    from rewardlang.regex.questions import Seek

WHICH = Parameter("which", (), role=Role.WORD, default="first", words=("first", "last"))


class Position(Rows):
    """Where `part` first (or last) occurs in x, counted from 0.

    Shapes: x, part: any axes, broadcast by name.
    Units: code points.
    Missing: where part does not occur; where x or part is missing.
    Errors: none.
    Source: as Python's `str.find` and `str.rfind`.
    Example: (position("naïve", "v") ?? 0) == 3
    """

    name = "position"
    parameters = (X, PART, WHICH)
    result = INT
    partial = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return LENGTH

    def one(self, x: str, part: str, which: str = "first") -> int | None:
        place = x.find(part) if which == "first" else x.rfind(part)
        return None if place < 0 else place

    def rows(self, x: Texts, part: Texts, which: str = "first") -> Any:
        from rewardlang.kernels.text import length

        before, present = _before(x, _places(x, part, which))
        return length(before), present

    def question(self, texts: Sequence[str], options: Mapping[str, Any]) -> Seek | None:
        return place_of(texts[0], options.get("which", "first"))

    def answered(self, x: Texts, answer: Any, texts: Sequence[str], options: Mapping[str, Any]) -> Any:
        from rewardlang.kernels.text import length

        before, present = _before(x, answer)
        return length(before), present


def _places(x: Texts, part: Texts, which: str) -> Any:
    from rewardlang.kernels.text import find_literal

    return find_literal(x, needle(part), last=which == "last")


def _before(x: Texts, places: Any) -> tuple[Texts, Any]:
    import numpy as np

    present = places >= 0
    return x.within(x.starts, np.where(present, places, x.starts)), present


def _after(x: Texts, places: Any, sizes: Any) -> tuple[Texts, Any]:
    import numpy as np

    present = places >= 0
    return x.within(np.where(present, places + sizes, x.ends), x.ends), present


class Before(Rows):
    """The part of x before the first (or last) occurrence of `part`.

    Shapes: x, part: any axes, broadcast by name.
    Units: none.
    Missing: where part does not occur; where x or part is missing.
    Errors: none.
    Source: as Python's `str.partition` and `str.rpartition`.
    Example: (before("a=b=c", "=") ?? "") == "a"
    """

    name = "before"
    parameters = (X, PART, WHICH)
    result = TEXT
    partial = True

    def one(self, x: str, part: str, which: str = "first") -> str | None:
        place = x.find(part) if which == "first" else x.rfind(part)
        return None if place < 0 else x[:place]

    def rows(self, x: Texts, part: Texts, which: str = "first") -> Any:
        return _before(x, _places(x, part, which))

    def question(self, texts: Sequence[str], options: Mapping[str, Any]) -> Seek | None:
        return place_of(texts[0], options.get("which", "first"))

    def answered(self, x: Texts, answer: Any, texts: Sequence[str], options: Mapping[str, Any]) -> Any:
        return _before(x, answer)


class After(Rows):
    """The part of x after the first (or last) occurrence of `part`.

    Shapes: x, part: any axes, broadcast by name.
    Units: none.
    Missing: where part does not occur; where x or part is missing.
    Errors: none.
    Source: as Python's `str.partition` and `str.rpartition`.
    Example: (after("a=b=c", "=", which: last) ?? "") == "c"
    """

    name = "after"
    parameters = (X, PART, WHICH)
    result = TEXT
    partial = True

    def one(self, x: str, part: str, which: str = "first") -> str | None:
        place = x.find(part) if which == "first" else x.rfind(part)
        return None if place < 0 else x[place + len(part) :]

    def rows(self, x: Texts, part: Texts, which: str = "first") -> Any:
        return _after(x, _places(x, part, which), part.ends - part.starts)

    def question(self, texts: Sequence[str], options: Mapping[str, Any]) -> Seek | None:
        return place_of(texts[0], options.get("which", "first"))

    def answered(self, x: Texts, answer: Any, texts: Sequence[str], options: Mapping[str, Any]) -> Any:
        return _after(x, answer, len(texts[0].encode()))


class Between(Rows):
    """What stands between `open` and the next `close`: in the first such pair, or in the last.

    Shapes: x: any axes.
    Units: none.
    Missing: where no `open` with a `close` after it occurs; where x is missing.
    Errors: `open` and `close` must be constant.
    Source: the group of the regular expression `open(.*?)close`, where `.` matches newlines too; the last pair is that
        of a scan from the left without overlap.
    Example: (between("<a>1</a>", "<a>", "</a>") ?? "") == "1"
    """

    name = "between"
    parameters = (X, constant("open"), constant("close"), WHICH)
    result = TEXT
    partial = True

    def one(self, x: str, open: str, close: str, which: str = "first") -> str | None:  # noqa: A002 - the language's name
        found = re.findall(f"{re.escape(open)}(.*?){re.escape(close)}", x, re.DOTALL)
        return found[0 if which == "first" else -1] if found else None

    def rows(self, x: Texts, open: str, close: str, which: str = "first") -> Any:  # noqa: A002 - the language's name
        from rewardlang.kernels.text import between

        return between(x, open.encode(), close.encode(), last=which == "last")

    def question(self, texts: Sequence[str], options: Mapping[str, Any]) -> Seek | None:
        from rewardlang.regex.questions import Kind, Seek

        kind = Kind.LAST_PAIR if options.get("which") == "last" else Kind.PAIR
        return Seek(kind, options["open"].encode(), options["close"].encode())

    def answered(self, x: Texts, answer: Any, texts: Sequence[str], options: Mapping[str, Any]) -> Any:
        return enclosed(x, answer)


def enclosed(x: Texts, spans: Any) -> tuple[Texts, Any]:
    """What `spans` int64[rows, 2] hold of each text, -1 for nothing; and where they hold something."""
    import numpy as np

    present = spans[:, 0] >= 0
    return x.within(*(np.where(present, edge, x.starts) for edge in spans.T)), present


BUILTINS = (Position(), Before(), After(), Between())
