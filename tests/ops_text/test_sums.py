"""Arithmetic in texts: the lowering gives what the plain Python says, and that what Python says."""

from __future__ import annotations

import ast
import operator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardlang.ops.sums import BITS, BUILTINS
from tests.ops_text.parity import agree, column, lowered

if TYPE_CHECKING:
    from collections.abc import Callable

(ARITHMETIC,) = BUILTINS
PIECES = (
    "0", "1", "2", "3", "24", "0.5", ".25", "7.", "1.125", "99999999999", "123456789123456789", "+", "-", "*", "/",
    "//", "%", "**", "^", "(", ")", " ", "-", "00", "012", "x", "1e3", "\u0663", "×", "\n", "\0", "=",
)  # fmt: skip
pieces = st.lists(st.sampled_from(PIECES), max_size=9).map("".join)
sums = st.recursive(
    st.sampled_from(PIECES[:11]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", " - ", "*", "/", "//", "%", "**"]), inner).map("".join),
        inner.map("({})".format),
        inner.map("-{}".format),
    ),
    max_leaves=6,
)


OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}  # fmt: skip


def in_python(node: ast.expr, text: str) -> Fraction:
    match node:
        case ast.Constant():
            return Fraction((ast.get_source_segment(text, node) or "").rstrip(".") or "0")
        case ast.UnaryOp(op=ast.USub()):
            return -in_python(node.operand, text)
        case ast.BinOp():
            left, right = in_python(node.left, text), in_python(node.right, text)
            if type(node.op) in OPERATORS:
                return Fraction(OPERATORS[type(node.op)](left, right))
            if right.denominator == 1 and (abs(right) < 9 or left in (0, 1, -1)):
                return Fraction(left ** int(right))
    raise ValueError(text)


@given(sums)
def test_a_sum_has_the_value_that_python_gives_it(text: str) -> None:
    try:
        exact = in_python(ast.parse(text, mode="eval").body, text)
    except (ZeroDivisionError, ValueError, SyntaxError):
        return
    size = max(exact.numerator.bit_length(), exact.denominator.bit_length())
    if size < 900:
        assert ARITHMETIC.one(text) in (float(exact), None)
        assert ARITHMETIC.one(text) is not None or size > 300


@given(st.lists(st.one_of(pieces, sums), max_size=8))
def test_the_lowering_agrees(batch: list[str]) -> None:
    agree(ARITHMETIC, [column(batch)], [(text,) for text in batch])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8 / (3 - 8 / 3)", 24.0),
        ("-2 ** 2", -4.0),
        ("2 ** 3 ** 2", 512.0),
        ("2 ^ -1", 0.5),
        ("- - 3", 3.0),
        ("7 // -2", -4.0),
        ("-7 % 3", 2.0),
        ("0 ** 0", 1.0),
        ("1 / 3 * 3", 1.0),
        ("99999999999 * 99999999999 / 99999999999", 99999999999.0),
        ("(" * 4999 + "1" + ")" * 4999, 1.0),
        ("1+" * 4999 + "1", 5000.0),
        ("1 / 0", None),
        ("0 ** -1", None),
        ("2 ** 0.5", None),
        ("2 3", None),
        ("2 (3)", None),
        ("(1 + 2", None),
        ("1 + 2)", None),
        ("", None),
        ("()", None),
        ("1 +", None),
        ("007", None),
        ("9 ** 9 ** 9 ** 9", None),
        ("9" * 10_000, None),
        ("1" * 10**7, None),
        ("(" * 10**7, None),
    ],
)
def test_values(text: str, value: float | None) -> None:
    assert lowered(ARITHMETIC, column([text])) == [value]
    assert len(text) > 20_000 or ARITHMETIC.one(text) == value


def test_numbers_on_the_way_are_bounded() -> None:
    assert ARITHMETIC.one(f"2 ** {BITS - 1} / 2 ** {BITS - 2}") == 2
    assert ARITHMETIC.one(f"2 ** {BITS + 1} / 2 ** {BITS}") is None
