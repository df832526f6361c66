"""Walking along the edges of a graph: `bellman`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rewardlang.facts import Interval
from rewardlang.ops.arrays import as_float, frozen
from rewardlang.ops.builtin import NUMBER, Array, Matrix, Parameter, Xp
from rewardlang.types import INT

if TYPE_CHECKING:
    from collections.abc import Sequence

CLOSE = 1e-7
"""The values are final where no round changes one by more: a hundredth of what float32 rounding does to a score."""
ROUNDS = 4096
"""Most rounds: enough for a discount of 0.996."""


class Bellman(Matrix):
    """For each edge of a graph, the largest discounted sum of rewards that can be collected after it.

    The graph is a list of edges: where each starts, where it ends, and what it pays. Nothing is collected after an edge
    that ends where none starts. The work is the square of the number of edges, for each of the rounds: as many as the
    longest way is long, or as it takes for the discounted rewards of a cycle to become small. The gradient is 0.

    Shapes: rewards, source, target: run along one axis, which the result keeps; discount: one number.
    Units: those of rewards.
    Missing: never; entries must be present.
    Errors: none; a discount is cut to 0..0.999, so that every sum is finite.
    Source: Bellman (1957), by value iteration from 0 until no value changes by more than 1e-7.
    Example: round(max(bellman([0, 1], [0, 1], [0, 1], 0.5))) == 2
    """

    name = "bellman"
    parameters = (
        Parameter("rewards", NUMBER, axes=("a",)),
        Parameter("source", (INT,), axes=("a",)),
        Parameter("target", (INT,), axes=("a",)),
        Parameter("discount", NUMBER),
    )
    keeps = ("a",)
    overflows = True
    discrete = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        rewards = ranges[0]
        return Interval(0 if rewards.low >= 0 else -math.inf, 0 if rewards.high <= 0 else math.inf)

    def one(
        self, rewards: Sequence[float], source: Sequence[int], target: Sequence[int], discount: float
    ) -> list[float]:
        discount = min(max(discount, 0.0), 0.999)
        after = [[place for place, start in enumerate(source) if start == end] for end in target]
        values = [0.0] * len(rewards)
        for _ in range(ROUNDS):
            new = [max((rewards[e] + discount * values[e] for e in edges), default=0.0) for edges in after]
            done = all(abs(a - b) <= CLOSE for a, b in zip(values, new, strict=True))
            values = new
            if done:
                break
        return values

    def instance(self, xp: Xp, *arrays: Array, **options: Any) -> Array:
        from jax import lax

        rewards, where, source, _, target, _, discount, _ = arrays
        rewards, discount = as_float(xp, frozen(xp, rewards)), as_float(xp, frozen(xp, discount))
        discount = xp.clip(discount, 0, 0.999)
        after = (target[:, None] == source[None, :]) & where[None, :]
        least = xp.full_like(rewards, xp.finfo(rewards.dtype).min)

        def better(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
            values, _, rounds = state
            paid = xp.broadcast_to(rewards + discount * values, after.shape)
            best = xp.max(xp.where(after, paid, least[None, :]), axis=1, initial=xp.finfo(rewards.dtype).min)
            new = xp.where(xp.any(after, axis=1) & where, best, xp.zeros_like(best))
            return new, xp.max(xp.abs(new - values), initial=0.0) > CLOSE, rounds + 1

        start = (xp.zeros_like(rewards), xp.any(where), xp.asarray(0, xp.arange(0).dtype))
        return lax.while_loop(lambda state: state[1] & (state[2] < ROUNDS), better, start)[0]


BUILTINS = (Bellman(),)
