"""Arithmetic that a text spells out."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import Rows
from rewardlang.ops.text import X

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts

MOST = 10_000
"""How many bytes an expression may have."""
BITS = 4096
"""How large the numbers on the way may be."""
_TOKEN = re.compile(r"\s*(?:(\d+\.\d*|\.\d+|\d+)|(\*\*|//|[-+*/%^()]))", re.ASCII)
_RANKS = {"(": 0, "+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2, "negate": 3, "keep": 3, "**": 4}


class NoValueError(ValueError):
    """An expression that is none, or has no value."""


class Arithmetic(Rows):
    """The value of an arithmetic expression, computed exactly as a fraction: the nearest float.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is; where it is no expression of numbers, `+ - * / // % **`, `^` for `**`, and parentheses, with
        whitespace between them; a division by zero, or a power with an exponent that is not whole; an expression of
        more than 10,000 bytes, or numbers on the way of more than 4,096 bits.
    Errors: none.
    Source: Python's precedence; whole numbers without leading zeros, or decimals, of ASCII digits. `//` and `%` round
        down.
    Example: (arithmetic("8 / (3 - 8 / 3)") ?? 0) == 24
    """

    name = "arithmetic"
    parameters = (X,)
    partial = True

    def one(self, x: str) -> float | None:
        if len(x.encode(errors="replace")) > MOST:
            return None
        try:
            return float(_evaluated(x))
        except (NoValueError, OverflowError):
            return None

    def rows(self, x: Texts) -> Any:
        import numpy as np

        from rewardlang.kernels.sums import FOUND, WIDE, evaluate

        values, states = evaluate(x, MOST)
        present = states == FOUND
        for row in np.flatnonzero(states == WIDE).tolist():
            exact = self.one(x[row])
            values[row], present[row] = exact or 0.0, exact is not None
        return values, present


def _evaluated(text: str) -> Fraction:
    values: list[Fraction] = []
    operators: list[str] = []
    wants = True
    text = text.strip(" \t\n\v\f\r")
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise NoValueError
        at = found.end()
        number, mark = found.groups()
        if wants != (number is not None or mark in ("(", "+", "-")) and (wants or number is not None or mark == "("):
            raise NoValueError
        if number is not None:
            values.append(_literal(number))
            wants = False
        elif wants:
            operators.append({"(": "(", "+": "keep", "-": "negate"}[mark])
        elif mark == ")":
            _close(operators, values)
        else:
            mark = "**" if mark == "^" else mark
            while operators and _RANKS[operators[-1]] >= _RANKS[mark] + (mark == "**"):
                _apply(operators.pop(), values)
            operators.append(mark)
            wants = True
    if wants or "(" in operators:
        raise NoValueError
    while operators:
        _apply(operators.pop(), values)
    return values[0]


def _close(operators: list[str], values: list[Fraction]) -> None:
    while operators and operators[-1] != "(":
        _apply(operators.pop(), values)
    if not operators:
        raise NoValueError
    operators.pop()


def _literal(number: str) -> Fraction:
    if re.fullmatch("0+[1-9][0-9]*", number) or len(number) * 3 > BITS:
        raise NoValueError
    return _bounded(Fraction(number if number[-1] != "." else number + "0"))


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > BITS:
        raise NoValueError
    return value


def _apply(operator: str, values: list[Fraction]) -> None:
    right = values.pop()
    if operator in ("negate", "keep"):
        values.append(-right if operator == "negate" else right)
        return
    left = values.pop()
    if (operator in ("/", "//", "%") and right == 0) or (operator == "**" and not _has_power(left, right)):
        raise NoValueError
    match operator:
        case "+":
            result = left + right
        case "-":
            result = left - right
        case "*":
            result = left * right
        case "/":
            result = left / right
        case "//":
            result = Fraction(math.floor(left / right))
        case "%":
            result = left % right
        case _:
            result = left ** int(right)
    values.append(_bounded(result))


def _has_power(base: Fraction, exponent: Fraction) -> bool:
    """Whether a power is a fraction, and not too large to compute."""
    if exponent.denominator != 1 or (base == 0 and exponent < 0):
        return False
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    return abs(base) in (0, 1) or (bits - 1) * abs(exponent) <= BITS


BUILTINS = (Arithmetic(),)
