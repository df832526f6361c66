"""Brax's hopper, 256 of them at once, whose reward is `hopper.rwd`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from brax import envs
from brax.envs.wrappers import training
from ppo import Settings, World

import rewardlang

Array = Any
SPEC = Path(__file__).with_suffix(".rwd")


class Hopper:
    """Hoppers that start anew when they have fallen, and after 400 steps."""

    actions = 3
    settings = Settings(unroll=32, minibatches=8, epochs=4, rate=5e-4, discount=0.99)
    updates = 700

    def __init__(self, environments: int = 256) -> None:
        self.environments = environments
        self.reward = rewardlang.load(SPEC)
        many = training.VmapWrapper(envs.get_environment("hopper", backend="spring"))
        self.env = training.EpisodeWrapper(many, episode_length=400, action_repeat=1)

    def reset(self, key: Array) -> World:
        """The first states, nothing remembered."""
        states = self.env.reset(jax.random.split(key, self.environments))
        return World((states, states), states.obs, self.reward.initial_state(self.environments))

    def step(self, key: Array, world: World, action: Array) -> tuple[World, Array, Array, Array]:
        """A step of all, then one call of the spec for all. A lane's memory is reset where its episode ends."""
        del key
        first, before = world.states
        states = self.env.step(before, action)
        done = states.done > 0
        scores = self.reward.step({}, fields(states, action), state=world.memory)
        # A simulation that has burst gives numbers that are not finite: its score is missing.
        reward = jnp.where(scores.total_present, scores.total, 0.0)
        after = jax.tree.map(
            lambda new, old: jnp.where(done.reshape(-1, *[1] * (old.ndim - 1)), new, old), first, states
        )
        return World((first, after), after.obs, scores.state), reward, done, scores.raw


def fields(states: envs.State, action: Array) -> dict[str, Array]:
    """What `hopper.rwd` asks for, `[environments]` each."""
    seen = states.obs
    return {"speed": states.metrics["x_velocity"], "height": seen[:, 0], "lean": seen[:, 1], "command": action,
            "done": states.done > 0}  # fmt: skip
