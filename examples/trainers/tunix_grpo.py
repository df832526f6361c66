"""GRPO with Tunix on `echo.rwd`: a Qwen3 of two layers, made on the spot, learns to repeat the letter that it is shown.

Run with: python examples/trainers/tunix_grpo.py --steps 60
It needs `google-tunix`, and downloads nothing. The reward compares the completions of a prompt: Tunix tells the size of
its groups.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.cli import main as rwd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

SPEC = Path(__file__).with_name("echo.rwd")
LETTERS = "abcdefgh"
GROUP, LENGTH = 8, 8


def exported(folder: Path) -> ModuleType:
    """The reward as a module, written by `rwd export` and loaded from its file."""
    file = folder / "reward.py"
    if rwd(["export", "tunix", str(SPEC), "-o", str(file)]) != 0:
        raise SystemExit(1)
    spec = importlib.util.spec_from_file_location("reward", file)
    assert spec is not None and spec.loader is not None  # noqa: PT018, S101 - a file that was just written
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Tokenizer:
    """A token a letter, after those that pad, begin and end; Tunix takes any class with these methods."""

    def encode(self, text: str) -> list[int]:
        """The tokens of a text."""
        return [3 + LETTERS.index(letter) for letter in text]

    def decode(self, ids: Any) -> str:
        """The letters among the tokens."""
        return "".join(LETTERS[i - 3] for i in map(int, ids) if i >= 3)

    def pad_id(self) -> int:
        """What fills the rows of a batch."""
        return 0

    def bos_id(self) -> int:
        """What a prompt begins with."""
        return 1

    def eos_id(self) -> int:
        """What a completion ends with."""
        return 2


def model(mesh: Any) -> Any:
    """Random weights, which lie where the mesh says."""
    import jax
    from flax import nnx
    from tunix.models.qwen3.model import ModelConfig, Qwen3

    shape = ModelConfig(
        num_layers=2, vocab_size=3 + len(LETTERS), embed_dim=64, hidden_dim=128, num_heads=4, head_dim=16,
        num_kv_heads=2, rope_theta=10_000, norm_eps=1e-6,
    )  # fmt: skip
    made = Qwen3(shape, rngs=nnx.Rngs(params=0))
    state = nnx.state(made)
    with mesh:
        nnx.update(made, jax.device_put(state, nnx.get_named_sharding(state, mesh)))
    return made


def cluster(steps: int) -> Any:
    """The model, which samples and is trained in one process."""
    import jax
    import optax
    from tunix.rl.rl_cluster import ClusterConfig, RLCluster, RLTrainingConfig, Role
    from tunix.rl.rollout.base_rollout import RolloutConfig

    mesh = jax.sharding.Mesh([[jax.devices()[0]]], ("fsdp", "tp"))
    config = ClusterConfig(
        role_to_mesh=dict.fromkeys((Role.ACTOR, Role.REFERENCE, Role.ROLLOUT), mesh),
        training_config=RLTrainingConfig(
            actor_optimizer=optax.adam(2e-3), max_steps=steps, eval_every_n_steps=steps + 1
        ),
        rollout_config=RolloutConfig(
            max_tokens_to_generate=LENGTH, max_prompt_length=4, kv_cache_size=32, temperature=1.0
        ),
    )
    return RLCluster(actor=model(mesh), tokenizer=Tokenizer(), cluster_config=config)


def batches(steps: int) -> Iterator[dict[str, Any]]:
    """Each letter is a prompt, and the column that the reward asks for: arrays, as Tunix repeats them for a group."""
    for _ in range(steps):
        yield {"prompts": np.array(list(LETTERS)), "letter": np.array(list(LETTERS))}


def train(steps: int, folder: Path, reward: Any = None) -> list[float]:
    """The mean reward of each step."""
    from tunix.rl.grpo.grpo_learner import GRPOConfig, GRPOLearner

    curve: list[float] = []

    def keep(rewards: Any, **_: Any) -> dict[str, Any]:
        curve.append(float(rewards.mean()))
        return {}

    learner = GRPOLearner(
        cluster(steps), GRPOConfig(num_generations=GROUP, beta=0.0), reward or exported(folder).echo, metric_fns=[keep]
    )
    learner.train(batches(steps))
    return curve


def main() -> None:
    """Train, and print the curve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=60)
    with tempfile.TemporaryDirectory() as folder:
        curve = train(parser.parse_args().steps, Path(folder))
    for place in sorted({*range(0, len(curve), 10), len(curve) - 1}):
        print(f"step {place + 1:4}: reward {curve[place]:.3f}")


if __name__ == "__main__":
    main()
