"""Threads that compare other columns of the same JSON texts do not get each other's counts."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from rewardlang.columns.json import agreeing_counts, common_keys, parse
from rewardlang.columns.texts import Texts

if TYPE_CHECKING:
    import pytest

OBJECTS = Texts.of(['{"a": 1}', '{"a": 1, "b": 2}', '{"a": 2, "b": 2, "c": 3}', "[]"])
KEYS = np.array([[1, 1, 1, 0], [1, 2, 2, 0], [1, 2, 3, 0], [0, 0, 0, 0]])
AGREE = np.array([[1, 1, 0, 0], [1, 2, 1, 0], [0, 1, 3, 0], [0, 0, 0, 0]])


def test_each_thread_gets_the_counts_of_its_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    tape, nodes = parse(OBJECTS.buffer, OBJECTS.starts, OBJECTS.ends)
    tape.hashes("strict")
    monkeypatch.setattr("rewardlang.kernels.threads.LEAST", 1 << 40)

    def right(seed: int) -> bool:
        left, other = np.random.default_rng(seed).integers(0, 4, (2, seed % 7 + 1))
        one, its = nodes[left], nodes[other]
        both, _, _ = common_keys(tape, one, tape, its)
        counts = agreeing_counts(tape, one, tape, its)
        return np.array_equal(both, KEYS[left, other]) and np.array_equal(counts, AGREE[left, other])

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(right, range(4000)))
    finally:
        sys.setswitchinterval(before)
