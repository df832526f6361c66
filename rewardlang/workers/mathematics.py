"""The program of a worker that asks math-verify: `python -m rewardlang.workers.mathematics SECONDS`.

math-verify's own limits are off: they are signals, which wait for code in C to return. The caller kills instead.
"""

from __future__ import annotations

import logging
import sys
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rewardlang.workers.quick_parsing import parse_in_stages
from rewardlang.workers.readings import READINGS
from rewardlang.workers.serving import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEPT = 1024
"""How many parsed texts a worker keeps: golds come again."""

SHORT = 2000
"""Code points of a text that is kept: golds are short."""


def load() -> Callable[[Any], Any]:
    """Import math-verify, and give the function that answers requests."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    from math_verify import parse, verify

    parse_in_stages()
    targets = {word: _targets(word) for word in READINGS}

    def parsed(text: str, word: str) -> list[Any]:
        mode = "first_match" if READINGS[word].first_only else "any_match"
        found: list[Any] = parse(text, targets[word], extraction_mode=mode, parsing_timeout=0)
        return found

    kept = lru_cache(KEPT)(parsed)

    def read(text: str, word: str) -> list[Any]:
        return (kept if len(text) < SHORT else parsed)(text, word)

    def equal(gold: str, gold_as: str, answer: str, answer_as: str) -> bool | None:
        golds = read(gold, gold_as)
        if not golds:
            return None
        answers = read(answer, answer_as)
        return _same_text(golds, answers) or bool(verify(golds, answers, timeout_seconds=0))

    def found(text: str, word: str) -> str | None:
        parts = read(text, word)
        return str(parts[-1]) if parts else None

    # Much of sympy is imported at its first use: not in the time of a request.
    equal("$\\frac{x+1}{2}$", "any", "$\\sqrt{2x}$", "any")
    functions: dict[str, Callable[..., Any]] = {"equal": equal, "found": found}
    return lambda request: functions[request[0]](*request[1:])


def _targets(word: str) -> Sequence[Any]:
    """A reading in math-verify's own terms."""
    from latex2sympy2_extended import NormalizationConfig
    from math_verify import ExprExtractionConfig, LatexExtractionConfig

    reading = READINGS[word]
    latex = LatexExtractionConfig(
        try_extract_without_anchor=not reading.boxes_first,
        boxed_match_priority=0 if reading.boxes_first else 50,
        normalization_config=NormalizationConfig(
            basic_latex=True,
            units=True,
            malformed_operators=reading.repairs,
            nits=reading.repairs,
            boxed="all" if reading.unboxes else "none",
            equations=reading.last_of_chain,
        ),
    )
    return [{"latex": latex, "expressions": ExprExtractionConfig()}[target] for target in reading.targets]


def _same_text(golds: Sequence[Any], answers: Sequence[Any]) -> bool:
    """What `verify` would find last: one text on both sides, whatever it means."""
    texts = {part.strip() for part in golds if isinstance(part, str)} - {""}
    return any(isinstance(part, str) and part.strip() in texts for part in answers)


if __name__ == "__main__":
    serve(load, float(sys.argv[1]))
