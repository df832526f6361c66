"""Counts what builtins do with hostile texts, in a process of its own: calls as JSON in, turns of loops as JSON out.

Kernels are compiled anew with their loops counted, before anything else has imported them.
"""

from __future__ import annotations

from tests.kernels.counting import count_loops, turns

count_loops()

import json  # noqa: E402 - as said above
import sys  # noqa: E402
from typing import TYPE_CHECKING  # noqa: E402

from tests.conformance.growing_texts import SIZE, TIMES, texts  # noqa: E402
from tests.conformance.test_hostile_texts import reward_of  # noqa: E402

if TYPE_CHECKING:
    from rewardlang import Reward


def work(reward: Reward) -> dict[str, dict[str, tuple[int, int]]]:
    """For each text the turns of a call with it and with one of `TIMES` its size: beside a `fixed` text, and one alike."""
    found = {}
    for fixed, one, other in zip(texts(SIZE // 2), texts(SIZE), texts(TIMES * SIZE), strict=True):
        # What is kept of the other text is made before.
        reward(x=[""], y=[fixed])
        found[fixed[:12]] = {
            "fixed": (called(reward, one, fixed), called(reward, other, fixed)),
            "alike": (called(reward, one, one[::-1]), called(reward, other, other[::-1])),
        }
    return found


def called(reward: Reward, x: str, y: str) -> int:
    """The turns of one call."""
    return turns(lambda: reward(x=[x], y=[y]))


if __name__ == "__main__":
    json.dump({call: work(reward_of(call)) for call in json.load(sys.stdin)}, sys.stdout)
