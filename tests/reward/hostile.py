"""Inputs that nobody means: any bytes, any JSON, any float."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rewardlang.testing.strategies import IMAGES
from rewardlang.types import BOOL, BOX, FLOAT, IMAGE, INT, POINT, TEXT, Axis, Type

if TYPE_CHECKING:
    import random

    from rewardlang import Reward

PIECES = (
    "<think>", "</think>", "<answer>", "</answer>", "<answer>\n", "[1, 2, 3, 4]", "[15, 20]", "(3, 4)", "{'action': 'click'}",
    '{"name": "f", "parameters": {"x": 1}, "place": [1, 2, 3, 4]}', "<a>", "</a>", "\n", " ", "\t", "\r", "\x85", "\u2028", "\x00",
    "1e999", "-1e999", "0x1", "NaN", "Infinity", "1" * 400, "1." + "0" * 40, "5e-324", "-", ".", "12-34", "_", "'", '"', "\\",
    '{"x":', "}", "]", "[", "\\u0000", "\\ud800", "None", "True", "é", "İ", "ß", "ﬁ", "𝟙", "١", "\ud800", "\udfff", "\U0010ffff",
)  # fmt: skip
FLOATS = (
    float("nan"), float("inf"), -float("inf"), 0.0, -0.0, 1.0, -2.5, 1e308, -1e308, 3.5e38, 3.4e38, 1e30, 1e-320, 1e-40,
    2.0**24 + 1,
)  # fmt: skip
INTS = (0, 1, -1, 7, 2**31 - 1, -(2**31), 2**31, -(2**40), 2**63)
HUGE = (10**30, -(10**400), 2**63, 2**64, -0.0, 1e308, 5e-324, float("nan"), float("inf"), -float("inf"))
KEYS = ("name", "parameters", "id", "x", "y", "p", "b", "flag", "score", "place", "", "\ud800", "é")
DEEPEST = 4


def text(rng: random.Random) -> str:
    """Any text."""
    match rng.randrange(7):
        case 0:
            return rng.randbytes(rng.randrange(60)).decode("utf-8", "replace")
        case 1:
            return "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randrange(20)))
        case 2 | 3:
            return "".join(rng.choice(PIECES) for _ in range(rng.randrange(12)))
        case 4:
            return json.dumps(document(rng))
        case 5:
            return json.dumps(document(rng))[: rng.randrange(1, 30)]
        case _:
            return f"<think>{rng.choice(PIECES)}</think><answer>{document(rng)!r}</answer>"


def document(rng: random.Random, depth: int = 0) -> Any:
    """Any JSON, tokens that are none among it."""
    match rng.randrange(12 if depth < DEEPEST else 8):
        case 0:
            return rng.choice(HUGE)
        case 1:
            return rng.choice((True, False, None, rng.random()))
        case 2 | 3:
            return "".join(rng.choice(PIECES) for _ in range(rng.randrange(3)))
        case 4 | 5:
            return rng.randrange(-5, 5)
        case 6:
            return "f"
        case 7:
            return [1, 2, 3, 4]
        case 8 | 9:
            return [document(rng, depth + 1) for _ in range(rng.randrange(5))]
        case _:
            return {rng.choice(KEYS): document(rng, depth + 1) for _ in range(rng.randrange(6))}


def number(rng: random.Random) -> float:
    """Any float."""
    return rng.choice(FLOATS) if rng.random() < 0.2 else rng.gauss(0, 10)


def value(rng: random.Random, type_: Type, lengths: dict[Axis, int]) -> Any:
    """One sample of a column."""
    if frozenset() in type_.missing and rng.random() < 0.2:
        return None
    return _nested(rng, type_, [axis for axis in type_.axes if axis.name != "dim"], lengths)


def _nested(rng: random.Random, type_: Type, lists: list[Axis], lengths: dict[Axis, int]) -> Any:
    if lists:
        return [_nested(rng, type_, lists[1:], lengths) for _ in range(lengths[lists[0]])]
    if any(level for level in type_.missing) and rng.random() < 0.2:
        return None
    width = next((axis.size for axis in type_.axes if axis.name == "dim"), {POINT: 2, BOX: 4}.get(type_.element))
    if width:
        return [number(rng) for _ in range(width)]
    if type_.element == BOOL:
        return rng.random() < 0.5
    if type_.element == INT:
        return rng.choice(INTS)
    if type_.element == FLOAT:
        return number(rng)
    if type_.element == IMAGE:
        return rng.choice(IMAGES)
    return text(rng) if type_.element == TEXT else document(rng)


def batch(
    rng: random.Random, reward: Reward, samples: int, lengths: tuple[int, ...] = (0, 1, 2, 3, 5)
) -> dict[str, list[Any]]:
    """Columns of any values."""
    columns: dict[str, list[Any]] = {name: [] for name in reward.inputs}
    for _ in range(samples):
        # The bounds of a list are the caller's promise.
        of_axis = {
            axis: min(max(rng.choice(lengths), axis.least), lengths[-1] if axis.most is None else axis.most)
            for spec in reward.inputs.values()
            for axis in spec.type.axes
        }
        for name, spec in reward.inputs.items():
            columns[name].append(value(rng, spec.type, of_axis))
    return columns
