"""Arithmetic on columns, several steps in one pass: what stands between them never leaves the cache.

A program is a list of steps on lanes, blocks of `BLOCK` float64 each; a bool is 1 or 0. The rows of columns over lists
are in runs along the last axis: run r has those from `offsets[r]` up to `offsets[r + 1]`; others are one run. Each step
rounds as NumPy's function of its name does, so that a column is the same whether its steps are taken together or alone.
"""

from __future__ import annotations

import math
from enum import IntEnum
from functools import partial

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.compiling import kept
from rewardlang.kernels.lanes import BLOCK, ROUND, drain, fill, load_bits, load_real, store_bits, store_real
from rewardlang.kernels.threads import in_parts

Rows = npt.NDArray[np.int64]
Lanes = npt.NDArray[np.float64]


class Step(IntEnum):
    """What is done with one lane, two or three."""

    ADD = 0
    SUBTRACT = 1
    MULTIPLY = 2
    DIVIDE = 3
    MINIMUM = 4
    MAXIMUM = 5
    ABSOLUTE = 6
    NEGATIVE = 7
    HYPOT = 8
    EQUAL = 9
    UNEQUAL = 10
    LESS = 11
    LESS_EQUAL = 12
    AND = 13
    OR = 14
    NOT = 15
    WHERE = 16
    SATURATE = 17
    SCALE = 18
    SQUARE_ROOT = 19


_SMALL, _LARGE = 2.0**-450, 2.0**500
"""Between them no square of a number that counts leaves the floats."""

_MOST, _TINY = float(np.finfo(np.float64).max), float(np.finfo(np.float64).tiny)
_NANOSECONDS = 0.4
"""About how long a step takes for a row, and to fill or to store a lane."""

_DIGITS, _BIAS = 52, 1023
"""Of a float64: the bits behind its exponent, and the exponent of 1."""


def _hypot(out: int, x: int, y: int) -> None:
    """The hypotenuse, to the last bit as the C library has it, and several times as fast.

    Source: C. F. Borges, An improved algorithm for hypot(a, b), arXiv:1904.09481 (2019), algorithm of section 4.1.
    """
    odd = 0
    for i in range(BLOCK):
        one, other = abs(load_real(x, i)), abs(load_real(y, i))
        a, b = (one, other) if one > other else (other, one)
        h = math.sqrt(a * a + b * b)
        near, far = h - b, h - a
        rest = a * (2 * near - a) + (near - 2 * (a - b)) * near
        if h > 2 * b:
            rest = 2 * far * (a - 2 * b) + ((4 * far - b) * b + far * far)
        store_real(out, i, h - rest / (2 * h if h > 0 else 1.0))
        odd += not (_SMALL < a < _LARGE) and a != 0
    if odd > 0:
        for i in range(BLOCK):
            store_real(out, i, math.hypot(load_real(x, i), load_real(y, i)))


