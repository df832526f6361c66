"""Trains the network of `prose.rwd` and writes `prose.safetensors`: `python examples/train_prose.py`, in seconds.

The loss is that of reward models, Bradley-Terry's: -log sigmoid(better - worse) over pairs. The spec's own text work
makes the statistics, once; then the gradient of the loss goes through `reward.device` to the weights.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import optax
from prose_texts import HELD_OUT, TOPICS, pairs

import rewardlang
from rewardlang.models.checkpoints import save_weights
from rewardlang.models.heads import Mlp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HERE = Path(__file__).parent
SEED = 20
STATISTICS, WIDTH = 10, 16
PAIRS, STEPS, RATE, DECAY = 600, 300, 0.03, 0.02


def untrained() -> rewardlang.Reward:
    """The reward of `prose.rwd` with a network that knows nothing."""
    module = Mlp((WIDTH,))
    start = module.init(jax.random.key(SEED), jnp.zeros((1, STATISTICS)))
    return rewardlang.load(HERE / "prose.rwd", models={"style": (module, start)})


def odds_of(reward: rewardlang.Reward, texts: Sequence[str]) -> Callable[[Any], Any]:
    """What the network gives each text, as a function of its weights. Shapes: `[texts]`."""
    batch = reward.prepare(completion=texts)  # padded: the rows beyond the texts are cut off below
    row = reward.term_paths.index("odds")
    return lambda weights: reward.device({"style": weights}, batch).raw[row][: len(texts)]


def loss_of(reward: rewardlang.Reward, given: Sequence[tuple[str, str]]) -> Callable[[Any], Any]:
    """Bradley-Terry's loss of pairs, the better text first, as a function of the weights."""
    better, worse = (odds_of(reward, texts) for texts in zip(*given, strict=True))
    return lambda weights: -jax.nn.log_sigmoid(better(weights) - worse(weights)).mean()


def trained(weights: Any, loss: Callable[[Any], Any]) -> Iterator[tuple[Any, float]]:
    """Weights and their loss, step after step."""
    rule = optax.adamw(RATE, weight_decay=DECAY)

    @jax.jit
    def step(weights: Any, moments: Any) -> Any:
        now, slopes = jax.value_and_grad(loss)(weights)
        changes, moments = rule.update(slopes, moments, weights)
        return optax.apply_updates(weights, changes), moments, now

    moments = rule.init(weights)
    while True:
        after, moments, now = step(weights, moments)
        yield weights, float(now)
        weights = after


def right_orders(reward: rewardlang.Reward, weights: Any, given: Sequence[tuple[str, str]]) -> float:
    """The share of the pairs of which the better text scores more."""
    better, worse = (odds_of(reward, texts)(weights) for texts in zip(*given, strict=True))
    return float((better > worse).mean())


def main() -> None:
    """Train, tell how well held-out pairs are ordered, and write the weights."""
    reward = untrained()
    seen = [topic for topic in TOPICS if topic not in HELD_OUT]
    given = list(pairs(Random(SEED), seen, PAIRS))
    held_out = list(pairs(Random(SEED + 1), HELD_OUT, PAIRS))
    steps = itertools.islice(trained(reward.weights["style"], loss_of(reward, given)), STEPS + 1)
    for number, (weights, loss) in enumerate(steps):
        if number in {0, STEPS}:
            right = right_orders(reward, weights, held_out)
            print(f"step {number}: loss {loss:.4f}, {right:.1%} of the held-out pairs ordered right")
    save_weights(HERE / "prose.safetensors", weights)


if __name__ == "__main__":
    main()
