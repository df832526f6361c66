"""The leaves of a JSON text: white space, words, strings and numbers, each read at a position into the node store."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.decimals import decimal_bits, short_decimal
from rewardlang.kernels.words import copy_block, kernel, plain_run, signed

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

NULL, FALSE, TRUE, NUMBER, STRING, ARRAY, OBJECT = range(7)
# Integer literals: INTEGER is exactly its double, LONG is not and is told apart by its digits.
INTEGER, LONG = 7, 8

NODES, SIDE, DECODED, HARD, LARGEST = range(5)  # slots of Store.used: how much of it is, and the largest object
INVALID = -1
PYTHON_DIGITS = 4300  # Python's default sys.get_int_max_str_digits()
_DOUBLE_DIGITS = 309  # an integer with more digits is beyond every double
_WORD_DIGITS = 19  # any 19 digits fit in 64 bits

QUOTE, BACKSLASH, MINUS, PLUS, DOT, ZERO = (ord(character) for character in '"\\-+.0')
_WORDS = tuple(np.frombuffer(word, dtype=np.uint8) for word in (b"null", b"false", b"true", b"NaN", b"Infinity"))
_NULL, _FALSE, _TRUE, _NAN, _INFINITY = _WORDS
_REPLACEMENT = 0xFFFD
_HUGE = 10**15  # exponents beyond the length of any text are alike
_ESCAPES = np.zeros(256, dtype=np.uint8)
for _letter, _meaning in zip(b'"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True):
    _ESCAPES[_letter] = _meaning


class Spans(NamedTuple):
    """Texts as spans of one padded UTF-8 buffer, in bytes: buffer uint8, starts and ends int64[rows]."""

    buffer: Bytes
    starts: Ints
    ends: Ints


class Store(NamedTuple):
    """Where a parse writes: a row per node in preorder, the decoded text of strings with escapes; scratch; dialect."""

    kind: npt.NDArray[np.uint8]
    start: Ints
    end: Ints
    stop: Ints
    payload: Ints
    value: npt.NDArray[np.float64]
    decoded: Ints
    hard: Ints
    side: Bytes
    used: Ints
    stack: Ints
    python: bool


@kernel
def add_node(store: Store, kind: int, start: int, end: int, payload: int) -> int:
    """Append a leaf, or a container whose end is not known yet; its index."""
    node: int = store.used[NODES]
    store.used[NODES] = node + 1
    store.kind[node] = kind
    store.start[node] = start
    store.end[node] = end
    store.stop[node] = node + 1
    store.payload[node] = payload
    return node


@kernel
def skip_space(buffer: Bytes, position: int, end: int) -> int:
    """The first position from `position` that holds no JSON white space."""
    while position < end:
        byte = buffer[position]
        if byte > 0x20 or (byte not in (0x20, 0x0A, 0x0D, 0x09)):
            break
        position += 1
    return position


@kernel
def _word_ends(buffer: Bytes, position: int, end: int, word: Bytes) -> bool:
    if end - position < len(word):
        return False
    same = True
    for index in range(len(word)):
        same &= buffer[position + index] == word[index]
    return same


@kernel
def read_word(buffer: Bytes, position: int, end: int, store: Store) -> int:
    """Read null, false, true, and for Python NaN and Infinity; the position after it, or INVALID."""
    if _word_ends(buffer, position, end, _NULL):
        kind, length = NULL, 4
    elif _word_ends(buffer, position, end, _FALSE):
        kind, length = FALSE, 5
    elif _word_ends(buffer, position, end, _TRUE):
        kind, length = TRUE, 4
    elif store.python and _word_ends(buffer, position, end, _NAN):
        kind, length = NUMBER, 3
    elif store.python and _word_ends(buffer, position, end, _INFINITY):
        kind, length = NUMBER, 8
    else:
        return INVALID
    node = add_node(store, kind, position, position + length, 0)
    if kind == NUMBER:
        store.value[node] = np.nan if length == 3 else np.inf
    return position + length


@kernel
def _plain_end(buffer: Bytes, position: int, end: int) -> int:
    """The first quote, backslash or control character from `position`, or some position >= end."""
    while position < end:
        run = plain_run(buffer, position)
        position += run
        if run < 16:
            break
    return position


@kernel
def _hex_unit(buffer: Bytes, position: int, end: int) -> int:
    """The value of four hexadecimal digits, or INVALID."""
    if end - position < 4:
        return INVALID
    unit = 0
    for index in range(position, position + 4):
        digit = signed(buffer[index])
        letter = (digit | 0x20) - 0x57
        if 0x30 <= digit <= 0x39:
            unit = unit * 16 + digit - 0x30
        elif 10 <= letter <= 15:
            unit = unit * 16 + letter
        else:
            return INVALID
    return unit


@kernel
def _put_code_point(side: Bytes, at: int, code: int) -> int:
    """Write a code point as UTF-8; the index after it."""
    if code < 0x80:
        side[at] = code
        return at + 1
    if code < 0x800:
        side[at] = 0xC0 | code >> 6
        side[at + 1] = 0x80 | code & 0x3F
        return at + 2
    if code < 0x10000:
        side[at] = 0xE0 | code >> 12
        side[at + 1] = 0x80 | code >> 6 & 0x3F
        side[at + 2] = 0x80 | code & 0x3F
        return at + 3
    side[at] = 0xF0 | code >> 18
    side[at + 1] = 0x80 | code >> 12 & 0x3F
    side[at + 2] = 0x80 | code >> 6 & 0x3F
    side[at + 3] = 0x80 | code & 0x3F
    return at + 4


@kernel
def _unicode_escape(buffer: Bytes, position: int, end: int) -> tuple[int, int]:
    """The code point of the Unicode escape whose digits start at `position`, and the position after it.

    A surrogate without its pair is U+FFFD: texts are valid UTF-8.
    """
    unit = _hex_unit(buffer, position, end)
    position += 4
    if unit < 0xD800 or unit > 0xDFFF:
        return unit, position
    paired = unit < 0xDC00 and end - position >= 6 and buffer[position] == BACKSLASH and buffer[position + 1] == 0x75
    low = _hex_unit(buffer, position + 2, end) if paired else INVALID
    if 0xDC00 <= low <= 0xDFFF:
        return 0x10000 + ((unit - 0xD800) << 10) + low - 0xDC00, position + 6
    return _REPLACEMENT, position


@kernel
def _copy(buffer: Bytes, start: int, end: int, side: Bytes, at: int) -> int:
    """Copy bytes in blocks, which may write up to 15 bytes further; the index after the copy."""
    for offset in range(0, end - start, 16):
        copy_block(buffer, start + offset, side, at + offset)
    return at + end - start


@kernel
def _decode(buffer: Bytes, start: int, stop: int, end: int, store: Store) -> int:
    """Decode a string with escapes (the first one at `stop`) into the side buffer; its closing quote, or INVALID."""
    side = store.side
    at = store.used[SIDE]
    while True:
        if stop >= end:
            return INVALID
        at = _copy(buffer, start, stop, side, at)
        if buffer[stop] == QUOTE:
            break
        if buffer[stop] != BACKSLASH or stop + 1 >= end:
            return INVALID
        letter = buffer[stop + 1]
        start = stop + 2
        if letter == 0x75:
            code, start = _unicode_escape(buffer, start, end)
            if code == INVALID:
                return INVALID
            at = _put_code_point(side, at, code)
        elif _ESCAPES[letter] != 0:
            side[at] = _ESCAPES[letter]
            at += 1
        else:
            return INVALID
        stop = _plain_end(buffer, start, end)
    row = store.used[DECODED]
    store.decoded[row, 0] = store.used[SIDE]
    store.decoded[row, 1] = at
    store.used[DECODED] = row + 1
    store.used[SIDE] = at
    return stop


@kernel
def read_string(buffer: Bytes, position: int, end: int, store: Store) -> int:
    """Read the string whose opening quote is at `position`; the position after it, or INVALID."""
    stop = _plain_end(buffer, position + 1, end)
    if stop >= end:
        return INVALID
    payload = -1
    if buffer[stop] != QUOTE:
        payload = store.used[DECODED]
        stop = _decode(buffer, position + 1, stop, end, store)
        if stop == INVALID:
            return INVALID
    add_node(store, STRING, position, stop + 1, payload)
    return stop + 1


@kernel
def _digits(
    buffer: Bytes, position: int, end: int, mantissa: np.uint64, significant: int
) -> tuple[int, np.uint64, int]:
    """Read digits: the position after them, the number so far (modulo 2**64) and its count of significant digits."""
    while position < end:
        digit = buffer[position] - np.uint8(ZERO)
        if digit > 9:
            break
        mantissa = mantissa * np.uint64(10) + np.uint64(digit)
        significant += significant > 0 or digit > 0
        position += 1
    return position, mantissa, significant


@kernel
def _fraction(
    buffer: Bytes, position: int, end: int, mantissa: np.uint64, significant: int
) -> tuple[int, np.uint64, int, int]:
    """Read a point and the digits after it, if any, as `_digits` does; last, the power of ten that they scale by."""
    if position >= end or buffer[position] != DOT:
        return position, mantissa, significant, 0
    stop, mantissa, significant = _digits(buffer, position + 1, end, mantissa, significant)
    power = position + 1 - stop
    return (INVALID if power == 0 else stop), mantissa, significant, power


@kernel
def _exponent(buffer: Bytes, position: int, end: int) -> tuple[int, int]:
    """Read what follows an `e`: the position after it (INVALID without digits) and the exponent."""
    negative = position < end and buffer[position] == MINUS
    if position < end and (negative or buffer[position] == PLUS):
        position += 1
    first = position
    exponent = 0
    while position < end and ZERO <= buffer[position] <= ZERO + 9:
        exponent = min(exponent * 10 + signed(buffer[position]) - ZERO, _HUGE)
        position += 1
    return (position if position > first else INVALID), (-exponent if negative else exponent)


@kernel
def _set_hard(store: Store, node: int) -> None:
    store.hard[store.used[HARD]] = node
    store.used[HARD] += 1


@kernel
def _set_integer(store: Store, node: int, mantissa: np.uint64, digits: int) -> None:
    if digits <= _WORD_DIGITS:
        store.value[node] = mantissa
        store.kind[node] = INTEGER if np.uint64(store.value[node]) == mantissa else LONG
    elif digits <= _DOUBLE_DIGITS:
        _set_hard(store, node)
    else:
        store.kind[node] = LONG
        store.value[node] = np.inf


@kernel
def _set_float(store: Store, node: int, mantissa: np.uint64, power: int) -> None:
    store.value[node] = short_decimal(mantissa, power)
    if store.value[node] < 0:
        bits = decimal_bits(mantissa, power)
        if bits < 0:
            _set_hard(store, node)
        else:
            store.payload[node] = bits


@kernel
def read_number(buffer: Bytes, start: int, end: int, store: Store) -> int:
    """Read a number at `start`; the position after it, or INVALID. What follows it is the caller's to judge."""
    negative = buffer[start] == MINUS
    first = start + 1 if negative else start
    position, mantissa, significant = _digits(buffer, first, end, np.uint64(0), 0)
    digits = position - first
    if digits == 0 or (buffer[first] == ZERO and digits > 1):
        return INVALID
    position, mantissa, significant, power = _fraction(buffer, position, end, mantissa, significant)
    whole = power == 0
    if position != INVALID and position < end and buffer[position] | 0x20 == 0x65:
        whole = False
        position, exponent = _exponent(buffer, position + 1, end)
        power += exponent
    if position == INVALID or (store.python and whole and digits > PYTHON_DIGITS):
        return INVALID
    node = add_node(store, INTEGER if whole else NUMBER, start, position, 0)
    if whole:
        _set_integer(store, node, mantissa, digits)
    elif significant <= _WORD_DIGITS:
        _set_float(store, node, mantissa, power)
    else:
        _set_hard(store, node)
    # Minus zero is the integer 0, but not the double 0.
    if negative and not (whole and significant == 0):
        store.value[node] = -store.value[node]
    return position
