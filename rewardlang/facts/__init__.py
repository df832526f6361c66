"""Facts about values: intervals, monotonicity."""

from rewardlang.facts.interval import FULL, SMALLEST_NORMAL, TRUTH, Bound, Interval, point
from rewardlang.facts.monotone import Monotone, monotone_range

__all__ = ["FULL", "SMALLEST_NORMAL", "TRUTH", "Bound", "Interval", "Monotone", "monotone_range", "point"]
