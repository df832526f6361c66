"""Arithmetic on columns, several steps in one pass: what stands between them never leaves the cache.

A program is a list of steps on lanes, blocks of `BLOCK` float64 each; a bool is 1 or 0. The rows of the columns are
those of lists: in run r, the last axis of its domain, they are `offsets[r]` up to `offsets[r + 1]`. Each step rounds as
NumPy's function of its name does, so that a column is the same whether its steps are taken together or alone.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from rewardlang.kernels.compiling import kept

if TYPE_CHECKING:
    from collections.abc import Callable

Rows = npt.NDArray[np.int64]
Lanes = npt.NDArray[np.float64]

BLOCK = 256
"""How many rows are worked on at once: the lanes of most programs stay in the first cache."""


_ROUND = 16
"""Of a short run so many entries are copied at once."""


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


_SMALL, _LARGE = 2.0**-450, 2.0**500
"""Between them no square of a number that counts leaves the floats."""


def _load_real(_typing: Any, address: Any, place: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.DoubleType().as_pointer())
        return builder.load(builder.gep(pointer, [arguments[1]]))

    return types.float64(types.int64, types.int64), generate


def _load_flag(_typing: Any, address: Any, place: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())
        return builder.uitofp(builder.load(builder.gep(pointer, [arguments[1]])), ir.DoubleType())

    return types.float64(types.int64, types.int64), generate


def _store_real(_typing: Any, address: Any, place: Any, value: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.DoubleType().as_pointer())
        builder.store(arguments[2], builder.gep(pointer, [arguments[1]]))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.float64), generate


def _store_flag(_typing: Any, address: Any, place: Any, value: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())
        flag = builder.fptoui(arguments[2], ir.IntType(8))
        builder.store(flag, builder.gep(pointer, [arguments[1]]))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.float64), generate


load_real: Callable[[int, int], float] = intrinsic(_load_real)
"""The float64 at a place of the array at an address."""

load_flag: Callable[[int, int], float] = intrinsic(_load_flag)
"""The bool at a place of the array at an address, as a number."""

store_real: Callable[[int, int, float], None] = intrinsic(_store_real)
"""Set the float64 at a place of the array at an address."""

store_flag: Callable[[int, int, float], None] = intrinsic(_store_flag)
"""Set the bool at a place of the array at an address."""


def _fill(  # noqa: C901 - one loop a kind of column
    lane: int, source: Rows, starts: Rows, offsets: Rows, run: int, first: int, last: int
) -> None:  # fmt: skip
    """Give the lane at an address the entries that the rows from `first` to `last` take; `run` is that of the first."""
    address, flags, width, part, size, row, along = (
        source[0], source[1], source[2], source[3], source[4], source[5], source[6],
    )  # fmt: skip
    at = first
    while at < last:
        until, begin = last, at
        if row >= 0:
            until = min(offsets[run + 1], last)
            begin = starts[row, run]
            if along:
                begin += at - offsets[run]
        here = lane + 8 * (at - first)
        # Whole rounds are several times as fast as single places; what is too much, the next run overwrites.
        count = (until - at + _ROUND - 1) // _ROUND * _ROUND
        if (along or row < 0) and begin + count > size:
            count = until - at
        if not along and row >= 0:
            value = load_flag(address, begin) if flags else load_real(address, begin * width + part)
            for place in range(count):
                store_real(here, place, value)
        elif flags:
            for place in range(count):
                store_real(here, place, load_flag(address, begin + place))
        elif width == 1:
            for place in range(count):
                store_real(here, place, load_real(address, begin + place))
        else:
            for place in range(count):
                store_real(here, place, load_real(address, (begin + place) * width + part))
        at = until
        run += 1


def _drain(lane: int, first: int, count: int, target: Rows) -> None:
    address, flags, width, part = target[0], target[1], target[2], target[3]
    if flags:
        for place in range(count):
            store_flag(address, first + place, load_real(lane, place))
    elif width == 1:
        for place in range(count):
            store_real(address, first + place, load_real(lane, place))
    else:
        for place in range(count):
            store_real(address, (first + place) * width + part, load_real(lane, place))


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
            store_real(out, i, load_real(y, i) if load_real(x, i) != 0.0 else load_real(z, i))


(
    _ADD, _SUBTRACT, _MULTIPLY, _DIVIDE, _MINIMUM, _MAXIMUM, _ABSOLUTE, _NEGATIVE, _HYPOT, _EQUAL, _UNEQUAL, _LESS,
    _LESS_EQUAL, _AND, _OR, _NOT, _WHERE,
) = map(int, Step)  # fmt: skip


def _run_steps(code: Rows, constants: Lanes, sources: Rows, starts: Rows, targets: Rows, offsets: Rows) -> int:
    """Run a program over all rows; how many lanes that took.

    Shapes: code int64[steps, 5], a step, the lane that it gives, and those that it takes; the lanes are those of
    `constants`, of `sources`, and further ones. sources int64[inputs, 7]: the address of a column, whether it is of
    bools, its components and which of them, its rows, the row of `starts` (-1 for the rows themselves), and whether it
    goes along the last axis; starts int64[any, runs]: where in a column the entries of each run begin. targets
    int64[outputs, 5]: the same first four, and the lane. offsets int64[runs + 1].
    """
    rows, fixed = offsets[-1], len(constants)
    count = fixed + len(sources)
    for number in range(len(code)):
        count = max(count, code[number, 1] + 1)
    lanes = np.zeros((count, BLOCK + _ROUND))
    # A view of a lane would count references, which takes as long as a step.
    base, size = lanes.ctypes.data, 8 * (BLOCK + _ROUND)
    for number in range(fixed):
        lanes[number, :] = constants[number]
    run = 0
    for first in range(0, rows, BLOCK):
        last = min(first + BLOCK, rows)
        while offsets[run + 1] <= first:
            run += 1
        for number in range(len(sources)):
            _fill(base + size * (fixed + number), sources[number], starts, offsets, run, first, last)
        for number in range(len(code)):
            step = code[number]
            out, x, y, z = step[1], step[2], step[3], step[4]
            _take_step(step[0], base + size * out, base + size * x, base + size * y, base + size * z)
        for number in range(len(targets)):
            _drain(base + size * targets[number, 4], first, last - first, targets[number])
    # Named here, so that they are not freed before.
    return len(lanes)


# A lane may divide by zero where it does not count, as NumPy does.
_hypot, _fill, _drain, _take_step = (
    kept(function, error_model="numpy") for function in (_hypot, _fill, _drain, _take_step)
)
run_steps = kept(_run_steps)
