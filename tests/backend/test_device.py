"""The device function is pure: it can be mapped over params, differentiated, and called in any shape."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from cores import apply, coalesce, field, param, reward, tree
from running import column, executor, scored
from toys import AVERAGE, TOTAL, WORDS

from rewardlang.backend.executor import Executor
from rewardlang.backend.host_values import HostBatch
from rewardlang.backend.shapes import Shape
from rewardlang.backend.stage import print_staged
from rewardlang.lower import lower
from rewardlang.types import FLOAT, GROUP, TEXT, Axis

A, B = Axis("a", "a"), Axis("b", "b")


def sums(samples: int, lengths: np.ndarray) -> HostBatch:
    values = np.arange(lengths.sum(), dtype=np.float64)
    return HostBatch(samples, {"x": column(values)}, {A: lengths})


def total() -> Executor:
    return executor(reward(apply(TOTAL, apply("*", field("x", FLOAT, A), param("w")), over=((A,),))))


def test_params_are_mapped_over_and_differentiated() -> None:
    run = executor(reward(tree("sum", ("a", apply("/", 1.0, field("x")), param("w")))))
    prepared = run.host(HostBatch(2, {"x": column([2.0, 0.0])})).batches[0]

    def loss(weight: jax.Array) -> jax.Array:
        scores = run.device_function.scores({"w": weight}, prepared.batch)
        return jnp.sum(jnp.where(scores.total_present, scores.total, jnp.zeros_like(scores.total)))

    np.testing.assert_allclose(jax.vmap(loss)(jnp.array([0.0, 1.0, 5.0])), [0, 0.5, 1.0])
    np.testing.assert_allclose(jax.grad(loss)(jnp.array(0.5)), 0.5)


def test_params_change_without_a_new_trace() -> None:
    run = total()
    batch = sums(3, np.array([1, 2, 0]))
    for weight in (0.5, 1.0, 1.5):
        scores = scored(run, batch, w=weight)
        np.testing.assert_allclose(scores.total, np.array([0, 3, 0]) * weight)
    assert run._compiled("all")._cache_size() == 1


def test_totals_alone_agree() -> None:
    run = total()
    prepared = run.host(sums(3, np.array([1, 2, 0]))).batches[0]
    params = run.params({"w": 1.0})
    alone, whole = run.device(params, prepared, "none"), run.device(params, prepared)
    np.testing.assert_array_equal(alone.total, whole.total)
    assert alone.raw is None


def test_a_larger_shape_is_used_again() -> None:
    run = total()
    first = run.host(sums(20, np.full(20, 16))).batches[0]
    second = run.host(sums(18, np.full(18, 5))).batches[0]
    assert first.shape == second.shape == Shape(32, (16,))
    assert run.host(sums(2, np.full(2, 1))).batches[0].shape == Shape(16, (1,))


def test_the_bound_splits_a_batch_between_groups() -> None:
    x = field("x", FLOAT, A)
    body = apply("-", apply(TOTAL, x, over=((A,),)), apply(AVERAGE, apply(TOTAL, x, over=((A,),)), across=GROUP))
    graph = lower(reward(body))
    lengths = np.arange(64) % 5
    groups = np.repeat(np.arange(16), 4)
    values = np.random.default_rng(1).normal(size=lengths.sum())
    batch = HostBatch(64, {"x": column(values)}, {A: lengths}, groups=groups)
    whole, parts = Executor(graph), Executor(graph, bound=600)
    prepared = parts.host(batch).batches
    assert len(prepared) > 2
    assert all(len(np.unique(groups[p.rows])) * 4 == len(p.rows) for p in prepared)
    np.testing.assert_allclose(scored(parts, batch).total, scored(whole, batch).total, rtol=1e-5, atol=1e-5)


def test_outliers_go_apart() -> None:
    x = field("x", FLOAT, A)
    run = Executor(lower(reward(apply(TOTAL, x, over=((A,),)))))
    lengths = np.full(1000, 3)
    lengths[[5, 700]] = 20_000
    batch = sums(1000, lengths)
    result = run.host(batch)
    assert [len(prepared.rows) for prepared in result.batches] == [998, 2]
    expected = np.add.reduceat(np.asarray(batch.columns["x"].values), np.cumsum(lengths) - lengths)
    np.testing.assert_allclose(scored(run, batch).total, expected, rtol=1e-5)


def test_a_sample_depends_on_no_other() -> None:
    made = Axis("words", "word")
    words = apply(WORDS, field("t", TEXT), made=made)
    from toys import NUMBER_OF

    each = apply("*", coalesce(apply(NUMBER_OF, words), 0.5), field("x", FLOAT, A))
    run = Executor(lower(reward(apply(TOTAL, each, over=((made, A),)))))
    texts, lengths = ["1 2", "", "3 x 4", "5"], np.array([1, 2, 0, 3])
    xs = np.arange(6.0) + 1
    starts = np.cumsum(lengths) - lengths
    together = scored(run, HostBatch(4, {"t": column(texts), "x": column(xs)}, {A: lengths}))
    for sample in range(4):
        own = xs[starts[sample] : starts[sample] + lengths[sample]]
        alone = HostBatch(1, {"t": column([texts[sample]]), "x": column(own)}, {A: lengths[[sample]]})
        np.testing.assert_allclose(scored(run, alone).total[0], together.total[sample], rtol=1e-6)


def test_the_plan_says_what_crosses_and_values_can_be_looked_up() -> None:
    made = Axis("words", "word")
    words = apply(WORDS, field("t", TEXT), made=made)
    from toys import SIZE

    run = Executor(lower(reward(apply(TOTAL, apply("*", apply(SIZE, words), param("w")), over=((made,),)))))
    text = print_staged(run.staged)
    assert "text[word] = words(%0) [makes word]\n" in text
    assert "int[word] in 0..1000 = size(%1)  -> device" in text
    assert text.endswith("lengths word\n")
    result = run.host(HostBatch(2, {"t": column(["a bc", "def"])}))
    assert run.explain(result, 1, 0) == ["a", "bc"]
    assert run.explain(result, 2, 1) == [3]
