"""verl's own reward managers, which load the exported file by its path. Run with verl 0.9.1."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.trainers.conftest import SAMPLES, Exporting

if TYPE_CHECKING:
    from types import ModuleType

if find_spec("verl") is None:
    pytest.skip("verl is not installed: pip install --no-deps verl", allow_module_level=True)
pytestmark = pytest.mark.filterwarnings("ignore")

TOTALS = [1.5, 1.0, 0.5, 2.0, 0]
SPECIAL = ("<pad>", "<|im_end|>")
LETTERS = tuple("abcdefghijklmnopqrstuvwxyz ")
LENGTH = 48


def tokenizer() -> Any:
    """A token a letter."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.WordLevel({word: place for place, word in enumerate((*SPECIAL, *LETTERS))}, SPECIAL[0]))
    made.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    made.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token=SPECIAL[0], eos_token=SPECIAL[1])


def settings(module: ModuleType, manager: str, **params: Any) -> Any:
    from omegaconf import OmegaConf

    custom = {"path": module.__file__, "name": "compute_score", "reward_kwargs": params}
    registered = {"source": "register", "name": manager}
    reward = {"custom_reward_function": custom, "reward_manager": registered, "num_workers": 1}
    return OmegaConf.create({"reward": reward, "trainer": {"experiment_name": "e"}})


def batch(words: Any) -> Any:
    """What verl has after a rollout: the samples' completions as padded tokens, and the rows of the data set."""
    import torch
    from verl import DataProto

    ids = [[*words.encode(text), words.eos_token_id] for text in SAMPLES["completion"]]
    responses = torch.tensor([row + [words.pad_token_id] * (LENGTH - len(row)) for row in ids])
    prompts = torch.full((len(ids), 2), words.encode("p")[0])
    mask = torch.tensor([[1, 1] + [1] * len(row) + [0] * (LENGTH - len(row)) for row in ids])
    rows = {
        "data_source": ["d"] * len(ids),
        "reward_model": [{"ground_truth": word} for word in SAMPLES["word"]],
        "extra_info": [{"bonus": bonus} for bonus in SAMPLES["bonus"]],
    }
    return DataProto.from_dict(
        tensors={"prompts": prompts, "responses": responses, "attention_mask": mask},
        non_tensors={name: np.array(values, object) for name, values in rows.items()},
    )


def told(config: Any) -> list[dict[str, Any]]:
    """All samples, each in a task of its own as in verl's loop, and the scores in the last places of the completions."""
    from verl.trainer.ppo.reward import load_reward_manager

    words = tokenizer()
    samples = batch(words)

    async def loop() -> list[dict[str, Any]]:
        manager = load_reward_manager(config, words)
        rows = await asyncio.gather(*(manager.run_single(samples[row : row + 1]) for row in range(len(samples))))
        placed = manager.assemble_rm_scores(samples, [row["reward_score"] for row in rows])
        assert placed.sum(dim=1).tolist() == [row["reward_score"] for row in rows]
        return rows

    return asyncio.run(loop())


@pytest.mark.parametrize("manager", ["naive", "dapo", "gdpo", "rate_limited"])
def test_scores_and_what_is_kept_beside_them(manager: str, exported: Exporting) -> None:
    rows = told(settings(exported("verl", columns={"word": "ground_truth"}), manager))
    assert [row["reward_score"] for row in rows] == TOTALS
    infos = [row["reward_extra_info"] for row in rows]
    assert len({tuple(info) for info in infos}) == 1
    assert [info["right/contribution"] for info in infos] == [1, 0, 0, 1, 0]
    assert [info["missing"] for info in infos] == [0, 0, 0, 0, 1]


def test_params_come_from_the_configuration(exported: Exporting) -> None:
    rows = told(settings(exported("verl", columns={"word": "ground_truth"}), "naive", brevity=1.0))
    assert [row["reward_score"] for row in rows] == [2.0, 1.5, 1.0, 2.0, 0]


def test_a_plain_function_is_called_in_a_worker_of_ray(exported: Exporting, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    monkeypatch.setenv("RAY_worker_niceness", "0")  # else workers starve on a busy machine
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    try:
        rows = told(settings(exported("verl", columns={"word": "ground_truth"}, sync=True), "remote"))
    finally:
        ray.shutdown()
    assert [row["reward_score"] for row in rows] == TOTALS
