"""Systems for screens and robots that are known from their papers alone agree with the papers' formulas in plain Python."""

from __future__ import annotations

import json
import math
from random import Random
from statistics import fmean
from typing import Any

import pytest

import rewardlang

CASES = 60
WORDS = ("red", "shoes", "size", "9", "running", "cart", "")
Rows = list[list[float]]


def _sequence(a: list[str], b: list[str]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(b) + 1)
    for x in a:
        before, row = row, [0]
        for place, y in enumerate(b):
            row.append(before[place] + 1 if x == y else max(before[place + 1], row[-1]))
    return row[-1]


def _likeness(made: str, gold: str) -> float:
    a, b = made.split(), gold.split()
    shared = _sequence(a, b)
    alike = 2 * shared / (len(a) + len(b)) if shared else 0.0
    return alike if alike > 0.75 else 0.0


def shop_action(reply: str, gold: dict[str, str]) -> float:
    try:
        made = json.loads(reply)["action"]
    except (ValueError, KeyError):
        return 0.0
    if made["type"] != gold["type"]:
        return 0.5
    name = _likeness(made["name"], gold.get("name", ""))
    if gold["type"] == "click":
        return 0.8 + 0.2 * bool(made["name"].strip()) + 1000 * name
    if gold["type"] == "type_and_submit":
        there = 0.1 * bool(made["name"].strip()) + 0.1 * bool(made["text"].strip())
        return 0.8 + there + 0.1 * name + 1000 * _likeness(made["text"], gold.get("text", ""))
    return 0.8


def _text(random: Random) -> str:
    return " ".join(random.choices(WORDS, k=random.randint(0, 6)))


def _action(random: Random) -> dict[str, str]:
    kind = random.choice(("click", "type_and_submit", "terminate"))
    return {"type": kind, "name": _text(random), "text": _text(random)}


def test_shop_r1_rewards_an_action_by_its_parts() -> None:
    random = Random(0)
    golds = [_action(random) for _ in range(CASES)]
    made = [random.choice((gold, {**gold, "name": _text(random)}, _action(random))) for gold in golds]
    replies = [json.dumps({"rationale": "r", "action": action}) for action in made] + ["click", "{}"]
    golds += golds[:2]
    scores = rewardlang.load("systems.shop_r1:action")(reply=replies, gold=golds).tolist()
    assert scores == pytest.approx([shop_action(*pair) for pair in zip(replies, golds, strict=True)], rel=1e-5)


def test_shop_r1_is_certain_as_the_formula_says() -> None:
    random = Random(1)
    tables, expected = [], []
    for _ in range(CASES):
        size = random.randint(1, 9)
        weights = [[random.random() + 0.01 for _ in range(size)] for _ in range(random.randint(1, 5))]
        odds = [[weight / sum(row) for weight in row] for row in weights]
        tables.append([[math.log(p) for p in row] for row in odds])
        expected.append(fmean(p * math.log(p * size) for row in odds for p in row))
    scores = rewardlang.load("systems.shop_r1:certainty")(logprobs=tables).tolist()
    assert scores == pytest.approx(expected, rel=1e-4, abs=1e-6)


def _chunks(random: Random, length: int, joints: int) -> tuple[Rows, list[float]]:
    poses = [[random.uniform(-1, 1) for _ in range(joints)] for _ in range(length)]
    return poses, [float(random.randint(0, 1)) for _ in range(length)]


def _tokens_agree(made: list[int], gold: list[int]) -> float:
    return sum(a == b for a, b in zip(made, gold, strict=False)) / max(len(made), len(gold))


def test_lifelong_rft_is_the_weighted_sum_of_its_three_rewards() -> None:
    random = Random(2)
    rows: dict[str, list[Any]] = {
        name: [] for name in ("tokens", "truth", "pose", "grip", "shown_pose", "shown_grip", "decodes")
    }
    expected = []
    for _ in range(CASES):
        pose, grip = _chunks(random, random.randint(1, 5), 3)
        shown_pose, shown_grip = _chunks(random, len(pose) + random.choice((0, 0, 1)), 3)
        tokens, truth = ([random.randint(0, 2) for _ in range(random.randint(1, 8))] for _ in range(2))
        decodes = random.random() < 0.8
        for name, value in zip(rows, (tokens, truth, pose, grip, shown_pose, shown_grip, decodes), strict=True):
            rows[name].append(value)
        near = [math.exp(-2 * fmean(map(abs, _minus(a, b)))) for a, b in zip(pose, shown_pose, strict=False)]
        held = [a == b for a, b in zip(grip, shown_grip, strict=False)]
        path = fmean(0.8 * n + 0.2 * h for n, h in zip(near, held, strict=True))
        whole = 0.7 * _tokens_agree(tokens, truth) + 0.3 * path + 0.1
        expected.append(whole if decodes and len(pose) == len(shown_pose) else 0.0)
    params = {"alpha": 2.0, "beta": 0.8}
    scores = rewardlang.load("systems.lifelong_rft:total")(rows, params=params).tolist()
    assert scores == pytest.approx(expected, rel=1e-5, abs=1e-6)


def _minus(a: list[float], b: list[float]) -> list[float]:
    return [x - y for x, y in zip(a, b, strict=True)]


def test_iflybot_vla_weighs_both_levels() -> None:
    random = Random(3)
    rows: dict[str, list[Any]] = {
        name: [] for name in ("latent", "shown_latent", "tokens", "truth", "controls", "shown")
    }
    expected = []
    for _ in range(CASES):
        lists = [[random.randint(0, 2) for _ in range(random.randint(1, 8))] for _ in range(4)]
        controls, _ = _chunks(random, random.randint(1, 4), 2)
        shown, _ = _chunks(random, len(controls) + random.randint(0, 2), 2)
        for name, value in zip(rows, (*lists, controls, shown), strict=True):
            rows[name].append(value)
        error = fmean(x * x for a, b in zip(controls, shown, strict=False) for x in _minus(a, b))
        levels = _tokens_agree(*lists[:2]), _tokens_agree(*lists[2:]), math.exp(-3 * error)
        expected.append(0.25 * levels[0] + 0.25 * levels[1] + 0.5 * levels[2])
    scores = rewardlang.load("systems.iflybot_vla:total")(rows, params={"sharpness": 3.0}).tolist()
    assert scores == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_mobile_r1_rewards_steps_and_tasks() -> None:
    formed = "<think>t</think>\n<action>tap</action>\n<tool_call>{}</tool_call>"
    replies = [[formed, formed], [formed, "<tool_call></tool_call>"], [], [formed.replace("think", "thought")]]
    scores = rewardlang.load("systems.mobile_r1:task")(replies=replies, done=[True, False, True, False])
    assert scores.tolist() == [2.0, 0.5, 1.0, 0.0]


def test_hostile_replies_earn_a_number() -> None:
    hostile = ["", "\x00", "\ud800", "{" * 5000, "<tool_call>" * 5000, '{"action": ' * 2000, "9" * 10**5, "[" * 5000]
    gold = [{"type": "click", "name": "a", "action": "click"}] * len(hostile)
    shop = rewardlang.load("systems.shop_r1:action")(reply=hostile, gold=gold)
    step = rewardlang.load("systems.mobile_r1:step")(reply=hostile, truth=gold, target=[None] * len(hostile))
    assert shop.tolist() == [0.0] * len(hostile)
    assert step.tolist() == [0.0] * len(hostile)
