"""VLM-R1's rewards of short answers: choices, yes or no, numbers, texts, and of repetition."""

from __future__ import annotations

import json
import math
import re

from math_verify import parse, verify
from rapidfuzz.distance import Indel

ANSWER = re.compile(r"<answer>(.*?)</answer>", re.DOTALL)
ON_ONE_LINE = re.compile(r"<answer>(.*?)</answer>")
HINTS = (
    "答案", "选择", "正确", "是", "对", "answer", "correct", "choose", "select", "right", "认为", "应该", "觉得", "think",
    "believe", "should",
)  # fmt: skip


def clean_text(text: str) -> str:
    answers = ANSWER.findall(text)
    text = answers[-1] if answers else text
    for end in "\n\r":
        text = re.sub(rf"(?<=\s){end}", "", text)
        text = text.replace(end, " ")
    return text.strip().rstrip(".").lower()


def extract_choice(text: str) -> str | None:
    text = re.sub(r"\s+", " ", text.upper())
    found = re.findall(r"(?<![A-Z])([A-Z])(?=[.,?!:;]|$)", text)
    if len(found) < 2:
        return found[0] if found else None
    best, most = None, -1
    for letter in dict.fromkeys(found):
        place = text.find(letter)
        around = text[max(0, place - 20) : place + 20]
        points = sum(hint.upper() in around for hint in HINTS)
        points += 2 * (place > 0.7 * len(text)) + (text[place + 1 : place + 2] in tuple("。.!！,，"))
        if points > most:
            best, most = letter, points
    return best


def mcq_reward(content: str, sol: str) -> float:
    truth = ON_ONE_LINE.search(sol)
    wanted = extract_choice(truth[1].strip() if truth else sol.strip()) or sol.strip()
    answer = ANSWER.search(content)
    return float(extract_choice(answer[1].strip() if answer else content.strip()) == wanted)


def _yes_or_no(text: str) -> str:
    answer = ANSWER.search(text.lower())
    found = re.search(r"yes|no", answer[1] if answer else text.lower())
    return found[0] if found else ""


def yes_no_reward(content: str, sol: str) -> float:
    return float(_yes_or_no(content) == _yes_or_no(sol))


def all_match_reward(content: str, sol: str) -> float:
    return float(clean_text(content) == clean_text(sol))


def numeric_reward(content: str, sol: str) -> float | None:
    try:
        return float(float(clean_text(content)) == float(clean_text(sol)))
    except ValueError:
        return None


def llm_reward_api_down(content: str, sol: str) -> float:
    truth, answer = ON_ONE_LINE.search(sol), ANSWER.findall(content)
    return float((answer[-1] if answer else content).strip() == (truth[1] if truth else sol).strip())


def default_accuracy_reward(content: str, sol: str) -> float:
    found, known = ANSWER.findall(content), ON_ONE_LINE.search(sol)
    made, wanted = (found[-1] if found else content).strip(), (known[1] if known else sol).strip()
    if float(verify(parse(made), parse(wanted))) > 0:
        return 1.0
    alike = Indel.normalized_similarity(clean_text(made), clean_text(wanted))
    if re.search(r"\d", wanted):
        number = numeric_reward(made, wanted)
        return alike if number is None else number
    chosen = extract_choice(wanted)
    return float(chosen == extract_choice(made)) if chosen else alike


def cosine(tokens: int) -> float:
    return 1 - 0.5 * (1 - math.cos(math.pi * tokens / 1024)) / 2


def listed(content: str) -> str:
    """What counts as JSON: in a fence of JSON, in a fence, or what looks like a list of boxes."""
    fences = (r"```json(.*?)```", r"```(.*?)```", r'(\[\s*{.*?"bbox_2d".*?"label".*?}\s*\])')
    found = next((match for match in (re.search(fence, content, re.DOTALL) for fence in fences) if match), None)
    return found[1].strip() if found else ""


def repetition_reward(content: str) -> float:
    """Broken JSON counts as text."""
    try:
        items = json.loads(listed(content))
    except ValueError:
        items = None
    if isinstance(items, list) and items:
        both = [item for item in items if "bbox_2d" in item and "label" in item]
        return _repeated([f"{item['bbox_2d']}_{item['label']}" for item in both])
    words = content.lower().split()
    return _repeated([tuple(words[place : place + 6]) for place in range(len(words) - 5)])


def _repeated(parts: list[object]) -> float:
    return -(1 - len(set(parts)) / len(parts)) if parts else 0.0
