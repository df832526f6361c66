"""SPARK's mathematics."""

from __future__ import annotations

import re
from itertools import pairwise, takewhile
from typing import Any

from math_verify import parse, verify

from tests.parity.claim import Claim, renamed, same
from tests.parity.originals import mathematics
from tests.parity.originals.verl import REMOVED, REPLACED, braced, form_of_plain, minerva_commands, plain
from tests.parity.spark.if_verify import said

LOOPS = 128
"""A longer text is looked at for repetition."""


def _form(text: str) -> str:
    return form_of_plain(plain(text).replace("$", "").replace(",", ""))


def equivalent(one: str, other: str) -> bool:
    try:
        left, right = _form(one), _form(other)
    except (ValueError, IndexError):
        return one == other
    try:
        return float(left) == float(right)
    except ValueError:
        return left == right


def minerva(text: str) -> str:
    for old, new in (*REPLACED, ("ft", ""), *((old, "") for old in REMOVED)):
        text = text.replace(old, new)
    return minerva_commands(text)


def repeatness(s: str) -> bool | int:
    if len(s) < 2:
        return 0
    suffixes = sorted(s[start:] for start in range(len(s)))
    shared = 0
    for one, other in pairwise(suffixes):
        shared += sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return shared * 2 / (len(s) * (len(s) + 1)) > 0.2


def is_equal(str1: str, str2: str, math_mode: str) -> bool:
    if equivalent(str1, str2):
        return True
    if math_mode == "math_verify":
        return verify(parse(str1), parse(str2))
    if any(len(text) > LOOPS and repeatness(text) for text in (str1, str2)):
        return False
    return minerva(str1) == minerva(str2)


def reward_func(query: str, label: str) -> float:
    found = re.findall(r"(\\boxed{.*})", said(query), re.DOTALL)
    if not found or not label:
        return 0.0
    answer: Any = (parse(f"${found[-1]}$") or [None])[-1]
    if answer is None:
        return 0.0
    right = is_equal(answer, label, "math_verify") or is_equal(answer, label, "legacy") or answer == label
    return float(right)


def extract_boxed_answer(text: str) -> str | None:
    _, found, behind = text.partition("\\boxed{")
    if not found:
        return None
    inside = braced("{" + behind, 0)
    return behind if inside is None else inside[1:-1]


CLAIMS = (
    Claim(
        "math_verify_2.reward_func",
        "math",
        same("query", "label"),
        rules=(mathematics.differs(reward_func),),
    ),
    Claim(
        "math_utils.is_equal",
        "is_equal",
        renamed(a="str1", b="str2", mode="math_mode"),
        expected=float,
        rules=(mathematics.differs(is_equal),),
    ),
    Claim("math_utils.repeatness", "repeatness", renamed(x="s"), expected=float),
    Claim(
        "extract_boxed_answer",
        "extract_boxed_answer",
        renamed(reply="text"),
        part=("reply: text", "text?"),
    ),
)
ORIGINALS = {
    "math_verify_2.reward_func": reward_func,
    "math_utils.is_equal": is_equal,
    "math_utils.repeatness": repeatness,
    "extract_boxed_answer": extract_boxed_answer,
}
