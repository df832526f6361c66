from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardlang.columns.texts import Texts
from rewardlang.ops.substrings import LARGEST, SubstringRepetition

REPEATING = st.text("ab", max_size=60) | st.text("abcé🤔\0", max_size=40) | st.text(max_size=30)


def shares(*texts: str) -> list[float]:
    values, present = SubstringRepetition().rows(Texts.of(texts))
    assert present.all()
    return values.tolist()


@given(st.lists(REPEATING, max_size=5))
def test_rows_are_the_meaning(texts: list[str]) -> None:
    columns = Texts.of(texts)
    assert shares(*columns.to_list()) == pytest.approx([SubstringRepetition().one(text) for text in columns.to_list()])


@given(REPEATING)
def test_different_substrings_are_counted(text: str) -> None:
    text = Texts.of([text])[0]
    different = {text[start:end] for start in range(len(text)) for end in range(start + 1, len(text) + 1)}
    total = len(text) * (len(text) + 1) / 2
    assert shares(text) == pytest.approx([1 - len(different) / total if text else 0])


@pytest.mark.parametrize("unit", ["a", "ab", "\0", "é🤔", "9" * 1000 + "8", "{"])
def test_large_texts(unit: str) -> None:
    text = unit * (LARGEST // len(unit.encode()))
    assert 0.99 < shares(text)[0] < 1
    values, present = SubstringRepetition().rows(Texts.of([text + unit * 2, ""]))
    assert present.tolist() == [False, True]
    assert values.tolist() == [0, 0]
