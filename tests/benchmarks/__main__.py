"""`python -m tests.benchmarks core`: pairs in one run, equal in value, a ratio a line."""

from __future__ import annotations

import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np

import rewardlang
from tests.benchmarks import outputs, peers, terms

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 9


def paired(
    ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int = ROUNDS,
    of: Callable[[list[float]], float] = statistics.median,
) -> tuple[float, float]:  # fmt: skip
    """Seconds of both, interleaved: the medians of `rounds`, or what else is asked `of` them."""
    mine, other = [], []
    for _ in range(rounds):
        for function, times in ((ours, mine), (theirs, other)):
            start = time.perf_counter()
            function()
            times.append(time.perf_counter() - start)
    return of(mine), of(other)


def line(name: str, mine: float, other: float, worst: float, goal: str) -> None:
    """One row of the table."""
    print(
        f"{name:44} {mine * 1e3:9.2f} ms {other * 1e3:10.2f} ms {other / mine:8.1f}x  {worst:.1e}  {goal}", flush=True
    )


def text(name: str, spec: str, fields: dict[str, list[Any]], peer: Callable[..., float], goal: str) -> None:
    """A reward on texts against a per-sample function."""
    reward = rewardlang.load(spec)
    names = list(fields)
    rows = list(zip(*fields.values(), strict=True))
    ours = reward(fields).total
    theirs = np.array([peer(*row) for row in rows])
    worst = float(np.max(np.abs(ours - theirs)))
    mine, other = paired(lambda: reward(fields).total, lambda: [peer(*row) for row in rows])
    line(f"{name}, {len(rows)} x {sum(len(t) for t in fields[names[0]]) // len(rows)} chars", mine, other, worst, goal)


def core() -> None:
    """The pairs of the main job."""
    print(f"{'':44} {'rewardlang':>12} {'peer':>13} {'ratio':>9}  worst difference")
    count = 4096
    text("VLM-R1 rec", "systems.vlm_r1:rec", outputs.groundings(count), peers.rec, "goal 5x")
    text("UI-R1 total", "systems.ui_r1:total", outputs.clicks(count), peers.ui_total, "goal 5x")
    text("ToolRL total, fresh golds", "systems.toolrl:total", outputs.tool_calls(count), peers.tool_total, "goal 2x")
    grouped = outputs.tool_calls(count, group=16)
    text("ToolRL total, a gold for 16", "systems.toolrl:total", grouped, peers.tool_total, "goal 6x")
    device()


def device() -> None:
    """A fused reward of 30 terms: total and raw values, as NumPy's."""
    import jax

    reward = rewardlang.compile(terms.SPEC)
    batch_columns = terms.columns(65536)
    batch, params = reward.prepare(batch_columns), reward.params_array()
    run = jax.jit(reward.device)

    def ours() -> Any:
        return jax.block_until_ready(run(params, batch))

    total, raw = terms.in_numpy(batch_columns)
    scores = ours()
    worst = max(float(np.max(np.abs(scores.total - total))), float(np.max(np.abs(scores.raw - raw))))
    mine, other = paired(ours, lambda: terms.in_numpy(batch_columns), 51)
    line("30 terms, 65536 samples, against NumPy", mine, other, worst, "goal 2.5x")
    mine, other = paired(ours, lambda: terms.in_numpy(batch_columns), 51, min)
    line("the same, the fastest of 51", mine, other, worst, "")
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
    mapped = jax.jit(jax.vmap(lambda params: reward.device(params, batch, terms="none").total))
    one = jax.jit(lambda params: reward.device(params, batch, terms="none").total)
    single = [{name: values[place] for name, values in vectors.items()} for place in range(1000)]
    worst = float(np.max(np.abs(mapped(vectors)[:50] - np.stack([one(params) for params in single[:50]]))))
    mine, other = paired(
        lambda: jax.block_until_ready(mapped(vectors)),
        lambda: [one(params).block_until_ready() for params in single],
        5,
    )
    line("1000 weight vectors, 1024 samples", mine, other, worst, "goal 30x a loop of calls")


def main(arguments: list[str]) -> int:
    """Run one family."""
    if arguments != ["core"]:
        print("usage: python -m tests.benchmarks core", file=sys.stderr)
        return 2
    core()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
