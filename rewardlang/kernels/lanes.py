"""Lanes of numbers: how they are loaded from columns, and stored in these.

A lane is a block of `BLOCK` float64 at an address, with room for `ROUND` more; a bool is 1 or 0 in it.
"""

from __future__ import annotations

from functools import partial
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

BLOCK = 256
"""How many rows are worked on at once: the lanes of most programs stay in the first cache."""

ROUND = 16
"""So many entries of a run are copied at once, also where it is shorter."""

_inlined = partial(kept, forceinline=True)
_REAL, _FLAG, _WORD = ir.DoubleType(), ir.IntType(8), ir.IntType(64)
_REALS, _FLAGS = (ir.VectorType(kind, ROUND) for kind in (_REAL, _FLAG))


def _loading(kind: Any, given: Any) -> Any:
    """What loads a `given` from a place of an array of another kind at an address: a bool as a number."""

    def load(_typing: Any, address: Any, place: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], kind.as_pointer())
            held = builder.load(builder.gep(pointer, [arguments[1]]))
            return builder.uitofp(held, ir.DoubleType()) if kind == _FLAG else held

        return given(types.int64, types.int64), generate

    return intrinsic(load)


def _storing(kind: Any, taken: Any) -> Any:
    """What stores a `taken` at a place of such an array."""

    def store(_typing: Any, address: Any, place: Any, value: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], kind.as_pointer())
            value = builder.fptoui(arguments[2], kind) if kind == _FLAG else arguments[2]
            builder.store(value, builder.gep(pointer, [arguments[1]]))
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, taken), generate

    return intrinsic(store)


def _copy_reals(_typing: Any, source: Any, target: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        held = builder.load(builder.inttoptr(arguments[0], _REALS.as_pointer()), align=8)
        builder.store(held, builder.inttoptr(arguments[1], _REALS.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


def _copy_flags(_typing: Any, source: Any, target: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        held = builder.load(builder.inttoptr(arguments[0], _FLAGS.as_pointer()), align=1)
        builder.store(builder.uitofp(held, _REALS), builder.inttoptr(arguments[1], _REALS.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


def _spread(_typing: Any, value: Any, target: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        one = builder.insert_element(ir.Constant(_REALS, ir.Undefined), arguments[0], ir.IntType(32)(0))
        places = ir.Constant(ir.VectorType(ir.IntType(32), ROUND), [0] * ROUND)
        all_of_it = builder.shuffle_vector(one, ir.Constant(_REALS, ir.Undefined), places)
        builder.store(all_of_it, builder.inttoptr(arguments[1], _REALS.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(types.float64, types.int64), generate


load_real: Callable[[int, int], float] = _loading(_REAL, types.float64)
"""The float64 at a place of the array at an address."""

load_flag: Callable[[int, int], float] = _loading(_FLAG, types.float64)
"""The bool at a place of the array at an address, as a number."""

store_real: Callable[[int, int, float], None] = _storing(_REAL, types.float64)
"""Set the float64 at a place of the array at an address."""

store_flag: Callable[[int, int, float], None] = _storing(_FLAG, types.float64)
"""Set the bool at a place of the array at an address."""

load_bits: Callable[[int, int], int] = _loading(_WORD, types.int64)
"""The int64, or the bits of a float64, at a place of the array at an address."""

store_bits: Callable[[int, int, int], None] = _storing(_WORD, types.int64)
"""Set the int64, or the bits of a float64, at a place of the array at an address."""

copy_reals: Callable[[int, int], None] = intrinsic(_copy_reals)
"""Copy a round of float64 from one address to another."""

copy_flags: Callable[[int, int], None] = intrinsic(_copy_flags)
"""Store a round of bools from one address as numbers at another."""

spread: Callable[[float, int], None] = intrinsic(_spread)
"""Store a round of one number at an address."""


@_inlined
def _copy(lane: int, address: int, flags: int, rest: int, count: int) -> None:
    """Give a lane the entries from an address on, of which there are `rest`; what is behind them may change too."""
    # Whole rounds, also where fewer are left, unless the column ends.
    place, whole = 0, min(count, rest - ROUND + 1)
    if flags:
        while place < whole:
            copy_flags(address + place, lane + 8 * place)
            place += ROUND
        while place < count:
            store_real(lane, place, load_flag(address, place))
            place += 1
    else:
        while place < whole:
            copy_reals(address + 8 * place, lane + 8 * place)
            place += ROUND
        while place < count:
            store_real(lane, place, load_real(address, place))
            place += 1


@kept
def fill(lane: int, source: Rows, offsets: Rows, run: int, first: int, last: int) -> None:
    """Give the lane at an address the entries that the rows from `first` to `last` take; `run` is that of the first.

    Shapes: source int64[7] and offsets as in `kernels.steps`.
    """
    address, flags, width, part, size, begins, along = (
        source[0], source[1], source[2], source[3], source[4], source[5], source[6],
    )  # fmt: skip
    wide = 1 if flags else 8
    at = first
    while at < last:
        until, begin = last, at
        if begins != 0:
            until, begin = min(offsets[run + 1], last), load_bits(begins, run)
            if along:
                begin += at - offsets[run]
        # What is too much, the next run overwrites.
        here = lane + 8 * (at - first)
        if begins != 0 and not along:
            value = load_flag(address, begin) if flags else load_real(address, begin * width + part)
            for place in range(0, until - at, ROUND):
                spread(value, here + 8 * place)
        elif width == 1:
            _copy(here, address + wide * begin, flags, size - begin, until - at)
        else:
            for place in range(until - at):
                store_real(here, place, load_real(address, (begin + place) * width + part))
        at = until
        run += 1


@kept
def drain(lane: int, first: int, count: int, target: Rows) -> None:
    """Store the first entries of a lane in a column from row `first`; target as in `kernels.steps`."""
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