def _take_step(step: int, out: int, x: int, y: int, z: int) -> None:  # noqa: C901, PLR0912 - a table of steps
    """One step on all places of a lane. Of equal numbers, 0.0 and -0.0, `maximum` takes the second as NumPy does."""
    if step == _ADD:
        for i in range(BLOCK):
            store_real(out, i, load_real(x, i) + load_real(y, i))
    elif step == _SUBTRACT:
        for i in range(BLOCK):
            store_real(out, i, load_real(x, i) - load_real(y, i))
    elif step == _MULTIPLY:
        for i in range(BLOCK):
            store_real(out, i, load_real(x, i) * load_real(y, i))
    elif step == _DIVIDE:
        for i in range(BLOCK):
            store_real(out, i, load_real(x, i) / load_real(y, i))
    elif step == _MINIMUM:
        for i in range(BLOCK):
            store_real(out, i, min(load_real(y, i), load_real(x, i)))
    elif step == _MAXIMUM:
        for i in range(BLOCK):
            store_real(out, i, max(load_real(y, i), load_real(x, i)))
    elif step == _ABSOLUTE:
        for i in range(BLOCK):
            store_real(out, i, abs(load_real(x, i)))
    elif step == _NEGATIVE:
        for i in range(BLOCK):
            store_real(out, i, -load_real(x, i))
    elif step == _HYPOT:
        _hypot(out, x, y)
    elif step == _EQUAL:
        for i in range(BLOCK):
            store_real(out, i, 1.0 if load_real(x, i) == load_real(y, i) else 0.0)
    elif step == _UNEQUAL:
        for i in range(BLOCK):
            store_real(out, i, 1.0 if load_real(x, i) != load_real(y, i) else 0.0)
    elif step == _LESS:
        for i in range(BLOCK):
            store_real(out, i, 1.0 if load_real(x, i) < load_real(y, i) else 0.0)
    elif step == _LESS_EQUAL:
        for i in range(BLOCK):
            store_real(out, i, 1.0 if load_real(x, i) <= load_real(y, i) else 0.0)
    elif step == _AND:
        for i in range(BLOCK):
            store_real(out, i, load_real(x, i) * load_real(y, i))
    elif step == _OR:
        for i in range(BLOCK):
            store_real(out, i, max(load_real(y, i), load_real(x, i)))
    elif step == _NOT:
        for i in range(BLOCK):
            store_real(out, i, 1.0 - load_real(x, i))
    elif step == _WHERE:
        for i in range(BLOCK):
            # Both are loaded, or the compiler would take one at a time.
            yes, no = load_real(y, i), load_real(z, i)
            store_real(out, i, yes if load_real(x, i) != 0.0 else no)
    elif step == _SATURATE:
        for i in range(BLOCK):
            store_real(out, i, max(-_MOST, min(_MOST, load_real(x, i))))
    elif step == _SCALE:
        for i in range(BLOCK):
            exponent = (load_bits(x, i) if load_real(x, i) >= _TINY else _BIAS << _DIGITS) >> _DIGITS
            store_bits(out, i, min(2 * _BIAS + 3 - exponent, 2 * _BIAS - 3) << _DIGITS)
    elif step == _SQUARE_ROOT:
        for i in range(BLOCK):
            store_real(out, i, math.sqrt(load_real(x, i)))


(
    _ADD, _SUBTRACT, _MULTIPLY, _DIVIDE, _MINIMUM, _MAXIMUM, _ABSOLUTE, _NEGATIVE, _HYPOT, _EQUAL, _UNEQUAL, _LESS,
    _LESS_EQUAL, _AND, _OR, _NOT, _WHERE, _SATURATE, _SCALE, _SQUARE_ROOT,
) = map(int, Step)  # fmt: skip


def _run_steps(
    code: Rows, constants: Lanes, sources: Rows, targets: Rows, offsets: Rows, begin: int, end: int
) -> int:  # fmt: skip
    """Run a program over the rows from `begin` to `end`; how many lanes that took.

    Shapes: code int64[steps, 5], a step, the lane that it gives, and those that it takes; the lanes are those of
    `constants`, of `sources`, and further ones. sources int64[inputs, 7]: the address of a column, whether it is of
    bools, its components and which of them, its rows, the address of an array int64[runs] that says where in it the
    entries of each run begin (0 for the rows themselves), and whether it goes along the last axis. targets
    int64[outputs, 5]: the same first four, and the lane. offsets int64[runs + 1].
    """
    fixed = len(constants)
    count = fixed + len(sources)
    for number in range(len(code)):
        count = max(count, code[number, 1] + 1)
    lanes = np.zeros((count, BLOCK + ROUND))
    # A view of a lane would count references, which takes as long as a step.
    base, size = lanes.ctypes.data, 8 * (BLOCK + ROUND)
    for number in range(fixed):
        lanes[number, :] = constants[number]
    run = 0
    for first in range(begin, end, BLOCK):
        last = min(first + BLOCK, end)
        while offsets[run + 1] <= first:
            run += 1
        for number in range(len(sources)):
            fill(base + size * (fixed + number), sources[number], offsets, run, first, last)
        for number in range(len(code)):
            step = code[number]
            out, x, y, z = step[1], step[2], step[3], step[4]
            _take_step(step[0], base + size * out, base + size * x, base + size * y, base + size * z)
        for number in range(len(targets)):
            drain(base + size * targets[number, 4], first, last - first, targets[number])
    # Named here, so that they are not freed before.
    return len(lanes)


# A lane may divide by zero where it does not count, as NumPy does.
_hypot, _take_step = (kept(function, error_model="numpy") for function in (_hypot, _take_step))
_run_rows = kept(_run_steps)


def run_steps(code: Rows, constants: Lanes, sources: Rows, targets: Rows, offsets: Rows) -> None:
    """Run a program over all rows. Shapes: as `_run_steps`."""
    rows = int(offsets[-1])
    nanoseconds = _NANOSECONDS * rows * (len(code) + len(sources) + len(targets))
    in_parts(rows, nanoseconds, partial(_run_rows, code, constants, sources, targets, offsets))
