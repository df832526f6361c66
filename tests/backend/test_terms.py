"""Terms of large batches are scored when they are read, and say the same as those that come with the totals."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rewardlang
from rewardlang.backend import executor

if TYPE_CHECKING:
    from rewardlang.backend.reward import Reward

SPEC = """
param w: float in 0..2 = 2
reward walk(x: float, y: float?) -> float {
    sum {
        wave: sin(x) weight w
        near: exp(-x * x) + cos(3 * x)
        gate x > 0 { step: y ?? 0 weight 3 }
        metric seen: y ?? 1
    }
}
"""


@pytest.fixture(scope="module")
def reward() -> Reward:
    return rewardlang.compile(SPEC)


def columns(count: int) -> dict[str, object]:
    x = np.random.default_rng(0).normal(size=count).astype(np.float32)
    return {"x": x, "y": [None if place % 3 == 0 else float(place) for place in range(count)]}


def test_terms_that_are_read_later_are_the_same(reward: Reward, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = columns(40)
    at_once = reward(batch)
    monkeypatch.setattr(executor, "AT_ONCE", 0)
    later = reward(batch)
    np.testing.assert_allclose(later.total, at_once.total, rtol=1e-6)
    assert list(later.terms) == list(at_once.terms) == list(reward.term_paths)
    for path, term in at_once.terms.items():
        for part in ("raw", "weight", "contribution", "active", "present"):
            np.testing.assert_array_equal(getattr(later.terms[path], part), getattr(term, part), err_msg=path)


def test_scores_can_be_sent_to_another_process(reward: Reward) -> None:
    scores = reward(columns(5))
    sent = pickle.loads(pickle.dumps(scores))  # noqa: S301 - made above
    np.testing.assert_array_equal(sent.terms["wave"].raw, scores.terms["wave"].raw)


def test_what_is_not_asked_for_is_left_out(reward: Reward) -> None:
    batch = reward.prepare(columns(20))
    none, raw, rows, whole = (reward.device({}, batch, terms=terms) for terms in ("none", "raw", "rows", "all"))
    assert none.raw is None
    assert isinstance(rows.raw, tuple)
    np.testing.assert_array_equal(np.stack(rows.raw), raw.raw)
    np.testing.assert_array_equal(rows.present, raw.present)
    assert raw.weight is None
    np.testing.assert_allclose(none.total, whole.total, rtol=1e-6)
    np.testing.assert_array_equal(raw.raw, whole.raw)
    # Only a gate depends on the sample.
    assert whole.weight.shape == (len(reward.term_paths), 1)
    assert whole.active.shape == whole.raw.shape


def test_a_param_on_the_end_of_its_range_has_its_whole_gradient(reward: Reward) -> None:
    batch = reward.prepare(columns(20))

    def loss(w: jax.Array) -> jax.Array:
        scores = reward.device({"w": w}, batch)
        return jnp.sum(jnp.where(scores.total_present, scores.total, jnp.zeros_like(scores.total)))

    waves = reward(columns(20)).terms["wave"].raw.sum()
    np.testing.assert_allclose(jax.grad(loss)(jnp.float32(2)), waves, rtol=1e-5)
    np.testing.assert_allclose(jax.vmap(jax.grad(loss))(jnp.array([1.0, 2.0])), [waves, waves], rtol=1e-5)
