"""How EasyDeL's trainers choose what a reward function is given. Run with easydel 0.3.0."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from rewardlang.diagnostics import CallError
from tests.trainers.conftest import SAMPLES, Exporting

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

if find_spec("easydel") is None:
    pytest.skip("EasyDeL is not installed: pip install --no-deps easydel", allow_module_level=True)
pytestmark = pytest.mark.filterwarnings("ignore")

SPEC = (
    "reward asked(completion: text, bonus: float in 0..1) -> float in 0..2 { clip(length(completion), 0..1) + bonus }\n"
)


def told(function: Callable[..., Any], **columns: list[Any]) -> Any:
    """The rewards, of the columns that are left of a batch and the keywords that the function has."""
    from easydel.trainers.base_trainer import BaseTrainer

    completions = SAMPLES["completion"]
    given = BaseTrainer._build_reward_call_kwargs(
        None, function, prompts=["p"] * len(completions), completions=completions, raw_completions=completions,
        max_length=16, batch=BaseTrainer._purify_batch(None, columns),
    )  # fmt: skip
    return function(**given)


def test_columns_of_numbers_arrive(exported: Exporting, tmp_path: Path) -> None:
    spec = tmp_path / "numbers.rwd"
    spec.write_text(SPEC)
    asked = exported("easydel", spec).asked
    assert told(asked, bonus=[0.0, 0.5, 0.0, 1.0, 0.25], word=SAMPLES["word"]) == [1, 1.5, 0, 2, 1.25]


def test_columns_of_texts_do_not(exported: Exporting) -> None:
    with pytest.raises(CallError, match="EasyDeL gave no `word`, which `asked` needs: it gave"):
        told(exported("easydel").asked, word=SAMPLES["word"], bonus=[0.0] * 5)
