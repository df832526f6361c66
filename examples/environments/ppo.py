"""Proximal policy optimisation in one jitted function: environments, rewards and learner. On Flax and Optax.

Source: Schulman et al., Proximal Policy Optimization Algorithms (2017); advantages of Schulman et al. (2016).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import optax
from flax import linen

if TYPE_CHECKING:
    from collections.abc import Callable

    import rewardlang

Array = Any


class World(NamedTuple):
    """All environments: their states, what is seen of them, and what the reward remembers of each."""

    states: Any
    seen: Array
    memory: Any


class Task(Protocol):
    """Many environments that are scored by a spec. Actions are `[environments, actions]`, -1..1."""

    reward: rewardlang.Reward
    environments: int
    actions: int

    def reset(self, key: Array) -> World:
        """The first states, nothing remembered."""

    def step(self, key: Array, world: World, action: Array) -> tuple[World, Array, Array, Array]:
        """The next world, the rewards, where an episode ended, and the raw terms `[terms, environments]`."""


@dataclass(frozen=True)
class Settings:
    """Of the learner. A `unroll` is how many steps of all environments an update learns from."""

    unroll: int = 32
    minibatches: int = 16
    epochs: int = 3
    rate: float = 1e-3
    discount: float = 0.98
    trace: float = 0.95
    clip: float = 0.2
    entropy: float = 1e-3


class Actor(linen.Module):
    """The mean of the action and the log of its spread, and what the state is worth."""

    actions: int

    @linen.compact
    def __call__(self, seen: Array) -> tuple[Array, Array, Array]:
        """Of normalised observations `[…, seen]`."""
        act, judge = (linen.tanh(linen.Dense(64)(linen.tanh(linen.Dense(64)(seen)))) for _ in range(2))
        mean = linen.Dense(self.actions, kernel_init=linen.initializers.orthogonal(0.01))(act)
        spread = self.param("spread", linen.initializers.constant(-0.5), (self.actions,))
        return mean, spread, linen.Dense(1)(judge)[..., 0]


class Seen(NamedTuple):
    """The moments of all observations so far."""

    count: Array
    mean: Array
    square: Array

    def normalised(self, seen: Array) -> Array:
        """Observations with mean 0 and spread 1, without outliers."""
        return jnp.clip((seen - self.mean) / jnp.sqrt(self.square - self.mean**2 + 1e-4), -5, 5)

    def with_more(self, seen: Array) -> Seen:
        """The moments with observations `[…, seen]`."""
        flat = seen.reshape(-1, seen.shape[-1])
        share = len(flat) / (self.count + len(flat))
        mean, square = self.mean, self.square
        mean, square = mean + share * (flat.mean(0) - mean), square + share * ((flat**2).mean(0) - square)
        return Seen(self.count + len(flat), mean, square)


class Step(NamedTuple):
    """What is learned from a step of all environments."""

    seen: Array
    action: Array
    likelihood: Array
    worth: Array
    reward: Array
    done: Array


class Learner(NamedTuple):
    """All that an update hands to the next."""

    key: Array
    world: World
    seen: Seen
    params: Any
    moments: Any


def log_likelihood(action: Array, mean: Array, spread: Array) -> Array:
    """Of a normal distribution, up to a constant."""
    return (-0.5 * ((action - mean) / jnp.exp(spread)) ** 2 - spread).sum(-1)


def advantages(steps: Step, last: Array, settings: Settings) -> Array:
    """Generalised advantage estimates `[steps, environments]`; `last` is what the states after the last are worth."""

    def back(carry: tuple[Array, Array], step: Step) -> tuple[tuple[Array, Array], Array]:
        later, after = carry
        kept = settings.discount * (1.0 - step.done)
        found = step.reward + kept * after - step.worth + settings.trace * kept * later
        return (found, step.worth), found

    return jax.lax.scan(back, (jnp.zeros_like(last), last), steps, reverse=True)[1]


def loss(params: Any, actor: Actor, settings: Settings, steps: Step, gain: Array) -> Array:
    """The clipped surrogate, the error of the critic, and a little entropy."""
    mean, spread, worth = actor.apply(params, steps.seen)
    ratio = jnp.exp(log_likelihood(steps.action, mean, spread) - steps.likelihood)
    target, scaled = gain + steps.worth, (gain - gain.mean()) / (gain.std() + 1e-6)
    clipped = jnp.clip(ratio, 1 - settings.clip, 1 + settings.clip)
    surrogate = jnp.minimum(ratio * scaled, clipped * scaled)
    return -surrogate.mean() + 0.5 * ((worth - target) ** 2).mean() - settings.entropy * spread.sum()


def learning(task: Task, settings: Settings) -> tuple[Callable[[Array], Learner], Callable[[Learner], Any]]:
    """How a learner starts, and an update: `unroll` steps of all environments, then a few passes over them."""
    actor = Actor(task.actions)
    optimiser = optax.chain(optax.clip_by_global_norm(0.5), optax.adam(settings.rate))

    def start(key: Array) -> Learner:
        key, first, second = jax.random.split(key, 3)
        world = task.reset(second)
        params = actor.init(first, world.seen)
        none = jnp.zeros(world.seen.shape[-1])
        seen = Seen(jnp.float32(0), none, none).with_more(world.seen)
        return Learner(key, world, seen, params, optimiser.init(params))

    def act(learner: Learner, _: None) -> tuple[Learner, tuple[Step, Array, Array]]:
        key, first, second = jax.random.split(learner.key, 3)
        seen = learner.seen.normalised(learner.world.seen)
        mean, spread, worth = actor.apply(learner.params, seen)
        action = mean + jnp.exp(spread) * jax.random.normal(first, mean.shape)
        world, reward, done, terms = task.step(second, learner.world, jnp.clip(action, -1, 1))
        step = Step(seen, action, log_likelihood(action, mean, spread), worth, reward, done)
        return learner._replace(key=key, world=world), (step, terms, learner.world.seen)

    def improve(learner: Learner, part: tuple[Step, Array]) -> tuple[Learner, None]:
        gradient = jax.grad(loss)(learner.params, actor, settings, *part)
        changes, moments = optimiser.update(gradient, learner.moments)
        return learner._replace(params=optax.apply_updates(learner.params, changes), moments=moments), None

    def update(learner: Learner) -> tuple[Learner, tuple[Array, Array]]:
        learner, (steps, terms, seen) = jax.lax.scan(act, learner, length=settings.unroll)
        last = actor.apply(learner.params, learner.seen.normalised(learner.world.seen))[2]
        rows = (steps, advantages(steps, last, settings))
        flat = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), rows)
        for _ in range(settings.epochs):
            key, shuffled = jax.random.split(learner.key)
            order = jax.random.permutation(shuffled, steps.reward.size).reshape(settings.minibatches, -1)
            parts = jax.tree.map(lambda x, order=order: x[order], flat)
            learner, _ = jax.lax.scan(improve, learner._replace(key=key), parts)
        return learner._replace(seen=learner.seen.with_more(seen)), (steps.reward.mean(), terms.mean((0, 2)))

    return jax.jit(start), jax.jit(update)


def train(
    task: Task, settings: Settings, updates: int, report: Callable[[dict[str, float]], None]
) -> list[dict[str, float]]:
    """The curve: the mean reward of a step, and the means of its raw terms, after so many steps and seconds."""
    began = time.perf_counter()
    start, update = learning(task, settings)
    learner, curve = start(jax.random.PRNGKey(0)), []
    for done in range(1, updates + 1):
        learner, (mean, terms) = update(learner)
        named = {"reward": mean, **dict(zip(task.reward.term_paths, terms, strict=True))}
        point = {"steps": done * settings.unroll * task.environments, "seconds": round(time.perf_counter() - began, 1)}
        curve.append(point | {name: round(float(value), 4) for name, value in named.items()})
        report(curve[-1])
    return curve
