"""Lists made inside, texts, JSON and records, with results worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reference.running import totals

ITEM = "record Item { name: text, size: float, tag: text?, marks: int[mark] }\n"
THREE = {"items": [
    {"name": "a", "size": 2, "tag": "t", "marks": [1, 2], "extra": 0},
    {"name": "b", "size": 3.5, "tag": 7, "marks": []},
    {"name": "c", "size": 4, "tag": None, "marks": [5]},
]}  # fmt: skip
CASES: list[tuple[str, dict[str, Any], Any]] = [
    # Choosing entries.
    ("reward r(x: float[a]) { sum(keep(x, where: x > 1)) }", {"x": [1, 2, 3]}, 5.0),
    ("reward r(x: float[a]) -> float? { last(keep(x, where: x > 1)) }", {"x": [1, 2, 3]}, 3.0),
    ("reward r(x: float[a]) -> float? { first(x) }", {"x": []}, None),
    ("reward r(x: float[a]) { sum((x - (previous(x) ?? 0)) * index(a)) }", {"x": [1, 3, 6]}, 8.0),
    ("reward r(x: float[a]) { let k = keep(x, where: x > 1) return sum(k * keep(x, where: x > 1)) }", {"x": [1, 2, 3]}, 13.0),
    ("reward r(x: float[a], y: float[b]) -> float[b] { x[argmax(x * y over a) ?? 0] ?? -1 }",
     {"x": [1, 3, 2], "y": [1, -1]}, [3.0, 1.0]),
    # Lists from texts: one axis a list; the same expression is the same list.
    ("reward r(s: text) { count(words(s)) }", {"s": "a b  c"}, 3.0),
    ("reward r(s: text) { count(words(s) == words(s)) }", {"s": "a b a"}, 3.0),
    ("reward r(s: text) { let w: text[other] = words(s) return count(w == words(s) over (other)) }", {"s": "a b a"}, 3.0),
    ("reward r(s: text) { let w = rename(words(s), word: other) return count(w == words(s) over (word, other)) }",
     {"s": "a b a"}, 5.0),
    ('reward r(s: text) { sum(number(split(s, ",")), missing: skip) }', {"s": "1,x,2.5"}, 3.5),
    ('reward r(s: text) -> float? { sum(number(split(s, ",")), missing: spread) }', {"s": "1,x,2.5"}, None),
    ('reward r(s: text) { sum(number(split(s, ",")) ?? 10) }', {"s": "1,x,2.5"}, 13.5),
    # Nested lists: the inner is reduced before the outer.
    ("reward r(s: text) { max(count(words(lines(s)))) }", {"s": "a b\nc d e\n"}, 3.0),
    ("reward r(s: text) { sum(sum(length(words(lines(s))) over word) over line) }", {"s": "a bb\n\nccc"}, 6.0),
    ("reward r(s: text) -> float? { mean(max(length(words(lines(s))) over word), missing: skip) }", {"s": "a bb\n\nccc"}, 2.5),
    ("reward r(s: text) -> float? { mean(max(length(words(lines(s))) over word), missing: spread) }", {"s": "a bb\n\nc"}, None),
    ("def longest(x: text) = max(length(words(x))) ?? 0\nreward r(s: text[row]) -> float[row] { longest(s) }",
     {"s": ["a bb", "", "ccc"]}, [2.0, 0.0, 3.0]),
    ("def parts(x: text) = words(x)\nreward r(s: text[row]) -> float[row] { count(parts(s) == words(s) over word) }",
     {"s": ["a bb", ""]}, [2.0, 0.0]),
    # A list that may be missing as a whole.
    ('reward r(s: text) -> float? { count(words(after(s, ":"))) }', {"s": "a b"}, None),
    ('reward r(s: text) { count(words(after(s, ":")) ?? []) }', {"s": "a b"}, 0.0),
    ('reward r(s: text) { count(words(after(s, ":")) ?? []) }', {"s": "a:b c"}, 2.0),
    # Texts.
    ("reward r(s: text, t: text?) { if (t == s) ?? false then 1 else 0 }", {"s": "a", "t": None}, 0.0),
    ('reward r(s: text) { if "b" in s then 1 else 0 }', {"s": "abc"}, 1.0),
    ("reward r(s: text, t: text[row]) { if s in t then 1 else 0 }", {"s": "a", "t": ["b", "a"]}, 1.0),
    ('reward r(n: int) { if t"n is {n}." == "n is 3." then 1 else 0 }', {"n": 3}, 1.0),
    ("reward r(s: text?) { if matches(s, /a+b/) ?? true then 1 else 0 }", {"s": "xaab"}, 1.0),
    # JSON: look-ups are missing where there is nothing, or null.
    ("reward r(d: json) -> float? { number(d.a.b) }", {"d": {"a": {"b": 2}}}, 2.0),
    ('reward r(d: json) -> float? { number(d["a"][1]) }', {"d": {"a": [1, 5]}}, 5.0),
    ("reward r(d: json) -> float? { number(d.a) }", {"d": {"a": None}}, None),
    ("reward r(d: json) -> float? { number(d.a) }", {"d": [1]}, None),
    ("reward r(d: json) -> float? { number(d.a) }", {"d": {"a": True}}, None),
    ("reward r(s: text) -> float? { number(json(s).a) }", {"s": '{"a": 1, "a": 3}'}, 3.0),
    ("reward r(s: text) -> float? { number(json(s).a) }", {"s": '{"a": '}, None),
    # Records: extra keys are ignored; an optional field of a wrong type is missing, null is missing.
    (ITEM + "reward r(items: Item[item]) { sum(items.size) }", THREE, 9.5),
    (ITEM + "reward r(items: Item[item]) { count(present(items.tag)) }", THREE, 1.0),
    (ITEM + "reward r(items: Item[item]) -> float[item] { sum(items.marks * items.size over mark) }", THREE, [6.0, 0.0, 20.0]),
    (ITEM + "reward r(s: text) { if present(json(s, Item)) then 1 else 0 }", {"s": '{"name": "a", "size": 1, "marks": []}'}, 1.0),
    (ITEM + "reward r(s: text) { if present(json(s, Item)) then 1 else 0 }", {"s": '{"name": "a", "size": "1", "marks": []}'}, 0.0),
    (ITEM + "reward r(s: text) { if present(json(s, Item)) then 1 else 0 }", {"s": '{"name": "a", "size": 1, "marks": [true]}'}, 0.0),
    (ITEM + "reward r(s: text) -> float? { json(s, Item).size }", {"s": '{"name": "a"}'}, None),
    # A def on records, for each pair of two lists.
    (ITEM + "def like(x: Item, y: Item) = if x.name == y.name then x.size * y.size else 0\n"
     "reward r(items: Item[item]) { let o: Item[other] = rename(items, item: other) return sum(like(items, o) over (item, other)) }",
     THREE, 32.25),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "sample", "expected"), CASES)
def test_one_sample(spec: str, sample: dict[str, Any], expected: Any) -> None:
    assert totals(spec, sample) == [expected if isinstance(expected, list | None) else pytest.approx(expected)]
