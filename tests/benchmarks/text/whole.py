"""One full text reward, normalised over groups, against per-sample Python with the libraries that people use."""

from __future__ import annotations

import random
import re
from typing import Any

import numpy as np

import rewardlang
from tests.benchmarks import outputs
from tests.benchmarks.pairs import line, paired

SPEC = r"""
reward whole(completion: text, gold: float, reference: text) -> float {
    let answer = between(completion, "<answer>", "</answer>") ?? ""
    let said = first(numbers(answer)) ?? -1
    let score = sum {
        format: full_match(completion, /<think>.*?<\/think>\s*<answer>.*?<\/answer>/s)
        tags: mean {
            think: count_matches(completion, /<think>/) == 1
            thought: count_matches(completion, /<\/think>/) == 1
            answer: count_matches(completion, /<answer>/) == 1
            answered: count_matches(completion, /<\/answer>/) == 1
        }
        number: said == gold weight 2
        bleu: bleu(completion, reference)
        rouge: rouge_l(completion, reference) ?? 0
        varied: distinct_n(words(completion), 3) ?? 0
        length: clip(1 - abs(length(completion) - 2500) / 2500, 0..1)
    }
    return (score - mean(score over group)) / (std(score over group) + 0.0001)
}
"""
GROUP = 8
_FORMAT = re.compile(r"<think>.*?</think>\s*<answer>.*?</answer>", re.DOTALL)
_ANSWER = re.compile(r"<answer>(.*?)</answer>", re.DOTALL)
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_TOKEN = re.compile(r"[a-z0-9]+")


def samples(count: int, seed: int = 0) -> dict[str, list[Any]]:
    """Completions in groups that share a gold and a reference of about their length."""
    random_ = random.Random(seed)
    golds, references = [], []
    for _ in range(0, count, GROUP):
        golds += [float(random_.randint(0, 99))] * GROUP
        references += [" ".join(outputs.thoughts(random_, 8, 12) for _ in range(3))] * GROUP
    return {"completion": outputs.completions(count, seed), "gold": golds, "reference": references}


def score(completion: str, gold: float, reference: str) -> float:
    """The score of one sample as users write it: `re`, sacrebleu, rapidfuzz."""
    import sacrebleu
    from rapidfuzz.distance import LCSseq

    found = _ANSWER.search(completion)
    number = _NUMBER.search(found[1]) if found else None
    words = completion.split()
    trigrams = list(zip(words, words[1:], words[2:], strict=False))
    mine, theirs = _TOKEN.findall(completion.lower()), _TOKEN.findall(reference.lower())
    common = LCSseq.similarity(mine, theirs)
    return (
        bool(_FORMAT.fullmatch(completion))
        + sum(completion.count(tag) == 1 for tag in ("<think>", "</think>", "<answer>", "</answer>")) / 4
        + 2 * (number is not None and float(number[0]) == gold)
        + sacrebleu.sentence_bleu(completion, [reference]).score / 100
        + (2 * common / (len(mine) + len(theirs)) if common else 0)
        + (len(set(trigrams)) / len(trigrams) if trigrams else 0)
        + min(max(1 - abs(len(completion) - 2500) / 2500, 0), 1)
    )


def normalised(columns: dict[str, list[Any]]) -> list[float]:
    """The scores of all samples, less the mean of their group, by its deviation."""
    scores = [score(*row) for row in zip(*columns.values(), strict=True)]
    groups = [scores[start : start + GROUP] for start in range(0, len(scores), GROUP)]
    return [float((one - np.mean(group)) / (np.std(group) + 0.0001)) for group in groups for one in group]


def run() -> None:
    """The one pair."""
    columns = samples(1024)
    reward = rewardlang.compile(SPEC)
    for _ in range(6):
        # Whether threads pay is measured in the first calls.
        reward(columns, group=GROUP)
    worst = float(np.max(np.abs(reward(columns, group=GROUP).total - normalised(columns))))
    mine, other = paired(lambda: reward(columns, group=GROUP).total, lambda: normalised(columns), 5, min)
    line("full text reward, groups of 8", mine, other, worst, "goal 60x, stretch 100x")
