"""What stands for a missing score."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rewardlang.diagnostics import CallError
from rewardlang.facts import Interval
from rewardlang.trainers.missing import ERROR, NEUTRAL, SKIP, Missing, MissingScoreError, filled, prompt_key
from rewardlang.trainers.registry import TRAINERS

TOTALS = [1.0, None, 3.0, None, None]
PROMPTS = ["a", "a", "a", "b", "b"]
REASONS = [None, "why", None, "why", "why"]


def told(
    policy: str | float, totals: list[Any] = TOTALS, prompts: Any = PROMPTS, low: float = 0, high: float = 3
) -> Any:
    return filled(totals, policy, Interval(low, high), prompts, REASONS)


def test_a_score_is_left_out() -> None:
    assert told(SKIP) == TOTALS


def test_neutral_is_the_mean_of_the_others_of_the_prompt_else_of_all() -> None:
    assert told(NEUTRAL) == [1, 2, 3, 2, 2]


def test_neutral_knows_prompts_that_are_messages() -> None:
    chats = [[{"role": "user", "content": prompt}] for prompt in PROMPTS]
    assert told(NEUTRAL, prompts=chats) == [1, 2, 3, 2, 2]


def test_neutral_knows_long_prompts_that_are_arrays_of_tokens() -> None:
    # They differ in the middle alone, which `repr` leaves out.
    tokens = {prompt: np.arange(5000) + (np.arange(5000) == 2500) * ord(prompt) for prompt in "ab"}
    arrays = [tokens[prompt] for prompt in PROMPTS]
    assert told(NEUTRAL, prompts=arrays) == [1, 2, 3, 2, 2]
    assert len({prompt_key(array) for array in arrays}) == 2
    assert prompt_key([{"content": np.array(["a", "b"])}]) == prompt_key([{"content": ["a", "b"]}])


def test_neutral_of_nothing_is_the_number_next_to_zero() -> None:
    assert told(NEUTRAL, [None, None], ["a", "a"], -5, -1) == [-1, -1]


def test_a_number_is_one_that_the_reward_can_give() -> None:
    assert told(0.5) == [1, 0.5, 3, 0.5, 0.5]
    assert told(-7.0) == [1, 0, 3, 0, 0]


def test_an_error_says_why() -> None:
    with pytest.raises(MissingScoreError, match="sample 1 has no score: why"):
        told(ERROR)


def test_nothing_missing_is_no_error() -> None:
    assert told(ERROR, [1.0, 2.0], ["a", "a"]) == [1, 2]


def test_a_policy_that_a_trainer_does_not_know_is_refused() -> None:
    missing = Missing(0.0, (ERROR,), "It is 0.")
    assert missing.checked(None, "T") == 0.0
    assert missing.checked("-1", "T") == -1.0
    with pytest.raises(CallError, match="T cannot be told `skip` of a missing score: write `error` or a number"):
        missing.checked("skip", "T")


@pytest.mark.parametrize("trainer", TRAINERS, ids=lambda trainer: trainer.name)
def test_every_default_is_a_choice(trainer: Any) -> None:
    assert isinstance(trainer.missing.default, float) or trainer.missing.default in trainer.missing.choices
