"""The work of every builtin that takes a text grows as the text does; where it is a product of two, the docs say so."""

from __future__ import annotations

import json
import subprocess
import sys

from rewardlang.ops.registry import BUILTINS
from tests.conformance.growing_texts import SIZE, TIMES
from tests.conformance.test_hostile_texts import CALLS
from tests.reward.profile import scaled

EVERY = scaled(40, 1, 1)
"""Kernels that count are compiled anew, which takes minutes for all."""
MOST = 16
"""Times the work for a text of 8 times the size: tables grow in steps; a quadratic part would be 64 times."""
FEW = 4 * SIZE * TIMES
"""Turns that no text is blamed for: where many literals almost match, a search goes on byte by byte, not by 64."""


def steep(counts: list[int]) -> bool:
    return counts[1] > MOST * counts[0] + FEW


def test_work_grows_as_the_text() -> None:
    calls = CALLS[::EVERY]
    command = [sys.executable, "-m", "tests.conformance.linear_work"]
    told = subprocess.run(command, input=json.dumps(calls), capture_output=True, text=True, check=True)
    work = json.loads(told.stdout)
    assert list(work) == calls
    assert sum(counts["fixed"][1] > SIZE for texts in work.values() for counts in texts.values()) > len(calls)
    fixed = {call: [t for t, counts in texts.items() if steep(counts["fixed"])] for call, texts in work.items()}
    assert not {call: texts for call, texts in fixed.items() if texts}
    products = {call for call, texts in work.items() if any(steep(counts["alike"]) for counts in texts.values())}
    documented = {builtin.name for builtin in BUILTINS if "product of" in " ".join((builtin.__doc__ or "").split())}
    assert {call.split("(")[0] for call in products} <= documented
