"""Ranges that are proved by more than the ranges of the parts."""

from __future__ import annotations

import pytest

import rewardlang
from rewardlang.diagnostics import CompileError


@pytest.mark.parametrize(
    ("body", "range_"),
    [
        ("x * x", "0..inf"),
        ("exp(-x * x)", "0..1"),
        ("exp(x * -x / 1.5)", "0..1"),
        ("exp(-(x * x))", "0..1"),
        ("exp(-abs(x - y) * abs(x - y))", "0..1"),
        ("1 - x * x", "-inf..1"),
    ],
)
def test_a_product_of_equal_factors_has_one_sign(body: str, range_: str) -> None:
    reward = rewardlang.compile(f"reward r(x: float, y: float) -> float in {range_} {{ {body} }}")
    scores = reward(x=[0.0, 3e38, -2.0, 1e-40], y=[1.0, -3e38, 0.0, 0.0])
    low, high = reward.range
    assert (low <= scores.total).all()
    assert (scores.total <= high).all()


@pytest.mark.parametrize("body", ["exp(-x * y)", "x * y", "exp(-x * x * x)", "exp(x * x)"])
def test_other_products_are_not_taken_for_such(body: str) -> None:
    with pytest.raises(CompileError, match="range-not-proved"):
        rewardlang.compile(f"reward r(x: float, y: float) -> float in 0..1 {{ {body} }}")
