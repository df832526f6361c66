r"""Simple numbers as they are written in mathematics, and LaTeX that normalising leaves as it is.

A number is read as a reduced fraction where math-verify reads the same: an integer, a decimal of at most six places,
thousands with commas, a percentage of those, `3/4` or `\frac{3}{4}`. All else is left to math-verify: leading zeros
and signs that it reads in its own way, more digits than are surely exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.memory import Bytes, Flags, Rows, compiled, load_byte

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts

Kinds = npt.NDArray[np.int8]

OTHER, INTEGER, DECIMAL, FRACTION = range(4)

DIGITS = 15
"""So many digits have an exact double."""
PLACES = 6
"""math-verify rounds decimals to so many places."""
PARTS = 6
"""Digits of numerator and denominator: two such fractions differ by more than its 15 digits hide."""
LONGEST = 100
"""Bytes of LaTeX that is compared as text."""
POWERS = 2
"""Exponents in it: with those of at most two digits, math-verify is done at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """A column of numbers.

    Shapes: all `[rows]`. `kinds`: `OTHER` where there is no simple number. `tops` and `bottoms`: the value, a reduced
    fraction. `written`: its digits, as an integer. `percents`: whether it is a percentage.
    """

    kinds: Kinds
    tops: Rows
    bottoms: Rows
    written: Rows
    percents: Flags


@compiled
def _digit(buffer: Bytes, at: int, end: int) -> bool:
    return at < end and 0x30 <= load_byte(buffer, at) <= 0x39


@compiled
def _is(buffer: Bytes, at: int, end: int, byte: int) -> bool:
    return at < end and load_byte(buffer, at) == byte


@compiled
def _has(buffer: Bytes, at: int, end: int, byte: int) -> bool:
    while at < end and load_byte(buffer, at) != byte:
        at += 1
    return at < end


@compiled
def _command(buffer: Bytes, at: int, end: int, first: int, second: int, third: int, fourth: int) -> bool:
    r"""Tell whether a backslash and these four bytes stand at `at`."""
    return (
        at + 5 <= end
        and load_byte(buffer, at) == 0x5C
        and load_byte(buffer, at + 1) == first
        and load_byte(buffer, at + 2) == second
        and load_byte(buffer, at + 3) == third
        and load_byte(buffer, at + 4) == fourth
    )


@compiled
def _frac(buffer: Bytes, at: int, end: int) -> bool:
    r"""Tell whether `\frac` stands at `at`."""
    return _command(buffer, at, end, 0x66, 0x72, 0x61, 0x63)


@compiled
def _natural(buffer: Bytes, at: int, end: int) -> tuple[int, int]:
    """Read digits without a leading zero: the place after them (`at` if there are none, or too many) and the value."""
    place = at
    value = 0
    while _digit(buffer, place, end):
        value = 10 * value + load_byte(buffer, place) - 0x30
        place += 1
        if place - at > DIGITS:
            return at, 0
    if place - at > 1 and load_byte(buffer, at) == 0x30:
        return at, 0
    return place, value


@compiled
def _thousands(buffer: Bytes, at: int, end: int) -> tuple[int, int, int]:
    """Read digits, in groups of three behind commas if there is one: the place after them, value, how many digits."""
    place, value = _natural(buffer, at, end)
    count = place - at
    if not (1 <= count <= 3 and load_byte(buffer, at) != 0x30):
        return place, value, count
    while _is(buffer, place, end, 0x2C):
        for offset in range(1, 4):
            if not _digit(buffer, place + offset, end):
                return at, 0, 0
            value = 10 * value + load_byte(buffer, place + offset) - 0x30
        place += 4
        count += 3
        if count > DIGITS:
            return at, 0, 0
    return place, value, count


@compiled
def _divisor(one: int, other: int) -> int:
    while other:
        one, other = other, one % other
    return max(one, 1)


