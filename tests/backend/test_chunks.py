"""Which way the host's part runs, with one thread or with all, as its times tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewardlang.backend.chunks import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES = 1024


def ways(seconds: Callable[[int, bool], float], runs: int = 200) -> list[bool]:
    """Which of the runs were in threads, where run `n` in that way takes so many seconds."""
    pace, chosen = Pace(), []
    for run in range(runs):
        threaded = pace.threaded(SAMPLES)
        pace.measured(SAMPLES, threaded=threaded, seconds=seconds(run, threaded))
        chosen.append(threaded)
    return chosen


def test_both_ways_are_tried_and_the_faster_one_is_kept() -> None:
    slow = ways(lambda _, threaded: 2.0 if threaded else 1.0)
    assert sum(slow) == Pace.FEW
    fast = ways(lambda _, threaded: 0.5 if threaded else 1.0)
    # The first run compiles, and is not one of the trials.
    assert fast.count(False) == Pace.TRIALS + 1
    assert fast == sorted(fast)


def test_runs_that_other_work_made_slow_do_not_decide() -> None:
    # All but one of the first runs in threads meet other work.
    chosen = ways(lambda run, threaded: (1.4 if run < 2 * Pace.TRIALS else 0.8) if threaded else 1.0)
    assert sum(chosen) > 0.9 * len(chosen)


def test_where_the_ways_are_close_the_other_one_is_tried_again() -> None:
    # Other work kept the second core until run 50: then threads pay.
    chosen = ways(lambda run, threaded: (1.2 if run < 50 else 0.8) if threaded else 1.0, 400)
    assert not any(chosen[2 * Pace.TRIALS + 1 : Pace.AGAIN])
    assert sum(chosen[200:]) > 0.9 * 200
    rare = ways(lambda _, threaded: 1.2 if threaded else 1.0, 400)
    assert sum(rare) < 400 / 12


def test_each_size_has_a_pace_of_its_own() -> None:
    pace = Pace()
    for _ in range(40):
        threaded = pace.threaded(SAMPLES)
        pace.measured(SAMPLES, threaded=threaded, seconds=0.5 if threaded else 1.0)
    assert pace.threaded(SAMPLES)
    assert not pace.threaded(4 * SAMPLES)
