"""Advantages of groups: they do not depend on the order of the samples, jit, and have finite gradients where all is equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardlang.learn import advantages
from rewardlang.learn.groups import dense_groups

if TYPE_CHECKING:
    from collections.abc import Callable

PER_SAMPLE: dict[str, Callable[[Any, Any], Any]] = {
    "grpo": advantages.grpo,
    "dr_grpo": lambda r, g: advantages.grpo(r, g, by_std=False),
    "pass_at_k": advantages.grpo_pass_at_k,
    "rloo": advantages.rloo,
    "opo": lambda r, g: advantages.opo(r, g, jnp.ones_like(r)),
    "gpg": advantages.gpg,
}
SAMPLES = st.sampled_from((1, 2, 7, 24)).flatmap(
    # Few lengths: JAX compiles for each. One value a sample in its group, so that the first of equals is the same in
    # any order.
    lambda n: st.lists(st.tuples(st.integers(-50, 50), st.sampled_from("abcd")), min_size=n, max_size=n, unique=True)
)


@pytest.mark.parametrize("name", PER_SAMPLE)
@given(SAMPLES, st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_order_does_not_matter(name: str, samples: list[tuple[int, str]], random: Any) -> None:
    order = list(range(len(samples)))
    random.shuffle(order)
    function = PER_SAMPLE[name]

    def found(rows: list[tuple[int, str]]) -> np.ndarray:
        rewards = jnp.asarray([value / 8 for value, _ in rows], jnp.float32)
        return np.asarray(function(rewards, jnp.asarray(dense_groups([group for _, group in rows]))))

    np.testing.assert_allclose(found([samples[i] for i in order]), found(samples)[order], rtol=1e-4, atol=1e-4)


@given(SAMPLES)
@settings(max_examples=25, deadline=None)
def test_grpo_is_numpys(samples: list[tuple[int, str]]) -> None:
    names = [group for _, group in samples]
    rewards = np.array([value / 8 for value, _ in samples], np.float32)
    wanted = rewards.astype(float)
    for name in set(names):
        own = np.array([group == name for group in names])
        if own.sum() > 1:
            values = rewards[own].astype(float)
            wanted[own] = (values - values.mean()) / (values.std(ddof=1) + 1e-6)
    found = advantages.grpo(jnp.asarray(rewards), jnp.asarray(dense_groups(names)))
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", PER_SAMPLE)
def test_gradients_are_finite_where_all_are_equal(name: str) -> None:
    group = jnp.asarray([0, 0, 0, 1, 2, 2])
    rewards = jnp.asarray([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    total = jax.jit(jax.grad(lambda r: jnp.sum(PER_SAMPLE[name](r, group) * jnp.arange(6.0))))
    assert np.isfinite(total(rewards)).all()


def test_names_of_groups_are_numbered() -> None:
    assert dense_groups(["q7", "q1", "q7"]).tolist() == [1, 0, 1]


def test_a_function_that_gave_nothing_is_left_out() -> None:
    nan = float("nan")
    rewards = jnp.asarray([[1.0, nan], [0.0, 1.0], [nan, nan], [nan, 3.0]])
    found, total = advantages.nan_grpo(rewards, jnp.asarray([1.0, 2.0]), 2)
    np.testing.assert_allclose(total, [1.0, 2.0, nan, 6.0])
    np.testing.assert_allclose(found, [-0.7070, 0.7070, 0.0, 0.0], atol=1e-3)


def test_a_group_of_one_keeps_its_reward_without_a_baseline() -> None:
    rewards, group = jnp.asarray([2.0, 5.0, 1.0]), jnp.asarray([0, 1, 1])
    for name in ("grpo", "dr_grpo", "rloo", "opo"):
        assert PER_SAMPLE[name](rewards, group)[0] == pytest.approx(2.0, rel=1e-5)
