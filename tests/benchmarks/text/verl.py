"""verl's rewards on text against per-sample Python that follows the same rules."""

from __future__ import annotations

import random

from tests.benchmarks import pairs
from tests.benchmarks.outputs import thoughts
from tests.parity.originals import verl as original

COUNT = 4_096
ANSWERS = (
    "72", "1,250", "-3", "\\frac{1}{2}", "\\dfrac12", "0.5", "x^2-4x+3", "\\sqrt3", "3\\sqrt{2}", "90^\\circ", "75\\%",
    "k = 5", "\\left(1, 2\\right)", "12\\text{ cm}", "3/10",
)  # fmt: skip
NAMES = ("The Beatles", "Queen Isolde III.", "São Paulo", "the river Thames", "42", "a U.S. ally")


def _completion(random_: random.Random, ending: str) -> str:
    return f"{thoughts(random_, 8, 30)} {ending}"


def numbers(count: int, seed: int = 0) -> dict[str, list[str]]:
    """Completions of grade-school problems, and their answers."""
    random_ = random.Random(seed)
    rows = []
    for _ in range(count):
        truth = str(random_.randint(0, 2000))
        said = truth if random_.random() < 0.5 else str(random_.randint(0, 2000))
        ending = random_.choice((f"#### {said}", f"#### {said}", f"So it is {said}.", f"The answer is {said}", ""))
        rows.append((_completion(random_, ending), truth))
    return dict(zip(("completion", "truth"), map(list, zip(*rows, strict=True)), strict=True))


def boxes(count: int, seed: int = 0) -> dict[str, list[str]]:
    """Completions with boxed answers in LaTeX, and answers."""
    random_ = random.Random(seed)
    rows = []
    for _ in range(count):
        truth = random_.choice(ANSWERS)
        said = truth if random_.random() < 0.5 else random_.choice(ANSWERS)
        ending = f"$\\boxed{{{said}}}$" if random_.random() < 0.9 else said
        rows.append((_completion(random_, f"Thus {ending}."), truth))
    return dict(zip(("completion", "truth"), map(list, zip(*rows, strict=True)), strict=True))


def searches(count: int, seed: int = 0) -> dict[str, list[object]]:
    """Completions of questions with a search tool, and targets."""
    random_ = random.Random(seed)
    completions: list[object] = []
    targets: list[object] = []
    for _ in range(count):
        truth = random_.sample(NAMES, random_.randint(1, 3))
        said = random_.choice((truth[0].upper(), random_.choice(NAMES), f"It is {truth[0]}"))
        completions.append(_completion(random_, f"<answer> {said} </answer>"))
        targets.append(truth)
    return {"completion": completions, "targets": targets}


def _flexible(completion: str, truth: str) -> float:
    return original.gsm8k(completion, truth, "flexible")


def _em(completion: str, targets: list[str]) -> float:
    return original.search_em(completion, {"target": targets})


def run() -> None:
    """One line a reward."""
    pairs.reward("verl GSM8K, strict", "systems.verl:gsm8k_strict", numbers(COUNT), original.gsm8k, "5x")
    pairs.reward("verl GSM8K, flexible", "systems.verl:gsm8k_flexible", numbers(COUNT), _flexible, "5x")
    pairs.reward("verl MATH", "systems.verl_math:math", boxes(COUNT), original.math_reward, "5x")
    pairs.reward("verl DAPO", "systems.verl_math:math_dapo", boxes(COUNT), _dapo, "5x")
    pairs.reward("verl Search-R1, exact match", "systems.verl:search_em", searches(COUNT), _em, "5x")


def _dapo(completion: str, truth: str) -> float:
    return float(original.math_dapo(completion, truth, strict_box_verify=False)["score"])
