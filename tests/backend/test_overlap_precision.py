"""Overlaps of boxes from text or JSON keep the digits that float32 would lose."""

from __future__ import annotations

import pytest

import rewardlang

THIN = ([0.1, 0.123456, 0.9, 0.123457], [0.2, 0.1234563, 0.8, 0.1234575])


@pytest.mark.parametrize("overlap", ["iou(as_box(a), as_box(b))", "giou(as_box(a), as_box(b))"])
def test_thin_boxes_keep_their_digits(overlap: str) -> None:
    first, second = THIN
    inter = (second[2] - second[0]) * (first[3] - second[1])
    union = sum((box[2] - box[0]) * (box[3] - box[1]) for box in THIN) - inter
    hull = (first[2] - first[0]) * (second[3] - first[1])
    expected = inter / union - ("giou" in overlap) * (hull - union) / hull
    reward = rewardlang.compile(f"reward r(a: json, b: json) -> float {{ {overlap} ?? 9 }}")
    assert reward(a=[first], b=[second]).tolist()[0] == pytest.approx(expected, rel=1e-6)


def test_the_pixel_that_counts_as_no_overlap_is_exact() -> None:
    reward = rewardlang.compile(
        "reward r(a: text, b: json) -> float { iou(as_box(json(a)), as_box(b), convention: minus_one) ?? 9 }"
    )
    wide, narrow = "[0, 0, 16777218, 10]", "[0, 0, 16777217, 10]"
    other = [16777216, 0, 20000000, 10]
    assert [score > 0 for score in reward(a=[wide, narrow], b=[other, other]).tolist()] == [True, False]
