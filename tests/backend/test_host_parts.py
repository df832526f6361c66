"""Matrices on the host are padded for samples of about equal sizes by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import rewardlang
from rewardlang.backend import host_parts

if TYPE_CHECKING:
    import pytest

SPEC = """
reward r(x: text, y: text) -> float {
    let a: float[a] = numbers(x)
    let b: float[b] = numbers(y)
    let near = 1 / (1 + abs(a - b))
    return (frechet(abs(a - b)) ?? -1) + sum(if assign(near, by: best) then near else 0 over (a, b))
        + (average_precision(near, a, str(a), str(b)) ?? 0)
}
"""


def test_parts_give_what_the_whole_does(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    sizes = np.where(rng.random((2, 40)) < 0.1, 30, rng.integers(0, 4, (2, 40)))
    texts = [[" ".join(map(str, rng.integers(0, 9, size))) for size in row] for row in sizes]
    columns = dict(zip("xy", texts, strict=True))
    reward = rewardlang.compile(SPEC)
    whole = reward(columns).tolist()
    monkeypatch.setattr(host_parts, "LARGE", 10)
    monkeypatch.setattr(host_parts, "WASTE", 0)
    assert reward(columns).tolist() == whole
    assert min(whole) < 0 < max(whole)


def test_a_long_list_is_alone() -> None:
    texts = ["1 2"] * 3000 + [" ".join("1" * 2000)] + ["1"] * 3000
    source = "reward r(x: text) -> float { frechet(abs(numbers(x) - rename(numbers(x), number: b))) ?? -1 }"
    assert set(rewardlang.compile(source)({"x": texts}).tolist()) == {0.0}
