"""RRR, the regularized relevance reward."""

from __future__ import annotations

import re
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, renamed, rows, same

SYSTEM = "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
ROLES = ("### Instruction:", "### Response:")
STOP = "[STOP_SEQUENCE]"


def _cleaned(text: str, strings: list[str]) -> str:
    text = re.sub("(" + "|".join(strings) + ")", STOP, text.strip("\n "))
    return text.split(STOP)[0].strip("\n ")


def get_length_incentive(text: str, *, do_strip: bool, strip_strings: list[str]) -> list[float]:
    tokens = re.findall(r"\w+|[^\w\s]+", _cleaned(text, strip_strings) if do_strip else text)
    trigrams = [" ".join(tokens[start : start + 3]) for start in range(len(tokens) - 2)]
    return [len(tokens) / 100, len(set(trigrams)) / len(trigrams) if trigrams else 1.0]


def linear_interpolation(
    value: float, output_end: float, input_start: float = 0, input_end: float = 3.5, output_start: float = 0
) -> float:
    share = (value - input_start) / (input_end - input_start)
    return output_start + share * (output_end - output_start)


def extract_raw_query(batch: Inputs, *, reward_branching: bool) -> list[str]:
    rows = zip(batch["query"], batch["qtype"], batch["reference"], strict=True)
    return [
        reference if reward_branching and kind == "CONSTRAINED" else _asked(query) for query, kind, reference in rows
    ]


def _asked(query: str) -> str:
    parts = []
    for turn in query.replace(SYSTEM, "").split(ROLES[0]):
        if turn.strip():
            part = turn.split(ROLES[1])[0].replace("### Input:\n", " ").replace("</s>", "")
            parts.append(part.replace("\n ", "\n").replace(" : ", " ").strip("\n: "))
    return re.sub(r"\s+", " ", " ".join(parts)).strip()


def get_reward(
    batch: Inputs, relevance_scores: list[float] | None, *, length_incentive: bool, repetition_penalty: bool,
    relevance_scaling: bool, reward_branching: bool, max_sequence_length: int, strip_strings: list[str],
) -> list[float]:  # fmt: skip
    found = []
    for place, (response, kind) in enumerate(zip(batch["response"], batch["qtype"], strict=True)):
        said, new = get_length_incentive(response, do_strip=True, strip_strings=strip_strings)
        relevance = relevance_scores[place] if relevance_scaling and relevance_scores else 1.0
        if relevance_scaling and reward_branching and kind == "CONSTRAINED":
            score = linear_interpolation(relevance, max_sequence_length / 100)
        else:
            score = (said if length_incentive else 1.0) * relevance
        found.append(score * (new if repetition_penalty else 1))
    return found


def _measured(inputs: Inputs) -> list[Inputs]:
    """One text twice: for the length, and for the repetition."""
    given = renamed(response="text", cleaning="do_strip")(inputs)
    return [{**given, "repetition": asked} for asked in (False, True)]


def _interpolated(inputs: Inputs) -> Inputs:
    given = {"low": "input_start", "high": "input_end", "bottom": "output_start", "top": "output_end"}
    usual = {"input_start": 0.0, "input_end": 3.5, "output_start": 0.0}
    return {"value": inputs["value"], **{ours: inputs.get(name, usual.get(name)) for ours, name in given.items()}}


def _queries(inputs: Inputs) -> list[Inputs]:
    asked = rows(same("query", "qtype", "reference")(inputs["batch"]))
    return [{**row, "branching": inputs["reward_branching"]} for row in asked]


def _rewarded(inputs: Inputs) -> list[Inputs]:
    batch = inputs["batch"]
    relevance = inputs["relevance_scores"] or [0.0] * len(batch["response"])
    return rows({**same("response", "qtype")(batch), "relevance": relevance})


def _switches(inputs: Inputs) -> dict[str, Any]:
    return same(
        "length_incentive", "repetition_penalty", "relevance_scaling", "reward_branching", "max_sequence_length"
    )(inputs)


CLAIMS = (
    Claim(
        "get_length_incentive",
        "measure",
        _measured,
        tolerance=DEVICE,
    ),
    Claim("linear_interpolation", "interpolation", _interpolated, tolerance=DEVICE),
    Claim(
        "extract_raw_query",
        "raw_query",
        _queries,
        part=("query: text, qtype: text, reference: text, branching: bool", "text"),
    ),
    Claim("get_reward", "total", _rewarded, _switches, tolerance=DEVICE),
)
ORIGINALS = {f.__name__: f for f in (get_length_incentive, linear_interpolation, extract_raw_query, get_reward)}
