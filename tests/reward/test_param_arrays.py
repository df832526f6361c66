"""The params of a reward as few arrays: a mapping by name, and a pytree for every transformation."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import rewardlang

SPEC = """
param near: float in 0..2 = 0.5
param strict: bool = false
param steep: float in 0..4 = 1.5
param least: int in 0..9 = 2
reward r(x: float, count: int) -> float {
    sum {
        close: exp(-abs(x) * steep) weight near
        many: if strict and count > least then 1 else 0.25
    }
}
"""
COLUMNS = {"x": [0.0, 0.5, -2.0], "count": [1, 2, 3]}
DEFAULTS = {"near": 0.5, "strict": False, "steep": 1.5, "least": 2}


def test_they_are_the_defaults_by_name_in_an_array_a_type() -> None:
    params = rewardlang.compile(SPEC).params_array()
    assert {name: value.item() for name, value in params.items()} == DEFAULTS
    assert (len(params), "near" in params, "far" in params) == (4, True, False)
    assert {array.dtype.name: array.shape for array in params.arrays} == {"float32": (2,), "bool": (1,), "int32": (1,)}
    assert "steep" in repr(params)


def test_a_reward_without_params_has_no_array() -> None:
    params = rewardlang.compile("reward r(x: float) -> float { clip(x, 0..1) }").params_array()
    assert (dict(params), jax.tree.leaves(params)) == ({}, [])


def test_a_jitted_call_takes_them_as_it_takes_a_dict() -> None:
    run = rewardlang.compile(SPEC)
    batch, params = run.prepare(COLUMNS), jax.device_put(run.params_array())
    score = jax.jit(run.device)
    for given in (dict(params), {}):
        np.testing.assert_array_equal(score(given, batch).total, score(params, batch).total)
    changed = {**params, "strict": True, "least": jnp.int32(0)}
    assert not np.array_equal(score(changed, batch).total, score(params, batch).total)


def test_gradients_keep_their_names() -> None:
    run = rewardlang.compile(SPEC)
    batch, params = run.prepare(COLUMNS), run.params_array()

    def missed(params: Any) -> Any:
        return jnp.sum(3 - run.device(params, batch).total)

    of_all = jax.grad(missed, allow_int=True)(params)
    names = ("near", "steep")
    of_each = jax.grad(lambda some: missed({**params, **some}))({name: params[name] for name in names})
    assert all(of_all[name] == of_each[name] != 0 for name in names)


def test_an_optimizer_takes_them_as_they_are() -> None:
    params = rewardlang.compile("param w: float in 0..2 = 0.5\nreward r(x: float) -> float { sum { x: x weight w } }")
    params = params.params_array()
    optimizer = optax.sgd(0.1)
    steps, _ = optimizer.update(jax.tree.map(jnp.ones_like, params), optimizer.init(params))
    np.testing.assert_allclose(optax.apply_updates(params, steps)["w"], 0.4)


def test_vmap_over_vectors_is_a_loop_over_them() -> None:
    run = rewardlang.compile(SPEC)
    batch = run.prepare(COLUMNS)
    vectors = jax.tree.map(lambda array: np.stack([array, array * 0, array]), run.params_array())
    vectors = {**vectors, "near": np.linspace(0, 2, 3, dtype=np.float32)}
    totals = jax.vmap(lambda params: run.device(params, batch).total)(vectors)
    for place, row in enumerate(totals):
        single = {name: values[place] for name, values in vectors.items()}
        np.testing.assert_allclose(row, run.device(single, batch).total, rtol=1e-6)
