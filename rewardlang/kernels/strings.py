"""The bytes of Python strings, laid end to end.

Strings of a batch lie all over the memory, and nobody has touched them for a while: what takes time is waiting for it.
So the ones ahead are asked for while one is read, which changes nothing but the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from rewardlang.kernels.compiling import kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewardlang.kernels.memory import Bytes, Rows

_INT = types.int64
_BYTES = ir.IntType(8).as_pointer()
_AHEAD = 8
"""So many strings ahead are asked for, where each begins: the processor sees by itself that it is read on."""

# Of Python's stable interface, with addresses as numbers: an item of a list, which it goes on owning; a string's UTF-8,
# which lives as long as the string does, and where its size is put; and that no error is raised.
_item = types.ExternalFunction("PyList_GetItem", _INT(_INT, _INT))
_utf8 = types.ExternalFunction("PyUnicode_AsUTF8AndSize", _INT(_INT, _INT))
_forget = types.ExternalFunction("PyErr_Clear", types.void())


def _fetch(_typing: Any, address: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [_BYTES, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", (_BYTES,), kind)
        # To be read (0), and kept in all caches (3), as bytes and not as code (1).
        hints = [ir.Constant(number, value) for value in (0, 3, 1)]
        builder.call(function, [builder.inttoptr(arguments[0], _BYTES), *hints])
        return context.get_dummy_value()

    return types.void(_INT), generate


def _copy_from(_typing: Any, target: Any, at: Any, address: Any, size: Any) -> Any:  # noqa: ARG001 - Numba reads the parameters
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        origin = builder.inttoptr(arguments[2], _BYTES)
        cgutils.raw_memcpy(builder, builder.gep(array.data, [arguments[1]]), origin, arguments[3], 1)
        return context.get_dummy_value()

    return types.void(target, _INT, _INT, _INT), generate


fetch: Callable[[int], None] = intrinsic(_fetch)
"""Ask for the bytes at an address, which may be no valid one: a hint."""

copy_from: Callable[[Bytes, int, int, int], None] = intrinsic(_copy_from)
"""Copy to `target` at `at` the `size` bytes at an address."""


def _lay_strings(values: int, ends: Rows, room: int) -> tuple[int, Bytes]:
    """Lay the strings of a list end to end as UTF-8: text i is `buffer[ends[i - 1]:ends[i]]`, and `room` zeros follow.

    Gives how many items there are before the first that is no string or holds lone surrogates; if there is one, nothing
    is laid. `values` is the address of a Python list. No other thread can change it meanwhile, as this is one kernel
    that keeps the interpreter's lock. Shapes: ends int64[items]; the buffer uint8[bytes + room].
    """
    count = ends.size
    places = np.empty(count, np.int64)
    size = ends.ctypes.data
    for row in range(min(_AHEAD, count)):
        fetch(_item(values, row))
    for row in range(count):
        if row + _AHEAD < count:
            fetch(_item(values, row + _AHEAD))
        item = _item(values, row)
        places[row] = 0 if item == 0 else _utf8(item, size + 8 * row)
        if places[row] == 0:
            _forget()
            return row, np.empty(0, np.uint8)
    total = 0
    for row in range(count):
        total += ends[row]
        ends[row] = total
    buffer = np.empty(total + room, np.uint8)
    start = 0
    for row in range(count):
        if row + _AHEAD < count:
            fetch(places[row + _AHEAD])
        copy_from(buffer, start, places[row], ends[row] - start)
        start = ends[row]
    buffer[total:] = 0
    return count, buffer


lay_strings: Callable[[int, Rows, int], tuple[int, Bytes]] = kept(_lay_strings, nogil=False)
