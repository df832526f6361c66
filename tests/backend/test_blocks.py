"""Lists of one length are moved as a block: they score as lists of many lengths do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang.backend.domains import Domains
from rewardlang.types import Axis

SPEC = """
reward r(x: float[time], y: float[time, part], at: vec[3]) -> float[time] {
    let turned = reverse(x) + sum(y over part) * at[1]
    return sum { ends: turned   metric first: first(x) ?? 0 }
}
"""


def columns(rng: np.random.Generator, samples: int, time: int, part: int) -> dict[str, Any]:
    shapes = {"x": (samples, time), "y": (samples, time, part), "at": (samples, 3)}
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.mark.parametrize("sizes", [(1, 1, 1), (3, 5, 2), (17, 4, 3), (5, 0, 2), (4, 7, 0)])
def test_a_block_scores_as_lists_beside_others(sizes: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(0)
    block, other = columns(rng, *sizes), columns(rng, 1, sizes[1] + 3, sizes[2] + 1)
    reward = rewardlang.compile(SPEC)
    mixed = {name: [*map(np.ndarray.tolist, block[name]), *map(np.ndarray.tolist, other[name])] for name in block}
    alone, beside = reward(block).tolist(), reward(mixed).tolist()
    for found, wanted in zip(alone, beside[:-1], strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6)


def test_only_lists_of_one_length_are_a_block() -> None:
    outer, inner = Axis("a", "a"), Axis("b", "b")
    lengths = {outer: np.array([2, 2]), inner: np.array([3, 3])}
    assert Domains(2, (outer, inner), lengths).along((outer, inner)).block == (2, 2, 3)
    lengths[inner] = np.array([3, 1])
    found = Domains(2, (outer, inner), lengths)
    assert found.along((outer, inner)).block is None
    assert found.along((outer,)).block == (2, 2)
    assert found.filled((outer, inner), (4, 4)).sum() == 2 * 3 + 2 * 1
    assert found.filled((outer,), (4,)).sum(1).tolist() == [2, 2]
