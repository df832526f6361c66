"""Numbers in texts: reading them correctly rounded, finding them, and writing the shortest text that reads back.

Decimals of up to 18 digits are read in the kernel, all others, and those of other scripts, by Python's `float`.
"""

from __future__ import annotations

import math
import re

import numpy as np
import numpy.typing as npt

from rewardlang.columns.texts import Texts
from rewardlang.kernels.decimals import INFINITY_BITS, decimal_bits, short_decimal
from rewardlang.kernels.memory import (
    LANES,
    Bytes,
    Flags,
    Rows,
    bytes_in_range,
    compiled,
    load_byte,
    low_bits,
    trailing_zeros,
)

Floats = npt.NDArray[np.float64]
Statuses = npt.NDArray[np.uint8]

_ABSENT, _READ, _UNDECIDED = 0, 1, 2
_ROOM = (2**63 - 10) // 10
"""Up to here a mantissa has room for one more digit."""

_FEW = 9
"""So many digits fit any word, and need no table of powers."""
_FAR = 10**9
"""An exponent beyond all doubles, and beyond what the digits of any text make up for."""

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_WIDTH = 17
"""The bytes of an integer below 10**16 with its sign."""


@compiled
def _is_digit(buffer: Bytes, at: int, end: int) -> bool:
    return at < end and 0x30 <= load_byte(buffer, at) <= 0x39


@compiled
def _is_sign(buffer: Bytes, at: int, end: int) -> bool:
    return at < end and (load_byte(buffer, at) == 0x2B or load_byte(buffer, at) == 0x2D)


@compiled
def _read_exponent(buffer: Bytes, at: int, end: int) -> tuple[int, int]:
    """Read `e`, sign and digits at `at`: the place after them and their value; `at` and 0 if they are not there."""
    if at >= end or load_byte(buffer, at) | 0x20 != 0x65:
        return at, 0
    place = at + 1
    negative = _is_sign(buffer, place, end) and load_byte(buffer, place) == 0x2D
    place += 1 if _is_sign(buffer, place, end) else 0
    if not _is_digit(buffer, place, end):
        return at, 0
    value = 0
    while _is_digit(buffer, place, end):
        value = min(_FAR, 10 * value + load_byte(buffer, place) - 0x30)
        place += 1
    return place, -value if negative else value


@compiled
def _read_decimal(buffer: Bytes, at: int, end: int) -> tuple[int, int, int, int]:
    """Read digits with at most one point: the place after them, how many, mantissa (-1: no room) and exponent."""
    mantissa, exponent, count, point = 0, 0, 0, False
    while at < end:
        digit = load_byte(buffer, at) - 0x30
        if 0 <= digit <= 9:
            count += 1
            if 0 <= mantissa <= _ROOM:
                mantissa = 10 * mantissa + digit
                exponent -= 1 if point else 0
            else:
                mantissa = -1
        elif digit == -2 and not point:
            point = True
        else:
            break
        at += 1
    return at, count, mantissa, exponent


@compiled
def _is_space(byte: int) -> bool:
    """Tell whether Python strips this ASCII byte."""
    return 0x09 <= byte <= 0x0D or 0x1C <= byte <= 0x20


@compiled
def _trim(buffer: Bytes, start: int, end: int) -> tuple[int, int]:
    while start < end and _is_space(load_byte(buffer, start)):
        start += 1
    while start < end and _is_space(load_byte(buffer, end - 1)):
        end -= 1
    return start, end


@compiled
def _parse_span(buffer: Bytes, at: int, end: int) -> tuple[int, int, int]:
    """Read a span: mantissa, exponent and status."""
    at, count, mantissa, exponent = _read_decimal(buffer, at + (1 if _is_sign(buffer, at, end) else 0), end)
    if count > 0:
        at, more = _read_exponent(buffer, at, end)
        exponent += more
    if at < end:
        # Digits and spaces beyond ASCII count too, also behind `e` and its sign; Python knows them.
        for place in range(at, min(at + 3, end)):
            if load_byte(buffer, place) >= 0x80:
                return 0, 0, _UNDECIDED
        return 0, 0, _ABSENT
    if count == 0:
        return 0, 0, _ABSENT
    return mantissa, exponent, _UNDECIDED if mantissa < 0 else _READ


@compiled
def _plain(buffer: Bytes, start: int, end: int) -> int:
    """Read a span of a few digits and nothing else, as most numbers are; -1 where it is another one."""
    if end <= start or end - start > _FEW:
        return -1
    value = 0
    for place in range(start, end):
        digit = load_byte(buffer, place) - 0x30
        if digit < 0 or digit > 9:
            return -1
        value = 10 * value + digit
    return value


@compiled
def _parse(buffer: Bytes, starts: Rows, ends: Rows) -> tuple[Floats, Statuses]:
    values = np.zeros(starts.size, dtype=np.float64)
    bits = values.view(np.int64)
    statuses = np.empty(starts.size, dtype=np.uint8)
    for row in range(starts.size):
        plain = _plain(buffer, starts[row], ends[row])
        if plain >= 0:
            values[row], statuses[row] = plain, _READ
            continue
        start, end = _trim(buffer, starts[row], ends[row])
        mantissa, exponent, statuses[row] = _parse_span(buffer, start, end)
        if statuses[row] != _READ:
            continue
        value = short_decimal(np.uint64(mantissa), exponent)
        if value >= 0:
            values[row] = value
        else:
            bits[row] = decimal_bits(np.uint64(mantissa), exponent)
        if bits[row] < 0:
            values[row], statuses[row] = 0.0, _UNDECIDED
        elif bits[row] == INFINITY_BITS:
            values[row], statuses[row] = 0.0, _ABSENT
        elif load_byte(buffer, start) == 0x2D:
            values[row] = -values[row]
    return values, statuses


