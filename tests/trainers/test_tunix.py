"""Tunix's own reward manager. Run with google-tunix 0.1.7."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.trainers.conftest import SAMPLES, Exporting

pytest.importorskip("tunix.rl.reward_manager", reason="Tunix is not installed: pip install google-tunix")
pytestmark = pytest.mark.filterwarnings("ignore")


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
