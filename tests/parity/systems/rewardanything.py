"""RewardAnything."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, Rule, item, renamed


def fix_json_format(json_str: str) -> str:
    text = re.sub(r"([{,])\s*([a-zA-Z0-9_-]+)\s*:", r'\1"\2":', json_str.replace("'", '"'))
    text = re.sub(r",\s*]", "]", re.sub(r",\s*}", "}", text))
    return text.replace("best-to-worse", "best-to-worst")


def extract_json_content(text: str) -> str:
    return re.sub(r"```(?:json)?", "", re.sub(r"<think>.*?</think>", "", text, flags=re.DOTALL)).strip()


def safe_parse_json(text: str) -> list[Any]:
    inside = text[text.find("{") : text.rfind("}") + 1] if "{" in text else ""
    for tried, bracket in ((text, False), (fix_json_format(text), False), (inside, True)):
        try:
            value = json.loads(tried)
        except ValueError:
            continue
        if isinstance(value, dict) or not bracket:
            return [value, bracket]
    return [{}, False]


def parse_rewardanything_output(output_text: str, masked2real: dict[str, str] | None) -> dict[str, Any]:
    opens, closes = output_text.find("<think>"), output_text.find("</think>")
    made = safe_parse_json(extract_json_content(output_text))[0]
    found: dict[str, Any] = {"reasoning": "", "scores": {}, "ranking": []}
    if min(opens, closes) >= 0:
        found["reasoning"] = output_text[opens + len("<think>") : closes].strip()
    if made:
        if "scores" not in made:
            made["scores"] = {}
        elif "best-to-worst" not in made and "best-to-worse" in made:
            made["best-to-worst"] = made["best-to-worse"]
        found["scores"], found["ranking"] = made["scores"], made.get("best-to-worst", [])
        if masked2real:
            found["scores"] = {masked2real.get(name, name): score for name, score in found["scores"].items()}
            found["ranking"] = [masked2real.get(name, name) for name in found["ranking"]]
    return found


def _float(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def calculate_weighted_pair_penalty(pred_scores: dict[str, Any], gt_scores: dict[str, Any]) -> float:
    names = [name for name in gt_scores if name in pred_scores]
    if len(names) < 2:
        return 1.0
    pairs = [(_float(pred_scores[name]), _float(gt_scores[name])) for name in names]
    known = [(made, gold) for made, gold in pairs if made is not None and gold is not None]
    lost = total = 0.0
    for place, (made, gold) in enumerate(known):
        for other_made, other_gold in known[place + 1 :]:
            found, gap = made - other_made, gold - other_gold
            total += 1 + abs(gap)
            lost += (1 + abs(gap)) * (1 if found * gap < 0 else 0.5 if found == 0 != gap else 0)
    return max(0.0, 1 - lost / total) if total else 0.0


def _thinking(predict: str) -> float:
    opens, closes = "<think>" in predict, "</think>" in predict
    if not (opens and closes):
        return 0.05 if opens or closes else 0.0
    thought = re.search(r"<think>(.*?)</think>", predict, re.DOTALL)
    return 0.2 if thought and len(thought[1].strip()) > 50 else 0.15


def format_reward(predict: str, ground_truth: str) -> float:
    made, bracket = safe_parse_json(extract_json_content(predict))
    gold = safe_parse_json(extract_json_content(ground_truth))[0]
    score = _thinking(predict)
    if made:
        score += 0.15 if bracket else 0.2
        ranked = "best-to-worst" in made or "best-to-worse" in made
        score += 0.1 * ("scores" in made) + 0.1 * ranked
        if "scores" in made and "scores" in gold:
            names, scored = set(gold["scores"].keys()), set(made["scores"].keys())
            score += 0.2 * len(names & scored) / len(names) if names and scored else 0.0
        if "scores" in made and ranked:
            raise NameError("check_ranking_consistency")
    return min(1.0, score)


def _said(inputs: Inputs) -> Inputs:
    return {"reply": inputs["output_text"], "real": inputs["masked2real"] or {}}


def _names(value: dict[str, Any]) -> str | None:
    scores = value["scores"]
    return "\n".join(scores) if isinstance(scores, dict) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 3.4e38


def _numbers(value: dict[str, Any]) -> list[float | None] | None:
    # A list without entries is missing like no list.
    scores = value["scores"].values() if isinstance(value["scores"], dict) else ()
    found = [score if _is_number(score) else None for score in scores]
    return found or None


def _ranking(value: dict[str, Any]) -> str | None:
    ranking = value["ranking"]
    told = isinstance(ranking, list) and all(isinstance(name, str) for name in ranking)
    return "\n".join(ranking) if told else None


def _raises(_: Inputs, expected: Any) -> bool:
    return isinstance(expected, dict) and "raises" in expected


OTHER = Rule(_raises, "what cannot be read of one part does not take the others away")
PARSED = ("reply: text, real: json", "text?")
CLAIMS = (
    Claim("extract_json_content", "content", renamed(reply="text"), part=("reply: text", "text")),
    Claim("fix_json_format", "repaired", renamed(x="json_str"), part=("x: text", "text")),
    Claim("safe_parse_json", "parsed", renamed(x="text"), expected=item(0), part=("x: text", "json?")),
    Claim("safe_parse_json", "used_brackets", renamed(x="text"), expected=lambda value: float(value[1])),
    Claim(
        "parse_rewardanything_output", "reasoning", renamed(reply="output_text"), expected=item("reasoning"),
        part=("reply: text", "text"), rules=(OTHER,),
    ),
    Claim("parse_rewardanything_output", "scored", _said, expected=_names, part=PARSED),
    Claim("parse_rewardanything_output", "scores", renamed(reply="output_text"), expected=_numbers, tolerance=DEVICE),
    Claim("parse_rewardanything_output", "ranking", _said, expected=_ranking, part=PARSED, rules=(OTHER,)),
    Claim(
        "calculate_weighted_pair_penalty", "pair_score", renamed(made="pred_scores", gold="gt_scores"),
        tolerance=DEVICE,
    ),
    Claim("format_reward", "format", renamed(reply="predict", gold="ground_truth"), tolerance=DEVICE),
)  # fmt: skip
LEFT_OUT = {
    "make_masked_responses": "names are shuffled for a prompt before anything is scored",
    "prepare_chat_messages": "the text of a prompt is no reward",
}
ORIGINALS = {
    f.__name__: f
    for f in (
        fix_json_format, extract_json_content, safe_parse_json, parse_rewardanything_output,
        calculate_weighted_pair_penalty, format_reward,
    )
}  # fmt: skip