@compiled
def _read_parts(buffer: Bytes, at: int, end: int, latex: bool) -> tuple[int, int, int]:
    r"""Read `a/b` or `\frac{a}{b}`: the place after it (-1 if it is not there), numerator and denominator."""
    braces = latex and _frac(buffer, at, end)
    if braces:
        at += 5
        if not _is(buffer, at, end, 0x7B):
            return -1, 0, 0
        at += 1
    negative = braces and _is(buffer, at, end, 0x2D)
    at += 1 if negative else 0
    place, top = _natural(buffer, at, end)
    if place == at or place - at > PARTS or (negative and top == 0):
        return -1, 0, 0
    if braces:
        if not (_is(buffer, place, end, 0x7D) and _is(buffer, place + 1, end, 0x7B)):
            return -1, 0, 0
        at = place + 2
    else:
        if not _is(buffer, place, end, 0x2F):
            return -1, 0, 0
        at = place + 1
    place, bottom = _natural(buffer, at, end)
    if place == at or place - at > PARTS or bottom == 0:
        return -1, 0, 0
    if braces:
        if not _is(buffer, place, end, 0x7D):
            return -1, 0, 0
        place += 1
    return place, -top if negative else top, bottom


@compiled
def _read_decimal(buffer: Bytes, at: int, end: int) -> tuple[int, int, int]:
    """Read an integer or a decimal: the place after it (-1 if it is not there), its digits as an integer, places."""
    place, value, count = _thousands(buffer, at, end)
    if count == 0:
        return -1, 0, 0
    places = 0
    if _is(buffer, place, end, 0x2E):
        place += 1
        while _digit(buffer, place, end):
            value = 10 * value + load_byte(buffer, place) - 0x30
            place += 1
            places += 1
            if places > PLACES or count + places > DIGITS:
                return -1, 0, 0
        if places == 0:
            return -1, 0, 0
    return place, value, places


@compiled
def _read(buffer: Bytes, at: int, end: int, latex: bool) -> tuple[int, int, int, int, bool]:
    """Read a text that is a simple number: kind, reduced numerator and denominator, digits as written, percentage."""
    negative = _is(buffer, at, end, 0x2D)
    at += 1 if negative else 0
    sign = -1 if negative else 1
    place, top, bottom = _read_parts(buffer, at, end, latex)
    if place == end:
        if top == 0 and negative:
            return OTHER, 0, 1, 0, False
        common = _divisor(abs(top), bottom)
        # LaTeX's fractions are evaluated: with nothing below they are integers.
        kind = INTEGER if latex and common == bottom else FRACTION
        return kind, sign * top // common, bottom // common, sign * top // common, False
    place, value, places = _read_decimal(buffer, at, end)
    if place < 0 or (negative and value == 0):
        return OTHER, 0, 1, 0, False
    escaped = latex and place + 2 == end and load_byte(buffer, place) == 0x5C
    percent = place + (2 if escaped else 1) == end and load_byte(buffer, end - 1) == 0x25
    # In LaTeX a negative percentage is a product of three, no percentage; one with commas is a set.
    odd = latex and (negative or _has(buffer, at, end, 0x2C))
    if place != end and (not percent or odd):
        return OTHER, 0, 1, 0, False
    bottom = (100 if percent else 1) * 10**places
    common = _divisor(value, bottom)
    kind = DECIMAL if places else INTEGER
    return kind, sign * value // common, bottom // common, sign * value, percent


@compiled
def _read_rows(buffer: Bytes, starts: Rows, ends: Rows, latex: Flags) -> tuple[Kinds, Rows, Rows, Rows, Flags]:
    kinds = np.empty(starts.size, dtype=np.int8)
    tops = np.empty(starts.size, dtype=np.int64)
    bottoms = np.empty(starts.size, dtype=np.int64)
    written = np.empty(starts.size, dtype=np.int64)
    percents = np.empty(starts.size, dtype=np.bool_)
    for row in range(starts.size):
        found = _read(buffer, starts[row], ends[row], latex[row])
        kinds[row], tops[row], bottoms[row], written[row], percents[row] = found
    return kinds, tops, bottoms, written, percents


def read_numbers(texts: Texts, latex: Flags) -> Numbers:
    """Read each row as a simple number: as LaTeX where `latex: bool[rows]` says so, else as a plain expression."""
    flags = np.ascontiguousarray(latex).view()
    flags.setflags(write=False)
    return Numbers(*_read_rows(texts.buffer, texts.starts, texts.ends, flags))


@compiled
def _letter(buffer: Bytes, at: int, end: int) -> bool:
    return at < end and 0x61 <= load_byte(buffer, at) | 0x20 <= 0x7A


