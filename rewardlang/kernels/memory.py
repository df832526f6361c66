"""What the kernels stand on: wide loads from flat buffers.

A kernel takes C-contiguous read-only arrays, `uint8` buffers and `int64` positions, so that each is compiled once.
Masks and words are `int64` throughout: Numba turns a mixture of `int64` and `uint64` into floats. A word is
little-endian, as on all machines that JAX supports. Nothing here checks bounds: a load must lie inside its buffer, and
the padding is for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from rewardlang.kernels.compiling import compiled as compiled  # noqa: PLC0414 - offered to the kernels with the loads

if TYPE_CHECKING:
    from collections.abc import Callable

Bytes = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LANES = 64
"""How many bytes one mask covers."""

_INT = types.int64
_BYTE = ir.IntType(8)
_WORD = ir.IntType(64)
_DOUBLE_WORD = ir.IntType(128)
_VECTOR = ir.VectorType(_BYTE, LANES)
_FIRST = ir.Constant(ir.IntType(32), 0)
_ALL_FIRST = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)


def _place(context: Any, builder: Any, kind: Any, array: Any, offset: Any) -> Any:
    return builder.gep(context.make_array(kind)(context, builder, array).data, [offset])


def _load(context: Any, builder: Any, signature: Any, arguments: Any, width: Any) -> Any:
    place = _place(context, builder, signature.args[0], arguments[0], arguments[1])
    return builder.load(builder.bitcast(place, width.as_pointer()), align=1)


def _load_byte(_typing: Any, buffer: Any, offset: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.zext(_load(context, builder, signature, arguments, _BYTE), _WORD)

    return _INT(buffer, _INT), generate


def _load_word(_typing: Any, buffer: Any, offset: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _load(context, builder, signature, arguments, _WORD)

    return _INT(buffer, _INT), generate


def _splat(builder: Any, byte: Any) -> Any:
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), byte, _FIRST)
    return builder.shuffle_vector(one, one, _ALL_FIRST)


def _range_mask(_typing: Any, buffer: Any, offset: Any, low: Any, high: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = _load(context, builder, signature, arguments, _VECTOR)
        low, high = (builder.trunc(argument, _BYTE) for argument in arguments[2:])
        above = builder.sub(vector, _splat(builder, low))
        inside = builder.icmp_unsigned("<=", above, _splat(builder, builder.sub(high, low)))
        return builder.bitcast(inside, _WORD)

    return _INT(buffer, _INT, _INT, _INT), generate


def _same_mask(_typing: Any, left: Any, at: Any, right: Any, other: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        mine = _load(context, builder, signature, arguments, _VECTOR)
        place = _place(context, builder, signature.args[2], arguments[2], arguments[3])
        its = builder.load(builder.bitcast(place, _VECTOR.as_pointer()), align=1)
        return builder.bitcast(builder.icmp_unsigned("==", mine, its), _WORD)

    return _INT(left, _INT, right, _INT), generate


def _trailing_zeros(_typing: Any, word: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    return _INT(_INT), lambda _c, builder, _s, arguments: builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))


def _leading_zeros(_typing: Any, word: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    return _INT(_INT), lambda _c, builder, _s, arguments: builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 0))


def _popcount(_typing: Any, word: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    return _INT(_INT), lambda _c, builder, _s, arguments: builder.ctpop(arguments[0])


def _fold(_typing: Any, left: Any, right: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        wide = builder.mul(*(builder.zext(argument, _DOUBLE_WORD) for argument in arguments))
        high = builder.lshr(wide, ir.Constant(_DOUBLE_WORD, 64))
        return builder.xor(builder.trunc(wide, _WORD), builder.trunc(high, _WORD))

    return _INT(_INT, _INT), generate


def _add_with_carry(_typing: Any, left: Any, right: Any, carry: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first = builder.uadd_with_overflow(arguments[0], arguments[1])
        second = builder.uadd_with_overflow(builder.extract_value(first, 0), arguments[2])
        above = builder.or_(builder.extract_value(first, 1), builder.extract_value(second, 1))
        words = [builder.extract_value(second, 0), builder.zext(above, _WORD)]
        return context.make_tuple(builder, signature.return_type, words)

    return types.UniTuple(_INT, 2)(_INT, _INT, _INT), generate


def _copy_bytes(_typing: Any, target: Any, at: Any, source: Any, start: Any, size: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        to = _place(context, builder, signature.args[0], arguments[0], arguments[1])
        origin = _place(context, builder, signature.args[2], arguments[2], arguments[3])
        cgutils.raw_memcpy(builder, to, origin, arguments[4], 1)
        return context.get_dummy_value()

    return types.void(target, _INT, source, _INT, _INT), generate


load_byte: Callable[[Bytes, int], int] = intrinsic(_load_byte)
"""The byte at an offset."""

load_word: Callable[[Bytes, int], int] = intrinsic(_load_word)
"""The eight bytes at an offset, the first one lowest."""

range_mask: Callable[[Bytes, int, int, int], int] = intrinsic(_range_mask)
"""Bit k says whether byte `offset + k` lies in low..high, both included; reads `LANES` bytes."""

same_mask: Callable[[Bytes, int, Bytes, int], int] = intrinsic(_same_mask)
"""Bit k says whether two buffers have the same byte k behind an offset of each; reads `LANES` bytes of both."""

trailing_zeros: Callable[[int], int] = intrinsic(_trailing_zeros)
"""The place of the lowest set bit, 64 if there is none."""

leading_zeros: Callable[[int], int] = intrinsic(_leading_zeros)
"""How many bits stand above the highest set one, 64 if there is none."""

popcount: Callable[[int], int] = intrinsic(_popcount)
"""How many bits are set."""

fold: Callable[[int, int], int] = intrinsic(_fold)
"""The two halves of the 128-bit product of two unsigned words, combined by exclusive or."""

add_with_carry: Callable[[int, int, int], tuple[int, int]] = intrinsic(_add_with_carry)
"""The sum of two unsigned words and a carry of 0 or 1, and the carry above it."""

copy_bytes: Callable[[Bytes, int, Bytes, int, int], None] = intrinsic(_copy_bytes)
"""Copy `size` bytes of `source` from `start` to `target` at `at`; the two must not overlap."""


def fixed(array: Any, dtype: type[np.generic] = np.int64) -> Any:
    """Give a contiguous read-only view: kernels are compiled for nothing else."""
    if type(array) is np.ndarray and array.dtype == dtype and array.flags.c_contiguous and not array.flags.writeable:
        # The same array, so that columns of one buffer are known to share it.
        return array
    view = np.ascontiguousarray(array, dtype=dtype).view()
    view.setflags(write=False)
    return view


@compiled
def low_bits(count: int) -> int:
    """Give a word whose lowest `count` bits are set (all, from 64 on)."""
    return -1 if count >= LANES else (1 << count) - 1


@compiled
def _edge_mask(buffer: Bytes, at: int, low: int, high: int) -> int:
    mask = 0
    for place in range(at, min(at + LANES, buffer.size)):
        if low <= load_byte(buffer, place) <= high:
            mask |= 1 << (place - at)
    return mask


@compiled
def bytes_in_range(buffer: Bytes, at: int, low: int, high: int) -> int:
    """Give the mask of the 64 bytes from `at` that lie in low..high; what is beyond the buffer does not."""
    # The rare loop is a function of its own, so that LLVM inlines this one.
    return range_mask(buffer, at, low, high) if at + LANES <= buffer.size else _edge_mask(buffer, at, low, high)


@compiled
def common_prefix(left: Bytes, at: int, right: Bytes, other: int, size: int) -> int:
    """Count the leading bytes, at most `size`, that two spans share; reads up to 7 bytes beyond them."""
    done = 0
    while size - done >= LANES:
        same = same_mask(left, at + done, right, other + done)
        if same != -1:
            return done + trailing_zeros(~same)
        done += LANES
    if size >= LANES:
        # What is left, together with what is known to be the same.
        same = same_mask(left, at + size - LANES, right, other + size - LANES)
        return size if same == -1 else size - LANES + trailing_zeros(~same)
    while done < size:
        difference = load_word(left, at + done) ^ load_word(right, other + done)
        if difference != 0:
            return min(size, done + (trailing_zeros(difference) >> 3))
        done += 8
    return size


@compiled
def copy_spans(source: Bytes, starts: Rows, ends: Rows, target: Bytes, at: Rows) -> None:
    """Copy each span of `source` to its place in `target`."""
    for row in range(starts.size):
        copy_bytes(target, at[row], source, starts[row], ends[row] - starts[row])
