"""The compiled loop over texts, match starts and instructions."""

# ruff: noqa: ANN001, ANN201, ANN202 - compiled for its arguments' types
# mypy: disallow-untyped-defs=False, disallow-untyped-decorators=False, disallow-untyped-calls=False

from __future__ import annotations

import numpy as np

from rewardlang.kernels.compiling import compiled
from rewardlang.regex.emit import Op
from rewardlang.regex.positions import holds, viable_after, viable_before
from rewardlang.regex.program import ANCHORED, LINES, PREFIX
from rewardlang.regex.scanning import character_length, class_step, find_byte, find_literal, run_end, same_bytes

TEST, SEARCH, COUNT, FIND_ALL = 0, 1, 2, 3

_LITERAL, _CLASS, _SPLIT, _SAVE = int(Op.LITERAL), int(Op.CLASS), int(Op.SPLIT), int(Op.SAVE)
_ASSERT, _GREEDY, _LAZY, _RUN = int(Op.ASSERT), int(Op.GREEDY), int(Op.LAZY), int(Op.RUN)
_NEWLINE = 10
_SHIFT = 40
_POSITION = (1 << _SHIFT) - 1
_NOWHERE = 1 << 62


@compiled
def _grown(array):
    """The same values at the start of twice the room."""
    larger = np.empty((2 * array.shape[0], *array.shape[1:]), dtype=array.dtype)
    larger[: array.shape[0]] = array
    return larger


