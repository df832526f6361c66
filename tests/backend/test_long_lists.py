"""One long list among many short ones costs its own size, not that of all."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import rewardlang
from rewardlang.backend import host_gather, host_parts

BODIES = (
    "count(unique(words(x)))",
    'length(last(sort(words(x), order: descending)) ?? "")',
    "count(keep(words(x), where: matches(words(x), /a/)))",
    'count((previous(words(x)) ?? "") == words(x))',
    'length(words(x)[1] ?? "")',
    'length(lookup(words(x), matches(words(x), /b/)) ?? "")',
    "max(occurrence(words(x))) ?? 0",
    "max(count(unique(words(lines(x))) over word)) ?? 0",
    "sum(max(length(sort(words(lines(x)))) over word) ?? 0)",
    "count(words(lines(x)) == rename(words(lines(x)), word: other) over (line, word, other))",
)  # fmt: skip


def reward(body: str) -> rewardlang.Reward:
    return rewardlang.compile(f"reward r(x: text) -> float {{ {body} }}")


@pytest.mark.parametrize("body", BODIES)
def test_how_lists_are_cut_changes_nothing(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    texts = [" ".join(rng.choice(["a", "b", "ab", "\n", "é"], rng.integers(0, 40))) for _ in range(60)] + ["", "\n\n"]
    whole = reward(body)(x=texts).total
    monkeypatch.setattr(host_gather, "BLOCK", 1)
    monkeypatch.setattr(host_parts, "LARGE", 0)
    monkeypatch.setattr(host_parts, "WASTE", 0)
    np.testing.assert_array_equal(reward(body)(x=texts).total, whole)


@pytest.mark.parametrize("body", BODIES[:7])
def test_a_long_list_pads_no_other(body: str) -> None:
    score = reward(body)
    score(x=["a b", "c"])
    texts = [f"a {row} b" for row in range(3000)]
    texts[1000:1000] = texts[2000:2000] = ["a b " * 10_000]
    # Padded to the longest, one array of numbers would take 480 MB.
    tracemalloc.start()
    try:
        score(x=texts)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100 << 20