def parse_number(texts: Texts) -> tuple[Floats, Flags]:
    """Read each row as a decimal number, correctly rounded.

    A number is, between optional Unicode whitespace, an optional sign, decimal digits of any script with an optional
    fraction (`5.` and `.5` too), and an optional exponent. No underscores, no words for infinity.

    Returns:
        `(values: float64[rows], present: bool[rows])`; absent, and 0, where a row is no number or beyond all doubles.
    """
    values, statuses = _parse(texts.buffer, texts.starts, texts.ends)
    present = statuses == _READ
    undecided = statuses == _UNDECIDED
    if not undecided.any():
        return values, present
    rows = np.flatnonzero(undecided)
    for row, written in zip(rows.tolist(), texts.take(rows).to_list(), strict=True):
        text = written.strip()
        value = float(text) if _NUMBER.fullmatch(text) else math.inf
        if math.isfinite(value):
            values[row] = value
            present[row] = True
    return values, present


@compiled
def _bars_sign(byte: int) -> bool:
    """Tell whether a sign after this byte is an operator: after an ASCII digit or letter, or a closing parenthesis."""
    return 0x30 <= byte <= 0x39 or 0x61 <= byte | 0x20 <= 0x7A or byte == 0x29


@compiled
def _next_number(buffer: Bytes, start: int, at: int, end: int) -> tuple[int, int]:
    """Find the first number from `at` on in the text start..end: its span, -1 and -1 if there is none."""
    first = -1
    for block in range(at, end, LANES):
        digits = bytes_in_range(buffer, block, 0x30, 0x39) & low_bits(end - block)
        if digits != 0:
            first = block + trailing_zeros(digits)
            break
    if first < 0:
        return -1, -1
    place = first
    if first > at and load_byte(buffer, first - 1) == 0x2E:
        first -= 1
    else:
        while _is_digit(buffer, place, end):
            place += 1
        if place < end and load_byte(buffer, place) == 0x2E and _is_digit(buffer, place + 1, end):
            place += 1
    while _is_digit(buffer, place, end):
        place += 1
    if (
        first > at
        and _is_sign(buffer, first - 1, end)
        and (first - 1 == start or not _bars_sign(load_byte(buffer, first - 2)))
    ):
        first -= 1
    place, _ = _read_exponent(buffer, place, end)
    return first, place


@compiled
def _find_numbers(buffer: Bytes, starts: Rows, ends: Rows) -> tuple[Rows, Rows, Rows]:
    offsets = np.zeros(starts.size + 1, dtype=np.int64)
    froms = tos = np.empty(0, dtype=np.int64)
    for filling in range(2):
        count = 0
        for row in range(starts.size):
            at = starts[row]
            while True:
                first, at = _next_number(buffer, starts[row], at, ends[row])
                if first < 0:
                    break
                if filling == 1:
                    froms[count] = first
                    tos[count] = at
                count += 1
            offsets[row + 1] = count
        if filling == 0:
            froms = np.empty(count, dtype=np.int64)
            tos = np.empty(count, dtype=np.int64)
    return offsets, froms, tos


def find_numbers(texts: Texts) -> tuple[Rows, Texts]:
    r"""Find the numbers in each row, from left to right, as a ragged column `(offsets: int64[rows + 1], parts)`.

    A number is a longest match of `[-+]?(\d+(\.\d+)?|\.\d+)([eE][-+]?\d+)?` with ASCII digits. Its sign counts only at
    the start of the text, or when what stands before it is no ASCII digit or letter and no `)`: `3-2` holds 3 and 2,
    `(-2` holds -2.
    """
    offsets, froms, tos = _find_numbers(texts.buffer, texts.starts, texts.ends)
    return offsets, texts.within(froms, tos)


@compiled
def _write_integers(values: Floats, buffer: Bytes) -> Rows:
    """Write each value flush right into a field of its own; give the places where they begin."""
    starts = np.empty(values.size, dtype=np.int64)
    for row in range(values.size):
        rest = np.int64(abs(values[row]))
        at = (row + 1) * _WIDTH
        while True:
            at -= 1
            buffer[at] = 0x30 + rest % 10
            rest //= 10
            if rest == 0:
                break
        if values[row] < 0:
            at -= 1
            buffer[at] = 0x2D
        starts[row] = at
    return starts


def format_number(values: Floats) -> Texts:
    """Write each of `values: float64[rows]` as the shortest decimal that reads back the same, integers without `.0`.

    `10`, `-3`, `0.5`, `1e+22`, `-0`; `inf` and `nan` as Python writes them.
    """
    values = np.ascontiguousarray(values, dtype=np.float64)
    integral = (values == np.floor(values)) & (np.abs(values) < 1e16) & ((values != 0) | ~np.signbit(values))
    rows = np.flatnonzero(~integral)
    others = Texts.of([repr(value).removesuffix(".0") for value in values[rows].tolist()])
    size = _WIDTH * values.size
    buffer = np.zeros(size + others.buffer.size, dtype=np.uint8)
    buffer[size:] = others.buffer
    starts = _write_integers(np.where(integral, values, 0.0), buffer)
    ends = np.arange(1, values.size + 1, dtype=np.int64) * _WIDTH
    starts[rows] = others.starts + size
    ends[rows] = others.ends + size
    return Texts(buffer, starts, ends)
