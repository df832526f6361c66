"""Completions and prompts as texts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardlang.trainers.messages import asked, said, without_special
from rewardlang.trainers.openrlhf import response

TURN = [
    {"role": "assistant", "content": "I look it up.", "tool_calls": [{"name": "f"}]},
    {"role": "tool", "content": "<answer>42</answer>"},
    {
        "role": "assistant",
        "content": [{"type": "text", "text": "It is "}, {"type": "image"}, {"type": "text", "text": "42."}],
    },
]


@pytest.mark.parametrize(
    ("completion", "text"),
    [
        ("plain", "plain"),
        ("", ""),
        ([], ""),
        ([{"role": "assistant", "content": "one"}], "one"),
        ({"role": "assistant", "content": "one"}, "one"),
        (TURN, "I look it up.\nIt is 42."),
        ([{"role": "assistant", "content": None}], ""),
        ([{"role": "assistant"}], ""),
        ([{"role": "assistant", "content": 5}], ""),
        ([{"content": "no role"}], "no role"),
        (None, None),
        (["no", "messages"], ["no", "messages"]),
    ],
)
def test_what_the_model_said(completion: Any, text: Any) -> None:
    assert said(completion) == text


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("plain", "plain"),
        ([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}], "Why?"),
        (
            [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}],
            "c",
        ),
        ([{"role": "system", "content": "Be brief."}], ""),
    ],
)
def test_what_it_was_asked(prompt: Any, text: str) -> None:
    assert asked(prompt) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("yes<|im_end|>", "yes"),
        ("<s>yes</s><pad><pad>", "yes"),
        ("<｜end▁of▁sentence｜>yes", "yes"),
        ("<think>\n</think> <answer>1</answer>", "<think>\n</think> <answer>1</answer>"),
        ("a <| b |> c", "a <| b |> c"),
        ("<strong>x</strong><s2>", "<strong>x</strong><s2>"),
        (None, None),
    ],
)
def test_special_tokens_go_and_tags_stay(text: Any, left: Any) -> None:
    assert without_special(text) == left


@given(st.text(max_size=60))
def test_only_special_tokens_go(text: str) -> None:
    marked = f"<|im_start|>{text}<|im_end|>"
    plain = without_special(text)
    assert without_special(marked) == plain or "<" in text or text.endswith("|")


@given(st.text("ab", max_size=12), st.text("ab", max_size=12), st.integers(0, 12))
def test_the_response_is_what_follows_the_end_of_the_prompt(prompt: str, reply: str, cut: int) -> None:
    """Of a prompt that was cut from the left, the longest end that the query begins with is taken for prompt."""
    query = prompt[cut:] + reply
    longest = max(k for k in range(len(prompt) + 1) if query.startswith(prompt[len(prompt) - k :]))
    assert response(query, prompt) == query[longest:]


def test_a_long_response_is_found_in_linear_time() -> None:
    assert response("a" * 200_000 + "b", "c" + "a" * 200_000) == "b"
