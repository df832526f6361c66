"""The engine agrees with Python's `re`, span for span, and takes time linear in the text."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest
from regex_strategies import column, python_flags, random_pattern, random_texts, valid_pattern

from rewardlang.regex import machine
from rewardlang.regex.program import compile_pattern
from rewardlang.regex.syntax import RegexError
from tests.reward.profile import scaled

REWARD_PATTERNS = [
    (r"<think>.*?<\/think>\s*<answer>.*?<\/answer>", "s"),
    (r"<think>.*?</think>\s*<answer>.*?\{.*\[\d+,\s*\d+,\s*\d+,\s*\d+\].*\}.*?</answer>", "s"),
    (r"\[(\d+),\s*(\d+),\s*(\d+),\s*(\d+)]", ""),
    (r"'action':\s*'(\w+)'", ""),
    (r"^<think>.*?</think>\n<tool_call>\n.*?\n</tool_call>\n<response>.*?</response>$", "s"),
    (r"^<think>\n.*?\n</think>\n<answer>\n.*?\n</answer>$", "sm"),
    (r"(Step \d+:|^\d+\.|\n-|\n\*|First,|Second,|Next,|Finally,)", ""),
    (r"[-+]?\d+(\.\d+)?", ""),
    (r"(?i)\b(sorry|cannot|unable)\b", ""),
    (r"\\boxed\{", ""),
    (r"```json(.*?)```", "s"),
    (r"<output>\s*(.*?)\s*</output>", "si"),
    (r"(?P<key>\w+)=(?P<value>[^;]*);", ""),
    (r"^\s*([-*]|\d+\.)\s+(.*)$", "m"),
    (r"<answer>.*?</answer>", ""),
    (r"(?:First|Next|Then)\b.*\.$", "m"),
]
PIECES = [
    *(
        "<think>",
        "</think>",
        "<answer>",
        "</answer>",
        "\n",
        " ",
        "\u3000",
        "{",
        "}",
        "[1, 2,\t3,4]",
        "[12,3,4,5",
        "7",
        "-1.5",
    ),
    *("'action': 'click'", "'action':''", "\\boxed{", "```json", "```", "<OUTPUT>", "</output>", "k=v;", "é=日;", "="),
    *(
        "Step 1:",
        "1.",
        "\n-",
        "First,",
        "First one.",
        "sorry",
        "\u017forry",
        "unable",
        "x",
        "\U0001f600",
        "\u0663",
        "a" * 20,
    ),
    *(
        "<tool_call>\n",
        "\n</tool_call>",
        "\n<response>",
        "</response>",
        "<think>\n",
        "\n</think>\n<answer>\n",
        "\n</answer>",
    ),
]


def spans(match: re.Match[str] | None, groups: int, text: str, start: int) -> list[int]:
    if match is None:
        return [-1] * (2 * groups + 2)
    places = [place for group in range(groups + 1) for place in match.span(group)]
    return [start + len(text[:place].encode()) if place >= 0 else -1 for place in places]


def assert_as_python(pattern: str, flags: str, texts: list[str]) -> None:
    oracle = re.compile(pattern, python_flags(flags))
    program = compile_pattern(pattern, flags)
    columns = column(texts)
    starts = columns[1]
    found, whole = machine.search(program, *columns), machine.search(program, *columns, full=True)
    edges, every = machine.find_all(program, *columns)
    groups = oracle.groups
    for row, text in enumerate(texts):
        where = (pattern, flags, text)
        start = int(starts[row])
        matches = [spans(match, groups, text, start) for match in oracle.finditer(text)]
        assert found[row].tolist() == spans(oracle.search(text), groups, text, start), where
        assert whole[row].tolist() == spans(oracle.fullmatch(text), groups, text, start), where
        assert every[edges[row] : edges[row + 1]].tolist() == matches, where
    assert machine.test(program, *columns).tolist() == [oracle.search(text) is not None for text in texts], pattern
    assert machine.test(program, *columns, full=True).tolist() == [bool(oracle.fullmatch(t)) for t in texts], pattern
    assert machine.count(program, *columns).tolist() == np.diff(edges).tolist(), pattern


@pytest.mark.parametrize(("pattern", "flags"), REWARD_PATTERNS)
def test_reward_patterns_match_as_in_python(pattern: str, flags: str) -> None:
    draw = random.Random(1)
    texts = ["", *("".join(draw.choices(PIECES, k=draw.randint(1, 14))) for _ in range(400))]
    assert_as_python(pattern, flags, texts)


@pytest.mark.parametrize("seed", range(scaled(4, 8, 100)))
def test_random_patterns_match_as_in_python(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(200):
        pattern, flags = valid_pattern(draw)
        assert_as_python(pattern, flags, random_texts(draw, 6))


@pytest.mark.parametrize("seed", range(2))
def test_what_python_refuses_is_refused(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(500):
        pattern = random_pattern(draw, 4)
        try:
            re.compile(pattern)
        except re.error:
            with pytest.raises(RegexError):
                compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(|a)+b",
        r"(a|b*)*c",
        r"((a*)*b?)*",
        r"(?:(a)|b)*",
        r"(a?)*?$",
        r"(?:a*?b??)*",
        r"(a*)+?b",
        r"((?:a|ab)(?:c|bcd)*)",
    ],
)
def test_loops_over_empty_bodies_end_as_in_python(pattern: str) -> None:
    assert_as_python(pattern, "", ["", "a", "ab", "aab", "abc", "abcd", "ababcbcd", "b", "c", "caab\n"])


@pytest.mark.parametrize("escape", [r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", "."])
def test_classes_hold_the_same_characters_as_in_python(escape: str) -> None:
    # Characters that newer Unicode versions assign differ between interpreters: these blocks are settled.
    blocks = [range(0x2FF), range(0x370, 0x52F), range(0x660, 0x66A), range(0x1FFF, 0x2070), range(0x1D400, 0x1D800)]
    text = "".join(chr(point) for block in blocks for point in block)
    assert_as_python(escape, "", [text])


def test_case_is_ignored_with_pythons_equivalences() -> None:
    text = "kK\u212asS\u017f\u00b5\u03bc\u039c\u00df\u1e9eiI\u0130\u0131\u0390\u1fd3\ufb05\ufb06\U00010400\U00010428"
    for char in text:
        assert_as_python(char, "i", [text])
        assert_as_python(f"[^{char}]", "i", [text])
        assert_as_python(f"[{char}-\U0001ffff]", "i", [text])


def test_rows_may_overlap_and_see_only_their_own_span() -> None:
    buffer, _, _ = column(["xab abx"])
    starts, ends = np.array([0, 1, 1, 3, 4, 7]), np.array([7, 3, 3, 3, 6, 7])
    assert machine.test(compile_pattern(r"^\bab\b$"), buffer, starts, ends).tolist() == [
        False,
        True,
        True,
        False,
        True,
        False,
    ]


def test_no_rows_give_empty_results() -> None:
    columns = column([])
    program = compile_pattern("(a)|b")
    offsets, found = machine.find_all(program, *columns)
    assert machine.search(program, *columns).shape == (0, 4)
    assert offsets.tolist() == [0]
    assert found.shape == (0, 4)


@pytest.mark.parametrize(
    ("pattern", "unit"),
    [
        (r"(a+)+$", "a"),
        (r"(a+)+$", "aaaaaaab"),
        (r"(a|a)*b", "a"),
        (r"(.*)*x", "a"),
        (r"(.*?,){5}x", "a,"),
        (r"(?:[a-z]+)+!", "abc"),
        (r"(\w+)=(\w+);", "a"),
        (r"\w*\w*\w*=", "a"),
        (r".*?.*?.*?=", "a\n"),
        (r"(?:a?){20}a{20}c", "a"),
        (r"(x+x+)+y", "x"),
        (r"a(?:a*b)?", "a"),
        (r"(?:.*?b)*[cd]", "ab"),
        (r"(?:.*?b)*[cd]", "aaaaab"),
        (r"(?:.*b)*[cd]", "ab"),
        (r"(?:a*?b)*[cd]", "aab"),
        (r"(.*)*[xy]", "a"),
        (r"(a|a)*[bc]", "a"),
        (r"(?:ab|a)*[cd]", "ab"),
        (r"\w*\w*\w*[=;]", "a"),
        (r".*?.*?.*?[=;]", "a"),
        (r"(?:[a-z]+)+[!?]", "abc"),
        (r"[^b]*?b.*c", "ab"),
        (r".*?.*?<a>.*?<b>", "<a>"),
        (r"<a>.*?<b>.*?<c>", "<a><b>"),
        (r"(?:a{1,30}b?)*c", "ab"),
        (r"\b(\w+ )*\w+\.", "word "),
        (r"^(.*\n)*x", "line\n"),
        (r"(?s)(a.*b.*)*c", "ab"),
        (r"(([a-zA-Z0-9])+)+$", "a1"),
        (r"^(([a-z])+.)+[A-Z]([a-z])+$", "ab."),
        (r"^([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*@x$", "a_"),
        (r"(\s*\n)+x", " \n"),
        (r"(?:\d+,?)+;", "12"),
        (r"(<think>.*?</think>\s*)+<answer>", "<think>a</think> "),
        (r"(?i)(?:é|É|e)+$", "éÉe!"),
    ],
)
def test_work_doubles_with_the_text(pattern: str, unit: str) -> None:
    program = compile_pattern(pattern)
    work = [machine.work(program, *column([unit * (size // len(unit))])) for size in (4_000, 8_000, 16_000)]
    assert work[1] <= 2.1 * work[0] + 100
    assert work[2] <= 2.1 * work[1] + 100
