"""Properties of texts, and texts made of others. Lengths are in code points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.facts import Interval
from rewardlang.ops.builtin import Parameter, Role, Rows
from rewardlang.types import BOOL, INT, TEXT, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.texts import Texts
    from rewardlang.regex.questions import Seek

LENGTH = Interval(0, 2**30)
"""Lengths of texts and lists, and positions in them."""
X = Parameter("x", (TEXT,))
PART = Parameter("part", (TEXT,))


def constant(name: str, **options: Any) -> Parameter:
    """A text that is known when compiling."""
    return Parameter(name, (TEXT,), role=Role.CONST, **options)


def needle(column: Texts) -> bytes | Texts:
    """The bytes where all rows are one text, which is faster to look for; else the column."""
    starts, ends = column.starts, column.ends
    if not len(column) or (starts != starts[0]).any() or (ends != ends[0]).any():
        return column
    return column.buffer[starts[0] : ends[0]].tobytes()


def place_of(part: str, which: str) -> Seek | None:
    """The question where a literal occurs."""
    from rewardlang.regex.questions import Kind, Seek

    return Seek(Kind.FIRST if which == "first" else Kind.LAST, part.encode())


class Length(Rows):
    """The number of code points of a text.

    Shapes: x: any axes.
    Units: code points.
    Missing: where x is.
    Errors: none.
    Source: Unicode code points, as Python's `len`.
    Example: length("naïve") == 5
    """

    name = "length"
    parameters = (X,)
    result = INT

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return LENGTH

    def one(self, x: str) -> int:
        return len(x)

    def rows(self, x: Texts) -> Any:
        from rewardlang.kernels.text import length

        return length(x)


class Strip(Rows):
    """x without the whitespace, or the characters of `text`, at both ends.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: `text` must be constant.
    Source: Unicode whitespace as Python's `str.isspace`; a set of characters as `str.strip`.
    Example: strip("  a b ") == "a b"
    """

    name = "strip"
    parameters = (X, constant("text", default=""))
    result = TEXT
    laws = ("idempotent",)

    def one(self, x: str, text: str = "") -> str:
        return x.strip(text or None)

    def rows(self, x: Texts, text: str = "") -> Any:
        from rewardlang.kernels.split import strip, strip_chars

        return strip_chars(x, text) if text else strip(x)


class Lower(Rows):
    """x in lower case.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: Unicode's full case mapping, as Python's `str.lower`.
    Example: lower("ÄB") == "äb"
    """

    name = "lower"
    parameters = (X,)
    result = TEXT

    def one(self, x: str) -> str:
        return x.lower()

    def rows(self, x: Texts) -> Any:
        from rewardlang.kernels.case import lower

        return lower(x)


class Upper(Rows):
    """x in upper case.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: Unicode's full case mapping, as Python's `str.upper`.
    Example: upper("straße") == "STRASSE"
    """

    name = "upper"
    parameters = (X,)
    result = TEXT

    def one(self, x: str) -> str:
        return x.upper()

    def rows(self, x: Texts) -> Any:
        from rewardlang.kernels.case import upper

        return upper(x)


class Contains(Rows):
    """Whether `part` occurs in x; also written `part in x`.

    Shapes: x, part: any axes, broadcast by name.
    Units: none.
    Missing: where x or part is.
    Errors: none.
    Source: code points compared exactly; the empty text is in every text.
    Example: contains("abc", "bc")
    """

    name = "contains"
    parameters = (X, PART)
    result = BOOL

    def one(self, x: str, part: str) -> bool:
        return part in x

    def rows(self, x: Texts, part: Texts) -> Any:
        from rewardlang.kernels.text import contains

        return contains(x, needle(part))

    def question(self, texts: Sequence[str], options: Mapping[str, Any]) -> Seek | None:
        return place_of(texts[0], "first")

    def answered(self, x: Texts, answer: Any, texts: Sequence[str], options: Mapping[str, Any]) -> Any:
        return answer >= 0


class StartsWith(Rows):
    """Whether x begins with `part`.

    Shapes: x, part: any axes, broadcast by name.
    Units: none.
    Missing: where x or part is.
    Errors: none.
    Source: code points compared exactly.
    Example: starts_with("abc", "ab")
    """

    name = "starts_with"
    parameters = (X, PART)
    result = BOOL

    def one(self, x: str, part: str) -> bool:
        return x.startswith(part)

    def rows(self, x: Texts, part: Texts) -> Any:
        from rewardlang.kernels.text import starts_with

        return starts_with(x, needle(part))


class EndsWith(Rows):
    """Whether x ends with `part`.

    Shapes: x, part: any axes, broadcast by name.
    Units: none.
    Missing: where x or part is.
    Errors: none.
    Source: code points compared exactly.
    Example: ends_with("abc", "bc")
    """

    name = "ends_with"
    parameters = (X, PART)
    result = BOOL

    def one(self, x: str, part: str) -> bool:
        return x.endswith(part)

    def rows(self, x: Texts, part: Texts) -> Any:
        from rewardlang.kernels.text import ends_with

        return ends_with(x, needle(part))


class Replace(Rows):
    """x with every occurrence of `old` replaced by `new`, from the left, without overlap.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: `old` must not be empty; `old` and `new` must be constant.
    Source: as Python's `str.replace`.
    Example: replace("1,234", ",", "") == "1234"
    """

    name = "replace"
    parameters = (X, constant("old"), constant("new"))
    result = TEXT

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        return None if options.get("old") else "`old` is the empty text, which is everywhere"

    def one(self, x: str, old: str, new: str) -> str:
        return x.replace(old, new)

    def rows(self, x: Texts, old: str, new: str) -> Any:
        from rewardlang.kernels.joining import join
        from rewardlang.kernels.split import split_on

        offsets, parts = split_on(x, old.encode())
        return x if len(parts) == len(x) else join(offsets, parts, new.encode()).rows


class Slice(Rows):
    """The code points of x from `start` up to, not including, `end`; negative ones count from the end.

    Shapes: x: any axes.
    Units: code points.
    Missing: where x is.
    Errors: `start` and `end` must be constant; what is outside is cut off.
    Source: as Python's `x[start:end]`.
    Example: slice("abcd", 1, 3) == "bc"
    """

    name = "slice"
    parameters = (
        X,
        Parameter("start", (INT,), role=Role.CONST),
        Parameter("end", (INT,), role=Role.CONST, default=None),
    )
    result = TEXT

    def one(self, x: str, start: int, end: int | None = None) -> str:
        return x[start:end]

    def rows(self, x: Texts, start: int, end: int | None = None) -> Any:
        from rewardlang.kernels.joining import cut

        return cut(x, start, 2**40 if end is None else end)


BUILTINS = (
    Length(), Strip(), Lower(), Upper(), Contains(), StartsWith(), EndsWith(), Replace(), Slice(),
)  # fmt: skip
