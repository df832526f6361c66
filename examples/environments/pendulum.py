"""A pendulum of gymnax, 2,048 of them at once, whose reward is `pendulum.rwd`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnax
import jax
from ppo import Settings, World

import rewardlang

Array = Any
SPEC = Path(__file__).with_suffix(".rwd")


class Pendulum:
    """Pendulums that start anew after 200 steps. What is seen: the tip's height and side, and the spin."""

    actions = 1
    settings = Settings()
    updates = 100

    def __init__(self, environments: int = 2048) -> None:
        self.environments = environments
        self.reward = rewardlang.load(SPEC)
        self.env, self.world = gymnax.make("Pendulum-v1")

    def reset(self, key: Array) -> World:
        """The first states, nothing remembered."""
        keys = jax.random.split(key, self.environments)
        seen, states = jax.vmap(self.env.reset, in_axes=(0, None))(keys, self.world)
        # Somewhere in their episodes, so that they do not all end at once.
        begun = jax.random.randint(key, (self.environments,), 0, self.world.max_steps_in_episode)
        return World(states.replace(time=begun), seen, self.reward.initial_state(self.environments))

    def step(self, key: Array, world: World, action: Array) -> tuple[World, Array, Array, Array]:
        """A step of all, then one call of the spec for all. A lane's memory is reset where its episode ends."""
        keys, torque = jax.random.split(key, self.environments), 2 * action
        stepped = jax.vmap(self.env.step, in_axes=(0, 0, 0, None))(keys, world.states, torque, self.world)
        seen, states, _, terminated, truncated, info = stepped
        done = terminated | truncated
        scores = self.reward.step({}, fields(info["final_observation"], torque, done), state=world.memory)
        return World(states, seen, scores.state), scores.total, done, scores.raw


def fields(seen: Array, torque: Array, done: Array) -> dict[str, Array]:
    """What `pendulum.rwd` asks for, `[environments]` each."""
    return {"height": seen[:, 0], "spin": seen[:, 2], "torque": torque[:, 0], "done": done}
