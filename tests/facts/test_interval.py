"""Intervals."""

from __future__ import annotations

import math

from rewardlang.facts import Interval


def test_ends_that_no_float_has_move_outwards() -> None:
    tiny = Interval(1e-308, 1)
    for interval in (tiny.reciprocal() * Interval(-10, 10), Interval(-4e307, 1e308) * Interval(1, 10)):
        assert -math.inf <= float(interval.low) <= float(interval.high) <= math.inf
    wide = tiny.reciprocal() * Interval(10, 10)
    assert wide.high == math.inf
    assert math.isfinite(wide.low)
