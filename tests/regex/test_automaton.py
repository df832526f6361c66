"""Automata say what Python's `re` says, and so does the machine without them."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rewardlang.columns.texts import Texts
from rewardlang.regex import machine
from rewardlang.regex.program import Program, compile_pattern

if TYPE_CHECKING:
    from collections.abc import Callable

PIECES = (
    "<think>", "</think>", "<answer>", "</answer>", "[1, 2, 3, 4]", "[12,3", "\n", " ", "é", "٣", "abc",
    "aab", "aaab", "aaba!",
    "'action': 'go'",
    "'action':x", "{", "}", "a", "b", "c", "!", "Step 1:", "1.", "x=1;", "```json", "```", "<output>", "</output>",
    "\\boxed{", "ab", "]", "日本", "\u00a0", "x", "ü", "bcd", "=", ";", "aaaa", "\r\n",
)  # fmt: skip
# Pattern, flags, whether there is a decider, a full decider and a walker.
PATTERNS = (
    (r"<think>.*?</think>\s*<answer>.*?</answer>", "s", True, True, False),
    (r"<think>.*?</think>\s*<answer>.*?\{.*\[\d+,\s*\d+\].*\}.*?</answer>", "s", True, True, False),
    (r"\[(\d+),\s*(\d+)(?:,\s*(\d+))?", "", True, True, True),
    (r"'action':\s*'(\w+)'", "", True, True, True),
    (r"^<think>.*?</think>\n<answer>\n.*?\n</answer>$", "s", True, True, False),
    (r"[-+]?\d+(\.\d+)?", "", True, True, True),
    (r"\\boxed\{([^{}]*)\}", "", True, True, True),
    (r"(?P<key>\w+)=(?P<value>[^;]*);", "", True, True, True),
    (r"(a+)+$", "", True, True, False),
    (r"(a|ab)(c|bcd)?$", "", True, True, False),
    (r"$", "", True, True, False),
    (r"x*", "", True, True, False),
    (r".{2,3}b", "s", True, True, False),
    (r"(a)|b", "", True, True, True),
    (r"(a*)(b?)c", "", True, True, True),
    (r"aab(a*)!", "", True, True, True),
    (r"</(answer|think)>", "", True, True, True),
    (r"\Aab\Z", "", True, True, False),
    (r"a\n$", "", True, True, False),
    (r"[é-ü]+x", "", True, True, True),
    (r"\bab\b", "", True, True, False),
    (r"(?i)\b(ab|x)\B.?$", "m", True, True, False),
    (r"[ab]*a[abc]{12}", "", False, False, False),
)


def _texts(count: int, seed: int) -> list[str]:
    random_ = random.Random(seed)
    drawn = ["".join(random_.choice(PIECES) for _ in range(random_.randint(0, 10))) for _ in range(count)]
    return [*drawn, "", "\n", "a\n", "a\n\n", "ab"]


def _groups(match: re.Match[str] | None, text: str, begin: int, count: int) -> list[int]:
    places = [match.span(group) if match else (-1, -1) for group in range(count + 1)]
    return [-1 if at < 0 else begin + len(text[:at].encode()) for place in places for at in place]


@pytest.mark.parametrize(("pattern", "flags", "decides", "decides_full", "walks"), PATTERNS, ids=lambda v: str(v)[:24])
def test_automata_agree_with_re(pattern: str, flags: str, *, decides: bool, decides_full: bool, walks: bool) -> None:
    program = compile_pattern(pattern, flags)
    known = (program.decider is not None, program.full_decider is not None, program.walker is not None)
    assert known == (decides, decides_full, walks)
    compiled = re.compile(pattern, sum(getattr(re, flag.upper()) for flag in flags))
    texts = _texts(1500, seed=len(pattern))
    column = Texts.of(texts)
    place = (column.buffer, column.starts, column.ends)
    assert machine.test(program, *place).tolist() == [bool(compiled.search(text)) for text in texts]
    assert machine.test(program, *place, full=True).tolist() == [bool(compiled.fullmatch(text)) for text in texts]
    found = machine.search(program, *place)
    for row, text in enumerate(texts):
        expected = _groups(compiled.search(text), text, int(column.starts[row]), program.group_count)
        assert found[row].tolist() == expected, text


class _Bare(Program):
    """A program whose automata are hidden, so that the machine decides."""

    decider = full_decider = walker = None  # type: ignore[assignment]


@pytest.mark.parametrize(("pattern", "flags"), [row[:2] for row in PATTERNS], ids=lambda v: str(v)[:24])
def test_machine_agrees_with_automata(pattern: str, flags: str) -> None:
    program = compile_pattern(pattern, flags)
    column = Texts.of(_texts(800, seed=7))
    place = (column.buffer, column.starts, column.ends)
    bare = _Bare(program.pattern)
    calls: list[Callable[[Program], np.ndarray]] = [
        lambda known: machine.test(known, *place),
        lambda known: machine.test(known, *place, full=True),
        lambda known: machine.search(known, *place),
    ]
    for call in calls:
        np.testing.assert_array_equal(call(program), call(bare))


def test_walker_gives_up_before_it_is_quadratic() -> None:
    program = compile_pattern(r"\d+x", "")
    assert program.walker is not None
    text = "1" * 200_000
    column = Texts.of([text, text + "x"])
    found = machine.search(program, column.buffer, column.starts, column.ends)
    assert found.tolist() == [[-1, -1], [int(column.starts[1]), int(column.ends[1])]]
