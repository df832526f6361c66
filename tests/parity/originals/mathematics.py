"""Rewards that ask math-verify, in plain Python, with the version that is installed."""

from __future__ import annotations

import logging
import math
import re
from typing import TYPE_CHECKING, Any

from latex2sympy2_extended import NormalizationConfig
from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify

from tests.parity.claim import Inputs, Rule

if TYPE_CHECKING:
    from collections.abc import Callable

Parsed = list[Any]
for name in ("math_verify", "latex2sympy2_extended"):
    logging.getLogger(name).setLevel(logging.ERROR)  # A warning a call, of options that open-r1 sets.
LATEX, EXPRESSION = LatexExtractionConfig(), ExprExtractionConfig()


def strict(**normalization: Any) -> LatexExtractionConfig:
    """Boxes, or LaTeX behind an anchor."""
    return LatexExtractionConfig(
        normalization_config=NormalizationConfig(units=True, **normalization),
        boxed_match_priority=0,
        try_extract_without_anchor=False,
    )


def first(text: str, *targets: Any) -> Parsed:
    return parse(text, targets or (LATEX, EXPRESSION), extraction_mode="first_match")


def differs(function: Callable[..., Any]) -> Rule:
    """Where the installed math-verify, by the original's own rules, gives something else than what was recorded."""

    def applies(inputs: Inputs, expected: Any) -> bool:
        try:
            found = function(**inputs)
        except Exception:  # noqa: BLE001 - originals throw whatever they throw
            return False
        pairs = zip(found, expected, strict=True) if isinstance(found, list) else [(found, expected)]
        return any((one is None) != (other is None) or (one is not None and abs(one - other) > 1e-9)
                   for one, other in pairs)  # fmt: skip

    return Rule(
        applies,
        "the recorded math-verify 0.5.2 reads it otherwise than 0.9.0: several boxes, percentages, words, degrees",
    )


# --- TRL ---


def accuracy(completion: str, solution: str) -> float | None:
    gold = parse(solution)
    return float(verify(gold, first(completion, strict()))) if gold else None


def reasoning_accuracy(completion: str, solution: str, reasoning_delimiters: list[str] | None) -> float | None:
    for delimiter in reasoning_delimiters or ["</think>"]:
        if delimiter in completion:
            return accuracy(completion.rpartition(delimiter)[2], solution)
    return 0.0


def along_cosine(progress: float, correct: bool, bounds: tuple[float, float, float, float]) -> float:  # noqa: FBT001
    short, long = (bounds[3], bounds[2]) if correct else (bounds[0], bounds[1])
    return long + 0.5 * (short - long) * (1 + math.cos(math.pi * progress))


def cosine_scaled(
    completion: str,
    solution: str,
    completion_len_tokens: int,
    max_len: int,
    min_value_wrong: float = -1.0,
    max_value_wrong: float = -0.5,
    min_value_correct: float = 0.5,
    max_value_correct: float = 1.0,
) -> float | None:
    right = accuracy(completion, solution)
    bounds = (min_value_wrong, max_value_wrong, min_value_correct, max_value_correct)
    return None if right is None else along_cosine(min(completion_len_tokens / max_len, 1), right > 0, bounds)


def copies(items: list[Any], n: int) -> float:
    grams = [tuple(items[place : place + n]) for place in range(len(items) - n + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def repetition_penalty_of_tokens(completion_ids: list[int], ngram_size: int, max_penalty: float) -> float:
    return copies(completion_ids, ngram_size) * max_penalty


# --- open-r1 ---


def accuracy_of_chain(completion: str, solution: str) -> float | None:
    gold = first(solution)
    return float(verify(gold, first(completion, strict(equations=True)))) if gold else None


def met(completion: str, solution: str) -> bool | None:
    """Whether it is right where lengths are scored; None for a gold without LaTeX."""
    gold = first(solution, LATEX)
    return verify(first(completion, strict(equations=True, boxed="none")), gold) if gold else None


def len_reward(completions: list[str], solutions: list[str]) -> list[float]:
    right = [met(*pair) is not False for pair in zip(completions, solutions, strict=True)]
    sizes = [len(completion) for completion in completions]
    if len(set(sizes)) < 2:
        return [0.0] * len(sizes)
    places = [(size - min(sizes)) / (max(sizes) - min(sizes)) for size in sizes]
    return [0.5 - place if good else min(0.0, 0.5 - place) for place, good in zip(places, right, strict=True)]


def cosine_of_characters(
    completion: str,
    solution: str,
    max_len: int,
    min_value_wrong: float = -1.0,
    max_value_wrong: float = -0.5,
    min_value_correct: float = 0.5,
    max_value_correct: float = 1.0,
) -> float:
    right = met(completion, solution)
    bounds = (min_value_wrong, max_value_wrong, min_value_correct, max_value_correct)
    return 1.0 if right is None else along_cosine(len(completion) / max_len, right, bounds)


def repetition_penalty(completion: str, ngram_size: int, max_penalty: float, language: str) -> float:  # noqa: ARG001 - English
    return copies(completion.lower().split(), ngram_size) * max_penalty


def reasoning_steps(completion: str) -> float:
    pattern = r"Step \d+:|^\d+\.|\n-|\n\*|First,|Second,|Next,|Finally,"
    return min(1.0, len(re.findall(pattern, completion)) / 3)


def code_format(completion: str, language: str) -> float:
    pattern = rf"^<think>\n.*?\n</think>\n<answer>\n.*?```{language}.*?```.*?\n</answer>$"
    return float(re.match(pattern, completion, re.DOTALL | re.MULTILINE) is not None)


def extract_code(completion: str, language: str | None) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", completion, re.DOTALL) if language is not None else []
    return found[-1] if found else ""


# --- verl ---


def compute_score(model_output: str, ground_truth: str) -> float:
    gold = parse(f"\\boxed{{{ground_truth}}}", [LATEX])
    return float(bool(gold) and verify(gold, parse(model_output, [EXPRESSION, LATEX])))
