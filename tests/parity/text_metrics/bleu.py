"""BLEU, GLEU and tokenizers; the originals are the libraries themselves, where they still say the same."""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, item, renamed

METHODS = {
    "method0": "none", "method1": "floor", "method2": "add-k", "method3": "exp", "method4": "method4",
    "method5": "method5", "method7": "method7",
}  # fmt: skip
"""NLTK's smoothing methods as ours."""
DEFAULTS = {"floor": 0.1, "add-k": 1.0}


@cache
def _tokenizer(name: str) -> Any:
    from sacrebleu.metrics.bleu import _get_tokenizer

    return _get_tokenizer(name)()


def sacrebleu_tokenize(text: str, tokenize: str) -> str:
    return _tokenizer(tokenize)(text)


def sacrebleu_sentence(
    hypothesis: str, references: list[str], *, tokenize: str, smooth_method: str, smooth_value: float | None,
    effective_order: bool, lowercase: bool, max_ngram_order: int,
) -> dict[str, float]:  # fmt: skip
    from sacrebleu.metrics.base import Metric
    from sacrebleu.metrics.bleu import BLEU

    metric = BLEU(lowercase, force=True, tokenize=tokenize, smooth_method=smooth_method, smooth_value=smooth_value,
                  max_ngram_order=max_ngram_order, effective_order=effective_order)  # fmt: skip
    # Its own `sentence_score` warns where orders are not effective.
    return {"score": Metric.sentence_score(metric, hypothesis, references).score}


def nltk_gleu(hypothesis_tokens: list[str], references_tokens: list[list[str]], min_len: int, max_len: int) -> float:
    from nltk.translate.gleu_score import sentence_gleu

    return sentence_gleu(references_tokens, hypothesis_tokens, min_len, max_len)


def nltk_bleu(hypothesis_tokens: list[str], references_tokens: list[list[str]], smoothing: str) -> float:
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        smooth = getattr(SmoothingFunction(), smoothing)
        return sentence_bleu(references_tokens, hypothesis_tokens, smoothing_function=smooth)


def nltk_wordpunct_tokenize(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]+", text)


def _sacrebleu(inputs: Inputs) -> Inputs:
    smooth, value = inputs["smooth_method"], inputs["smooth_value"]
    return {
        "by": inputs["tokenize"],
        "smooth": smooth,
        "value": float(DEFAULTS.get(smooth, 0.0) if value is None else value),
        "short": "skip" if inputs["effective_order"] else "zero",
        "order": inputs["max_ngram_order"],
    }


def _nltk(inputs: Inputs) -> Inputs:
    smooth = METHODS[inputs["smoothing"]]
    return {"method": smooth, "value": DEFAULTS.get(smooth, 0.0)}


def _orders(inputs: Inputs) -> Inputs:
    return {"least": inputs["min_len"], "order": inputs["max_len"]}


TOKENS = renamed(hypothesis="hypothesis_tokens", references="references_tokens")
SPEC = "systems.sentence_bleu"
CLAIMS = (
    Claim(
        "sacrebleu_sentence",
        f"{SPEC}:sacrebleu",
        renamed(hypothesis="hypothesis", references="references", lowercase="lowercase"),
        expected=item("score"),
        consts=_sacrebleu,
        tolerance=DEVICE,
    ),
    Claim(
        "sacrebleu_tokenize",
        f"{SPEC}:tokenized",
        renamed(line="text", tokenizer="tokenize"),
        part=("line: text, tokenizer: text", "text"),
    ),
    Claim("nltk_gleu", f"{SPEC}:nltk_gleu", TOKENS, consts=_orders, tolerance=DEVICE),
    Claim("nltk_bleu", f"{SPEC}:nltk_bleu", TOKENS, consts=_nltk, tolerance=DEVICE),
    Claim(
        "nltk_wordpunct_tokenize",
        f"{SPEC}:wordpunct",
        renamed(line="text"),
        expected=" ".join,
        part=("line: text", "text"),
    ),
)
ORIGINALS = {f.__name__: f for f in (
    sacrebleu_sentence, sacrebleu_tokenize, nltk_gleu, nltk_bleu, nltk_wordpunct_tokenize,
)}  # fmt: skip
LEFT_OUT = {
    "sacrebleu_corpus": "the BLEU of a corpus is a number for all samples together, and rewards none of them",
}
