"""The kernel that runs walkers over columns of texts."""

# ruff: noqa: ANN001, C901, PLR0912 - compiled for its arguments' types; one loop
# mypy: disallow-incomplete-defs=False
# mypy: disallow-untyped-defs=False, disallow-untyped-decorators=False, disallow-untyped-calls=False

from __future__ import annotations

from rewardlang.kernels.compiling import compiled
from rewardlang.regex.scanning import find_byte, find_literal

GIVE_UP, FIRST = 2, 3
FINAL = 1 << 40
SLACK = 16


@compiled
def walk(  # noqa: PLR0915 - one loop
    buffer, starts, ends, table, saves, closing, classes, firsts, only, prefix, begun, current, found, given_up
) -> None:  # fmt: skip
    """Fill `found` int64[rows, slots], all -1, with the first match of each text, where the machine need not.

    `given_up` bool[rows] says where it must: trying again at the next place can make the work quadratic, so that a row
    that takes too long is given up too. `current` int64[slots] is room. See `automaton.Walker` for the tables.
    """
    rows, slots = found.shape
    width = len(table) // len(closing)
    for row in range(rows):
        begin, end = starts[row], ends[row]
        budget = SLACK * (end - begin) + 64
        while begin < end:
            at, line = 0, FIRST * width
            if prefix.size > 1:
                begin = find_literal(buffer, begin, end, prefix, 0, prefix.size)
                if begin < 0:
                    break
                at, line = prefix.size, begun
            elif only >= 0:
                begin = find_byte(buffer, begin, end, only)
            else:
                while begin < end and firsts[buffer[begin]] == 0:
                    begin += 1
            if begin >= end:
                break
            if firsts[buffer[begin]] == 2:
                given_up[row] = True
                break
            for slot in range(slots):
                current[slot] = -1
            matched = False
            at += begin
            state = FIRST
            while at < end:
                place = line + classes[buffer[at]]
                step = int(table[place])
                if step >= 0:
                    line = step
                    at += 1
                    continue
                state = -1 - step
                if state < FIRST:
                    break
                marks = saves[place]
                if marks:
                    for slot in range(slots):
                        if marks >> slot & 1:
                            current[slot] = at
                at += 1
                closes = closing[state]
                if closes >= 0:
                    matched = True
                    for slot in range(slots):
                        found[row, slot] = at if closes >> slot & 1 else current[slot]
                    found[row, 0] = begin
                    found[row, 1] = at
                    if closes & FINAL:
                        break
                line = state * width
            if state == GIVE_UP:
                given_up[row] = True
            if matched or state == GIVE_UP:
                break
            budget -= at - begin + 1
            if budget < 0:
                given_up[row] = True
                break
            begin += 1
        if given_up[row]:
            for slot in range(slots):
                found[row, slot] = -1
