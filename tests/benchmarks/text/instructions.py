"""Checks of instructions, and fields of JSON replies, against a function a sample."""

from __future__ import annotations

import json
import random
import re
from typing import Any

import numpy as np

import rewardlang
from tests.benchmarks.outputs import SENTENCES
from tests.benchmarks.pairs import line, paired

REPLIES = 1024
OBJECTS = 4096

CHECKS = """
from std.instructions import bullet_count, capital_word_count, ends_with_phrase, gives_two_responses, has_no_comma
from std.instructions import has_title, highlight_count, is_lower, placeholder_count, word_count

reward r(reply: text, keywords: text[keyword], phrase: text, n: int in 0..1000) -> float in 0..10 {
    sum {
        keywords: all(contains(lower(reply), lower(keywords)))
        words: word_count(reply) >= n
        paragraphs: count(split(reply, "\\n\\n")) == 3
        placeholders: placeholder_count(reply) >= 2
        bullets: bullet_count(reply) == 3
        title: has_title(reply)
        highlights: highlight_count(reply) >= 1
        capitals: count_matches(reply, /\\b[A-Z]+\\b/) >= 2
        end: ends_with(reply, phrase)
        commas: has_no_comma(reply)
    }
}
"""


def followed(reply: str, keywords: list[str], phrase: str, n: int) -> float:
    """The ten checks as one writes them for a sample."""
    return float(
        all(word.lower() in reply.lower() for word in keywords)
        + (len(reply.split()) >= n)
        + (len(reply.split("\n\n")) == 3)
        + (len(re.findall(r"\[[^\[\]\n]+\]", reply)) >= 2)
        + (len(re.findall(r"^[ \t]*[*+•-][ \t]+\S", reply, re.MULTILINE)) == 3)
        + (re.search(r"<<[^<>\n]*[^<>\s][^<>\n]*>>", reply) is not None)
        + (len(re.findall(r"\*\*[^*\n]*[^*\s][^*\n]*\*\*|\*[^*\n]*[^*\s][^*\n]*\*", reply)) >= 1)
        + (len(re.findall(r"\b[A-Z]+\b", reply)) >= 2)
        + reply.endswith(phrase)
        + ("," not in reply)
    )


def replies(count: int, seed: int = 0) -> dict[str, list[Any]]:
    """Replies of about 400 words, some of 4,000, with what instructions ask for here and there."""
    random_ = random.Random(seed)
    extras = ("[name]", "[date]", "* a point", "- another point", "<<A title>>", "**bold**", "NASA", "USA", "\n")
    columns: dict[str, list[Any]] = {"reply": [], "keywords": [], "phrase": [], "n": []}
    for row in range(count):
        parts = [random_.choice(SENTENCES) for _ in range(random_.randint(20, 40) * (10 if row % 50 == 0 else 1))]
        for extra in random_.choices(extras, k=8):
            parts.insert(random_.randrange(len(parts)), f"\n{extra}\n")
        columns["reply"].append(" ".join(parts) + random_.choice(("", " Any more questions?")))
        columns["keywords"].append(random_.sample(["white", "RED", "lamp", "absent", "bench"], 3))
        columns["phrase"].append("Any more questions?")
        columns["n"].append(random_.choice((100, 400, 800)))
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
    size = sum(map(len, columns["reply"])) // REPLIES
    _pair(f"ten instructions, {REPLIES} x {size} chars", CHECKS, columns, followed, "6x")
    _pair(f"three JSON fields, {OBJECTS} replies", FIELDS, {"reply": objects(OBJECTS)}, fields, "2x")


def _pair(name: str, spec: str, columns: dict[str, list[Any]], peer: Any, goal: str) -> None:
    scored = rewardlang.compile(spec)
    rows = list(zip(*columns.values(), strict=True))
    theirs = np.array([peer(*row) for row in rows])
    worst = float(np.max(np.abs(scored(columns).total - theirs)))
    mine, other = paired(lambda: scored(columns).total, lambda: [peer(*row) for row in rows])
    line(name, mine, other, worst, goal)
