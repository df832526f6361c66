"""Machine words for the kernels: what LLVM can do and Numba's Python cannot say.

Every reader here may read up to 15 bytes past the index that it is given: buffers carry at least 16 bytes of padding.
Words are read in the machine's byte order; results that depend on it (hashes) never leave the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from rewardlang.kernels.compiling import kept

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")
PADDING = 16
_BLOCK = ir.VectorType(ir.IntType(8), 16)


def kernel(function: F) -> F:
    """Compile `function` on its first call, cached on disk, without the GIL.

    Kernels allocate nothing: results and scratch are arguments. So Numba's reference counts are off and every kernel is
    inlined into its caller: atomic counts around each call took four fifths of a parse.
    """
    compiled: F = kept(function, forceinline=True, _nrt=False)
    return compiled


@kernel
def signed(word: Any) -> int:
    """A word as int64: Numba makes a float of int64 together with uint64."""
    return np.int64(word)  # type: ignore[return-value]  # for Numba an int is one


def _address(context: Any, builder: Any, place: tuple[Any, Any, Any], pointee: Any) -> Any:
    """The address of a place (type of a uint8 array, array, index), as a pointer to `pointee`."""
    array_type, array, index = place
    struct = context.make_array(array_type)(context, builder, array)
    return builder.bitcast(builder.gep(struct.data, [index]), pointee.as_pointer())


def _splat(byte: int) -> Any:
    return ir.Constant(_BLOCK, [byte] * 16)


def _multiply_wide(_typing: Any, left: Any, right: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    """The 128-bit product of two words, as (low, high)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(*(builder.zext(argument, wide) for argument in arguments))
        high = builder.lshr(product, ir.Constant(wide, 64))
        words = [builder.trunc(part, ir.IntType(64)) for part in (product, high)]
        return context.make_tuple(builder, signature.return_type, words)

    return types.UniTuple(types.uint64, 2)(types.uint64, types.uint64), generate


def _load_word(_typing: Any, buffer: Any, index: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    """The eight bytes from `index`, which need not be aligned."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = _address(context, builder, (signature.args[0], *arguments), ir.IntType(64))
        return builder.load(address, align=1)

    return types.uint64(buffer, types.int64), generate


def _plain_run(_typing: Any, buffer: Any, index: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    """How many of the 16 bytes from `index` come before the first quote, backslash or control character."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        block = builder.load(_address(context, builder, (signature.args[0], *arguments), _BLOCK), align=1)
        quote = builder.icmp_unsigned("==", block, _splat(ord('"')))
        backslash = builder.icmp_unsigned("==", block, _splat(ord("\\")))
        control = builder.icmp_unsigned("<", block, _splat(0x20))
        special = builder.or_(builder.or_(quote, backslash), control)
        mask = builder.zext(builder.bitcast(special, ir.IntType(16)), ir.IntType(64))
        bounded = builder.or_(mask, ir.Constant(ir.IntType(64), 1 << 16))
        return builder.cttz(bounded, cgutils.true_bit)

    return types.int64(buffer, types.int64), generate


def _copy_block(_typing: Any, source: Any, source_index: Any, target: Any, target_index: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    """Copy 16 bytes between two uint8 arrays."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        read = _address(context, builder, (signature.args[0], *arguments[:2]), _BLOCK)
        write = _address(context, builder, (signature.args[2], *arguments[2:]), _BLOCK)
        builder.store(builder.load(read, align=1), write, align=1)
        return context.get_dummy_value()

    return types.void(source, types.int64, target, types.int64), generate


def _leading_zeros(_typing: Any, word: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    """The number of zero bits above the highest set bit of a word; 64 for 0."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctlz(arguments[0], cgutils.false_bit)

    return types.int64(types.uint64), generate


multiply_wide: Any = intrinsic(_multiply_wide)
load_word: Any = intrinsic(_load_word)
plain_run: Any = intrinsic(_plain_run)
copy_block: Any = intrinsic(_copy_block)
leading_zeros: Any = intrinsic(_leading_zeros)
