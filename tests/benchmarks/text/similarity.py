"""ROUGE, chrF and similarities by edits against rouge-score, sacrebleu and rapidfuzz."""

from __future__ import annotations

import random
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenize import tokenize
from sacrebleu.metrics.chrf import CHRF

import rewardlang
from tests.benchmarks.pairs import line, paired

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SAMPLES = 1024
LONG = 40
"""Every so many texts one has ten times as many words."""


def documents(seed: int) -> list[str]:
    """Texts of about 400 words, some of 4,000, of a vocabulary in which few words are frequent."""
    chance = random.Random(seed)
    letters = random.Random(0)
    vocabulary = ["".join(letters.choices("etaoinshrdlucmfwyp", k=letters.randint(1, 10))) for _ in range(3000)]
    shares = [1 / (place + 3) for place in range(len(vocabulary))]
    sizes = [(4000 if row % LONG == 0 else 400) * chance.uniform(0.7, 1.3) for row in range(SAMPLES)]
    return [". ".join(_sentences(chance.choices(vocabulary, shares, k=int(size)))) + "." for size in sizes]


def _sentences(words: list[str]) -> list[str]:
    return [" ".join(words[at : at + 15]).capitalize() for at in range(0, len(words), 15)]


def compare(name: str, call: str, peer: Callable[[str, str], float], rows: Sequence[int], goal: str) -> None:
    """A reward of one call against a function of two texts, of which `rows` are measured and scaled to all.

    A multiple of `LONG` rows holds long texts as often as all rows do.
    """
    made, wanted = documents(1), documents(2)
    reward = rewardlang.compile(f"reward score(made: text, wanted: text) -> float? {{ {call} }}")
    columns = {"made": made, "wanted": wanted}
    chosen = [(made[row], wanted[row]) for row in rows]
    ours = np.ma.filled(reward(columns).total, np.nan)[list(rows)]
    worst = float(np.max(np.abs(ours - [peer(*pair) for pair in chosen])))
    mine, other = paired(lambda: reward(columns).total, lambda: [peer(*pair) for pair in chosen], 3)
    part = len(made) / len(rows)
    told = goal if part == 1 else f"{goal} (peer: {len(rows)} of {len(made)} texts, x {part:g})"
    line(f"{name}, {len(made)} x {sum(map(len, made)) // len(made)} chars", mine, other * part, worst, told.strip())


def run() -> None:
    """The pairs of this family."""
    scorer, stems = RougeScorer(["rougeL"]), RougeScorer(["rougeL"], use_stemmer=True)
    bigrams = RougeScorer(["rouge2"])

    def rouge(scorer: RougeScorer, kind: str, made: str, wanted: str) -> float:
        return float(scorer.score(wanted, made)[kind].fmeasure)

    compare("rouge_l against rouge-score", "rouge_l(made, wanted)", partial(rouge, scorer, "rougeL"),
            range(LONG), "goal 100x")  # fmt: skip
    compare("the same with its stemmer", "rouge_l(made, wanted, stemmer: true)", partial(rouge, stems, "rougeL"),
            range(LONG), "")  # fmt: skip
    compare("rouge_n, 2, against rouge-score", "rouge_n(made, wanted, 2)", partial(rouge, bigrams, "rouge2"),
            range(3 * LONG), "")  # fmt: skip
    compare("rouge_l against rapidfuzz's LCS", "rouge_l(made, wanted)", by_subsequence, range(SAMPLES), "goal 2x")
    integers()
    metric = CHRF()
    compare("chrf against sacrebleu", "chrf(made, wanted)",
            lambda made, wanted: metric.sentence_score(made, [wanted]).score / 100, range(4 * LONG), "goal 20x")  # fmt: skip
    compare("edit_similarity against rapidfuzz", "edit_similarity(made, wanted)",
            lambda made, wanted: fuzz.ratio(made, wanted) / 100, range(SAMPLES), "")  # fmt: skip
    compare("token_sort_similarity against rapidfuzz", "token_sort_similarity(made, wanted)",
            lambda made, wanted: fuzz.token_sort_ratio(made, wanted) / 100, range(SAMPLES), "")  # fmt: skip
    compare("partial_similarity against rapidfuzz", "partial_similarity(made, wanted)",
            lambda made, wanted: fuzz.partial_ratio(made, wanted) / 100, range(1, LONG), "none of them long")  # fmt: skip


_TOKENS = re.compile("[a-z0-9]+")


def by_subsequence(made: str, wanted: str) -> float:
    """ROUGE-L as one writes it with rapidfuzz: the tokens by a pattern, their subsequence by `LCSseq`."""
    mine, target = _TOKENS.findall(made.lower()), _TOKENS.findall(wanted.lower())
    return 2 * LCSseq.similarity(mine, target) / (len(mine) + len(target))


def integers() -> None:
    """ROUGE-L from texts against rapidfuzz's subsequences alone, of lists of integers that are made beforehand."""
    made, wanted = documents(1), documents(2)
    numbers: dict[str, int] = {}

    def tokens(text: str) -> list[int]:
        return [numbers.setdefault(token, len(numbers)) for token in tokenize(text, None)]

    lists = [(tokens(mine), tokens(theirs)) for mine, theirs in zip(made, wanted, strict=True)]

    def theirs() -> list[float]:
        found = []
        for mine, target in lists:
            shared = LCSseq.similarity(mine, target)
            found.append(2 * shared / (len(mine) + len(target)))
        return found

    reward = rewardlang.compile("reward score(made: text, wanted: text) -> float? { rouge_l(made, wanted) }")
    columns: dict[str, Any] = {"made": made, "wanted": wanted}
    worst = float(np.max(np.abs(np.ma.filled(reward(columns).total, np.nan) - theirs())))
    mine, other = paired(lambda: reward(columns).total, theirs, 15)
    line("rouge_l of texts, rapidfuzz of integers", mine, other, worst, "(the peer's tokens are made before)")
