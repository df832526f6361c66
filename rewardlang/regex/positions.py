"""What the machine asks of a position: whether an assertion holds, and where a loop's continuation may succeed."""

# ruff: noqa: ANN001 - compiled for its arguments' types
# mypy: disallow-incomplete-defs=False, warn-return-any=False
# mypy: disallow-untyped-defs=False, disallow-untyped-decorators=False, disallow-untyped-calls=False

from __future__ import annotations

from rewardlang.kernels.compiling import compiled
from rewardlang.regex.scanning import class_step, find_literal, find_literal_or_stop, same_bytes, word_before
from rewardlang.regex.tree import At

_TEXT_START, _LINE_START, _TEXT_END = int(At.TEXT_START), int(At.LINE_START), int(At.TEXT_END)
_LAST_LINE_END, _LINE_END, _WORD_BOUNDARY = int(At.LAST_LINE_END), int(At.LINE_END), int(At.WORD_BOUNDARY)
_NEWLINE = 10


@compiled
def holds(at, begin, end, what, buffer, word, steps, ranges, bounds) -> bool:
    """Whether an assertion is true at `at`."""
    if what == _TEXT_START:
        return at == begin
    if what == _LINE_START:
        return at == begin or buffer[at - 1] == _NEWLINE
    if what == _TEXT_END:
        return at == end
    if what == _LAST_LINE_END:
        return at == end or (at == end - 1 and buffer[at] == _NEWLINE)
    if what == _LINE_END:
        return at == end or buffer[at] == _NEWLINE
    # In Python before 3.14 neither `\b` nor `\B` holds in the empty text.
    if begin == end:
        return False
    before = word_before(buffer, begin, at, word, steps, ranges, bounds)
    after = at < end and class_step(buffer, at, word, steps, ranges, bounds) > 0
    return (before != after) == (what == _WORD_BOUNDARY)


@compiled
def viable_before(at, low, end, table, tables, literal, length, literals, buffer) -> int:
    """The last place in `low..at` from which the loop's continuation may succeed, or -1."""
    while at >= low:
        byte = int(buffer[at]) if at < end else 256
        if tables[table, byte] != 0 and (
            length <= 1 or (at + length <= end and same_bytes(buffer, at, literals, literal, length))
        ):
            return at
        at -= 1
    return -1


@compiled
def viable_after(
    at,
    stop,
    end,
    limit,
    table,
    tables,
    literal,
    length,
    literals,
    buffer,
    number,
    steps,
    stops,
    ranges,
    bounds,
) -> tuple[int, int]:
    """The first place from `at` on from which a lazy loop's continuation may succeed, and how many characters are left.

    Where there is none before `stop` or the end of the run: -1 minus the last place looked at.
    """
    if length > 0 and limit < 0 and 0 <= stops[number, 0] <= 1:
        bound = min(end, stop + length - 1)
        if stops[number, 0] == 1:
            place = find_literal_or_stop(buffer, at, bound, literals, literal, length, stops[number, 1])
            return (place if place >= 0 else max(-1 - stop, place)), -1
        place = find_literal(buffer, at, bound, literals, literal, length)
        return (place if place >= 0 else -1 - stop), -1
    while True:
        byte = int(buffer[at]) if at < end else 256
        if tables[table, byte] != 0 and (
            length <= 1 or (at + length <= end and same_bytes(buffer, at, literals, literal, length))
        ):
            return at, limit
        if at >= stop or limit == 0:
            return -1 - at, limit
        step = class_step(buffer, at, number, steps, ranges, bounds)
        if step == 0:
            return -1 - at, limit
        at += step
        limit -= 1
