"""The kernel that runs walkers over columns of texts."""

# ruff: noqa: ANN001, ANN201, C901, PLR0912 - compiled for its arguments' types; one loop
# mypy: disallow-untyped-defs=False, disallow-untyped-decorators=False, disallow-untyped-calls=False

from __future__ import annotations

import numpy as np

from rewardlang.kernels.compiling import compiled
from rewardlang.regex.scanning import find_byte

GIVE_UP, FIRST = 2, 3
FINAL = 1 << 40
SLACK = 16


@compiled
def walk(buffer, starts, ends, table, saves, closing, classes, firsts, only, found):  # noqa: PLR0915 - a kernel's one loop
    """Fill `found` int64[rows, slots] with the first match of each text; int8[rows]: `GIVE_UP` where the machine must.

    Trying again at the next place can make the work quadratic: a row that takes too long is given up too.
    """
    rows, slots = found.shape
    result = np.zeros(rows, np.int8)
    width = len(table) // len(closing)
    current = np.empty(slots, np.int64)
    for row in range(rows):
        begin, end = starts[row], ends[row]
        budget = SLACK * (end - begin) + 64
        while begin < end:
            if only >= 0:
                begin = find_byte(buffer, begin, end, only)
            else:
                while begin < end and firsts[buffer[begin]] == 0:
                    begin += 1
            if begin >= end:
                break
            if firsts[buffer[begin]] == 2:
                result[row] = GIVE_UP
                break
            at, state = begin, FIRST
            current[:] = -1
            current[0] = begin
            matched = False
            while True:
                closes = closing[state]
                if closes >= 0:
                    matched = True
                    for slot in range(slots):
                        found[row, slot] = at if closes >> slot & 1 else current[slot]
                    found[row, 0] = begin
                    found[row, 1] = at
                    if closes & FINAL:
                        break
                if at >= end:
                    break
                place = state * width + classes[buffer[at]]
                state = int(table[place])
                if state < FIRST:
                    break
                marks = saves[place]
                if marks:
                    for slot in range(slots):
                        if marks >> slot & 1:
                            current[slot] = at
                at += 1
            if state == GIVE_UP:
                for slot in range(slots):
                    found[row, slot] = -1
                result[row] = GIVE_UP
                break
            if matched:
                break
            budget -= at - begin + 1
            if budget < 0:
                result[row] = GIVE_UP
                break
            begin += 1
    return result
