"""`math_equal` against math-verify, called as users do: parse and verify, a pair at a time, in one process.

The pairs are TRL's: a gold, and a completion of about 400 words with a box at its end; no pair comes twice, in no
round. What is not decided by the exact stages goes to two workers. Their start is not measured.
"""

from __future__ import annotations

import logging
import re
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from latex2sympy2_extended import NormalizationConfig
from math_verify import LatexExtractionConfig, parse, verify

import rewardlang
from rewardlang.columns.texts import Texts
from rewardlang.kernels.math_verdicts import OPEN, decide
from rewardlang.workers.readings import READINGS
from tests.benchmarks.pairs import line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAIRS = 1024
ROUNDS = 3
SPEC = """
reward right(completion: text, solution: text) -> score? { math_equal(solution, completion, answer_as: boxed) }
"""
BOXES = LatexExtractionConfig(
    normalization_config=NormalizationConfig(units=True), boxed_match_priority=0, try_extract_without_anchor=False
)
WORDS = re.findall(
    r"\w+",
    "so we need to solve this for x and add the two sides which gives a sum that is easy to check by hand because "
    "the first term is even while the second one is odd hence their product must be even as well",
)
Pair = tuple[str, str]


def easy(random: Random) -> Iterator[Pair]:
    """Pairs that the exact stages decide: gold, and what is in the box; of each kind as often as it is named."""
    while True:
        number, other, small = random.randint(10, 10**6), random.randint(10, 10**6), random.randint(2, 99)
        yield from (
            (f"${number}$", f"{number}"),
            (f"{number}", f"{number}"),
            (f"${number}$", f"{other}"),
            (f"${number}$", f"{number:,}"),
            (f"{number / 100}", f"{number / 100:.4f}"),
            (f"$\\frac{{{number}}}{{{small}}}$", f"\\frac{{{2 * number % 10**6}}}{{{small}}}"),
            (f"$\\frac{{{number}}}{{{small}}}$", f"{number}/{small}"),
            (f"${small}\\%$", f"{small}\\%"),
            (f"$\\frac{{\\sqrt{{{small}}}}}{{{number}}}$", f"\\frac{{\\sqrt{{{small}}}}}{{{number}}}"),
            (f"$({small},{number})$", f"({small},{number})"),
            (f"$x^2-{number}x+{small}$", f"x^2-{number}x+{small}"),
        )


def hard(random: Random) -> Iterator[Pair]:
    """Pairs that need computer algebra, or math-verify's way with words."""
    while True:
        number, small, letter = random.randint(10, 10**6), random.randint(2, 99), random.choice("ABCD")
        yield from (
            (f"${number}\\sqrt{{{small}}}$", f"{number}\\sqrt{{{small + 1}}}"),
            (f"$\\frac{{{small}\\pi}}{{{number}}}$", f"\\frac{{{2 * small}\\pi}}{{{number}}}"),
            (f"${number}$", f"x = {number}"),
            (f"${number}\\text{{ cm}}$", f"{number} \\text{{ cm}}"),
            (f"$\\text{{{letter}}}$", f"\\text{{({letter})}} {number}"),
            (f"${number}x+{small}$", f"{small} + {number}x"),
            (f"$[{small},{number})$", f"[{small}, {number})"),
            (f"${small}\\cdot 10^{{3}}$", f"{small * 1000}.0"),
            (f"$\\frac{{{number}}}{{7}}$", f"{number / 7:.7f}"),
        )


def pairs_of(random: Random, share: float) -> list[Pair]:
    """Distinct pairs of gold and completion, of which about a share is easy."""
    kinds = (easy(random), hard(random))
    found: dict[Pair, None] = {}
    while len(found) < PAIRS:
        gold, box = next(kinds[random.random() >= share])
        words = " ".join(random.choices(WORDS, k=400))
        found[gold, f"{words}. The answer is $\\boxed{{{box}}}$."] = None
    return list(found)


def peer(gold: str, completion: str) -> bool | None:
    """As TRL asks math-verify."""
    parsed = parse(gold)
    return verify(parsed, parse(completion, [BOXES], extraction_mode="first_match")) if parsed else None


def measured(function: Callable[[], object]) -> tuple[float, object]:
    """How long it takes, and what it gives."""
    start = perf_counter()
    found = function()
    return perf_counter() - start, found


def run() -> None:
    """A mix in which the exact stages decide most, and one in which they decide nearly all."""
    logging.disable(logging.WARNING)
    rewardlang.configure_workers(processes=2)
    reward = rewardlang.compile(SPEC)
    random = Random(0)
    for share, goal in ((0.8, 4), (0.97, 20)):
        warm = pairs_of(random, 0.5)
        reward({"completion": [pair[1] for pair in warm], "solution": [pair[0] for pair in warm]})
        times, decided, late, wrong = [], [], 0, 0
        for _ in range(ROUNDS):
            batch = pairs_of(random, share)
            golds, completions = [pair[0] for pair in batch], [pair[1] for pair in batch]
            columns = {"completion": completions, "solution": golds}
            mine, ours = measured(lambda columns=columns: reward(columns).tolist())
            other, theirs = measured(lambda batch=batch: [peer(*pair) for pair in batch])
            times.append((mine, other))
            late += sum(verdict is None for verdict in ours)
            wrong += sum(one is not None and one != two for one, two in zip(ours, theirs, strict=True))
            verdicts = decide(Texts.of(golds), READINGS["any"], Texts.of(completions), READINGS["boxed"])
            decided.append(float(np.mean(verdicts != OPEN)))
        mine, other = (float(np.median(side)) for side in zip(*times, strict=True))
        name = f"math_equal, {np.mean(decided):.1%} exact, {PAIRS} pairs"
        line(name, mine, other, wrong, f"goal {goal}x; missing {late / PAIRS / ROUNDS:.2%}")
