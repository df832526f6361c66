"""Arithmetic in texts: expressions of numbers, evaluated as fractions of machine words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.memory import Bytes, Rows, compiled, load_byte

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts

Values = npt.NDArray[np.float64]
FOUND, NONE, WIDE = range(3)
"""What became of a row: a value, no expression that has one, or numbers too large for this kernel."""

_PLUS, _MINUS, _TIMES, _OVER, _FLOOR, _MODULO, _POWER, _NEGATE, _KEEP, _OPEN = range(10)
_RANKS = np.array([1, 1, 2, 2, 2, 2, 4, 3, 3, 0], dtype=np.int64)
"""How tightly an operator binds."""
_LARGEST = float(1 << 62)
_EXACT = 1 << 53


@compiled
def _reduced(top: int, bottom: int) -> tuple[int, int]:
    """Give a fraction in its lowest terms, with a positive denominator."""
    a, b = abs(top), abs(bottom)
    while b:
        a, b = b, a % b
    if bottom < 0:
        a = -a
    return top // a, bottom // a


@compiled
def _fits(a: int, b: int) -> bool:
    """Whether a product of two words is one."""
    return abs(float(a) * float(b)) < _LARGEST


@compiled
def _product(a: int, b: int, c: int, d: int) -> tuple[int, int, int]:
    """Give (a / b) * (c / d), and what became of it."""
    if d == 0:
        return 0, 1, NONE
    a, d = _reduced(a, d) if a else (0, 1)
    c, b = _reduced(c, b) if c else (0, 1)
    if not (_fits(a, c) and _fits(b, d)):
        return 0, 1, WIDE
    top, bottom = a * c, b * d
    return (top, bottom, FOUND) if bottom > 0 else (-top, -bottom, FOUND)


@compiled
def _total(a: int, b: int, c: int, d: int) -> tuple[int, int, int]:
    """Give a / b + c / d, and what became of it."""
    if not (_fits(a, d) and _fits(c, b) and _fits(b, d)):
        return 0, 1, WIDE
    top, bottom = _reduced(a * d + c * b, b * d)
    return top, bottom, FOUND


@compiled
def _power(a: int, b: int, c: int, d: int) -> tuple[int, int, int]:
    """Give (a / b) ** (c / d), and what became of it: only whole exponents have a value."""
    if d != 1 or (a == 0 and c < 0):
        return 0, 1, NONE
    if c < 0:
        a, b, c = (b, a, -c) if a > 0 else (-b, -a, -c)
    if b == 1 and -1 <= a <= 1:
        return (a if c & 1 else a * a) if c else 1, 1, FOUND
    top, bottom = 1, 1
    if c > 64:
        return 0, 1, WIDE
    for _ in range(c):
        if not (_fits(top, a) and _fits(bottom, b)):
            return 0, 1, WIDE
        top *= a
        bottom *= b
    return top, bottom, FOUND


@compiled
def _binary(operator: int, a: int, b: int, c: int, d: int) -> tuple[int, int, int]:
    if operator == _PLUS:
        return _total(a, b, c, d)
    if operator == _MINUS:
        return _total(a, b, -c, d)
    if operator == _TIMES:
        return _product(a, b, c, d)
    if operator == _POWER:
        return _power(a, b, c, d)
    if c == 0:
        return 0, 1, NONE
    top, bottom, state = _product(a, b, d, c)
    if operator == _OVER or state != FOUND:
        return top, bottom, state
    whole = top // bottom
    if operator == _FLOOR:
        return whole, 1, FOUND
    top, bottom, state = _product(whole, 1, c, d)
    return _total(a, b, -top, bottom) if state == FOUND else (0, 1, state)


@compiled
def _apply(operators: Rows, tops: Rows, bottoms: Rows, waiting: int, size: int) -> tuple[int, int]:
    """Apply the last operator to the last values; give how many values are left, and what became of it."""
    operator = operators[waiting - 1]
    if operator == _KEEP:
        return size, FOUND
    if operator == _NEGATE:
        tops[size - 1] = -tops[size - 1]
        return size, FOUND
    a, b, c, d = tops[size - 2], bottoms[size - 2], tops[size - 1], bottoms[size - 1]
    top, bottom, state = _binary(operator, a, b, c, d)
    tops[size - 2] = top
    bottoms[size - 2] = bottom
    return size - 1, state


@compiled
def _number(buffer: Bytes, at: int, end: int) -> tuple[int, int, int, int]:
    """Read the number at `at`: (place after it, numerator, denominator, what became of it)."""
    start = at
    top, bottom, digits = 0, 1, 0
    point = False
    while at < end:
        byte = load_byte(buffer, at)
        if byte == 46 and not point:
            point = True
        elif 48 <= byte <= 57:
            if top >= 1 << 58 or bottom >= 1 << 58:
                return at, 0, 1, WIDE
            top = 10 * top + byte - 48
            bottom = 10 * bottom if point else bottom
            digits += 1
        else:
            break
        at += 1
    zeros = load_byte(buffer, start) == 48 and digits > 1 and top > 0 and not point
    if digits == 0 or zeros:
        return at, 0, 1, NONE
    top, bottom = _reduced(top, bottom)
    return at, top, bottom, FOUND


@compiled
def _operator(buffer: Bytes, at: int, end: int) -> tuple[int, int]:
    """Give the operator between two values at `at`, -1 for none, and its size."""
    byte = load_byte(buffer, at)
    double = at + 1 < end and load_byte(buffer, at + 1) == byte
    if byte == 42:
        return (_POWER, 2) if double else (_TIMES, 1)
    if byte == 47:
        return (_FLOOR, 2) if double else (_OVER, 1)
    if byte == 94:
        return _POWER, 1
    if byte == 43:
        return _PLUS, 1
    if byte == 45:
        return _MINUS, 1
    return (_MODULO, 1) if byte == 37 else (-1, 0)


@compiled
def _is_blank(byte: int) -> bool:
    return byte == 32 or 9 <= byte <= 13


@compiled
def _evaluate(buffer: Bytes, start: int, end: int, operators: Rows, tops: Rows, bottoms: Rows) -> int:
    """Evaluate an expression into the first value; say what became of it."""
    waiting = size = 0
    wants = True
    at = start
    while at < end:
        byte = load_byte(buffer, at)
        state = FOUND
        if _is_blank(byte):
            at += 1
        elif wants and (byte == 40 or byte == 43 or byte == 45):  # noqa: PLR1714 - faster
            operators[waiting] = _OPEN if byte == 40 else (_NEGATE if byte == 45 else _KEEP)
            waiting += 1
            at += 1
        elif wants:
            at, tops[size], bottoms[size], state = _number(buffer, at, end)
            size += 1
            wants = False
        elif byte == 41:
            while waiting > 0 and operators[waiting - 1] != _OPEN and state == FOUND:
                size, state = _apply(operators, tops, bottoms, waiting, size)
                waiting -= 1
            state = NONE if waiting == 0 and state == FOUND else state
            waiting -= 1
            at += 1
        else:
            operator, width = _operator(buffer, at, end)
            if operator < 0:
                return NONE
            rank = _RANKS[operator] + (operator == _POWER)
            while waiting > 0 and _RANKS[operators[waiting - 1]] >= rank and state == FOUND:
                size, state = _apply(operators, tops, bottoms, waiting, size)
                waiting -= 1
            operators[waiting] = operator
            waiting += 1
            wants = True
            at += width
        if state != FOUND:
            return state
    return NONE if wants else _finish(operators, tops, bottoms, waiting, size)


@compiled
def _finish(operators: Rows, tops: Rows, bottoms: Rows, waiting: int, size: int) -> int:
    """Apply what waits."""
    while waiting > 0:
        if operators[waiting - 1] == _OPEN:
            return NONE
        size, state = _apply(operators, tops, bottoms, waiting, size)
        waiting -= 1
        if state != FOUND:
            return state
    return FOUND if max(abs(tops[0]), bottoms[0]) <= _EXACT else WIDE


@compiled
def _values(buffer: Bytes, starts: Rows, ends: Rows, most: int) -> tuple[Values, Rows]:
    values = np.zeros(starts.size, dtype=np.float64)
    states = np.full(starts.size, NONE, dtype=np.int64)
    operators = np.empty(most + 1, dtype=np.int64)
    tops = np.zeros(most + 1, dtype=np.int64)
    bottoms = np.ones(most + 1, dtype=np.int64)
    for row in range(starts.size):
        if ends[row] - starts[row] <= most:
            states[row] = _evaluate(buffer, starts[row], ends[row], operators, tops, bottoms)
            if states[row] == FOUND:
                values[row] = tops[0] / bottoms[0]
    return values, states


def evaluate(texts: Texts, most: int) -> tuple[Values, Rows]:
    """Evaluate texts of up to `most` bytes, for longer ones there is `NONE`: float64[rows], and what became of each."""
    return _values(texts.buffer, texts.starts, texts.ends, most)
