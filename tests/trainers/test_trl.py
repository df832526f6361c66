"""TRL's own trainer on a tiny model that is made on the spot. Run with trl 1.16.0, transformers 5.24.0, torch 2.13.0."""

from __future__ import annotations

import math
import runpy
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.trainers.conftest import Exporting

if find_spec("trl") is None:
    pytest.skip("TRL is not installed: pip install trl torch", allow_module_level=True)
pytestmark = pytest.mark.filterwarnings("ignore")

EXAMPLE = Path(__file__).parents[2] / "examples" / "trainers" / "trl_grpo.py"


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLE))


def test_two_steps_of_grpo_log_the_reward_and_its_terms(example: dict[str, Any], tmp_path: Path) -> None:
    trainer = example["train"](2, tmp_path)
    history = [row for row in trainer.state.log_history if "reward" in row]
    assert [row["step"] for row in history] == [1, 2]
    for row in history:
        parts = [
            row[f"rewards/tag_count/{tag}/contribution"]
            for tag in ("think_opens", "think_closes", "answer_opens", "answer_closes")
        ]
        assert row["reward"] == row["rewards/tag_count/mean"] == pytest.approx(sum(parts))
        assert row["rewards/tag_count/missing"] == 0
    extra = trainer._logs["extra"]
    assert len(set(extra["reward.fingerprint"])) == 1
    assert len(extra["tag_count/think_opens"]) == len(trainer._logs["completion"])


SPEC = """\
param late: float in 0..1 = 0

reward mixed(completion: text, prompt: text, step: int in 0..10 = 0) -> float? in 0..3 {
    let known = length(completion) / (if starts_with(prompt, "a") then 0 else 10)
    return sum {
        length: clip(known, 0..1)
        vowels: if contains(completion, "a") then 1 else 0
        ramp: step / 10 weight late
    }
}
"""


def test_a_missing_score_has_no_advantage(example: dict[str, Any], tmp_path: Path, exported: Exporting) -> None:
    """The samples of the prompt `abc` have no score: TRL leaves them out, and the others learn."""
    spec = tmp_path / "mixed.rwd"
    spec.write_text(SPEC)
    trainer = example["train"](1, tmp_path, exported("trl", spec, params={"late": 1.0}).mixed)
    gone = [prompt.startswith("a") for prompt in trainer._logs["prompt"]]
    rewards, advantages = trainer._logs["rewards"]["mixed"], trainer._logs["advantages"]
    assert [math.isnan(reward) for reward in rewards] == gone
    assert all(advantage == 0 for advantage, missing in zip(advantages, gone, strict=True) if missing)
    (row,) = [row for row in trainer.state.log_history if "reward" in row]
    assert row["rewards/mixed/missing"] == pytest.approx(sum(gone) / len(gone))
    assert not math.isnan(float(row["loss"]))


def test_entries_are_rewards_of_their_own(example: dict[str, Any], tmp_path: Path, exported: Exporting) -> None:
    module = exported("trl", "systems.open_r1:tag_count", entries=True)
    trainer = example["train"](1, tmp_path, module.reward_funcs)
    (row,) = [row for row in trainer.state.log_history if "reward" in row]
    assert row["reward"] == pytest.approx(sum(row[f"rewards/{f.__name__}/mean"] for f in module.reward_funcs))