@compiled
def _command_end(buffer: Bytes, at: int, end: int) -> int:
    r"""Give the place after `\frac` or `\sqrt` with a brace behind it, `\pi`, `\{` or `\}` at `at`; -1 for others."""
    if _frac(buffer, at, end) or _command(buffer, at, end, 0x73, 0x71, 0x72, 0x74):
        return at + 5 if _is(buffer, at + 5, end, 0x7B) else -1
    if _is(buffer, at + 1, end, 0x70) and _is(buffer, at + 2, end, 0x69) and not _letter(buffer, at + 3, end):
        return at + 3
    if _is(buffer, at + 1, end, 0x7B) or (_is(buffer, at + 1, end, 0x7D) and not _digit(buffer, at + 2, end)):
        return at + 2
    return -1


@compiled
def _pi(buffer: Bytes, at: int, end: int) -> bool:
    r"""Tell whether a text ends with `\pi`."""
    return end - at >= 3 and _is(buffer, end - 3, end, 0x5C) and _is(buffer, end - 2, end, 0x70)


@compiled
def _power_end(buffer: Bytes, at: int, end: int) -> int:
    """Give the place after `^` at `at` where its exponent is a letter, a digit, or two digits in braces; else -1."""
    at += 1
    if _letter(buffer, at, end) or _digit(buffer, at, end):
        return at + 1
    if not (_is(buffer, at, end, 0x7B) and _digit(buffer, at + 1, end)):
        return -1
    at += 3 if _digit(buffer, at + 2, end) else 2
    return at + 1 if _is(buffer, at, end, 0x7D) else -1


@compiled
def _number_end(buffer: Bytes, at: int, end: int) -> int:
    """Give the place after digits with at most one point between them at `at`; -1 where they are many."""
    first = at
    while _digit(buffer, at, end):
        at += 1
    if _is(buffer, at, end, 0x2E) and _digit(buffer, at + 1, end):
        at += 1
        while _digit(buffer, at, end):
            at += 1
    return at if at - first <= DIGITS else -1


@compiled
def _next(buffer: Bytes, at: int, end: int) -> int:
    """Give the place after the piece at `at`; -1 where it is one that normalising might change."""
    byte = load_byte(buffer, at)
    if _digit(buffer, at, end):
        return _number_end(buffer, at, end)
    if _letter(buffer, at, end):
        # Two letters may be a word: `and`, `inf`, a unit.
        return -1 if _letter(buffer, at + 1, end) else at + 1
    if byte == 0x5C:
        return _command_end(buffer, at, end)
    if byte == 0x5E:
        return _power_end(buffer, at, end)
    if byte == 0x7B:
        return -1 if _is(buffer, at + 1, end, 0x2C) else at + 1
    if byte == 0x7D:
        # `\frac{1}{2}3` would become `\frac{1}{2}{3}`.
        return -1 if _digit(buffer, at + 1, end) else at + 1
    if byte in (0x28, 0x29, 0x2B, 0x2C, 0x2D, 0x3D, 0x5B, 0x5D):
        return at + 1
    return -1


@compiled
def _stays(buffer: Bytes, start: int, end: int) -> bool:
    if not 0 < end - start <= LONGEST:
        return False
    first = load_byte(buffer, start)
    last = load_byte(buffer, end - 1)
    if not (_digit(buffer, start, end) or _letter(buffer, start, end) or first in (0x28, 0x2D, 0x5C, 0x5B)):
        return False
    # A letter at the end may be a unit.
    if _letter(buffer, end - 1, end) and end - start > 1 and not _pi(buffer, start, end):
        return False
    if not (_letter(buffer, end - 1, end) or _digit(buffer, end - 1, end) or last in (0x29, 0x5D, 0x7D)):
        return False
    at = start
    powers = equations = 0
    while at < end:
        powers += load_byte(buffer, at) == 0x5E
        equations += load_byte(buffer, at) == 0x3D
        at = _next(buffer, at, end)
        if at < 0 or powers > POWERS or equations > 1:
            return False
    # `0.5` becomes a fraction in some readings.
    half = end - start == 3 and first == 0x30 and load_byte(buffer, start + 1) == 0x2E and last == 0x35
    return not half


@compiled
def _stays_rows(buffer: Bytes, starts: Rows, ends: Rows) -> Flags:
    result = np.empty(starts.size, dtype=np.bool_)
    for row in range(starts.size):
        result[row] = _stays(buffer, starts[row], ends[row])
    return result


def stays(texts: Texts) -> Flags:
    """Tell whether each row is LaTeX that math-verify surely finds, normalises to itself, and is done with at once."""
    return _stays_rows(texts.buffer, texts.starts, texts.ends)
