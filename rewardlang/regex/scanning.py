"""Scanning of UTF-8 bytes: sixteen at a time for literals and runs, by character for classes."""

# ruff: noqa: ANN001 - compiled for its arguments' types
# mypy: disallow-incomplete-defs=False, warn-return-any=False
# mypy: disallow-untyped-defs=False, disallow-untyped-decorators=False, disallow-untyped-calls=False

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from rewardlang.kernels.compiling import compiled

_LANES = 16


@intrinsic
def _equal_lanes(_typing: Any, buffer: Any, index: Any, byte: Any) -> Any:
    """A bit for each of the sixteen bytes from `index` on that equals `byte`."""
    signature = types.int64(buffer, index, byte)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        lanes = ir.VectorType(ir.IntType(8), _LANES)
        pointer = builder.gep(array.data, [arguments[1]])
        loaded = builder.load(builder.bitcast(pointer, lanes.as_pointer()))
        loaded.align = 1
        low = context.cast(builder, arguments[2], signature.args[2], types.uint8)
        wanted = cgutils.get_null_value(lanes)
        for lane in range(_LANES):
            wanted = builder.insert_element(wanted, low, ir.Constant(ir.IntType(32), lane))
        equal = builder.icmp_unsigned("==", loaded, wanted)
        return builder.zext(builder.bitcast(equal, ir.IntType(_LANES)), ir.IntType(64))

    return signature, codegen


@intrinsic
def _lowest_bit(_typing: Any, mask: Any) -> Any:
    """The number of the lowest bit of a mask that is not 0."""
    signature = types.int64(mask)

    def codegen(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return signature, codegen


@compiled
def find_literal(buffer, at, end, literals, offset, length) -> int:
    """The first place in `at..end` where the literal stands, or -1.

    Compares the first and the last byte of sixteen places at once; the buffer's padding lets it read across.
    """
    final = end - length
    first = literals[offset]
    reach = length - 1
    last = literals[offset + reach]
    while at <= final:
        mask = _equal_lanes(buffer, at, first)
        if reach > 0 and mask != 0:
            mask &= _equal_lanes(buffer, at + reach, last)
        while mask != 0:
            place = at + _lowest_bit(mask)
            if place > final:
                return -1
            if same_bytes(buffer, place + 1, literals, offset + 1, length - 2):
                return place
            mask &= mask - 1
        at += 16
    return -1


@compiled
def find_stop(buffer, at, end, number, stops) -> int:
    """The first place in `at..end` of one of the bytes in row `number` of `stops`; `end` if there is none."""
    if stops[number, 0] == 0:
        return end
    one, two, three = stops[number, 1], stops[number, 2], stops[number, 3]
    while at < end:
        mask = _equal_lanes(buffer, at, one)
        if two != one:
            mask |= _equal_lanes(buffer, at, two) | _equal_lanes(buffer, at, three)
        if mask != 0:
            return min(at + _lowest_bit(mask), end)
        at += 16
    return end


@compiled
def find_byte(buffer, at, end, byte) -> int:
    """The first place in `at..end` of a byte; `end` if there is none."""
    while at < end:
        mask = _equal_lanes(buffer, at, byte)
        if mask != 0:
            return min(at + _lowest_bit(mask), end)
        at += 16
    return end


@compiled
def find_literal_or_stop(buffer, at, end, literals, offset, length, stop) -> int:
    """The first place of the literal before any byte `stop`; else -1 minus the place of that byte, or of `end`."""
    first = literals[offset]
    while at < end:
        stopped = _equal_lanes(buffer, at, stop)
        mask = _equal_lanes(buffer, at, first)
        if (mask | stopped) != 0:
            until = min(at + _lowest_bit(stopped), end) if stopped != 0 else end
            while mask != 0:
                place = at + _lowest_bit(mask)
                if place > until or place + length > end:
                    break
                if same_bytes(buffer, place + 1, literals, offset + 1, length - 1):
                    return place
                mask &= mask - 1
            if stopped != 0:
                return -1 - until
        at += 16
    return -1 - end


@compiled
def same_bytes(buffer, at, literals, offset, length) -> bool:
    """Whether `length` bytes are equal."""
    for index in range(length):  # noqa: SIM110 - the compiler has no `all` over a generator
        if buffer[at + index] != literals[offset + index]:
            return False
    return True


@compiled
def decode(buffer, at) -> int:
    """The code point that starts at `at`."""
    lead = int(buffer[at])
    if lead < 0x80:
        return lead
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | (buffer[at + 1] & 0x3F)
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | (buffer[at + 1] & 0x3F) << 6 | (buffer[at + 2] & 0x3F)
    high = (lead & 0x07) << 18 | (buffer[at + 1] & 0x3F) << 12
    return high | (buffer[at + 2] & 0x3F) << 6 | (buffer[at + 3] & 0x3F)


@compiled
def character_length(lead) -> int:
    """How many bytes the character with this first byte has."""
    return 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4


@compiled
def class_step(buffer, at, number, steps, ranges, bounds) -> int:
    """The length of the character at `at` if the class holds it, else 0."""
    step = int(steps[number, buffer[at]])
    if step != 5:
        return step
    point = decode(buffer, at)
    low, high = bounds[number] // 2, bounds[number + 1] // 2
    while low < high:
        middle = (low + high) // 2
        if ranges[2 * middle + 1] < point:
            low = middle + 1
        else:
            high = middle
    if 2 * low < bounds[number + 1] and ranges[2 * low] <= point:
        return character_length(buffer[at])
    return 0


@compiled
def run_end(buffer, at, end, limit, number, steps, stops, ranges, bounds) -> int:
    """Where the run of at most `limit` characters (-1: any number) of the class ends that starts at `at`."""
    if limit < 0 and stops[number, 0] >= 0:
        return find_stop(buffer, at, end, number, stops)
    while at < end and limit != 0:
        step = class_step(buffer, at, number, steps, ranges, bounds)
        if step == 0:
            break
        at += step
        limit -= 1
    return at


@compiled
def word_before(buffer, begin, at, number, steps, ranges, bounds) -> bool:
    """Whether the character that ends at `at` is one of the class."""
    if at == begin:
        return False
    at -= 1
    while buffer[at] & 0xC0 == 0x80:
        at -= 1
    return class_step(buffer, at, number, steps, ranges, bounds) > 0
