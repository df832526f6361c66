"""Personalized RewardBench."""

from __future__ import annotations

import re
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, Rule, item, renamed


def generative_score_parse(output: str) -> float:
    try:
        grade = float(output.strip())
    except ValueError:
        found = re.search(r"[01](?:\.\d+)?", output)
        if found is None:
            return 0.5
        grade = float(found[0])
    return max(0.0, min(1.0, grade))


def judge_list_parse(output: str) -> dict[str, Any]:
    listed = re.search(r"\[(.*?)\]", output, re.DOTALL)
    grades = [float(number) for number in re.findall(r"-?\d+\.?\d*", listed[1] if listed else output)]
    return {"scores": grades, "average": sum(grades) / len(grades) if grades else 0.0}


def pairwise_verdict(output: str, correct_answer: str) -> dict[str, Any]:
    found = re.search(r"result:[\s*\"']*([ab])", output.rpartition("</think>")[2], re.IGNORECASE)
    prediction = found[1].upper() if found else "A"
    return {"prediction": prediction, "correct": prediction == correct_answer, "parse_failed": found is None}


def ppo_reward(server_score: float | None) -> float:
    return 0.5 if server_score is None else server_score / 10


def _huge(inputs: Inputs, _: Any) -> bool:
    return re.search(r"\d{36}", inputs["output"]) is not None


HUGE = Rule(_huge, "a mean beyond float32 is none")
LEFT_OUT = {
    "pairwise_accuracy": "accuracy over a data set is a metric, no reward",
    "pointwise_summary": "the comparison of two files of scores is a metric, no reward",
    "select_best_of_k": "the choice of the best response is a method, no reward",
}
CLAIMS = (
    Claim("generative_score_parse", "grade", renamed(reply="output"), tolerance=DEVICE),
    Claim(
        "judge_list_parse", "mean_grade", renamed(reply="output"),
        expected=item("average"), tolerance=DEVICE, rules=(HUGE,),
    ),
    Claim(
        "pairwise_verdict", "is_correct", renamed(reply="output", answer="correct_answer"),
        expected=lambda value: float(value["correct"]),
    ),
    Claim("ppo_reward", "scaled", renamed(grade="server_score"), tolerance=DEVICE),
)  # fmt: skip
ORIGINALS = {f.__name__: f for f in (generative_score_parse, judge_list_parse, pairwise_verdict, ppo_reward)}
