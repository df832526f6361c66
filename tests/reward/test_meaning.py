"""The fingerprint, what a reward says of itself, and patterns that make others run for ever."""

from __future__ import annotations

import re
import time

import pytest

import rewardlang

PLAIN = """
param w: float in 0..2 = 1.0
def part(t: text) -> text = between(t, "<a>", "</a>") ?? ""
reward r(reply: text, a: float in -1..1, xs: float[time 0..4]) -> float in -9..9 {
    let inner = part(reply)
    return sum {
        right: matches(inner, /x+/) weight w
        near: iou(box(a, 0, 1, 1), box(0, 0, 1, 1), plain)
        mean: clip(mean(xs) ?? 0, -1..1)
    }
}
"""
SAME = {
    "formatting": PLAIN.replace("    ", " ").replace(" weight w", "\n weight w").replace("\n\n", "\n"),
    "comments": PLAIN.replace("return sum {", "return sum { # why\n# more\n"),
    "docs": '"""A doc."""\n' + PLAIN,
    "a local's name": PLAIN.replace("inner", "other_name"),
    "a def's name": PLAIN.replace("part", "piece")
    .replace("def piece(t: text)", "def piece(u: text)")
    .replace("(t, ", "(u, "),
    "let inlined": PLAIN.replace("    let inner = part(reply)\n", "").replace("inner", "part(reply)"),
    "def inlined": PLAIN.replace("part(reply)", '(between(reply, "<a>", "</a>") ?? "")'),
    "another let": PLAIN.replace("return sum", "let b = box(0, 0, 1, 1)\n return sum").replace(
        ", box(0, 0, 1, 1), plain", ", b"
    ),
}
OTHER = {
    "weight": PLAIN.replace("weight w", "weight 2"),
    "a weight more": PLAIN.replace("plain)", "plain) weight 2"),
    "option": PLAIN.replace("plain", "minus_one"),
    "pattern": PLAIN.replace("x+", "x*"),
    "flag": PLAIN.replace("x+/", "x+/i"),
    "label": PLAIN.replace("right:", "correct:"),
    "order of labels": PLAIN.replace("near:", "tmp:").replace("right:", "near:").replace("tmp:", "right:"),
    "param range": PLAIN.replace("0..2", "0..3"),
    "param default": PLAIN.replace("= 1.0", "= 1.5"),
    "param name": PLAIN.replace("param w", "param v").replace("weight w", "weight v"),
    "constant": PLAIN.replace('?? ""', '?? "x"'),
    "field range": PLAIN.replace("a: float in -1..1", "a: float in -2..2"),
    "field bound": PLAIN.replace("time 0..4", "time 0..5"),
    "field name": PLAIN.replace("reply", "completion"),
    "field default": PLAIN.replace("a: float in -1..1", "a: float in -1..1 = 0"),
    "metric": PLAIN.replace("near:", "metric near:"),
    "outcome": PLAIN.replace("near:", "outcome near:"),
    "kind": PLAIN.replace("return sum {", "return mean {"),
}
DEFAULTS = ("a: float in -1..1 = 0.5", "a: float in -1..1 = 0")


def test_what_keeps_the_fingerprint() -> None:
    wanted = rewardlang.compile(PLAIN).fingerprint
    assert {why: rewardlang.compile(text).fingerprint for why, text in SAME.items()} == dict.fromkeys(SAME, wanted)
    assert all(text != PLAIN for text in SAME.values())


def test_what_changes_the_fingerprint() -> None:
    found = {why: rewardlang.compile(text).fingerprint for why, text in OTHER.items()}
    found["default of a field"] = rewardlang.compile(PLAIN.replace("a: float in -1..1", DEFAULTS[0])).fingerprint
    prints = [rewardlang.compile(PLAIN).fingerprint, *found.values()]
    twins = {why for why, of in found.items() if prints.count(of) > 1}
    assert twins == set()


def test_what_a_reward_says_of_itself() -> None:
    run = rewardlang.compile(
        """
        record Call { name: text }
        param n: int in 0..3 = 1
        param hard: bool = true
        reward r(t: text, k: int, j: int in 0..9, s: score, v: vec?[3][time], w: vec[2]?, xs: float?[time 1..4]?, c: Call[call],
                 b: box?, d: json?, f: bool = true, g: float[a 2..]) -> float in -1..3 {
            (if hard then n else 0) + clip(length(t) + k + j + s + (count(v over (time, dim)) ?? 0), -1..0)
        }
    """.replace("count(v over (time, dim)) ?? 0", "1")
    )
    assert {name: str(spec) for name, spec in run.inputs.items()} == {
        "t": "text", "k": "int", "j": "int in 0..9", "s": "float in 0..1", "v": "vec?[3][time 1..4]", "w": "vec[2]?",
        "xs": "float?[time 1..4]?", "c": "Call[call]", "b": "box?", "d": "json?", "f": "bool", "g": "float[a 2..]",
    }  # fmt: skip
    assert {name: str(info) for name, info in run.params.items()} == {"n": "int in 0..3 = 1", "hard": "bool = true"}
    assert run.range == (-1.0, 3.0)
    for name, spec in run.inputs.items():
        default = " = true" if name == "f" else ""
        again = f"record Call {{ name: text }} reward r(x: {spec}{default}, t: text) -> score {{ length(t) > 1 }}"
        assert str(rewardlang.compile(again).inputs["x"]) == str(spec)


EXPONENTIAL = [r"(a+)+$", r"(a|a)*b", r"(a*)*b", r"([a-z]+)*\d", r"(.*)*x", r"(a?){40}a{40}b", r"(\w+\s?)+!"]


@pytest.mark.parametrize("pattern", EXPONENTIAL)
def test_no_pattern_is_exponential(pattern: str) -> None:
    run = rewardlang.compile(f"reward r(t: text) -> float in 0..inf {{ sum {{ m: matches(t, /{pattern}/)  f: full_match(t, /{pattern}/)"
                             f" n: count_matches(t, /{pattern}/) s: length(find(t, /{pattern}/) ?? \"\") }} }}")  # fmt: skip
    texts = ["a" * 40 + "!", "a" * 40, "a" * 12 + "b", "", "abc 1"]
    expected = [
        bool(re.search(pattern, t)) + bool(re.fullmatch(pattern, t)) + len(re.findall(pattern, t))
        + (len(m[1] or "") if (m := re.search(pattern, t)) else 0) if len(t) < 20 else None
        for t in texts
    ]  # fmt: skip
    run(t=["warm"])
    started = time.perf_counter()
    found = run(t=texts).tolist()
    assert time.perf_counter() - started < 1
    assert [f for f, e in zip(found, expected, strict=True) if e is not None] == [e for e in expected if e is not None]


@pytest.mark.parametrize("pattern", EXPONENTIAL)
def test_matching_is_linear_in_the_text(pattern: str) -> None:
    run = rewardlang.compile(f"reward r(t: text) -> score {{ full_match(t, /{pattern}/) }}")

    def seconds(size: int) -> float:
        times = []
        for _ in range(3):
            started = time.perf_counter()
            run(t=["a" * size + "!"])
            times.append(time.perf_counter() - started)
        return min(times)

    run(t=["warm"])
    # Sixteen times the text takes sixteen times as long, and 256 times as long where it is quadratic.
    assert seconds(2**20) < 64 * seconds(2**16) + 0.5
