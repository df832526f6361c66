"""Tags and patterns: a think/answer format with four tag counts, and six questions of yes or no, against `re`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

import rewardlang
from tests.benchmarks.outputs import completions
from tests.benchmarks.pairs import line, paired

if TYPE_CHECKING:
    from collections.abc import Callable

FORMAT = r"<think>.*?</think>\s*<answer>.*?</answer>"
TAGS = ("<think>", "</think>", "<answer>", "</answer>")
SIX = {
    "format": (FORMAT, "s"),
    "opens": (r"^<think>", ""),
    "refuses": (r"\b(?:sorry|cannot|can't|unable|as an ai)\b", "i"),
    "boxed": (r"\\boxed\{[^{}]*\}", ""),
    "code": (r"```(?:python|json)\n.*?```", "s"),
    "amount": (r"\d+(?:\.\d+)?\s*(?:km|kg|m|s)\b", ""),
}


def _escaped(pattern: str) -> str:
    return pattern.replace("/", r"\/")


FORMAT_SPEC = (
    "reward tags(completion: text) -> float {\n    sum {\n"
    f"        format: full_match(completion, /{_escaped(FORMAT)}/s)\n"
    + "".join(
        f"        tag{place}: count_matches(completion, /{_escaped(tag)}/) == 1\n" for place, tag in enumerate(TAGS)
    )
    + "    }\n}\n"
)
SIX_SPEC = (
    "reward six(completion: text) -> float {\n    sum {\n"
    + "".join(
        f"        {name}: matches(completion, /{_escaped(pattern)}/{flags})\n" for name, (pattern, flags) in SIX.items()
    )
    + "    }\n}\n"
)
_FORMAT = re.compile(FORMAT, re.DOTALL)
_TAGS = [re.compile(tag) for tag in TAGS]
_SIX = [re.compile(pattern, sum(re.RegexFlag[flag.upper()] for flag in flags)) for pattern, flags in SIX.values()]


def by_re(completion: str) -> float:
    """The format and the tags with `re` alone."""
    return bool(_FORMAT.fullmatch(completion)) + sum(len(tag.findall(completion)) == 1 for tag in _TAGS)


def by_count(completion: str) -> float:
    """The same, the tags by `str.count`."""
    return bool(_FORMAT.fullmatch(completion)) + sum(completion.count(tag) == 1 for tag in TAGS)


def six(completion: str) -> float:
    """How many of the six patterns match."""
    return sum(pattern.search(completion) is not None for pattern in _SIX)


def run() -> None:
    """The pairs, from a list of strings to scores: the fastest of 31 runs, since they take so little."""
    texts = completions(1024)
    _pair("format and four tag counts, re", FORMAT_SPEC, texts, by_re, "goal 6x")
    _pair("the same, re and str.count", FORMAT_SPEC, texts, by_count, "goal 6x")
    _pair("six patterns", SIX_SPEC, texts, six, "goal 3x a pattern")
    for name, (pattern, flags) in SIX.items():
        spec = f"reward one(completion: text) -> float {{ matches(completion, /{_escaped(pattern)}/{flags}) * 1 }}\n"
        found = _SIX[list(SIX).index(name)]
        _pair(f"  {name} alone", spec, texts, lambda text, found=found: found.search(text) is not None, "")


def _pair(name: str, spec: str, texts: list[str], peer: Callable[[str], float], goal: str) -> None:
    reward = rewardlang.compile(spec)
    for _ in range(6):
        # Whether threads pay is measured in the first calls.
        reward(completion=texts)
    worst = float(np.max(np.abs(reward(completion=texts).total - [peer(text) for text in texts])))
    mine, other = paired(lambda: reward(completion=texts).total, lambda: [peer(text) for text in texts], 31, min)
    line(name, mine, other, worst, goal)
