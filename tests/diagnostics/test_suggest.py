from __future__ import annotations

import pytest

from rewardlang.diagnostics import suggest
from rewardlang.diagnostics.suggest import edit_distance

KNOWN = [
    "accuracy",
    "box",
    "boxes",
    "choose",
    "clamp",
    "completion",
    "entries",
    "entry",
    "first",
    "first_box",
    "iou",
    "length",
    "matches",
    "max",
    "mean",
    "min",
    "missing-value",
    "predicted",
    "present",
    "score",
    "sum",
    "text_of",
]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("acuracy", "accuracy"),
        ("accurracy", "accuracy"),
        ("accuravy", "accuracy"),
        ("lenght", "length"),
        ("iuo", "iou"),
        ("Sum", "sum"),
        ("PRESENT", "present"),
        ("scores", "score"),
        ("match", "matches"),
        ("entrys", "entry"),
        ("boxs", "box"),
        ("predictd", "predicted"),
        ("firstBox", "first_box"),
        ("firstbox", "first_box"),
        ("first-box", "first_box"),
        ("box_first", "first_box"),
        ("missing_value", "missing-value"),
        ("maxx", "max"),
    ],
)
def test_slips(word: str, meant: str) -> None:
    assert suggest(word, KNOWN) == meant


@pytest.mark.parametrize(
    "word",
    ["", "_", "x", "b", "foo", "xam", "sun_dial", "reward", "penalty", "solution", "median", "q9", "日本"],
)
def test_no_nonsense(word: str) -> None:
    assert suggest(word, KNOWN) is None


def test_nothing_known() -> None:
    assert suggest("sum", ()) is None


def test_the_word_itself_is_no_suggestion() -> None:
    assert suggest("sum", ["sum"]) is None
    assert suggest("box", ["box", "boxes"]) == "boxes"


def test_the_nearest_wins_whatever_the_order() -> None:
    names = ["predicate", "predicted", "predict"]
    assert suggest("predictde", names) == suggest("predictde", names[::-1]) == "predicted"
    assert suggest("fora", ["forb", "fork"]) == suggest("fora", ["fork", "forb"]) == "forb"
    assert suggest("gain", ["main", "grin"]) == "grin"


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("ab", "ba", 1), ("ca", "abc", 3), ("kitten", "sitting", 3)],
)
def test_edit_distance(a: str, b: str, distance: int) -> None:
    assert edit_distance(a, b) == edit_distance(b, a) == distance
