"""Average precision: by the device, by the kernel and in plain Python, and as COCO's own figures."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rewardlang.ops.detection import BARS, RECALLS
from rewardlang.ops.registry import overloads

(AVERAGE_PRECISION,) = overloads("average_precision")
ROWS = 60


def instances(made: int, golds: int) -> list[np.ndarray]:
    """Overlaps with ties, thresholds not among them; scores with ties; labels of three kinds; masks of a beginning."""
    rng = np.random.default_rng(made * 10 + golds)
    overlaps = (rng.integers(0, 33, (ROWS, made, golds)) / 32 * 0.999 + 0.0003).astype(np.float32)
    scores = rng.integers(0, 4, (ROWS, made)).astype(np.float32)
    labels, wanted = rng.integers(0, 3, (ROWS, made)), rng.integers(0, 3, (ROWS, golds))
    masks = [np.arange(size) < rng.integers(0, size + 1, ROWS)[:, None] for size in (made, golds)]
    where = masks[0][:, :, None] & masks[1][:, None, :]
    pairs = ((overlaps, where), (scores, masks[0]), (labels, masks[0]), (wanted, masks[1]))
    return [array for pair in pairs for array in pair]


def ones(arrays: list[np.ndarray], **options: Any) -> list[float | None]:
    found = []
    for overlaps, _, scores, made, labels, _, wanted, golds in zip(*arrays, strict=True):
        pairs = overlaps[made][:, golds].astype(float).tolist()
        rest = (part[mask].tolist() for part, mask in ((scores, made), (labels, made), (wanted, golds)))
        found.append(AVERAGE_PRECISION.one(pairs, *rest, **options))
    return found


def on_host(arrays: list[np.ndarray], **options: Any) -> tuple[np.ndarray, np.ndarray]:
    values, present = AVERAGE_PRECISION.stack(*arrays, **options)
    return values, present


def on_device(arrays: list[np.ndarray], **options: Any) -> tuple[np.ndarray, np.ndarray]:
    def one(*parts: Any) -> Any:
        return AVERAGE_PRECISION.instance(jnp, *parts, **options)

    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        values, present = jax.jit(jax.vmap(one))(
            *(part.astype(np.int32) if part.dtype == int else part for part in arrays)
        )
    return np.asarray(values), np.asarray(present)


@pytest.mark.parametrize("run", [on_host, on_device])
@pytest.mark.parametrize("options", [{}, {"threshold": 0.4}, {"limit": 2}], ids=str)
@pytest.mark.parametrize("shape", [(6, 5), (9, 3), (1, 1)])
def test_it_is_what_one_says(run: Any, options: dict[str, Any], shape: tuple[int, int]) -> None:
    arrays = instances(*shape)
    values, present = run(arrays, **options)
    expected = ones(arrays, **options)
    assert present.tolist() == [value is not None for value in expected]
    assert np.allclose(values[present], [value for value in expected if value is not None], atol=1e-6)
    assert sum(0 < (value or 0) < 1 for value in expected) > 5 or shape == (1, 1)


def test_thresholds_are_those_of_numpy() -> None:
    assert np.linspace(0.5, 0.95, 10).tolist() == list(BARS)
    assert np.linspace(0, 1, 101).tolist() == list(RECALLS)


def test_recalls_that_rounding_misses_are_missed_on_the_device_too() -> None:
    # 7 of 25 boxes are 0.28, but the recall that is asked for is a little more.
    for right in range(1, 26):
        wanted = np.zeros((1, 25), int)
        overlaps = np.eye(right, 25, dtype=np.float32)[None]
        masks = np.ones((1, right), bool), np.ones((1, 25), bool)
        arrays = [
            overlaps, np.ones_like(overlaps, bool), np.ones((1, right), np.float32), masks[0], np.zeros((1, right), int),
            masks[0], wanted, masks[1],
        ]  # fmt: skip
        (expected,) = ones(arrays)
        assert on_host(arrays)[0][0] == pytest.approx(expected, abs=1e-12)
        assert on_device(arrays)[0][0] == pytest.approx(expected, abs=1e-5)


def test_the_figures_of_small_cases() -> None:
    one = AVERAGE_PRECISION.one
    assert one([[1.0]], [1.0], ["a"], ["a"]) == pytest.approx(1)
    assert one([[1.0]], [1.0], ["b"], ["a"]) == 0
    assert one([], [], [], []) is None
    # Half of the boxes: 51 of 101 recalls.
    assert one([[1.0, 0.0]], [1.0], ["a"], ["a", "a"]) == pytest.approx(51 / 101)
    # An overlap of 0.72 counts at five of ten thresholds.
    assert one([[0.72]], [1.0], ["a"], ["a"]) == pytest.approx(0.5)
    # The box that two overlap is the first one's; of equal boxes the last is taken.
    assert one([[0.9, 0.0], [1.0, 0.6]], [2.0, 1.0], ["a", "a"], ["a", "a"], threshold=0.5) == pytest.approx(1)
    assert one([[0.9, 0.9], [0.0, 0.6]], [2.0, 1.0], ["a", "a"], ["a", "a"], threshold=0.5) == pytest.approx(51 / 101)
