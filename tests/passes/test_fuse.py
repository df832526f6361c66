"""Calls that become one mean what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rewardlang
from rewardlang.diagnostics import Sink
from rewardlang.driver import check_source, meaning, optimise, pick
from rewardlang.ir.graph import Call
from rewardlang.source import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

CHAIN = 'replace(replace(replace(x, "a", "bb"), "b", "c"), "cc", "")'


def calls(text: str) -> Sequence[str]:
    checked = check_source(Source("spec", text), None, Sink())
    graph = optimise(meaning(pick(checked, None)))
    called = (node.operation.builtin.name for node in graph.nodes if isinstance(node.operation, Call))
    return [name for name in called if name.startswith(("replace", "json_l", "key", "agreeing", "has_key"))]


def test_a_chain_is_one_call() -> None:
    text = f"reward r(x: text) -> float {{ length({CHAIN}) }}"
    assert calls(text) == ["replace_in_turn"]
    assert rewardlang.compile(text)(x=["a", "b", "abx", ""]).tolist() == [0.0, 1.0, 2.0, 0.0]


def test_what_others_read_is_kept() -> None:
    inner = 'replace(x, "a", "")'
    text = f'reward r(x: text) -> float {{ length({inner}) + length(replace({inner}, "b", "")) }}'
    assert calls(text) == ["replace", "replace"]
    assert rewardlang.compile(text)(x=["aab", "b"]).tolist() == [1.0, 1.0]


ARRAYS = ["[1, null]", "[]", "[[2], 3, 4]", "null", "5", "{}", "no"]


def test_elements_that_are_only_counted_are_no_list() -> None:
    text = "reward r(x: text) -> float { count(json_list(json(x))) ?? -1 }"
    assert calls(text) == ["json_length"]
    assert rewardlang.compile(text)(x=ARRAYS).tolist() == [2.0, 0.0, 3.0, -1.0, -1.0, -1.0, -1.0]


def test_elements_of_elements_are_counted_too() -> None:
    text = "reward r(x: text) -> float { sum(count(json_list(json_list(json(x)) ?? [])) ?? 10) }"
    assert calls(text) == ["json_list", "json_length"]
    assert rewardlang.compile(text)(x=ARRAYS).tolist() == [20.0, 0.0, 21.0, 0.0, 0.0, 0.0, 0.0]


def test_elements_that_are_read_stay_a_list() -> None:
    text = "reward r(x: text) -> float { count(json_list(json(x))) + sum(number(json_list(json(x))) ?? 0) ?? -1 }"
    assert calls(text) == ["json_list"]
    assert rewardlang.compile(text)(x=ARRAYS).tolist() == [3.0, 0.0, 10.0, -1.0, -1.0, -1.0, -1.0]


OBJECTS = ['{"a": null, "b": 1}', "{}", '{"a": 1, "a": 2}', '["a"]', "null", "no", '{"\\u0061": 1}']


def test_keys_that_are_only_counted_are_no_list() -> None:
    text = "reward r(x: text) -> float { count(keys(json(x))) ?? -1 }"
    assert calls(text) == ["key_count"]
    assert rewardlang.compile(text)(x=OBJECTS).tolist() == [2.0, 0.0, 1.0, 0.0, 0.0, -1.0, 1.0]


def test_members_that_agree_are_counted_by_the_equality_of_their_dialect() -> None:
    for dialect, expected in (
        ("python", [1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 1.0]),
        ("strict", [0.0] * 5 + [-1.0, 0.0]),
    ):
        text = f"""reward r(x: text, y: text) -> float {{
            count(agreeing(json(x), json(y), dialect: {dialect})) ?? -1
        }}"""
        assert calls(text) == ["agreeing_count"]
        scores = rewardlang.compile(text)(x=OBJECTS, y=['{"b": true, "a": true}'] * 7)
        assert scores.tolist() == expected, dialect


def test_a_key_that_is_looked_for_makes_no_list() -> None:
    for condition, called in (
        ('keys(json(x)) == "a"', "has_key"),
        ('"a" == keys(json(x))', "has_key"),
        ('equals(keys(json(x)), "a")', "has_key"),
        ("keys(json(x)) == y", "has_key_at"),
    ):
        text = f"reward r(x: text, y: text) -> float {{ if any({condition}) ?? false then 1 else 0 }}"
        assert calls(text) == [called]
        assert rewardlang.compile(text)(x=OBJECTS, y=["a"] * 7).tolist() == [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]


def test_a_key_of_each_of_several_objects_is_looked_for() -> None:
    text = """reward r(x: text, y: text) -> float {
        mean(if any(keys(json_list(x) ?? []) == y) then 1 else 0) ?? -1
    }"""
    assert calls(text) == ["json_list", "has_key_at"]
    rows = ['[{"a": 1}, {"b": 1}]', "[]", '[{"b": 1, "a": 1}, 3, null, {"a": null}]', "no"]
    assert rewardlang.compile(text)(x=rows, y=["a", "a", "a", "a"]).tolist() == [0.5, -1.0, 0.5, -1.0]


def test_keys_that_are_compared_with_several_texts_stay_a_list() -> None:
    text = """reward r(x: text, y: text) -> float {
        if any(keys(json(x)) == words(y) over (key, word)) ?? false then 1 else 0
    }"""
    assert "has_key" not in calls(text)


def test_keys_that_are_compared_make_no_lists() -> None:
    for kind in ("set", "multiset"):
        text = f"""reward r(x: text, y: text) -> float {{
            jaccard(keys(json(x)), keys(json(y)), as: {kind}) ?? -1
        }}"""
        assert calls(text) == ["key_jaccard"]
        scores = rewardlang.compile(text)(x=OBJECTS, y=['{"b": 0, "a": 0}'] * 7)
        assert scores.tolist() == [1.0, 0.0, 0.5, 0.0, 0.0, -1.0, 0.5]
    empty = 'reward r(x: text) -> float { jaccard(keys(json(x) ?? json("0")), keys(json("{}") ?? json("0"))) ?? -1 }'
    assert rewardlang.compile(empty)(x=["no", "{}", '{"a": 1}']).tolist() == [1.0, 1.0, 0.0]


def test_keys_that_are_compared_with_words_stay_a_list() -> None:
    text = "reward r(x: text, y: text) -> float { jaccard(keys(json(x)), words(y)) ?? -1 }"
    assert "key_jaccard" not in calls(text)
    assert rewardlang.compile(text)(x=['{"a": 1}'], y=["a b"]).tolist() == [0.5]


def test_a_second_alternative_asks_no_mask_twice() -> None:
    text = """reward r(x: text) -> float {
        let rest = after(x, "<a>")
        let first = before(rest, "<b>") ?? rest
        return length(before(first, "</a>") ?? first) ?? -1
    }"""
    checked = check_source(Source("spec", text), None, Sink())
    graph = optimise(meaning(pick(checked, None)))
    names = [node.operation.builtin.name for node in graph.nodes if isinstance(node.operation, Call)]
    assert (names.count("both"), names.count("either")) == (2, 0)
    assert rewardlang.compile(text)(x=["<a>12</a>", "<a>1<b>2</a>", "<a>123", "1</a>"]).tolist() == [
        2.0,
        1.0,
        3.0,
        -1.0,
    ]
