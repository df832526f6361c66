"""BLEUBERI."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, Rule, item, rows, same

Texts = list[str]


def tokens(text: str) -> Texts:
    for old, new in (("<skipped>", ""), ("-\n", ""), ("\n", " "), ("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<")):
        text = text.replace(old, new)
    text = f" {text.replace('&gt;', '>')} "
    for pattern, spaced in (
        (r"([{-~\[-` -&(-+:-@/])", r" \1 "), (r"([^0-9])([.,])", r"\1 \2 "), (r"([.,])([^0-9])", r" \1 \2"),
        (r"([0-9])(-)", r"\1 \2 "),
    ):  # fmt: skip
        text = re.sub(pattern, spaced, text)
    return text.split()


def _ngrams(made: Texts, n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(made[start:] for start in range(n)), strict=False))


def evaluate_bleu_detail(prediction: str, references: Texts, *, smooth: bool, max_order: int) -> dict[str, float]:
    made, wanted = tokens(prediction), [tokens(text) for text in references]
    precisions = []
    for n in range(1, max_order + 1):
        most: Counter[tuple[str, ...]] = Counter()
        for reference in wanted:
            most |= _ngrams(reference, n)
        matched, possible = (_ngrams(made, n) & most).total(), max(0, len(made) - n + 1)
        precisions.append((matched + 1) / (possible + 1) if smooth else matched / possible if possible else 0.0)
    mean = math.exp(sum(math.log(p) for p in precisions) / max_order) if min(precisions) > 0 else 0.0
    ratio = len(made) / min(map(len, wanted))
    return {"bleu": mean * (1.0 if ratio > 1 else math.exp(1 - 1 / ratio))}


def extract_answer(completion: str) -> str:
    parts = completion.split("<answer>")
    return (parts[1].split("</answer>")[0] if len(parts) > 1 else completion).strip()


def bleu_reward_func(completion: str, references: Texts) -> float:
    answer = extract_answer(completion)
    return bleu_reward(answer, references) if completion.strip() and answer else 0


def bleu_reward(prediction: str, references: Texts) -> float:
    return evaluate_bleu_detail(prediction, references, smooth=True, max_order=4)["bleu"] if prediction.strip() else 0


def rouge_reward_func(completion: str, references: Texts) -> float:
    if not completion.strip():
        return 0
    return max(_rouge_l(_words(extract_answer(completion)), _words(reference)) for reference in references)


def _words(text: str) -> Texts:
    return re.findall(r"[a-z0-9]+", text.lower())


def _rouge_l(made: Texts, wanted: Texts) -> float:
    above = [0] * (len(wanted) + 1)
    for word in made:
        row = [0]
        for place, other in enumerate(wanted):
            row.append(above[place] + 1 if word == other else max(above[place + 1], row[-1]))
        above = row
    return 2 * above[-1] / (len(made) + len(wanted)) if above[-1] else 0.0


def bleu_rouge_f1_reward_func(completion: str, references: Texts) -> float:
    agreed, shared = bleu_reward_func(completion, references), rouge_reward_func(completion, references)
    return 2 * agreed * shared / (agreed + shared) if agreed + shared > 0 else 0.0


def format_reward_func(completion: str) -> float:
    return 1.0 if re.match(r"^<think>.*?</think><answer>.*?</answer>$", completion) else 0.0


def _said(completion: Any) -> str:
    return completion if isinstance(completion, str) else completion[0]["content"]


def bleu_reward_func_batch(completions: list[Any], references: list[Texts]) -> list[float]:
    return [bleu_reward_func(_said(made), wanted) for made, wanted in zip(completions, references, strict=True)]


def _standardised(values: list[float]) -> list[float]:
    mean = math.fsum(values) / len(values)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return [(value - mean) / (spread + 1e-6) for value in values]


def bleu_rm_reward_func(completions: list[Any], references: list[Texts], rm_scores: list[float]) -> list[float]:
    agreeing = bleu_reward_func_batch(completions, references)
    if len(agreeing) == 1:
        return [math.nan]
    pairs = zip(_standardised(agreeing), _standardised(rm_scores), strict=True)
    return [(agreed + liked) / 2 for agreed, liked in pairs]


def _batch(inputs: Inputs) -> list[Inputs]:
    said = [_said(completion) for completion in inputs["completions"]]
    found = {"completion": said, "references": inputs["references"]}
    return rows(found | ({"rm": inputs["rm_scores"]} if "rm_scores" in inputs else {}))


def _numbers(values: list[float]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values]


def _stops(inputs: Inputs, expected: Any) -> bool:
    return len(inputs["completions"]) > 1 and isinstance(expected, dict)


BOTH = same("completion", "references")
CHOSEN = same("prediction", "references")
CLAIMS = (
    Claim("bleu_reward_func", "bleu_reward", BOTH, tolerance=DEVICE),
    Claim(
        "bleu_reward_func_batch", "bleu_reward", _batch, tolerance=DEVICE,
        rules=(Rule(_stops, "one sample that divides by zero stops the batch there, and is the only missing one here"),),
    ),
    Claim("utils.bleu_reward", "selection_bleu", CHOSEN, tolerance=DEVICE),
    Claim(
        "evaluate_bleu_detail", "evaluate_bleu", CHOSEN, expected=item("bleu"), tolerance=DEVICE,
        consts=lambda inputs: {"order": inputs["max_order"], "smooth": "laplace" if inputs["smooth"] else "none"},
    ),
    Claim("extract_answer", "extract_answer", same("completion"), part=("completion: text", "text")),
    Claim("rouge_reward_func", "rouge_reward", BOTH, tolerance=DEVICE),
    Claim("bleu_rouge_f1_reward_func", "bleu_rouge_f1", BOTH, tolerance=DEVICE),
    Claim("format_reward_func", "format_reward", same("completion")),
    Claim("bleu_rm_reward_func", "bleu_rm", _batch, expected=_numbers, tolerance=DEVICE, slack=1e-5),
)  # fmt: skip
ORIGINALS = {
    **{f.__name__: f for f in (
        bleu_reward_func, bleu_reward_func_batch, rouge_reward_func, bleu_rouge_f1_reward_func, evaluate_bleu_detail, extract_answer, format_reward_func,
        bleu_rm_reward_func,
    )},
    "utils.bleu_reward": bleu_reward,
}  # fmt: skip
SINGLE = ("bleu_rm_reward_func",)
