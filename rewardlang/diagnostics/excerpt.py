"""Lines of a source with the marked places underlined."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, groupby, islice, pairwise
from typing import TYPE_CHECKING

from rewardlang.diagnostics.cells import ELLIPSIS, Cells, Style, laid_out, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rewardlang.diagnostics.diagnostic import Label
    from rewardlang.source import Source, Span

FAULT, CAUSE = "^", "-"
"""What underlines the place of a fault, and a cause of it."""

_LEAST_ROOM = 20
"""Cells that a source line is always given, however narrow the terminal."""


@dataclass(frozen=True)
class Mark:
    """An underline below the cells `start` to `end` (exclusive, from 0) of a line, and the text beside it."""

    line: int
    start: int
    end: int
    text: str
    sign: str
    style: Style

    def shifted(self, left: int, room: int) -> Mark:
        """The part of the mark that is seen when only the `room` cells from `left` on are shown."""
        seen = left + len(ELLIPSIS) if left else 0
        start = max(self.start, seen) - left
        return Mark(self.line, start, max(min(self.end - left, room), start + 1), self.text, self.sign, self.style)


def offsets(span: Span) -> tuple[int, int]:
    """Start and end of a span, kept within the text that it points into."""
    start = min(span.start, len(span.source.text))
    return start, min(max(span.end, start), len(span.source.text))


def mark(label: Label, sign: str, style: Style) -> Mark:
    """Where to underline a label; of a span over several lines only the first, to its end."""
    source = label.span.source
    start, end = offsets(label.span)
    line, column = source.position(start)
    last, _ = source.position(max(start, end - 1))
    text = source.line(line)
    begin = min(column - 1, len(text))
    stop = begin + end - start if last == line else len(text.rstrip())
    columns = Cells(text).columns
    at = columns[begin]
    until = max(columns[min(max(stop, begin), len(text))], at + 1)
    return Mark(line, at, until, _with_last_line(printable(label.text), line, last), sign, style)


def _with_last_line(text: str, line: int, last: int) -> str:
    if last == line:
        return text
    return f"{text} (continues to line {last})" if text else f"continues to line {last}"


def numbered_rows(source: Source, marks: Sequence[Mark], room: int, *, color: bool) -> Iterator[tuple[int | None, str]]:
    """The rows of an excerpt, each with the number of its line: none for underlines, 0 for lines left out."""
    by_line = {number: list(group) for number, group in groupby(sorted(marks, key=_line), key=_line)}
    numbers = sorted(set(by_line).union(*(_context(source, number) for number in by_line)))
    for number, after in pairwise([*numbers, 0]):
        yield from _line_rows(number, Cells(source.line(number)), by_line.get(number, []), room, color=color)
        if after - number > 2:  # an ellipsis takes as much room as the one line that it would hide
            yield 0, ELLIPSIS


def _line(mark: Mark) -> int:
    return mark.line


def _context(source: Source, number: int) -> Iterator[int]:
    """The last line with text above a blank line: an underline below nothing tells nothing."""
    if not source.line(number).strip():
        yield from islice((above for above in range(number - 1, 0, -1) if source.line(above).strip()), 1)


def _line_rows(
    number: int, cells: Cells, marks: list[Mark], room: int, *, color: bool
) -> Iterator[tuple[int | None, str]]:
    room = max(room, _LEAST_ROOM)
    for left, seen in _windows(cells, marks, room):
        width = cells.width if left == 0 and cells.width <= room else left + room
        yield number, cells.cut(left, width)
        for row in _packed([each.shifted(left, room) for each in seen]):
            yield from ((None, text) for text in _underlines(row, color=color))


def _windows(cells: Cells, marks: list[Mark], room: int) -> Iterator[tuple[int, list[Mark]]]:
    """The first cell of each part of a line that is shown, and the marks in it: the whole line wherever it fits."""
    if cells.width <= room or not marks:
        yield 0, marks
        return
    inner = room - 3 * len(ELLIPSIS)
    for near in _clusters(marks, inner):
        yield _first_cell(near[0].start, max(each.end for each in near), max(cells.width, near[-1].end), room), near


def _first_cell(low: int, high: int, width: int, room: int) -> int:
    """Where to cut a line of `width` cells so that `low` to `high`, or their beginning, are seen with what is around.

    Two thirds of what is left over go to the right, where the text of a mark stands.
    """
    spare = room - (high - low) - 2 * len(ELLIPSIS)
    from_start = low <= room // 3 if spare < 0 else high <= room - len(ELLIPSIS)
    return 0 if from_start else min(low - max(spare, 0) // 3 - len(ELLIPSIS), width - room)


def _clusters(marks: list[Mark], room: int) -> Iterator[list[Mark]]:
    near: list[Mark] = []
    for each in sorted(marks, key=lambda each: each.start):
        if near and max(each.end, *(other.end for other in near)) - near[0].start > room:
            yield near
            near = []
        near.append(each)
    yield near


def _packed(marks: list[Mark]) -> list[list[Mark]]:
    """All marks in one row, from left to right; where two of them meet, a row for each, that of the fault first."""
    ordered = sorted(marks, key=lambda each: each.start)
    if all(_apart(a, b) for a, b in combinations(ordered, 2)):
        return [ordered] if ordered else []
    return [[each] for each in sorted(ordered, key=lambda each: each.sign == CAUSE)]


def _apart(a: Mark, b: Mark) -> bool:
    return a.end < b.start or b.end < a.start


def _underlines(row: list[Mark], *, color: bool) -> Iterator[str]:
    """The underlines of a row: the last one's text beside it, the others' hanging below, so that none crosses."""
    last = row[-1]
    signs = [(each.start, each.sign * (each.end - each.start), each.style) for each in row]
    yield laid_out([*signs, (last.end + 1, last.text, last.style)] if last.text else signs, color=color)
    hanging = [each for each in row[:-1] if each.text]
    bars = [(each.start, "|", each.style) for each in hanging]
    if bars:
        yield laid_out(bars, color=color)
    for i in reversed(range(len(hanging))):
        text = (hanging[i].start, hanging[i].text, hanging[i].style)
        yield laid_out([*bars[:i], text], color=color)
