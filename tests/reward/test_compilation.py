"""One compilation a bucket: neither another batch inside it nor another param compiles anything."""

from __future__ import annotations

import random
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rewardlang
from rewardlang.backend.executor import Executor
from tests.reward.hostile import batch
from tests.reward.profile import scaled
from tests.reward.systems import reward

SPEC = """
param w: float in 0..2 = 1.0
param n: int in 0..3 = 1
reward r(reply: text, a: float, xs: float[time], boxes: box[found]) -> float in -1000..1000 {
    sum {
        length: clip(length(reply), 0..10) weight w
        words: clip(count(words(reply)), 0..n)
        xs: clip(sum(xs * a), -9..9)
        boxes: mean(iou(boxes, box(0, 0, 1, 1))) ?? 0
        cut: a > w
    }
}
"""


class Compilations:
    """Counts what XLA compiles, anywhere in the process."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.listening = False

    def heard(self, event: str, _duration: float, **_: Any) -> None:
        if self.listening and event == "/jax/core/compile/backend_compile_duration":
            self.names.append(event)

    def __enter__(self) -> Self:
        self.names, self.listening = [], True
        return self

    def __exit__(self, *_: object) -> None:
        self.listening = False

    def __len__(self) -> int:
        return len(self.names)


@pytest.fixture(scope="module")
def compilations() -> Compilations:
    counter = Compilations()
    jax.monitoring.register_event_duration_secs_listener(counter.heard)
    return counter


def sized(rng: random.Random, samples: int) -> dict[str, Any]:
    lengths = [(rng.randrange(17), rng.randrange(5)) for _ in range(samples)]
    return {
        "reply": ["word " * rng.randrange(9) for _ in lengths],
        "a": [rng.gauss(0, 1) for _ in lengths],
        "xs": [[rng.gauss(0, 1) for _ in range(time)] for time, _ in lengths],
        "boxes": [[[0, 0, rng.random(), 1]] * found for _, found in lengths],
    }


def test_200_calls_in_one_bucket_compile_once(compilations: Compilations) -> None:
    run, rng = rewardlang.compile(SPEC), random.Random(1)
    largest = sized(rng, 64)
    largest["xs"][0], largest["boxes"][0] = [1.0] * 16, [[0, 0, 1, 1]] * 4
    with compilations:
        run(largest)
    assert len(compilations) == 1
    with compilations:
        for _ in range(200):
            run(sized(rng, rng.randrange(33, 65)))
    assert len(compilations) == 0
    assert all(function._cache_size() == 1 for function in run.executor._functions.values())


def test_20_changes_of_params_compile_nothing(compilations: Compilations) -> None:
    run, rng = rewardlang.compile(SPEC), random.Random(2)
    columns = sized(rng, 20)
    first = run(columns)
    with compilations:
        totals = [run(columns, params={"w": 0.07 * step, "n": step % 4}).total for step in range(20)]
    assert len(compilations) == 0
    assert len({tuple(total.tolist()) for total in totals}) == 20
    assert run(columns).tolist() == first.tolist()


def test_a_change_of_shape_is_heard(compilations: Compilations) -> None:
    run, rng = rewardlang.compile(SPEC), random.Random(3)
    run(sized(rng, 20))
    with compilations:
        run(sized(rng, 300))
    assert len(compilations) > 0


def test_1000_params_by_1024_samples_in_one_call() -> None:
    run, rng = rewardlang.compile(SPEC), random.Random(4)
    columns = sized(rng, 1024)
    prepared = run.prepare(columns)
    assert prepared.valid.shape == (1024,)
    weights = jnp.linspace(0, 2, 1000)
    swept = jax.jit(jax.vmap(lambda w: run.device({"w": w}, prepared, terms="none")))
    totals, present, *_ = swept(weights)
    assert totals.shape == present.shape == (1000, 1024)
    for place in (0, 371, 999):
        np.testing.assert_allclose(
            totals[place], run(columns, params={"w": float(weights[place])}).total, rtol=1e-6, atol=2e-5
        )


@pytest.mark.parametrize("name", ["texts", "lists", "shapes", "compared", "walk"])
def test_device_of_prepare_is_the_call(name: str) -> None:
    run, rng = reward(name), random.Random(5)
    columns = batch(rng, run, 15)
    scores = run(columns, group=5, on_invalid="missing")
    prepared = run.prepare(columns, group=5, on_invalid="missing")
    # Jitted: step by step it takes half a minute.
    plain = jax.jit(run.device)({}, prepared)
    np.testing.assert_array_equal(np.asarray(plain.total_present)[:15], ~scores.missing)
    np.testing.assert_allclose(
        np.asarray(plain.total)[:15][~scores.missing], scores.total.compressed(), rtol=1e-6, atol=5e-5
    )
    assert not np.asarray(plain.total_present)[15:].any()
    assert plain.raw.shape[0] == len(run.term_paths)


def test_prepare_gives_one_batch_however_large() -> None:
    run = rewardlang.compile(SPEC)
    small = Executor(run.executor.graph, bound=4096)
    columns = sized(random.Random(6), 200)
    host = run._host_batch(run._gather(columns, None, "error"), None)
    assert len(small.host(host).batches) > 3
    run.executor = small
    assert run.prepare(columns).valid.sum() == 200


def test_a_bound_splits_between_groups_with_equal_scores() -> None:
    run, rng = reward("compared"), random.Random(7)
    spec = """
        param w: float in 0..2 = 1.0
        reward r(a: float in -100..100, xs: float[time]) -> float in -1000..1000 {
            sum { above: a - mean(a over group) weight w  spread: clip(std(sum(xs) over group), 0..9) }
        }
    """
    run = rewardlang.compile(spec)
    ids = [row // 5 for row in range(scaled(200, 1000, 5000))]
    columns = {"a": [rng.uniform(-9, 9) for _ in ids], "xs": [[rng.gauss(0, 1)] * rng.randrange(9) for _ in ids]}
    whole = run(columns, group=ids)
    run.executor = Executor(run.executor.graph, bound=4096)
    parts = run.executor.host(run._host_batch(run._gather(columns, ids, "error"), ids)).batches
    assert len(parts) > 3
    assert all(len(part.rows) % 5 == 0 for part in parts)
    np.testing.assert_allclose(run(columns, group=ids).total, whole.total, rtol=1e-6, atol=1e-4)
