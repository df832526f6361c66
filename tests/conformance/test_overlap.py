"""Numbers published rewards gave: VLM-R1 (IoU in its two conventions) and VLA-R1 (generalised IoU)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rewardlang.ops.registry import overloads

(IOU,), (GIOU,), (DIOU,), (CIOU,) = (overloads(name) for name in ("iou", "giou", "diou", "ciou"))
PUBLISHED_GIOU = (
    ([0.7, 0.2305, 0.7699, 0.67], [0.84, 0.4411, 0.863, 0.91], -0.6252590094665417),
    ([0.64, 0.19, 0.64, 0.4439], [0.47, 0.072, 0.508, 0.4064], -0.7990098540088258),
    ([0.5, 0.5, 0.5, 0.5], [0.17, 0.048, 0.3824, 0.8488], -0.3563636363636362),
    ([0.5, 0.5, 0.5, 0.5], [0.26, 0.9297, 0.23, 0.827], -0.9999999999872579),
    ([0.442, 0.192, 0.83, 0.9434], [0.83, 0.9434, 0.442, 0.192], 0.0),
    ([0.4, 0.7725, 0.487, 0.9852], [0.074, 0.986, 0.5925, 0.986], -0.8328370208604808),
)


@pytest.mark.parametrize(("a", "b", "expected"), PUBLISHED_GIOU)
def test_published_giou(a: list[float], b: list[float], expected: float) -> None:
    assert GIOU.one(tuple(a), tuple(b)) == pytest.approx(expected, abs=1e-9)
    assert GIOU.value(np, np.array(a), np.array(b)) == pytest.approx(expected, abs=1e-9)


def published(a: list[int], b: list[int]) -> float:
    """The rule as section 1.1 of VLM-R1's code states it, sides unclamped."""
    x1, y1, x2, y2 = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]) - 1, min(a[3], b[3]) - 1
    overlap = (x2 - x1 + 1) * (y2 - y1 + 1) if x1 < x2 and y1 < y2 else 0
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - overlap
    return overlap / union if union else 0.0


def test_minus_one_is_the_published_rule() -> None:
    boxes = np.random.default_rng(1).integers(0, 12, (3000, 2, 4))
    boxes[::2] = np.sort(boxes[::2].reshape(-1, 2, 2, 2), axis=2).reshape(-1, 2, 4)
    found = IOU.value(np, boxes[:, 0], boxes[:, 1], convention="minus_one")
    exact = [published(a, b) for a, b in boxes.tolist()]
    assert found.tolist() == exact
    assert [IOU.one(tuple(a), tuple(b), convention="minus_one") for a, b in boxes.tolist()] == exact
    assert sum(value > 0 for value in exact) > 100


def test_thresholds_are_met_exactly() -> None:
    # Scaled by powers of two alone: a ratio of whole areas is the correctly rounded one.
    assert IOU.value(np, np.array([0, 0, 3, 7]), np.array([0, 0, 3, 14])) == 0.5
    assert IOU.one((0, 0, 3, 7), (0, 0, 9, 7)) == 1 / 3


def test_plus_one_counts_the_pixels_that_boxes_hold() -> None:
    rng = np.random.default_rng(2)
    boxes = np.sort(rng.integers(0, 9, (300, 2, 2, 2)), axis=2).reshape(-1, 2, 4)
    for a, b in boxes.tolist():
        pixels = [{(x, y) for x in range(p[0], p[2] + 1) for y in range(p[1], p[3] + 1)} for p in (a, b)]
        expected = len(pixels[0] & pixels[1]) / len(pixels[0] | pixels[1])
        assert IOU.one(tuple(a), tuple(b), convention="plus_one") == pytest.approx(expected)
        assert IOU.value(np, np.array(a), np.array(b), convention="plus_one") == pytest.approx(expected)


def test_distance_and_proportions_count() -> None:
    wide, square = (0, 0, 2, 1), (0, 0, 1, 1)
    differ = 4 / math.pi**2 * (math.atan(2) - math.atan(1)) ** 2
    assert DIOU.one(wide, square) == pytest.approx(0.5 - 0.25 / 5)
    assert CIOU.one(wide, square) == pytest.approx(0.5 - 0.25 / 5 - differ**2 / (0.5 + differ))
    assert DIOU.one((1, 1, 1, 1), (1, 1, 1, 1)) == CIOU.one((1, 1, 1, 1), (1, 1, 1, 1)) == 0
    # A walk towards the target raises it where the overlap, 0, does not change.
    steps = [DIOU.one((x, 0, x + 1, 1), (0, 0, 1, 1)) for x in (9, 6, 3, 2)]
    assert steps == sorted(steps)
