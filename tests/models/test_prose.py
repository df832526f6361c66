"""The trained scorer in `examples/`: what its checkpoint knows, and that its script trains."""

from __future__ import annotations

import itertools
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rewardlang
from rewardlang.models.checkpoints import read_weights

if TYPE_CHECKING:
    from types import ModuleType

EXAMPLES = Path(__file__).parents[2] / "examples"
PAIRS = 120


@pytest.fixture(scope="module")
def script() -> Any:
    """The training script as a module."""
    import importlib

    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)
        yield importlib.import_module("train_prose")


@pytest.fixture(scope="module")
def shipped() -> rewardlang.Reward:
    return rewardlang.load(EXAMPLES / "prose.rwd")


@pytest.fixture(scope="module")
def loss(script: ModuleType, shipped: rewardlang.Reward) -> Any:
    seen = [topic for topic in script.TOPICS if topic not in script.HELD_OUT]
    return script.loss_of(shipped, list(script.pairs(Random(1), seen, PAIRS)))


def untrained(script: ModuleType) -> Any:
    module = script.Mlp((script.WIDTH,))
    return module.init(jax.random.key(script.SEED), jnp.zeros((1, script.STATISTICS)))


def test_the_checkpoint_orders_pairs_about_topics_it_has_not_seen(
    script: ModuleType, shipped: rewardlang.Reward
) -> None:
    held_out = list(script.pairs(Random(77), script.HELD_OUT, PAIRS))
    assert script.right_orders(shipped, shipped.weights["style"], held_out) >= 0.9
    assert script.right_orders(shipped, untrained(script), held_out) < 0.75
    better, worse = (shipped(completion=list(texts)).total for texts in zip(*held_out, strict=True))
    assert (better > worse).mean() >= 0.9


def test_a_few_steps_lower_the_loss_from_scratch(script: ModuleType, loss: Any) -> None:
    with jax.numpy_dtype_promotion("standard"):  # Optax raises floats to the power of a step's number
        losses = [now for _, now in itertools.islice(script.trained(untrained(script), loss), 12)]
    assert losses[-1] < losses[0] / 2


def test_gradients_reach_every_weight(script: ModuleType, loss: Any) -> None:
    weights = untrained(script)
    slopes = jax.grad(loss)(weights)
    # A bias of the last layer is added to both of a pair, and cannot matter.
    assert float(jnp.abs(slopes["params"]["out"].pop("bias")).max()) < 1e-6
    for leaf in jax.tree.leaves(slopes):
        assert np.isfinite(leaf).all()
        assert np.abs(leaf).max() > 0


def test_the_checkpoint_is_small_and_is_the_spec_s_own(shipped: rewardlang.Reward) -> None:
    path = EXAMPLES / "prose.safetensors"
    assert path.stat().st_size < 10_000
    for kept, used in zip(jax.tree.leaves(read_weights(path)), jax.tree.leaves(shipped.weights["style"]), strict=True):
        assert np.array_equal(kept, used)


@pytest.mark.parametrize("text", ["", " ", "!" * 5000, "\x00\ufffd", "🚀" * 300, "a" * 100_000, "A. " * 2000])
def test_any_text_has_a_score(text: str, shipped: rewardlang.Reward) -> None:
    (score,) = shipped(completion=[text]).tolist()
    assert 0 <= score <= 1
