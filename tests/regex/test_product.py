"""One automaton answers many questions as Python's `re` answers each."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest
from regex_strategies import column, python_flags, random_texts, valid_pattern

from rewardlang.regex import machine, product
from rewardlang.regex.product import build, grouped
from rewardlang.regex.questions import Question
from tests.reward.profile import scaled

PIECES = (
    "<think>", "</think>", "<answer>", "</answer>", "\n", " ", "\u3000", "é", "日本", "\U0001f600", "7", "٣", "sorry",
    "SORRY", "ſorry", "_", "[1, 2]", "\\boxed{", "}", "First,", "- ", "a@b.c", "\0", "12.5 kg", "```json\n", "```", ".",
)  # fmt: skip
FORMAT = Question(r"<think>.*?</think>\s*<answer>.*?</answer>", "s")
QUESTIONS = (
    FORMAT,
    Question(FORMAT.pattern, "s", full=True),
    Question(r"^<think>"),
    Question(r"\bsorry\b|\bcannot\b", "i"),
    Question(r"\\boxed\{[^{}]*\}"),
    Question(r"\d+(\.\d+)?\s*(km|kg|m)\b"),
    Question(r"^\s*[-*] ", "m"),
    Question(r"\w+@\w+\.\w+"),
    Question(r"[.!?]\s*$"),
    Question(r"\A[^é]*\Z", full=True),
    Question(r"\B_\B|^$", "m"),
    Question(""),
)


def said(question: Question, text: str) -> bool:
    oracle = re.compile(question.pattern, python_flags(question.flags))
    return bool(oracle.fullmatch(text) if question.full else oracle.search(text))


def assert_answers(questions: tuple[Question, ...], texts: list[str]) -> None:
    columns = column(texts)
    for group in grouped(questions):
        if group.product is None:
            continue
        answers = machine.ask(group.product, *columns)
        for bit, place in enumerate(group.places):
            wanted = [said(questions[place], text) for text in texts]
            assert (answers >> bit & 1).tolist() == wanted, (questions[place], questions)


def test_questions_of_rewards_are_answered_together() -> None:
    draw = random.Random(3)
    texts = ["", "\n", *("".join(draw.choices(PIECES, k=draw.randint(1, 16))) for _ in range(1000))]
    # Long ones, since rare bytes are looked for 64 at a time.
    texts += ["".join(draw.choices(PIECES, k=300)) for _ in range(20)]
    texts += ["x" * at + draw.choice(PIECES) + "y" * 70 for at in range(150)]
    assert sorted(place for group in grouped(QUESTIONS) for place in group.places) == list(range(len(QUESTIONS)))
    assert any(len(group.places) > 3 for group in grouped(QUESTIONS))
    assert_answers(QUESTIONS, texts)


@pytest.mark.parametrize("seed", range(scaled(4, 8, 100)))
def test_random_questions_are_answered_together(seed: int) -> None:
    draw = random.Random(100 + seed)
    for _ in range(40):
        asked = [(*valid_pattern(draw, 3), draw.random() < 0.3) for _ in range(draw.randint(1, 5))]
        assert_answers(tuple(Question(*question) for question in asked), random_texts(draw, 30))


@pytest.mark.parametrize("dropping", [True, False])
def test_both_ways_to_build_give_the_same_answers(dropping: bool) -> None:  # noqa: FBT001 - a case
    draw = random.Random(9)
    columns = column(["", *("".join(draw.choices(PIECES, k=draw.randint(1, 30))) for _ in range(300))])
    questions = QUESTIONS[:6]
    made = product._Subsets(questions, 10_000, dropping=dropping).product()
    alone = [build(question) for question in questions]
    wanted = sum((machine.ask(one, *columns) & 1) << bit for bit, one in enumerate(alone) if one is not None)
    np.testing.assert_array_equal(machine.ask(made, *columns), wanted)


def test_what_has_no_small_automaton_stands_alone() -> None:
    large = Question(r"[ab]*a[abc]{12}")
    groups = grouped((FORMAT, large, Question("<b>")))
    assert [group.places for group in groups if group.product is None] == [(1,)]
    assert (0, 2) in [group.places for group in groups]


def test_a_budget_that_is_exceeded_cuts_the_questions_into_groups() -> None:
    # Each remembers where it is, so that together they have the product of their states.
    questions = tuple(Question(f"<{c}>.*?<{c}1>.*?<{c}2>.*?<{c}3>.*?<{c}4>", "s") for c in "abcdefgh")
    groups = grouped(questions)
    assert 1 < len(groups) < len(questions)
    assert all(group.product is not None and group.product.states <= product.MOST_STATES + 1 for group in groups)
    draw = random.Random(0)
    tags = [f"<{c}{n}>" for c in "abcdefgh" for n in ("", "1", "2", "3", "4")]
    assert_answers(questions, ["".join(draw.choices(tags, k=120)) for _ in range(60)])
