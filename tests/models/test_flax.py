"""Flax modules in the device function: their values and their gradients."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen, nnx
from hypothesis import given, settings
from hypothesis import strategies as st

import rewardlang
from rewardlang.diagnostics import CallError, CompileError
from rewardlang.models.heads import Linear, Mlp

CRITIC = "model critic(x: vec[3], k: float) -> float = flax()\n"
SPEC = (
    CRITIC
    + """
param w: float in 0..2 = 0.5
reward r(x: vec[3], k: float) -> float { sum { a: critic(x, k) weight w  b: if critic(x, k) > 0.1 then 1 else 0 } }
"""
)
X = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
K = np.arange(5, dtype=np.float32) - 2


def mlp(*widths: int) -> tuple[Mlp, Any]:
    module = Mlp(widths)
    return module, module.init(jax.random.key(1), jnp.ones((1, 3)), jnp.ones(1))


@pytest.fixture(scope="module")
def reward() -> rewardlang.Reward:
    return rewardlang.compile(SPEC, models={"critic": mlp(8)})


def numbers(scores: rewardlang.Scores) -> Any:
    return scores.total.filled(np.nan)


def by_hand(weights: Any, w: float = 0.5) -> Any:
    value = mlp(8)[0].apply(weights, jnp.asarray(X), jnp.asarray(K))
    return w * value + jnp.where(value > 0.1, 1.0, 0.0)  # type: ignore[operator]


def test_the_values_are_those_of_the_module(reward: rewardlang.Reward) -> None:
    scores = reward(x=X, k=K, params={"w": 1.5})
    assert numbers(scores) == pytest.approx(np.asarray(by_hand(reward.weights["critic"], 1.5)), abs=1e-5)


def test_other_weights_are_params_and_compile_nothing(reward: rewardlang.Reward) -> None:
    others = jax.tree.map(lambda leaf: leaf * 2, reward.weights["critic"])
    reward(x=X, k=K)
    compiled = reward.executor._compiled("all")
    before = compiled._cache_size()  # type: ignore[attr-defined]
    scores = reward(x=X, k=K, params={"critic": others})
    assert numbers(scores) == pytest.approx(np.asarray(by_hand(others)), abs=1e-4)
    assert compiled._cache_size() == before  # type: ignore[attr-defined]


def total(reward: rewardlang.Reward, params: Any, batch: Any) -> Any:
    scores = reward.device(params, batch, terms="none")
    return jnp.where(scores.total_present, scores.total, 0.0).sum()


def test_the_gradient_is_that_of_finite_differences(reward: rewardlang.Reward) -> None:
    batch = reward.prepare(x=X, k=K)
    weights = reward.weights["critic"]
    found = jax.jit(jax.grad(lambda w: total(reward, {"critic": w}, batch)))(weights)
    wanted = jax.grad(lambda w: by_hand(w).sum())(weights)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        assert np.isfinite(one).all()
        assert np.asarray(one) == pytest.approx(np.asarray(other), abs=1e-4)
    flat, restore = jax.flatten_util.ravel_pytree(weights)
    slopes = jax.flatten_util.ravel_pytree(found)[0]
    step = 1e-2
    for place in range(0, flat.size, 7):
        ends = [float(total(reward, {"critic": restore(flat.at[place].add(s))}, batch)) for s in (step, -step)]
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(float(slopes[place]), abs=2e-2)


def test_a_head_can_be_trained_through_the_reward(reward: rewardlang.Reward) -> None:
    batch = reward.prepare(x=X, k=K)
    wanted = jnp.asarray(X.sum(axis=1))
    rows = batch.valid.shape[0]

    def loss(weights: Any) -> Any:
        raw = reward.device({"critic": weights}, batch).raw[0]
        return jnp.square(raw[:5] - wanted).mean()

    assert rows >= 5
    weights = reward.weights["critic"]
    start = loss(weights)
    descend = jax.jit(lambda w: jax.tree.map(lambda a, g: a - 0.05 * g, w, jax.grad(loss)(w)))
    for _ in range(50):
        weights = descend(weights)
    assert loss(weights) < start / 10


def test_params_and_weights_can_be_vmapped(reward: rewardlang.Reward) -> None:
    batch = reward.prepare(x=X, k=K)
    many = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf * 0, leaf * 2]), reward.weights["critic"])
    totals = jax.vmap(lambda w: reward.device({"critic": w}, batch, terms="none").total)(many)
    for place in range(3):
        one = jax.tree.map(lambda leaf, place=place: leaf[place], many)
        assert np.asarray(totals[place, :5]) == pytest.approx(np.asarray(by_hand(one)), abs=1e-5)


def test_it_runs_inside_a_jitted_step(reward: rewardlang.Reward) -> None:
    scores = jax.jit(lambda x, k: reward.step({}, {"x": x, "k": k}))(X[1], K[1])
    assert float(scores.total) == pytest.approx(float(by_hand(reward.weights["critic"])[1]), abs=1e-5)


def test_a_call_over_lists_is_a_call_of_each_entry() -> None:
    reward = rewardlang.compile(
        CRITIC + "reward r(x: vec[3][step], k: float) -> float { mean(critic(x, k)) ?? 0 }", models={"critic": mlp(4)}
    )
    module, weights = mlp(4)
    steps = [X[:2].tolist(), X[2:5].tolist(), []]
    wanted = [
        float(module.apply(weights, jnp.asarray(s), jnp.full(len(s), k)).mean()) if s else 0.0  # type: ignore[union-attr]
        for s, k in zip(steps, K[:3].tolist(), strict=True)
    ]
    assert numbers(reward(x=steps, k=K[:3])) == pytest.approx(wanted, abs=1e-5)


def test_a_module_of_nnx_and_a_vec_as_result() -> None:
    module = nnx.Linear(3, 2, rngs=nnx.Rngs(0))
    spec = "model turn(x: vec[3]) -> vec[2] = flax()\nreward r(x: vec[3]) -> float { sum(turn(x) over dim) }"
    reward = rewardlang.compile(spec, models={"turn": module})
    assert numbers(reward(x=X)) == pytest.approx(np.asarray(module(jnp.asarray(X))).sum(axis=1), abs=1e-5)
    slopes = jax.grad(lambda w: total(reward, {"turn": w}, reward.prepare(x=X)))(reward.weights["turn"])
    assert all(np.isfinite(leaf).all() and np.abs(leaf).sum() > 0 for leaf in jax.tree.leaves(slopes))


# --- what is not finite, or out of range ------------------------------------------------------------------------------


class Root(linen.Module):
    """NaN where x is negative."""

    @linen.compact
    def __call__(self, x: Any) -> Any:
        return jnp.sqrt(x) * self.param("w", lambda _: jnp.ones(()))


ROOT = (Root(), {"params": {"w": jnp.ones(())}})
ROOTS = {
    "sum { a: root(x) b: 1 }": [3, None, 1],
    "sum { gate x >= 0 { a: root(x) } b: 1 }": [3, 1, 1],
    "if x > -2 then root(x) else 5": [2, None, 0],
    "if x > 0 then root(x) else 5": [2, 5, 5],
    "mean(root([x, 9])) ?? 0": [2.5, None, 1.5],
}


@pytest.mark.parametrize(("body", "wanted"), ROOTS.items(), ids=ROOTS)
def test_what_is_not_finite_makes_the_total_missing_where_it_counts(body: str, wanted: list[float | None]) -> None:
    spec = f"model root(x: float) -> float = flax()\nreward r(x: float) -> float {{ {body} }}"
    scores = rewardlang.compile(spec, models={"root": ROOT})(x=[4.0, -1.0, 0.0])
    assert scores.tolist() == pytest.approx(wanted)


def test_an_optional_result_is_missing_alone() -> None:
    spec = "model root(x: float) -> float? = flax()\nreward r(x: float) -> float { root(x) ?? -7 }"
    scores = rewardlang.compile(spec, models={"root": ROOT})(x=[4.0, -1.0, 0.0])
    assert scores.tolist() == [2, -7, 0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=1, max_size=8))
def test_the_declared_range_holds(given_numbers: list[float]) -> None:
    totals = numbers(BOUNDED(x=given_numbers))
    assert (totals >= -1).all()
    assert (totals <= 0.5).all()


BOUNDED = rewardlang.compile(
    "model m(x: float) -> float in -1..0.5 = flax()\nreward r(x: float) -> float in -1..0.5 { m(x) }",
    models={"m": (Linear(), {"params": {"out": {"kernel": jnp.full((1, 1), 3.0), "bias": jnp.zeros(1)}}})},
)


def test_the_gate_of_a_model_on_the_host_may_be_a_network() -> None:
    spec = """
    model likely(x: float) -> float = flax()
    model judge(t: text) -> score?
    reward r(t: text, x: float) -> float? { gate likely(x) > 1 { a: judge(t) } }
    """
    asked: list[str] = []

    def judge(t: list[str]) -> list[float]:
        asked.extend(t)
        return [0.5] * len(t)

    reward = rewardlang.compile(spec, models={"likely": ROOT, "judge": judge})
    scores = reward(t=["a", "b", "c"], x=[4.0, 0.25, 9.0])
    assert sorted(asked) == ["a", "c"]
    assert scores.tolist() == pytest.approx([0.5, 0, 0.5])
    asked.clear()
    reward(t=["a", "b", "c"], x=[4.0, 0.25, 9.0], params={"likely": {"params": {"w": jnp.float32(2.1)}}})
    assert sorted(asked) == ["a", "b", "c"]


# --- what a caller may bind -------------------------------------------------------------------------------------------

BINDINGS: dict[str, tuple[Any, str]] = {
    "a function": (len, r"is part of the device's function: bind `\(module, variables\)`"),
    "no variables": (Linear(), "bind `"),
    "the wrong size": (
        (Linear(), {"params": {"out": {"kernel": jnp.ones((7, 1)), "bias": jnp.zeros(1)}}}),
        r"the module of `critic` cannot be applied to x \(2, 3\), k \(2,\)",
    ),
    "the wrong result": (nnx.Linear(3, 2, rngs=nnx.Rngs(0)), "cannot be applied to"),
}


@pytest.mark.parametrize(("given", "message"), BINDINGS.values(), ids=BINDINGS)
def test_what_does_not_fit_is_one_clear_error(given: Any, message: str) -> None:
    with pytest.raises(CallError, match=message):
        rewardlang.compile(SPEC, models={"critic": given})


def test_other_errors_say_what_to_write(reward: rewardlang.Reward) -> None:
    with pytest.raises(CallError, match=r"names no module with a checkpoint: pass `models=\{\"critic\": \(module"):
        rewardlang.compile(SPEC)
    with pytest.raises(CallError, match=r"declare it `model critic\(…\) … = flax\(\)`"):
        rewardlang.compile(SPEC.replace(" = flax()", ""), models={"critic": mlp(8)})
    with pytest.raises(CallError, match="must give"):
        rewardlang.compile(
            "model m(x: vec[3]) -> float = flax()\nreward r(x: vec[3]) -> float { m(x) }",
            models={"m": nnx.Linear(3, 2, rngs=nnx.Rngs(0))},
        )
    with pytest.raises(CallError, match="the weights of `critic` are another tree"):
        reward(x=X, k=K, params={"critic": {}})
    weights = jax.tree.map(lambda leaf: leaf, reward.weights["critic"])
    weights["params"]["out"]["bias"] = jnp.zeros(2)
    with pytest.raises(CallError, match=r"\['out'\]\['bias'\] is \(2,\), not \(1,\)"):
        reward(x=X, k=K, params={"critic": weights})


SIGNATURES = {
    "(x: text) -> float": 'm("a")',
    "(x: float) -> int": "m(1)",
    "(x: float[step]) -> float": "m([1, 2])",
    "(x: float) -> float[step]": "sum(m(1))",
}


@pytest.mark.parametrize(("shape", "call"), SIGNATURES.items(), ids=SIGNATURES)
def test_a_network_takes_numbers_and_gives_floats(shape: str, call: str) -> None:
    with pytest.raises(
        CompileError, match="a `flax` model takes numbers, vecs, points or boxes, and gives a float or a vec"
    ):
        rewardlang.compile(f"model m{shape} = flax()\nreward r(y: float) -> float {{ {call} }}")


def test_the_step_of_a_scan_calls_no_model() -> None:
    spec = """
    model m(x: float) -> float = flax()
    def step(carry: float, x: float) -> float = carry + m(x)
    reward r(x: float[t]) -> float { sum(scan(step, x over t, start: 0)) }
    """
    with pytest.raises(CompileError, match="the step of `scan` cannot call the model `m`"):
        rewardlang.compile(spec, models={"m": ROOT})


def test_text_that_depends_on_a_network_is_refused() -> None:
    spec = """
    model m(x: float) -> float = flax()
    reward r(x: float, a: text, b: text) -> float { length(if m(x) > 0 then a else b) }
    """
    with pytest.raises(CompileError, match="param-reaches-host"):
        rewardlang.compile(spec, models={"m": ROOT})
