"""BLEU against sacrebleu, and different n-grams against Python's sets."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

import rewardlang
from rewardlang.columns.cache import REFERENCES
from rewardlang.columns.texts import Texts
from rewardlang.ops.registry import overloads
from tests.benchmarks.pairs import line, paired

COUNT = 1024
SPEC = 'reward agreement(completion: text, reference: text) -> score { bleu(completion, reference, smooth: "exp") }'
NEW = "reward new(completion: text) -> score { distinct_n(words(completion), 3) ?? 1 }"
IDS = "reward new(ids: int[token]) -> score { distinct_n(ids, 3) ?? 1 }"
MARKS = ("", "", "", "", "", "", "", ",", ".", ":", "'s", " 1,250", " (so)")


def words(random_: random.Random, vocabulary: list[str], count: int) -> list[str]:
    return [random_.choice(vocabulary) + random_.choice(MARKS) for _ in range(count)]


def completions(count: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """About 400 words each, some 4,000, and a reference for each that shares most of them."""
    random_ = random.Random(seed)
    vocabulary = ["".join(random_.choices("abcdefghijklmnopqrstuvwxyz", k=random_.randint(2, 9))) for _ in range(4000)]
    made, references = [], []
    for _ in range(count):
        text = words(random_, vocabulary, 4000 if random_.random() < 0.01 else random_.randint(300, 500))
        made.append(" ".join(text))
        changed = [random_.choice(vocabulary) if random_.random() < 0.3 else word for word in text]
        references.append(" ".join(changed))
    return made, references


def sacrebleu_scores(made: list[str], references: list[str]) -> list[float]:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
    from sacrebleu.tokenizers.tokenizer_re import TokenizerRegexp

    for tokenizer in (Tokenizer13a, TokenizerRegexp):
        tokenizer.__call__.cache_clear()  # type: ignore[attr-defined]  # an lru_cache
    metric = BLEU(effective_order=True)
    return [metric.sentence_score(mine, [other]).score for mine, other in zip(made, references, strict=True)]


def run() -> None:
    """The pairs of this family."""
    made, references = completions(COUNT)
    against_sacrebleu("BLEU, a reference each", made, references)
    against_sacrebleu("BLEU, a reference for 8", made, [references[place - place % 8] for place in range(COUNT)])
    against_sets(made)


def against_sacrebleu(name: str, made: list[str], references: list[str]) -> None:
    """With no reference known to either side, and once more with those of the last call known to ours."""
    scored = rewardlang.compile(SPEC)

    def ours() -> Any:
        REFERENCES.clear()
        return scored(completion=made, reference=references).total

    theirs = np.array(sacrebleu_scores(made, references)) / 100
    single = next(b for b in overloads("bleu") if not b.parameters[1].axes)
    options = {p.name: p.default for p in single.parameters if p.option}
    exact = single.rows(Texts.of(made), Texts.of(references), **options)  # type: ignore[attr-defined]  # of this form
    worst = float(np.max(np.abs(exact - theirs)))
    for _ in range(8):
        ours()  # compiles, and settles how many threads pay
    mine, other = paired(ours, lambda: sacrebleu_scores(made, references), 3)
    line(f"{name}, {COUNT} x 400 words", mine, other, worst, "goal 40x, 1e-9")
    mine, _ = paired(lambda: scored(completion=made, reference=references).total, lambda: None, 9)
    line("the same, references known from before", mine, other, worst, "")


def against_sets(made: list[str]) -> None:
    """Different trigrams: of words that are lists on one side and texts on the other, and of ids."""
    split = [text.split() for text in made]
    numbers: dict[str, int] = {}
    ids = [[numbers.setdefault(word, len(numbers)) for word in text] for text in split]

    def theirs(lists: list[list[Any]]) -> list[float]:
        return [len(set(zip(x, x[1:], x[2:], strict=False))) / (len(x) - 2) for x in lists]

    of_words, of_ids = rewardlang.compile(NEW), rewardlang.compile(IDS)
    for _ in range(8):
        of_words(completion=made)
    wanted = np.array(theirs(split))
    worst = float(np.max(np.abs(of_words(completion=made).total - wanted)))
    mine, other = paired(lambda: of_words(completion=made).total, lambda: theirs([text.split() for text in made]))
    line(f"different trigrams, {COUNT} x 400 words", mine, other, worst, "goal 10x a set of tuples")
    worst = float(np.max(np.abs(of_ids(ids=ids).total - wanted)))
    mine, other = paired(lambda: of_ids(ids=ids).total, lambda: theirs(ids))
    line("the same, lists of token ids", mine, other, worst, "")
    batch = [np.array(row) for row in ids]
    offsets = np.cumsum([0, *map(len, batch)])
    flat = np.concatenate(batch).astype(np.int64)
    kernel_line(offsets, flat, ids, theirs)


def kernel_line(offsets: Any, flat: Any, ids: list[list[int]], theirs: Any) -> None:
    """The kernel alone, on ids that are in an array already."""
    from rewardlang.kernels.ngrams import distinct

    shares = distinct(offsets, flat, 3) / (np.diff(offsets) - 2)
    worst = float(np.max(np.abs(shares - np.array(theirs(ids)))))
    mine, other = paired(lambda: distinct(offsets, flat, 3), lambda: theirs(ids))
    line("the same, ids in one array, the kernel alone", mine, other, worst, "")
