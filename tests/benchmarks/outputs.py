"""Realistic model outputs, seeded: right, near misses, malformed."""

from __future__ import annotations

import json
import random
from typing import Any

SENTENCES = (
    "The user wants the object on the left, so I look for the red car near the tree.",
    "First I identify the region described: the white cup beside the laptop.",
    "Its top-left corner is near (120, 88), and the lower edge touches the table.",
    "There are two people; the one in blue is on the right side of the bench.",
    "Let me look at the image carefully before I answer.",
    "Hmm, wait. The second button is labelled “Add to cart”, which is what was asked for.",
    "画面中有一只猫 sitting on the sofa, but the question is about the lamp.",
    "To open the app I should click on its icon in the second row.",
)
TOOLS = ("get_weather", "search_flights", "book_hotel", "send_email", "query_db", "convert_currency")
CITIES = ("Oslo", "Lyon", "Kyoto", "Lima", "Accra", "Zürich")


def thoughts(random_: random.Random, least: int = 3, most: int = 12) -> str:
    """A few sentences of reasoning."""
    return " ".join(random_.choice(SENTENCES) for _ in range(random_.randint(least, most)))


def _box(random_: random.Random) -> list[int]:
    x, y = random_.randint(0, 800), random_.randint(0, 800)
    return [x, y, x + random_.randint(10, 200), y + random_.randint(10, 200)]


def groundings(count: int, seed: int = 0) -> dict[str, list[Any]]:
    """Completions and solutions of a grounding task."""
    random_ = random.Random(seed)
    completions, solutions = [], []
    for _ in range(count):
        truth = _box(random_)
        said = [v + random_.randint(-30, 30) for v in truth]
        answer = random_.choice(
            [f"{said}", f"{truth}", f'{{"bbox_2d": {said}, "label": "cup"}}', "the cup", f"{said[:3]}"]
        )
        tail = "" if random_.random() < 0.1 else "</answer>"
        completions.append(f"<think>{thoughts(random_)}</think>\n<answer>{answer}{tail}")
        solutions.append(f"<answer>{truth}</answer>")
    return {"completion": completions, "solution": solutions}


def clicks(count: int, seed: int = 0) -> dict[str, list[Any]]:
    """Completions and solutions of a GUI task."""
    random_ = random.Random(seed)
    completions, solutions = [], []
    for _ in range(count):
        box = _box(random_)
        point = [random_.randint(box[0] - 20, box[2] + 20), random_.randint(box[1] - 20, box[3] + 20)]
        action = random_.choice(["click", "click", "click", "scroll", "type"])
        said = action if random_.random() < 0.8 else "long_press"
        answer = f"[{{'action': '{said}', 'coordinate': {point}}}]"
        completions.append(f"<think>{thoughts(random_)}</think>\n<answer>{answer}</answer>")
        solutions.append(f"<answer>[{{'action': '{action}' ,'coordinate': {box} }}]</answer>")
    return {"completion": completions, "solution": solutions}


def _call(random_: random.Random) -> dict[str, Any]:
    parameters = {
        "city": random_.choice(CITIES),
        "days": random_.randint(1, 9),
        "unit": random_.choice(["celsius", "fahrenheit"]),
        "notify": {"email": "a@example.org", "retries": random_.randint(0, 3)},
    }
    kept = random_.sample(sorted(parameters), random_.randint(1, 4))
    return {"name": random_.choice(TOOLS), "parameters": {key: parameters[key] for key in kept}}


def _lines(calls: list[dict[str, Any]]) -> str:
    return "\n".join(json.dumps(call, ensure_ascii=False) for call in calls)


def tool_calls(count: int, group: int = 1, seed: int = 0) -> dict[str, list[Any]]:
    """Replies and golds of a tool-calling task; `group` replies share a gold."""
    random_ = random.Random(seed)
    replies, golds = [], []
    gold: list[dict[str, Any]] = []
    for row in range(count):
        if row % group == 0:
            gold = [_call(random_) for _ in range(random_.randint(1, 3))]
        made = [call if random_.random() < 0.6 else _call(random_) for call in gold]
        random_.shuffle(made)
        text = f"<think>{thoughts(random_, 2, 6)}</think>\n<tool_call>\n{_lines(made)}\n</tool_call>"
        if random_.random() < 0.08:
            text = text.replace("}}", "}", 1)
        replies.append(text)
        golds.append(f"<think> </think>\n<tool_call>\n{_lines(gold)}\n</tool_call>")
    return {"reply": replies, "truth": golds}


def completions(count: int, seed: int = 0) -> list[str]:
    """Replies of about 400 words, a few of 4,000: most in the think/answer format, some that miss it."""
    random_ = random.Random(seed)
    return [_completion(random_, 4000 if row % 64 == 63 else random_.randint(200, 600)) for row in range(count)]


def _completion(random_: random.Random, words: int) -> str:
    text, size = "", 0
    while size < words:
        sentences = thoughts(random_)
        text, size = f"{text}{sentences}\n", size + len(sentences.split())
    answer = f"{random_.randint(0, 99)}"
    endings = (
        *["</think>\n<answer>{}</answer>"] * 14, "</think><answer>{}", "<answer>{}</answer>", "</think>\n\\boxed{{{}}}",
        "</think>\n<answer>{} m</answer>", "</think>\nSorry, I cannot say.", "</think>\n```json\n{}\n```",
    )  # fmt: skip
    return f"<think>{text}{random_.choice(endings).format(answer)}"
