"""List words of the language, run from columns to scores, on numbers and on texts."""

from __future__ import annotations

import pytest

import rewardlang

HEAD = "reward r(x: float[a], t: text) -> float {\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("sum(keep(x, where: x > 1))", [7.0, 0.0, 7.0]),
        ("sum(unique(x))", [6.0, 0.0, 7.0]),
        ("sum(occurrence(x))", [1.0, 0.0, 0.0]),
        ("count(words(t))", [3.0, 0.0, 2.0]),
        ("count(unique(words(t)))", [2.0, 0.0, 2.0]),
        ("sum(occurrence(words(t)))", [1.0, 0.0, 0.0]),
        ('count(keep(words(t), where: words(t) != "b"))', [2.0, 0.0, 1.0]),
        ('if (first(sort(words(t))) ?? "") == "a" then 1 else 0', [1.0, 0.0, 0.0]),
        ("max(keep(x, where: x < 3)) ?? -1", [2.0, -1.0, -1.0]),
        ("std(x) ?? 0", [0.816497 * 0.866025, 0.0, 0.0]),
    ],
)
def test_a_list_word(body: str, expected: list[float]) -> None:
    reward = rewardlang.compile(HEAD + f"    return {body}\n}}\n")
    scores = reward(x=[[1.0, 2.0, 3.0, 2.0], [], [7.0]], t=["a b a", "", "b c"])
    assert list(scores.total) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("any(x == rename(x, a: b) over (a, b))", [1.0, 1.0]),
        ("all(rename(x, a: b) == y)", [1.0, 0.0]),
        ("any(rename(x, a: b) < y)", [0.0, 1.0]),
    ],
)
def test_a_renamed_list_is_compared_with_all_its_digits(body: str, expected: list[float]) -> None:
    reward = rewardlang.compile(f"reward r(x: float[a], y: float) -> score {{\n    {body} and y > 0\n}}\n")
    scores = reward(x=[[0.1], [0.1]], y=[0.1, 0.1000000001])
    assert list(scores.total) == expected
