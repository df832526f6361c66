"""Tunix's own reward manager and GRPO, on a tiny model that is made on the spot. Run with google-tunix 0.1.7."""

from __future__ import annotations

import runpy
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import rewardlang
from tests.trainers.conftest import SAMPLES, Exporting

if TYPE_CHECKING:
    from collections.abc import Iterator

if find_spec("tunix") is None:
    pytest.skip("Tunix is not installed: pip install google-tunix", allow_module_level=True)
pytestmark = pytest.mark.filterwarnings("ignore")

EXAMPLE = Path(__file__).parents[2] / "examples" / "trainers" / "tunix_grpo.py"


@pytest.fixture
def manager() -> Any:
    from tunix.rl.grpo.grpo_learner import GRPOConfig
    from tunix.rl.reward_manager import SequenceRewardManager

    def make(function: Any, group: int) -> Any:
        return SequenceRewardManager([function], GRPOConfig(num_generations=group))

    return make


def test_rewards_and_what_is_logged(manager: Any, exported: Exporting) -> None:
    columns = {name: np.array(values, object) for name, values in SAMPLES.items() if name != "completion"}
    told = manager(exported("tunix").asked, 5)(["p"] * 5, SAMPLES["completion"], mode="train", **columns)
    assert told["rewards"].tolist() == [1.5, 1.0, 0.5, 2.0, 1.25]
    assert told["log_metrics"]["rewards/asked"][0].tolist() == [1.5, 1.0, 0.5, 2.0, 1.25]


def test_the_size_of_a_group_arrives(manager: Any, exported: Exporting, grouped: Any) -> None:
    told = manager(exported("tunix", grouped).best, 2)(["p", "p", "q", "q"], ["a", "bb", "c", ""], mode="train")
    assert told["rewards"].tolist() == [0, 1, 1, 0]


@pytest.fixture
def _lenient_jax() -> Iterator[None]:
    """Tunix promotes types and ranks, and in a thread of its own, which a context does not reach."""
    import jax

    jax.config.update("jax_numpy_dtype_promotion", "standard")
    jax.config.update("jax_numpy_rank_promotion", "allow")
    yield
    jax.config.update("jax_numpy_dtype_promotion", "strict")
    jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.mark.usefixtures("_lenient_jax")
def test_two_steps_of_grpo_score_whole_groups(tmp_path: Path) -> None:
    """What Tunix samples in a step is scored as the spec says: the groups, too, are those that Tunix made."""
    example = runpy.run_path(str(EXAMPLE))
    exported, steps = example["exported"](tmp_path).echo, []

    def echo(prompts: Any, completions: Any, num_generations: Any = None, **columns: Any) -> Any:
        told = exported(prompts, completions, num_generations, **columns)
        steps.append((list(completions), list(map(str, columns["letter"])), num_generations, told))
        return told

    curve = example["train"](2, tmp_path, echo)
    known = rewardlang.load(example["SPEC"])
    assert len(curve) == len(steps) == 2
    for mean, (completions, letters, group, told) in zip(curve, steps, strict=True):
        assert letters == [letter for letter in example["LETTERS"] for _ in range(group)]
        assert told == known({"completion": completions, "letter": letters}, group=group).tolist()
        assert mean == pytest.approx(sum(told) / len(told))
    assert steps[0][0] != steps[1][0]
