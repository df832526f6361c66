"""A choice that a param has decided leaves the other side out, and changes no score."""

from __future__ import annotations

import numpy as np
import pytest

import rewardlang
from rewardlang.backend import sparing

SPEC = """
param by_words: bool = false
param doubled: bool = true

reward total(reply: text) -> float {
    return sum {
        size: if by_words then count(words(reply)) else length(reply)
        same: if doubled then sum(length(words(reply)) * 2) else count_matches(reply, /a/)
    }
}
"""
REPLIES = ["a bc def", "", "aa", "banana split"] * 5


@pytest.mark.parametrize("by_words", [False, True])
@pytest.mark.parametrize("doubled", [False, True])
def test_choices_by_params_score_as_python_does(by_words: bool, doubled: bool) -> None:  # noqa: FBT001 - cases
    reward = rewardlang.compile(SPEC)
    sizes = [len(reply.split()) if by_words else len(reply) for reply in REPLIES]
    same = [2 * sum(map(len, reply.split())) if doubled else reply.count("a") for reply in REPLIES]
    found = reward({"reply": REPLIES}, params={"by_words": by_words, "doubled": doubled}).total
    assert found.tolist() == (np.array(sizes) + np.array(same)).tolist()
    left_out = sparing.spared(reward.executor.staged, {"by_words": by_words, "doubled": doubled})
    names = {getattr(reward.executor.graph.nodes[node].operation, "builtin", None) for node in left_out.nodes}
    assert ("count_matches" in {getattr(builtin, "name", "") for builtin in names}) == doubled
