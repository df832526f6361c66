"""Facts about values: intervals, monotonicity."""

from rewardlang.facts.interval import FULL, TRUTH, Bound, Interval, point
from rewardlang.facts.monotone import Monotone, monotone_range

__all__ = ["FULL", "TRUTH", "Bound", "Interval", "Monotone", "monotone_range", "point"]
