"""Constant folding leaves a graph that runs, whatever was folded."""

from __future__ import annotations

import pytest

import rewardlang


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The inner call is missing, so the outer one folds a pass later than its presence was asked for.
        ('count(lines(before(before("a.b", "!") ?? "q.", ".") ?? "x\\ny"))', 2.0),
        ('count(lines(before(before("a.b", "!") ?? "q.", "?") ?? "x\\ny"))', 4.0),
    ],
)
def test_a_constant_that_may_be_missing_folds_with_its_presence(text: str, expected: float) -> None:
    reward = rewardlang.compile(f"reward r(a: int in 0..9) -> float {{ a * {text} }}")
    assert reward(a=[2]).tolist() == [expected]
