"""The main job: three published rewards on texts, and arithmetic on the device."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import rewardlang
from tests.benchmarks import outputs, pairs, peers, terms
from tests.benchmarks.pairs import line, paired

OFTEN = 201
"""Rounds of what takes a millisecond or two: in a second, not in the quarter of one in which other programs may work."""


def run() -> None:
    """The pairs of the main job."""
    count = 4096
    pairs.reward("VLM-R1 rec", "systems.vlm_r1:rec", outputs.groundings(count), peers.rec, "goal 5x")
    pairs.reward("UI-R1 total", "systems.ui_r1:total", outputs.clicks(count), peers.ui_total, "goal 5x")
    pairs.reward(
        "ToolRL total, fresh golds", "systems.toolrl:total", outputs.tool_calls(count), peers.tool_total, "goal 2x"
    )
    grouped = outputs.tool_calls(count, group=16)
    pairs.reward("ToolRL total, a gold for 16", "systems.toolrl:total", grouped, peers.tool_total, "goal 6x")
    device()


def device() -> None:
    """A fused reward of 30 terms: total and raw values, as NumPy's."""
    import jax

    reward = rewardlang.compile(terms.SPEC)
    batch_columns = terms.columns(65536)
    batch, params = jax.device_put((reward.prepare(batch_columns), reward.params_array()))
    run = jax.jit(partial(reward.device, terms="rows"), compiler_options=rewardlang.COMPILER_OPTIONS)

    def ours() -> Any:
        return jax.block_until_ready(run(params, batch))

    total, raw = terms.in_numpy(batch_columns)
    scores = ours()
    worst = max(float(np.max(np.abs(scores.total - total))), float(np.max(np.abs(np.stack(scores.raw) - raw))))
    mine, other = paired(ours, lambda: terms.in_numpy(batch_columns), OFTEN)
    line("30 terms, 65536 samples, against NumPy", mine, other, worst, "goal 2.5x")
    mine, other = paired(ours, lambda: terms.in_numpy(batch_columns), OFTEN, min)
    line(f"the same, the fastest of {OFTEN}", mine, other, worst, "")
    samples = [{n: float(c[i]) for n, c in batch_columns.items()} for i in range(4096)]
    worst = max(abs(float(scores.total[place]) - terms.in_python(sample)) for place, sample in enumerate(samples))
    mine, other = paired(ours, lambda: [terms.in_python(s) for s in samples])
    line("30 terms, 65536 samples, against Python", mine, other * 16, worst, "goal 200x (Python: 4096 samples x 16)")
    sweep(reward)


def sweep(reward: Any) -> None:
    """1,000 weight vectors on one batch against as many calls."""
    import jax

    batch, defaults = reward.prepare(terms.columns(1024)), reward.params_array()
    draw = np.random.default_rng(1).uniform
    vectors = {name: draw(0, 2, 1000).astype(np.float32) for name in defaults}
    mapped = jax.jit(
        jax.vmap(lambda params: reward.device(params, batch, terms="none").total),
        compiler_options=rewardlang.COMPILER_OPTIONS,
    )
    one = jax.jit(
        lambda params: reward.device(params, batch, terms="none").total, compiler_options=rewardlang.COMPILER_OPTIONS
    )
    single = [{name: values[place] for name, values in vectors.items()} for place in range(1000)]
    worst = float(np.max(np.abs(mapped(vectors)[:50] - np.stack([one(params) for params in single[:50]]))))
    mine, other = paired(
        lambda: jax.block_until_ready(mapped(vectors)),
        lambda: [one(params).block_until_ready() for params in single],
        5,
    )
    line("1000 weight vectors, 1024 samples", mine, other, worst, "goal 30x a loop of calls")
