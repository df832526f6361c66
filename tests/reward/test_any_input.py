"""Every batch whatever gives finite totals in the proved range, or missing ones with a reason; nothing raises or warns."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.check.core import Apply
from rewardlang.check.evidence import walk
from rewardlang.driver import meaning
from rewardlang.ir.graph import Call
from rewardlang.ops.registry import BUILTINS, signature
from tests.reward.hostile import batch, document, text, value
from tests.reward.profile import scaled
from tests.reward.systems import NAMES, SOME, checked, each, reward, scored, texts_of, words_of

if TYPE_CHECKING:
    from rewardlang import Reward, Scores
    from rewardlang.check.core import CheckedReward

CHUNK = 2048


def assert_total(run: Reward, scores: Scores) -> None:
    low, high = (np.float32(end) for end in run.range)
    held = scores.total.compressed()
    assert np.isfinite(scores.total.data).all()
    assert ((held >= low) & (held <= high)).all()
    assert [reason is not None for reason in scores.reasons] == scores.missing.tolist()
    for term in scores.terms.values():
        parts = [part for part in (term.raw, term.weight, term.contribution) if part is not None]
        assert all(np.isfinite(part.compressed()).all() for part in parts)


def groups(samples: int) -> list[int]:
    return [row // 3 for row in range(samples)]


def called(found: CheckedReward) -> set[int]:
    """The builtins of a reward, by identity: those of its graph, and those that checking leaves none of."""
    of_graph = {id(node.operation.builtin) for node in meaning(found).nodes if isinstance(node.operation, Call)}
    return of_graph | {id(core.builtin) for core in walk(found.body) if isinstance(core, Apply)}


def test_the_specs_here_call_every_builtin() -> None:
    left = {id(builtin): builtin for builtin in BUILTINS if not builtin.internal}
    waiting = dict.fromkeys(NAMES)
    while left and waiting:
        # Next one that names the most of what is left: not all need to be lowered.
        words = {builtin.name for builtin in left.values()}
        name = max(waiting, key=lambda name: len(words & words_of(name)))
        del waiting[name]
        for builtin in called(checked(name)):
            left.pop(builtin, None)
    assert [signature(builtin) for builtin in left.values()] == []


@each(NAMES)
def test_any_batch_is_scored(name: str) -> None:
    run = reward(name)
    left = scaled(CHUNK, 20_000, 100_000) if any(s.type.element.host_only for s in run.inputs.values()) else 500
    rng = random.Random(name)
    while left > 0:
        count = min(left, CHUNK)
        assert_total(run, scored(run, batch(rng, run, count), group=groups(count)))
        left -= count


EXTREMES = (
    "", "\x00", "\ud800", "a" * 2**20, "<" * 2**20, "1" * 2**20, "[" * 2**20, '{"a":' * 2**18, " " * 2**20, "\n" * 2**18,
    "é" * 2**19, "<answer>" * 2**17, "<think></think><answer>" + "[1, " * 2**18, "a " * 2**14,
)  # fmt: skip


@each([name for name in SOME if texts_of(name)])
def test_extreme_texts_are_scored(name: str) -> None:
    run, rng = reward(name), random.Random(1)
    for extreme in EXTREMES:
        columns = batch(rng, run, 2)
        columns |= {field: [extreme, "a"] for field in texts_of(name)}
        assert_total(run, scored(run, columns, group=[0, 0]))


def test_hostile_values_are_hostile() -> None:
    rng = random.Random(2)
    texts = [text(rng) for _ in range(500)]
    assert any("\ud800" in t for t in texts)
    assert any("\x00" in t for t in texts)
    assert {type(document(rng)) for _ in range(500)} >= {dict, list, str, int, float, bool, type(None)}
    spec = reward("lists").inputs["zs"]
    entries: list[Any] = [value(rng, spec.type, dict.fromkeys(spec.type.axes, 3)) for _ in range(100)]
    assert any(entry is None for row in entries for entry in row)
