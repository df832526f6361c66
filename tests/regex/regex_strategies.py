"""Random patterns and texts: the same characters in both, so that much matches and much nearly does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import random

Column = tuple[np.ndarray, np.ndarray, np.ndarray]

ATOMS = [
    *(
        "a",
        "b",
        "ab",
        "",
        ".",
        r"\d",
        r"\w",
        r"\s",
        r"\b",
        r"\B",
        "^",
        "$",
        r"\A",
        r"\Z",
        "[ab]",
        "[^a]",
        r"[^\n]",
        "[a-c]",
    ),
    *(
        r"\n",
        "é",
        "[é-ü]",
        r"\W",
        r"\S",
        r"\D",
        "k",
        "s",
        "1",
        r"[\d_]",
        r"[^\w]",
        "日",
        "(?i:k)",
        "(?s:.)",
        "x",
        "[^abc]",
    ),
]
QUANTIFIERS = ["*", "+", "?", "*", "+", "{2}", "{1,2}", "{0,2}", "{,3}", "{2,}", "{0}", "{1,3}"]
ALPHABETS = ["ab", "abc", "abc \n", "aé b1_", "kK\u212asS\u017f", "日本a\n1", "ab\n", "iI\u0130\u0131xX"]


def column(texts: list[str]) -> Column:
    """The texts end to end, as UTF-8, with the padding that the machine asks for."""
    encoded = [text.encode() for text in texts]
    edges = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    return np.frombuffer(b"".join(encoded) + bytes(16), dtype=np.uint8), edges[:-1], edges[1:]


def python_flags(flags: str) -> int:
    return sum(int(getattr(re, letter.upper())) for letter in flags)


def random_pattern(draw: random.Random, depth: int) -> str:
    kind = draw.random()
    if depth == 0 or kind < 0.35:
        return draw.choice(ATOMS)
    if kind < 0.6:
        return "".join(random_pattern(draw, depth - 1) for _ in range(draw.randint(1, 3)))
    if kind < 0.72:
        branches = "|".join(random_pattern(draw, depth - 1) for _ in range(draw.randint(2, 3)))
        return draw.choice(["(", "(?:"]) + branches + ")"
    body = draw.choice(["(%s)", "(?:%s)", "%s"]) % random_pattern(draw, depth - 1)
    return body + draw.choice(QUANTIFIERS) + draw.choice(["", "", "?"])


def random_texts(draw: random.Random, count: int) -> list[str]:
    return ["", *("".join(draw.choices(draw.choice(ALPHABETS), k=draw.randint(0, 8))) for _ in range(count))]


def valid_pattern(draw: random.Random, depth: int = 4) -> tuple[str, str]:
    """A pattern that Python takes, and so do we, with flags."""
    while True:
        pattern = random_pattern(draw, depth)
        flags = "".join(letter for letter in "ims" if draw.random() < 0.25)
        # Possessive in Python from 3.11 on, refused here.
        if "+" in pattern and re.search(r"[*+?}]\+", pattern):
            continue
        try:
            re.compile(pattern, python_flags(flags))
        except re.error:
            continue
        return pattern, flags