@compiled
def run_rows(  # noqa: C901, PLR0912, PLR0915 - one loop, so that its state stays in registers
    mode,
    full,
    buffer,
    starts,
    ends,
    code,
    tables,
    steps,
    stops,
    ranges,
    bounds,
    literals,
    header,
    visited,
):
    """Match every row in one of the four modes; the captures found, the matches of each row, the work done."""
    entry, scan, scan_a, scan_b = header[0], header[1], header[2], header[3]
    needle, needle_length = header[4], header[5]
    checkpoints, loops, groups, word, leading = header[6], header[7], header[8], header[9], header[10]
    rows = starts.shape[0]
    width = 2 * (groups + 1)
    instructions = code.shape[0]
    found = np.empty((rows if mode == SEARCH else 64 if mode == FIND_ALL else 0, width), dtype=np.int64)
    counts = np.zeros(rows, dtype=np.int64)
    captures = np.empty(2 * groups, dtype=np.int64)
    explored = np.empty((loops, 2), dtype=np.int64)
    stack = np.empty(256, dtype=np.int64)
    total = 0
    work = 0
    for row in range(rows):
        begin, end = starts[row], ends[row]
        for loop in range(loops):
            explored[loop, 0] = _NOWHERE
            explored[loop, 1] = -1
        farthest = begin - 1
        position = begin
        forbidden = -1
        needle_at = begin - 1
        while True:
            start = position
            matched = -1
            while True:
                # The next place where a match may start.
                if full or scan == ANCHORED:
                    if start != begin:
                        break
                elif scan == PREFIX:
                    place = find_literal(buffer, start, end, literals, scan_a, scan_b)
                    work += (end if place < 0 else place) - start
                    if place < 0:
                        break
                    start = place
                elif scan == LINES:
                    if start != begin and buffer[start - 1] != _NEWLINE:
                        place = find_byte(buffer, start, end, _NEWLINE)
                        work += place - start
                        if place >= end:
                            break
                        start = place + 1
                else:
                    place = start
                    while place < end and tables[scan_a, buffer[place]] == 0:
                        place += 1
                    work += place - start
                    start = place
                    if start >= end and tables[scan_a, 256] == 0:
                        break
                if needle_length > 0 and needle_at < start:
                    needle_at = find_literal(buffer, start, end, literals, needle, needle_length)
                    work += (end if needle_at < 0 else needle_at) - start
                    if needle_at < 0:
                        break
                # One attempt from `start`.
                depth = 0
                pc = entry
                at = start
                resumed = False
                extra = np.int64(0)
                for slot in range(2 * groups):
                    captures[slot] = -1
                while True:
                    work += 1
                    if depth + 2 > stack.shape[0]:
                        stack = _grown(stack)
                    alive = True
                    checkpoint = code[pc + 6]
                    if checkpoint >= 0 and not resumed:
                        bit = (at - begin) * checkpoints + checkpoint
                        flag = np.uint64(1) << np.uint64(bit & 63)
                        if visited[bit >> 6] & flag:
                            alive = False
                        else:
                            visited[bit >> 6] |= flag
                            farthest = max(farthest, at)
                    if alive:
                        op = code[pc]
                        if op == _LITERAL:
                            length = code[pc + 3]
                            if at + length <= end and same_bytes(buffer, at, literals, code[pc + 2], length):
                                at += length
                                pc = code[pc + 1]
                                continue
                        elif op == _CLASS:
                            if at < end:
                                step = class_step(buffer, at, code[pc + 2], steps, ranges, bounds)
                                if step > 0:
                                    at += step
                                    pc = code[pc + 1]
                                    continue
                        elif op == _SPLIT:
                            ways = tables[code[pc + 3], int(buffer[at]) if at < end else 256]
                            if ways == 3:
                                stack[depth] = pc << _SHIFT | at
                                depth += 1
                            if ways & 1:
                                pc = code[pc + 1]
                                continue
                            if ways == 2:
                                pc = code[pc + 2]
                                continue
                        elif op == _SAVE:
                            slot = code[pc + 2]
                            # Without an open choice below there is nothing to come back to.
                            if depth > 0:
                                stack[depth] = (instructions + slot) << _SHIFT | (captures[slot] + 1)
                                depth += 1
                            captures[slot] = at
                            pc = code[pc + 1]
                            continue
                        elif op == _ASSERT:
                            if holds(at, begin, end, code[pc + 2], buffer, word, steps, ranges, bounds):
                                pc = code[pc + 1]
                                continue
                        elif op >= _GREEDY:
                            limit, loop, literal = code[pc + 4], code[pc + 7], code[pc + 5]
                            offset, length = 0, 0
                            if literal >= 0:
                                offset, length = code[literal + 2], code[literal + 3]
                            low, origin, stop, reach = at, -1, end, np.int64(-1)
                            left = np.int64(limit)
                            if resumed and op == _LAZY:
                                step = class_step(buffer, at, code[pc + 2], steps, ranges, bounds)
                                alive = step > 0
                                origin = at
                                at += step
                                left = extra - 1 if extra > 0 else extra
                            if limit < 0 and not resumed:
                                seen, reach = explored[loop, 0], explored[loop, 1]
                                if seen <= at <= reach:
                                    alive = False
                                elif at < seen < end:
                                    stop = seen
                            if not alive:
                                place = -1
                            elif op == _LAZY:
                                place, left = viable_after(  # type: ignore[assignment]  # for Numba an int is one
                                    at,
                                    stop,
                                    end,
                                    left,
                                    code[pc + 3],
                                    tables,
                                    offset,
                                    length,
                                    literals,
                                    buffer,
                                    code[pc + 2],
                                    steps,
                                    stops,
                                    ranges,
                                    bounds,
                                )
                                last = place if place >= 0 else -1 - place
                                work += last - at
                                if limit < 0:
                                    if not resumed:
                                        explored[loop, 0] = at
                                        explored[loop, 1] = reach if place < 0 and stop < end and last >= stop else last
                                    elif explored[loop, 1] == origin:
                                        explored[loop, 1] = last
                                extra = left
                                if limit < 0 and place >= 0:
                                    bit = (place - begin) * checkpoints - 1 - limit
                                    flag = np.uint64(1) << np.uint64(bit & 63)
                                    if visited[bit >> 6] & flag:
                                        place = -1
                                    else:
                                        visited[bit >> 6] |= flag
                                        farthest = max(farthest, place)
                            else:
                                clipped = False
                                if resumed:
                                    low, top = extra, at - 1
                                else:
                                    top = run_end(buffer, at, stop, limit, code[pc + 2], steps, stops, ranges, bounds)
                                    work += top - at
                                    if limit < 0:
                                        clipped = stop < end and top == stop
                                        explored[loop, 0], explored[loop, 1] = at, reach if clipped else top
                                        # What follows was tried from where an earlier visit began.
                                        top -= clipped
                                if op == _RUN:
                                    low = top + clipped
                                place = viable_before(
                                    top, low, end, code[pc + 3], tables, offset, length, literals, buffer
                                )
                                work += max(top - max(low, place), 0)
                                extra = low
                            if place >= 0:
                                if (place > low) if op == _GREEDY else (op == _LAZY and place < end and left != 0):
                                    stack[depth] = extra
                                    stack[depth + 1] = pc << _SHIFT | place
                                    depth += 2
                                at = place
                                pc = code[pc + 1]
                                resumed = False
                                continue
                        elif not ((full and at != end) or (at == start and at == forbidden)):
                            matched = at
                            break
                    # The path has failed: back to the last open choice.
                    alive = False
                    resumed = False
                    while depth > 0:
                        depth -= 1
                        top = stack[depth]
                        pc = top >> _SHIFT
                        at = top & _POSITION
                        if pc >= instructions:
                            captures[pc - instructions] = at - 1
                            continue
                        op = code[pc]
                        if op == _SPLIT:
                            pc = code[pc + 2]
                            alive = True
                            break
                        depth -= 1
                        extra = stack[depth]
                        resumed = True
                        alive = True
                        break
                    if not alive:
                        break
                if matched >= 0 or start >= end:
                    break
                start += character_length(buffer[start])
                if leading >= 0 and explored[leading, 0] <= start < explored[leading, 1]:
                    start = explored[leading, 1]
            if matched < 0:
                break
            counts[row] += 1
            if mode == FIND_ALL and total == found.shape[0]:
                found = _grown(found)
            if mode in (SEARCH, FIND_ALL):
                line = row if mode == SEARCH else total
                found[line, 0] = start
                found[line, 1] = matched
                for slot in range(2 * groups):
                    found[line, 2 + slot] = captures[slot]
                total += 1
            if mode in (TEST, SEARCH):
                break
            # What failed fails again; but the states at the match's end may have been the path that succeeded.
            position = matched
            forbidden = matched if matched == start else -1
            beyond = matched + (character_length(buffer[matched]) if matched < end else 1)
            for loop in range(loops):
                explored[loop, 0] = max(explored[loop, 0], beyond) if explored[loop, 1] >= beyond else _NOWHERE
                if explored[loop, 0] == _NOWHERE:
                    explored[loop, 1] = -1
            for bit in range((matched - begin) * checkpoints, (matched - begin + 1) * checkpoints):
                visited[bit >> 6] &= ~(np.uint64(1) << np.uint64(bit & 63))
        if mode == SEARCH and counts[row] == 0:
            for slot in range(width):
                found[row, slot] = -1
        if checkpoints > 0 and farthest >= begin:
            for index in range(((farthest - begin + 1) * checkpoints >> 6) + 1):
                visited[index] = 0
    return found[: rows if mode == SEARCH else total], counts, work
