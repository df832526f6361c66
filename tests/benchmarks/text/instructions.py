"""Checks of instructions, and fields of JSON replies, against a function a sample."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import numpy as np

import rewardlang
from tests.benchmarks.outputs import SENTENCES
from tests.benchmarks.pairs import line, paired
from tests.parity.spark import if_verify

if TYPE_CHECKING:
    from collections.abc import Callable

REPLIES = 1024
OBJECTS = 4096

ASKED: dict[str, tuple[Callable[..., bool], dict[str, Any]]] = {
    "verify_keywords": (if_verify.verify_keywords, {"keyword_list": ["white", "RED", "bench"]}),
    "verify_keyword_frequency": (if_verify.verify_keyword_frequency, {"word": "The", "N": 20}),
    "validate_forbidden_words": (if_verify.validate_forbidden_words, {"forbidden_words": ["lamp", "absent"]}),
    "verify_letter_frequency": (if_verify.verify_letter_frequency, {"letter": "!", "N": 0}),
    "verify_paragraph_count": (if_verify.verify_paragraph_count, {"N": 2}),
    "validate_word_constraint": (if_verify.validate_word_constraint, {"N": 400, "quantifier": "at least"}),
    "verify_sentence_constraint": (if_verify.verify_sentence_constraint, {"N": 30, "quantifier": "at most"}),
    "validate_paragraphs": (if_verify.validate_paragraphs, {"N": 3, "first_word": "There", "i": 2}),
    "verify_postscript": (if_verify.verify_postscript, {"postscript_marker": "P.S."}),
    "validate_placeholders": (if_verify.validate_placeholders, {"N": 2}),
}
"""The first ten of SPARK's checks, with arguments as data has them."""


def checks() -> str:
    """A reward that counts how many of the ten hold; each has a label of its own."""
    fields = ", ".join(f"{name}_label: text" for name in ASKED)
    terms = "\n".join(f"{name}: {name}(query, {name}_label) ?? 0" for name in ASKED)
    imports = "\n".join(f"from systems.spark_if_verify import {name}" for name in ASKED)
    return f"{imports}\nreward r(query: text, {fields}) -> float in 0..10 {{ sum {{ {terms} }} }}"


def followed(query: str, *labels: str) -> float:
    """The ten checks as one writes them for a sample: the reply is taken out of the query once."""
    reply = if_verify.said(query)
    total = 0.0
    for label, (check, _) in zip(labels, ASKED.values(), strict=True):
        asked = json.loads(label)
        total += check(reply, **{"n" if name == "N" else name: v for name, v in asked.items() if name != "func_name"})
    return total


def replies(count: int, seed: int = 0) -> dict[str, list[Any]]:
    """Replies of about 400 words, some of 4,000, with what instructions ask for here and there."""
    random_ = random.Random(seed)
    extras = ("[name]", "[date]", "* a point", "<<A title>>", "**bold**", "NASA", "\n", "* * *", "P.S. more", "No!")
    columns: dict[str, list[Any]] = {"query": []}
    for row in range(count):
        parts = [random_.choice(SENTENCES) for _ in range(random_.randint(20, 40) * (10 if row % 50 == 0 else 1))]
        for extra in random_.choices(extras, k=4):
            parts.insert(random_.randrange(len(parts)), f"\n{extra}\n")
        columns["query"].append(f"<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n{' '.join(parts)}<|im_end|>")
    for name, (_, arguments) in ASKED.items():
        columns[f"{name}_label"] = [json.dumps({"func_name": name, **arguments})] * count
    return columns


FIELDS = """
reward r(reply: text) -> float {
    let value = json(reply)
    return sum {
        price: number(value["price"]) ?? 0
        stock: number(value["stock"]) ?? 0
        named: length(string(value["name"])) ?? 0
    }
}
"""


def fields(reply: str) -> float:
    """Three fields of one JSON reply."""
    try:
        value = json.loads(reply)
    except ValueError:
        return 0.0
    return float(value["price"] + value["stock"] + len(value["name"]))


def objects(count: int, seed: int = 0) -> list[str]:
    """JSON replies of about 400 bytes; one in twenty is cut."""
    random_ = random.Random(seed)
    found = []
    for _ in range(count):
        item = {
            "name": random_.choice(("cup", "Lámpara", "garden bench")), "price": random_.randint(1, 99) + 0.5,
            "tags": random_.sample(["new", "red", "sale", "wood"], 2), "stock": random_.randint(0, 50),
            "about": " ".join(random_.choices(SENTENCES, k=3)), "size": {"x": random_.random(), "y": [1, 2, 3]},
        }  # fmt: skip
        text = json.dumps(item, ensure_ascii=False)
        found.append(text[:-5] if random_.random() < 0.05 else text)
    return found


def run() -> None:
    """Ten checks on 1,024 replies, and three fields of 4,096 JSON replies."""
    columns = replies(REPLIES)
    size = sum(map(len, columns["query"])) // REPLIES
    _pair(f"ten instructions, {REPLIES} x {size} chars", checks(), columns, followed, "6x")
    _pair(f"three JSON fields, {OBJECTS} replies", FIELDS, {"reply": objects(OBJECTS)}, fields, "2x")


def _pair(name: str, spec: str, columns: dict[str, list[Any]], peer: Any, goal: str) -> None:
    scored = rewardlang.compile(spec)
    rows = list(zip(*columns.values(), strict=True))
    theirs = np.array([peer(*row) for row in rows])
    worst = float(np.max(np.abs(scored(columns).total - theirs)))
    mine, other = paired(lambda: scored(columns).total, lambda: [peer(*row) for row in rows])
    line(name, mine, other, worst, goal)
