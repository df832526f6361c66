"""GRPO with TRL on a reward of the standard library: a tiny model, made on the spot, learns Open-R1's tags on a CPU.

Run with: python examples/trainers/trl_grpo.py --steps 80 --curve curve.svg
It needs `trl` and PyTorch, and downloads nothing.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewardlang.cli import main as rwd

if TYPE_CHECKING:
    from types import ModuleType

SPEC = "systems.open_r1:tag_count"
TAGS = ("<think>\n", "\n</think>\n", "\n<answer>\n", "\n</answer>")
LETTERS = tuple("abcdefghijkl")
SPECIAL = ("<pad>", "<eos>", "<unk>")


def exported(folder: Path) -> ModuleType:
    """The reward as a module, written by `rwd export` and loaded from its file."""
    file = folder / "reward.py"
    if rwd(["export", "trl", SPEC, "-o", str(file)]) != 0:
        raise SystemExit(1)
    spec = importlib.util.spec_from_file_location("reward", file)
    assert spec is not None and spec.loader is not None  # noqa: PT018, S101 - a file that was just written
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tokenizer() -> Any:
    """A token a tag or letter."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {word: place for place, word in enumerate((*SPECIAL, *TAGS, *LETTERS))}
    made = Tokenizer(models.WordLevel(words, unk_token="<unk>"))  # noqa: S106 - a token of a vocabulary
    made.pre_tokenizer = pre_tokenizers.Split(Regex(r"\n?</?(?:think|answer)>\n?|."), "isolated")
    made.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>")  # noqa: S106 - tokens of a vocabulary


def model(words: int) -> Any:
    """Random weights."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    shape = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    return LlamaForCausalLM(
        LlamaConfig(vocab_size=words, pad_token_id=0, eos_token_id=1, bos_token_id=None, **shape),
    )


def train(steps: int, folder: Path, reward_funcs: Any = None) -> Any:
    """The trainer after its run; `state.log_history` has the curve."""
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    words = tokenizer()
    prompts = Dataset.from_dict({"prompt": ["".join(LETTERS[i : i + 3]) for i in range(8)] * 8})
    settings = GRPOConfig(
        output_dir=str(folder), max_steps=steps, per_device_train_batch_size=64, num_generations=16,
        max_completion_length=12, learning_rate=5e-3, lr_scheduler_type="constant", beta=0.0, logging_steps=1,
        report_to="none", save_strategy="no", use_cpu=True, bf16=False, disable_tqdm=True, seed=0,
    )  # fmt: skip
    trainer = GRPOTrainer(
        model=model(len(words)), reward_funcs=reward_funcs or exported(folder).tag_count, args=settings,
        train_dataset=prompts, processing_class=words,
    )  # fmt: skip
    trainer.train()
    return trainer


def curve(rewards: list[float]) -> str:
    """The reward over the steps, as a picture."""
    wide, high, edge = 640, 240, 36
    step = (wide - 2 * edge) / max(len(rewards) - 1, 1)
    points = " ".join(f"{edge + i * step:.1f},{high - edge - r * (high - 2 * edge):.1f}" for i, r in enumerate(rewards))
    marks = "".join(
        f'<text x="{edge - 6}" y="{high - edge - r * (high - 2 * edge) + 4:.0f}" text-anchor="end">{r:g}</text>'
        for r in (0, 0.5, 1)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="12">'
        f'<rect width="{wide}" height="{high}" fill="white"/>'
        f'<polyline points="{points}" fill="none" stroke="#1f6feb" stroke-width="2"/>{marks}'
        f'<text x="{wide / 2:.0f}" y="{high - 8}" text-anchor="middle">'
        f"{len(rewards)} steps of GRPO: mean of tag_count</text>"
        "</svg>\n"
    )


def main() -> None:
    """Train, print the curve, and draw it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=80)
    parser.add_argument("--curve", type=Path, help="where to draw the reward, an .svg file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        history = train(options.steps, Path(folder)).state.log_history
    rewards = [row["reward"] for row in history if "reward" in row]
    for place in range(0, len(rewards), 10):
        print(f"step {place + 1:4}: reward {rewards[place]:.3f}")
    print(f"step {len(rewards):4}: reward {rewards[-1]:.3f}")
    if options.curve:
        options.curve.write_text(curve(rewards), encoding="utf-8")


if __name__ == "__main__":
    main()
