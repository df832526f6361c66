"""A policy for gymnasium's CartPole-v1, found by the cross-entropy method on `pole.rwd`, in a vector environment.

Run with: python examples/trainers/gymnasium_cartpole.py --steps 15
It needs `gymnasium`, and downloads nothing. A step is a round: each environment tries a linear policy, and
the next are drawn from where the best quarter of them was.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

from rewardlang.cli import main as rwd

SPEC = Path(__file__).with_name("pole.rwd")
COLUMNS = ("position=next_observation[0]", "angle=next_observation[2]")
ENVIRONMENTS, LENGTH = 32, 200

Array = Any


def wrapped(folder: Path) -> Any:
    """The vector environment with the reward of the spec, by the file that `rwd export` writes."""
    file = folder / "pole.py"
    columns = [word for column in COLUMNS for word in ("--column", column)]
    if rwd(["export", "gymnasium", str(SPEC), "-o", str(file), *columns]) != 0:
        raise SystemExit(1)
    spec = importlib.util.spec_from_file_location("pole", file)
    assert spec is not None and spec.loader is not None  # noqa: PT018, S101 - a file that was just written
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.pole_vector(gymnasium.make_vec("CartPole-v1", ENVIRONMENTS, vectorization_mode="sync"))


def returns(env: Any, policies: Array, seed: int) -> Array:
    """The sum of the rewards of one episode, at most `LENGTH` steps, for the policy `[environments, 4]` of each."""
    seen, _ = env.reset(seed=seed)
    total, running = np.zeros(len(policies)), np.ones(len(policies), bool)
    for _ in range(LENGTH):
        seen, rewards, terminated, truncated, _ = env.step(((policies * seen).sum(axis=1) > 0).astype(int))
        total += np.where(running, rewards, 0)
        running &= ~(terminated | truncated)
        if not running.any():
            break
    return total


def train(steps: int) -> list[float]:
    """The mean return of the policies of each round."""
    rng = np.random.default_rng(0)
    mean, spread, curve = np.zeros(4), np.ones(4), []
    with tempfile.TemporaryDirectory() as folder:
        env = wrapped(Path(folder))
        for step in range(steps):
            policies = mean + spread * rng.normal(size=(ENVIRONMENTS, 4))
            told = returns(env, policies, seed=1000 * step)
            curve.append(float(told.mean()))
            best = policies[np.argsort(told)[-ENVIRONMENTS // 4 :]]
            mean, spread = best.mean(axis=0), best.std(axis=0) + 0.05
        env.close()
    return curve


def main() -> None:
    """Train, and print the curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=15)
    curve = train(parser.parse_args().steps)
    for place in sorted({*range(0, len(curve), 2), len(curve) - 1}):
        print(f"round {place + 1:3}: mean return {curve[place]:6.1f} of {2 * LENGTH}")


if __name__ == "__main__":
    main()
