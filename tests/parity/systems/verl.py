"""verl's default rewards."""

from __future__ import annotations

from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, Rule, item, renamed
from tests.parity.originals import mathematics, mathruler, prime
from tests.parity.originals import verl as original
from tests.parity.systems.toolrl import SHARES


def _tool_score(inputs: Inputs) -> Inputs:
    extra = inputs["extra_info"] or {}
    named = renamed(reply="solution_str", truth="ground_truth")(inputs)
    return {**named, "template": extra.get("experiment_name", "")}


def _numbered(inputs: Inputs) -> Inputs:
    return renamed(completion="solution_str", truth="ground_truth", method="method")(inputs)


def _searched(inputs: Inputs) -> Inputs:
    target = inputs["ground_truth"]["target"]
    return {"completion": inputs["solution_str"], "targets": [target] if isinstance(target, str) else target}


def _strictly(inputs: Inputs) -> Inputs:
    return renamed(completion="solution_str", truth="ground_truth", strict="strict_box_verify")(inputs)


def _answered(inputs: Inputs) -> Inputs:
    return renamed(reply="solution_str", strict="strict_box_verify")(inputs)


def _replies(inputs: Inputs) -> list[Inputs]:
    buffer = inputs["overlong_buffer"]
    shared = {
        "limit": inputs["max_resp_len"],
        "buffer": buffer["len"],
        "factor": buffer["penalty_factor"],
        "enabled": buffer["enable"],
    }
    pairs = zip(inputs["base_scores"], inputs["valid_response_lengths"], strict=True)
    return [{"earned": earned, "length": length, **shared} for earned, length in pairs]


def _value(inputs: Inputs) -> dict[str, Any]:
    return {"score": inputs.get("score", 1.0), "format_score": inputs.get("format_score", 0.0)}


TURKISH = Rule(
    lambda inputs, _: "İ" in inputs["response"],
    "the lower case of `İ` is two characters: the original cuts at places of the text in lower case",
)


def _is_left_to_algebra(inputs: Inputs, _: Any) -> bool:
    reply = inputs["predict_str"]
    given = mathruler.answer(reply) if inputs["use_boxed"] else reply
    return mathruler.verdict(given, inputs["ground_truth"]) is None


ALGEBRA = Rule(
    _is_left_to_algebra,
    "two expressions that differ in form are for a computer algebra system; as text they are not equal",
)
MATHS = renamed(completion="solution_str", truth="ground_truth")
CLAIMS = (
    Claim(
        "rlla.compute_score",
        "systems.toolrl:total",
        _tool_score,
        expected=lambda value: float(value["score"]),
        tolerance=DEVICE,
        slack=SHARES,
    ),
    Claim("gsm8k.compute_score", "gsm8k", _numbered, params=_value, tolerance=DEVICE),
    Claim(
        "gsm8k.extract_solution",
        "extracted",
        renamed(reply="solution_str", method="method"),
        part=("reply: text, method: text", "text?"),
    ),
    Claim("math_reward.compute_score", "systems.verl_math:math", MATHS),
    Claim("math_reward.is_equiv", "systems.verl_math:equivalent", renamed(left="str1", right="str2")),
    Claim("math_reward.strip_string", "std.math_text:hendrycks_form", renamed(x="string"), part=("x: text", "text?")),
    Claim("math_dapo.compute_score", "systems.verl_math:math_dapo", _strictly, expected=item("score")),
    Claim(
        "math_dapo.compute_score",
        "systems.verl_math:answered",
        lambda inputs: {**_answered(inputs), "boxes": True},
        expected=item("pred"),
        part=("reply: text, strict: bool, boxes: bool", "text?"),
    ),
    Claim(
        "math_dapo_2026_01.compute_score",
        "systems.verl_math:answered",
        lambda inputs: {**_answered(inputs), "boxes": False},
        expected=item("pred"),
        part=("reply: text, strict: bool, boxes: bool", "text?"),
    ),
    Claim("math_dapo_2026_01.compute_score", "systems.verl_math:math_dapo_2026_01", _strictly, expected=item("score")),
    Claim(
        "math_dapo.normalize_final_answer",
        "std.math_text:minerva_form",
        renamed(x="final_answer"),
        part=("x: text", "text?"),
    ),
    Claim("search_r1.compute_score_em", "search_em", _searched, params=_value, tolerance=DEVICE),
    Claim("search_r1.compute_score_subem", "search_subem", _searched, params=_value, tolerance=DEVICE),
    Claim("search_r1.normalize_answer", "std.answers:squad_form", renamed(x="s"), part=("x: text", "text")),
    Claim(
        "prime_math.match_answer",
        "systems.verl_prime:answer_found",
        renamed(completion="response"),
        expected=item(0),
        rules=(TURKISH,),
    ),
    Claim(
        "prime_math.match_answer",
        "systems.verl_prime:answer",
        renamed(x="response"),
        expected=item(1),
        part=("x: text", "text"),
        rules=(TURKISH,),
    ),
    Claim(
        "math_verify.compute_score",
        "systems.math_verify:compute_score",
        renamed(completion="model_output", truth="ground_truth"),
    ),
    Claim(
        "geo3k.compute_score",
        "systems.verl_geometry:geo3k",
        renamed(completion="predict_str", truth="ground_truth", boxed="use_boxed"),
        params=lambda inputs: {"format_score": inputs["format_score"]},
        tolerance=DEVICE,
        rules=(ALGEBRA,),
    ),
    Claim("dapo_manager.reward", "overlong", _replies, tolerance=DEVICE),
)
ORIGINALS = {
    "math_verify.compute_score": mathematics.compute_score,
    "geo3k.compute_score": mathruler.geo3k,
    "prime_math.match_answer": prime.match_answer,
    "gsm8k.compute_score": original.gsm8k,
    "gsm8k.extract_solution": original.extract_solution,
    "math_reward.compute_score": original.math_reward,
    "math_reward.is_equiv": original.is_equiv,
    "math_reward.strip_string": original.strip_string,
    "math_dapo.compute_score": original.math_dapo,
    "math_dapo_2026_01.compute_score": original.math_dapo_2026_01,
    "math_dapo.normalize_final_answer": original.normalize_final_answer,
    "search_r1.compute_score_em": original.search_em,
    "search_r1.compute_score_subem": original.search_subem,
    "search_r1.normalize_answer": original.normalize_answer,
    "dapo_manager.reward": original.overlong,
}
SINGLE = ("dapo_manager.reward",)
LEFT_OUT = {
    "prime_math.compute_score": "grades by a computer algebra system; where it finds the answer is claimed",
}
