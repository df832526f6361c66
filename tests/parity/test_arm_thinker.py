"""ARM-Thinker's rewards against its published table and regular expressions, in plain Python, on combinations of parts."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import pytest

import rewardlang

if TYPE_CHECKING:
    from collections.abc import Callable

FORM = re.compile(r"^\s*<think>\s*(.*?)\s*</think>\s*<answer>\s*(.*?)\s*</answer>\s*$", re.DOTALL | re.IGNORECASE)
BETTER = r"Answer\s*(%s)\s*is\s*(?:the\s*)?(?:slightly\s*)?(?:%s)"
BEFORE = (
    "", "<tool_response>x</tool_response>\nassistant\n", "<tool_response>This is the zoom-in image</tool_response>assistant\n",
    "This is the zoom-in image", "<tool_response>Here is page image #3</tool_response>\nassistant\n", "assistant\nassistant\n",
)  # fmt: skip
THOUGHTS = (
    "<think>t</think>",
    "<THINK>\n</think>\n",
    "<think></think><tool_call>",
    "<think>a</think><answer>b</answer>",
    "",
)
ANSWERS = (
    "Answer 1 is better.", "answer2is the slightly PREFERRED", "Answer 2 is correct. No: Answer 1 is correct", " 1 ", "Overall judgment:\nTRUE",
    "it is not true but False", "", "Answer 12 is better", "Overall Judgment: False",
)  # fmt: skip
AFTER = ("</answer>", "</ANSWER>\n ", "</answer>.", "</tool_call></answer>", "")
RESPONSES = [
    f"{before}{thought}<answer>{answer}{after}"
    for before, thought, answer, after in itertools.product(BEFORE, THOUGHTS, ANSWERS, AFTER)
]


def read(response: str) -> tuple[str | None, str]:
    """The answer of the last turn, None where its form is wrong; and the last turn."""
    turn = response.rsplit("assistant\n", maxsplit=1)[-1].strip()
    found = FORM.match(turn)
    silent = re.search(r"</?tool_call>", turn, re.IGNORECASE) is None
    return (found[2].strip() if found and silent else None), turn


def last(pattern: str, text: str) -> str | None:
    return next((found[1] for found in reversed(list(re.finditer(pattern, text, re.IGNORECASE)))), None)


def table(response: str, verdict: Callable[[str], bool], *marks: str) -> float:
    answer, _ = read(response)
    if answer is None:
        return 0.0
    if verdict(answer):
        return 1.5 if any(mark in response for mark in marks) else 1.0
    return 0.4 if "<tool_response>" in response else 0.3


PAGES = ("Concatenated page images for query", "Here is page image #")


def crop(response: str, truth: str) -> float:
    def right(answer: str) -> bool:
        return (last(BETTER % ("[12]", "better|preferred|correct"), answer) or answer.lower()) == truth

    return table(response, right, "This is the zoom-in image")


def pages(response: str, truth: str) -> float:
    return table(response, lambda answer: last(BETTER % (r"\d+", "better|preferred"), answer) == truth, *PAGES)


def pages_of_one_fixed(response: str, truth: str) -> float:
    return table(response, lambda answer: (last(r"\b(True|False)\b", answer) or "").lower() == truth, *PAGES)


def instruction(response: str, truth: str) -> float:
    found = re.search(r"<answer>Overall Judgment:\s*(True|False)</answer>", response, re.IGNORECASE)
    return float(found is not None and found[1].lower() == truth)


def preference(response: str, truth: str) -> float:
    answer, turn = read(response)
    return float(last(BETTER % ("[12]", "better|preferred|correct"), turn if answer is None else answer) == truth)


@pytest.mark.parametrize(
    ("published", "truths"),
    [(crop, ("1", "2")), (pages, ("1", "12")), (pages_of_one_fixed, ("true", "false")), (instruction, ("true", "false")),
     (preference, ("1", "2"))],
)  # fmt: skip
def test_the_reward_is_the_published_one(published: Callable[[str, str], float], truths: tuple[str, ...]) -> None:
    reward = rewardlang.load(f"systems.arm_thinker:{published.__name__}")
    kinds = {"pages": int, "pages_of_one_fixed": lambda truth: truth == "true"}
    for truth in truths:
        given = kinds.get(published.__name__, str)(truth)
        wanted = [published(response, truth) for response in RESPONSES]
        assert reward(response=RESPONSES, truth=[given] * len(RESPONSES)).tolist() == pytest.approx(wanted)
        assert len(set(wanted)) > 1
