"""ms-swift's own scoring of a batch, by a plugin that it imports itself. Run with ms-swift 4.6.0."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from tests.trainers.conftest import SAMPLES, Exporting

if TYPE_CHECKING:
    from types import ModuleType

if find_spec("swift") is None:
    pytest.skip("ms-swift is not installed: pip install --no-deps ms-swift", allow_module_level=True)
pytestmark = pytest.mark.filterwarnings("ignore")


def told(module: ModuleType, *names: str, step: int = 0, columns: dict[str, list[Any]] = SAMPLES) -> Any:
    """The rewards of all samples, `[sample, function]`, as the trainer has them before it weighs and adds them."""
    import torch
    from swift.rewards import orms
    from swift.rl_core.data import GRPOSample
    from swift.rl_core.grpo_algorithm import compute_rewards_per_func
    from swift.utils import import_external_file
    from transformers import TrainerState

    import_external_file(module.__file__)
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    samples = [
        GRPOSample(
            messages=[{"role": "user", "content": "p"}, {"role": "assistant", "content": row.pop("completion")}],
            extra=row,
        )
        for row in rows
    ]
    functions = [orms[name](args=None) for name in names]
    state = TrainerState(global_step=step, max_steps=100)
    return compute_rewards_per_func(samples, functions, None, torch.device("cpu"), trainer_state=state)


def test_rewards_of_a_batch(exported: Exporting) -> None:
    assert told(exported("ms-swift"), "asked")[:, 0].tolist() == [1.5, 1.0, 0.5, 2.0, 1.25]


def test_a_missing_score_can_be_left_out(exported: Exporting) -> None:
    assert told(exported("ms-swift", missing="skip"), "asked")[:, 0].isnan().tolist() == [False] * 4 + [True]


def test_entries_are_rewards_of_their_own(exported: Exporting) -> None:
    parts = told(exported("ms-swift", entries=True), "asked_right", "asked_short", "asked_extra")
    assert parts[:4].tolist() == [[1, 0.5, 0], [0, 0.5, 0.5], [0, 0.5, 0], [1, 0, 1]]


def test_the_step_and_the_prompt_arrive(exported: Exporting, tmp_path: Any) -> None:
    spec = tmp_path / "ramp.rwd"
    spec.write_text(
        "reward ramp(completion: text, prompt: text, step: int in 0..100) -> float { length(prompt) + step / 100 }\n"
    )
    assert told(exported("ms-swift", spec), "ramp", step=50)[:, 0].tolist() == [1.5] * 5
