"""Regular expressions: whether, how often, where and what they match. Python's meaning, in time linear in the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import Lists, Made, Parameter, Role, Rows
from rewardlang.ops.records import BUNDLE, CAPTURES
from rewardlang.ops.text import LENGTH, X
from rewardlang.ops.text_parts import enclosed
from rewardlang.types import BOOL, INT, TEXT, Element, RecordElement, RecordField, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.texts import Texts
    from rewardlang.facts import Interval
    from rewardlang.regex.questions import Question, Seek
    from rewardlang.regex.syntax import Pattern

Written = tuple[str, str]
"""A pattern and its flags, letters out of `ims`."""
PATTERN = Parameter("pattern", (), role=Role.REGEX)
PLACE = Type(INT, range=LENGTH)
SPAN = RecordElement(
    "span", fields=(RecordField("start", PLACE), RecordField("end", PLACE), RecordField("text", Type(TEXT)))
)
"""What `spans` gives for each match."""


def python_pattern(pattern: Written) -> re.Pattern[str]:
    """The pattern as the oracle has it."""
    flags = re.NOFLAG
    for letter in pattern[1]:
        flags |= re.RegexFlag[letter.upper()]
    return re.compile(pattern[0], flags)


def _parsed(pattern: Written) -> Pattern:
    from rewardlang.regex.syntax import parse

    return parse(*pattern)


def _group_names(pattern: Written) -> tuple[str | None, ...]:
    return _parsed(pattern).group_names


def _records(pattern: Written) -> bool:
    return any(_group_names(pattern))


def _captured(pattern: Written) -> Element:
    """Text for no group or one without a name; with names, a record of them."""
    names = _group_names(pattern)
    if not any(names):
        return TEXT
    return RecordElement("match", fields=tuple(RecordField(name or "", Type(TEXT).lacking(())) for name in names))


def _refuse(pattern: Written) -> str | None:
    names = _group_names(pattern)
    if len(names) < 2 or all(names):
        return None
    return "the pattern has several groups: name each, `(?P<name>…)`, or make those that only group `(?:…)`"


def _of_match(match: re.Match[str]) -> Any:
    if match.re.groupindex:
        return match.groupdict()
    return match[match.re.groups]


class Matches(Rows):
    """Whether the pattern matches somewhere in x.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: the pattern is a literal without look-around and back-references.
    Source: as Python's `re.search`.
    Example: matches("a1", /[0-9]/)
    """

    name = "matches"
    parameters = (X, PATTERN)
    result = BOOL

    def one(self, x: str, pattern: Written) -> bool:
        return python_pattern(pattern).search(x) is not None

    def rows(self, x: Texts, pattern: Written) -> Any:
        from rewardlang.regex.machine import test
        from rewardlang.regex.program import compile_pattern

        return test(compile_pattern(*pattern), x.buffer, x.starts, x.ends)

    def question(self, texts: Sequence[str], options: Mapping[str, Any]) -> Question:
        from rewardlang.regex.questions import Question

        return Question(*options["pattern"])

    def answered(self, x: Texts, answer: Any, texts: Sequence[str], options: Mapping[str, Any]) -> Any:
        return answer


class FullMatch(Rows):
    """Whether the pattern matches all of x.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: the pattern is a literal without look-around and back-references.
    Source: as Python's `re.fullmatch`.
    Example: not full_match("a1", /[0-9]/)
    """

    name = "full_match"
    parameters = (X, PATTERN)
    result = BOOL

    def one(self, x: str, pattern: Written) -> bool:
        return python_pattern(pattern).fullmatch(x) is not None

    def rows(self, x: Texts, pattern: Written) -> Any:
        from rewardlang.regex.machine import test
        from rewardlang.regex.program import compile_pattern

        return test(compile_pattern(*pattern), x.buffer, x.starts, x.ends, full=True)

    def question(self, texts: Sequence[str], options: Mapping[str, Any]) -> Question:
        from rewardlang.regex.questions import Question

        pattern, flags = options["pattern"]
        return Question(pattern, flags, full=True)

    def answered(self, x: Texts, answer: Any, texts: Sequence[str], options: Mapping[str, Any]) -> Any:
        return answer


class CountMatches(Rows):
    """How often the pattern matches in x, without overlap, empty matches included.

    Shapes: x: any axes.
    Units: matches.
    Missing: where x is.
    Errors: the pattern is a literal without look-around and back-references.
    Source: the length of Python's `list(re.finditer(...))`.
    Example: count_matches("a1b22", /[0-9]+/) == 2
    """

    name = "count_matches"
    parameters = (X, PATTERN)
    result = INT

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return LENGTH

    def one(self, x: str, pattern: Written) -> int:
        return sum(1 for _ in python_pattern(pattern).finditer(x))

    def rows(self, x: Texts, pattern: Written) -> Any:
        from rewardlang.regex.machine import count
        from rewardlang.regex.program import compile_pattern

        return count(compile_pattern(*pattern), x.buffer, x.starts, x.ends)

    def question(self, texts: Sequence[str], options: Mapping[str, Any]) -> Seek | None:
        from rewardlang.regex.questions import Kind, Seek
        from rewardlang.regex.tree import Literal

        root = _parsed(options["pattern"]).root
        return Seek(Kind.COUNT, root.text.encode()) if isinstance(root, Literal) else None

    def answered(self, x: Texts, answer: Any, texts: Sequence[str], options: Mapping[str, Any]) -> Any:
        return answer


class Find(Rows):
    """The first match: all of it, or its one group, or a record of its named groups.

    Shapes: x: any axes.
    Units: none.
    Missing: where nothing matches, or the one group takes no part in the match; where x is missing. A named group
        that takes no part is a missing field.
    Errors: several groups of which one has no name.
    Source: as Python's `re.search`.
    Example: (find("a = 12", /= ([0-9]+)/) ?? "") == "12"
    """

    name = "find"
    parameters = (X, PATTERN)
    result = None
    partial = True
    raw = CAPTURES

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        return _captured(options["pattern"])

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        return _refuse(options["pattern"])

    def one(self, x: str, pattern: Written) -> Any:
        match = python_pattern(pattern).search(x)
        return None if match is None else _of_match(match)

    def rows(self, x: Texts, pattern: Written) -> Any:
        from rewardlang.regex.machine import search
        from rewardlang.regex.program import compile_pattern

        if (found := _between(x, pattern, last=False)) is not None:
            return found
        return _first(x, pattern, search(compile_pattern(*pattern), x.buffer, x.starts, x.ends))

    def question(self, texts: Sequence[str], options: Mapping[str, Any]) -> Seek | None:
        return _pair(options["pattern"], last=False)

    def answered(self, x: Texts, answer: Any, texts: Sequence[str], options: Mapping[str, Any]) -> Any:
        return _within(x, answer, options["pattern"])


class FindLast(Rows):
    """The last of the matches that `find_all` gives: all of it, or its one group, or a record of its named groups.

    Shapes: x: any axes.
    Units: none.
    Missing: where nothing matches, or the one group takes no part in the match; where x is missing. A named group
        that takes no part is a missing field.
    Errors: several groups of which one has no name.
    Source: the last of Python's `re.finditer`, which scans from the left without overlap.
    Example: (find_last("a1b22", /[0-9]+/) ?? "") == "22"
    """

    name = "find_last"
    parameters = (X, PATTERN)
    result = None
    partial = True
    raw = CAPTURES

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        return _captured(options["pattern"])

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        return _refuse(options["pattern"])

    def one(self, x: str, pattern: Written) -> Any:
        match = None
        for match in python_pattern(pattern).finditer(x):  # noqa: B007 - the last one is wanted
            pass
        return None if match is None else _of_match(match)

    def rows(self, x: Texts, pattern: Written) -> Any:
        import numpy as np

        from rewardlang.regex.machine import find_all
        from rewardlang.regex.program import compile_pattern

        if (between := _between(x, pattern, last=True)) is not None:
            return between
        offsets, found = find_all(compile_pattern(*pattern), x.buffer, x.starts, x.ends)
        spans = np.full((len(x), found.shape[1]), -1, np.int64)
        some = offsets[1:] > offsets[:-1]
        spans[some] = found[offsets[1:][some] - 1]
        return _first(x, pattern, spans)

    def question(self, texts: Sequence[str], options: Mapping[str, Any]) -> Seek | None:
        return _pair(options["pattern"], last=True)

    def answered(self, x: Texts, answer: Any, texts: Sequence[str], options: Mapping[str, Any]) -> Any:
        return _within(x, answer, options["pattern"])


def _pair(pattern: Written, *, last: bool) -> Seek | None:
    """The question of a pattern that captures what two literals enclose."""
    from rewardlang.regex.questions import Kind, Seek
    from rewardlang.regex.shapes import delimited

    shape = delimited(_parsed(pattern))
    if shape is None:
        return None
    kind = Kind.LAST_PAIR if last else Kind.PAIR
    return Seek(kind, shape.opening.encode(), shape.closing.encode(), shape.folded)


def _between(x: Texts, pattern: Written, *, last: bool) -> Any:
    """What the literals of such a pattern enclose, where there is a search for them."""
    from rewardlang.kernels.literals import seek_all, shareable

    seek = _pair(pattern, last=last)
    return None if seek is None or not shareable(seek) else _within(x, seek_all(x, [seek])[0], pattern)


def _within(x: Texts, spans: Any, pattern: Written) -> Any:
    """What the literals enclose, without the whitespace that the pattern leaves out of its group."""
    from rewardlang.kernels.split import strip
    from rewardlang.regex.shapes import delimited

    inside, present = enclosed(x, spans)
    shape = delimited(_parsed(pattern))
    side = None if shape is None else shape.stripped
    return (inside if side is None else strip(inside, side)), present


def _first(x: Texts, pattern: Written, spans: Any) -> Any:
    from rewardlang.columns.column import Captures

    captures = Captures(x, spans)
    if _records(pattern):
        return captures, spans[:, 0] >= 0
    return captures.group(spans.shape[1] // 2 - 1)


class FindAll(Lists):
    """All matches, from left to right without overlap: each as `find` gives it.

    Shapes: x: any axes; the result has the new axis `match`.
    Units: none.
    Missing: where x is. A lone group that takes no part in a match is the empty text, a named one a missing field.
    Errors: several groups of which one has no name.
    Source: as Python's `re.finditer`, empty matches included.
    Example: join(find_all("a1b22", /[0-9]+/), ",") == "1,22"
    """

    name = "find_all"
    parameters = (X, PATTERN)
    result = None
    makes = Made("match")
    raw = CAPTURES

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        return _captured(options["pattern"])

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        return _refuse(options["pattern"])

    def one(self, x: str, pattern: Written) -> list[Any]:
        return [
            _of_match(match) if _of_match(match) is not None else "" for match in python_pattern(pattern).finditer(x)
        ]

    def lists(self, x: Texts, pattern: Written) -> Any:
        from rewardlang.columns.column import Captures, Ragged
        from rewardlang.regex.machine import find_all
        from rewardlang.regex.program import compile_pattern

        offsets, spans = find_all(compile_pattern(*pattern), x.buffer, x.starts, x.ends)
        captures = Captures(x, spans)
        if _records(pattern):
            return Ragged(offsets, captures)
        return Ragged(offsets, captures.group(spans.shape[1] // 2 - 1)[0])


class Spans(Lists):
    """Where the pattern matches: `start` and `end` of each match, and its `text`.

    Shapes: x: any axes; the result has the new axis `match`.
    Units: code points, counted from 0; `end` is that of the first code point after the match.
    Missing: where x is.
    Errors: the pattern is a literal without look-around and back-references.
    Source: as the `span()` of Python's `re.finditer`, empty matches included.
    Example: sum(spans("é1b22", /[0-9]+/).start) == 4
    """

    name = "spans"
    parameters = (X, PATTERN)
    result = SPAN
    makes = Made("match")
    raw = BUNDLE

    def one(self, x: str, pattern: Written) -> list[Any]:
        found = python_pattern(pattern).finditer(x)
        return [{"start": match.start(), "end": match.end(), "text": match[0]} for match in found]

    def lists(self, x: Texts, pattern: Written) -> Any:
        from rewardlang.columns.column import Bundle, Ragged
        from rewardlang.kernels.joining import positions
        from rewardlang.regex.machine import find_all
        from rewardlang.regex.program import compile_pattern

        offsets, spans = find_all(compile_pattern(*pattern), x.buffer, x.starts, x.ends)
        text = x.within(spans[:, 0], spans[:, 1])
        start, end = positions(x, offsets, text)
        return Ragged(offsets, Bundle({"start": start, "end": end, "text": text}))


BUILTINS = (Matches(), FullMatch(), CountMatches(), Find(), FindLast(), FindAll(), Spans())
