"""Calls on the host are cut where padding would outgrow the entries."""

from __future__ import annotations

import numpy as np
import pytest

import rewardlang
from rewardlang.backend import host_blocks

SPEC = """
reward r(x: text, y: text) -> float {
    let a: float[a] = numbers(x)
    let b: float[b] = numbers(y)
    let near = 1 / (1 + abs(a - b))
    return (frechet(abs(a - b)) ?? -1) + sum(if assign(near, by: best) then near else 0 over (a, b))
        + (average_precision(near, a, str(a), str(b)) ?? 0)
}
"""


@pytest.fixture
def columns() -> dict[str, list[str]]:
    rng = np.random.default_rng(3)
    sizes = np.where(rng.random((2, 40)) < 0.1, 30, rng.integers(0, 4, (2, 40)))
    return {
        name: [" ".join(map(str, rng.integers(0, 9, size))) for size in row]
        for name, row in zip("xy", sizes, strict=True)
    }


def test_blocks_give_what_the_whole_does(columns: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    reward = rewardlang.compile(SPEC)
    whole = reward(columns).tolist()
    cuts = []

    def small(run: object, axes: object) -> list[tuple[int, int]]:
        cuts.append(host_blocks.blocks(run, axes, 500))  # type: ignore[arg-type]
        return cuts[-1]

    monkeypatch.setattr("rewardlang.backend.host_dense.blocks", small)
    assert reward(columns).tolist() == whole
    assert max(map(len, cuts)) > 3


def test_a_long_list_is_alone() -> None:
    texts = ["1 2"] * 3000 + [" ".join("1" * 2000)] + ["1"] * 3000
    scores = rewardlang.compile(
        "reward r(x: text) -> float { frechet(abs(numbers(x) - rename(numbers(x), number: b))) ?? -1 }"
    )({"x": texts})
    assert set(scores.tolist()) == {0.0}
