"""Rewriting by patterns and balancing of brackets: the column lowerings give what the plain Python says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rewardlang
from rewardlang.ops import brackets, rewriting
from rewardlang.regex.machine import work
from rewardlang.regex.program import compile_pattern
from tests.ops_text.parity import agree, column, columns, lowered

REPLACE = rewriting.BUILTINS[0]
BALANCED = brackets.BUILTINS[0]
PATTERNS = [
    ("a", ""), ("", ""), (r"\s*", ""), ("(<)(/)?(a)?", ""), ("(?P<name>é|😀)|b", ""), ("(a*)(b*)", ""), (".*?(<).*", ""),
    ("^", "m"), (r"\b", ""), ("[!-/:-@]+", ""),
]  # fmt: skip
TEMPLATES = ["", "x", "é😀", "\\\\", "\\g<0>", "<\\g<0>\\g<0>>", "a\\\\1"]
braces = st.lists(st.text("{}aé\x00", max_size=140), max_size=6)


@given(values=columns, pattern=st.sampled_from(PATTERNS), template=st.sampled_from(TEMPLATES))
def test_every_match_is_replaced(values: list[str], pattern: tuple[str, str], template: str) -> None:
    assert REPLACE.refuse((), {"pattern": pattern, "template": template}) is None
    agree(REPLACE, [column(values)], [(value,) for value in values], pattern=pattern, template=template)


@given(values=columns, template=st.sampled_from(["\\1", "\\3\\2", "\\g<1>1", "\\2\\\\\\g<3>"]))
def test_groups_that_take_no_part_are_empty(values: list[str], template: str) -> None:
    agree(REPLACE, [column(values)], [(value,) for value in values], pattern=PATTERNS[3], template=template)


@given(values=columns)
def test_groups_by_name(values: list[str]) -> None:
    agree(REPLACE, [column(values)], [(value,) for value in values], pattern=PATTERNS[4], template="[\\g<name>]")


@given(template=st.text("\\g<>0123name", max_size=8), pattern=st.sampled_from(PATTERNS))
def test_a_template_that_is_taken_means_what_it_does_in_python(template: str, pattern: tuple[str, str]) -> None:
    if REPLACE.refuse((), {"pattern": pattern, "template": template}) is None:
        assert lowered(REPLACE, column(["a<a/é"]), pattern=pattern, template=template) == [
            re.sub(pattern[0], template, "a<a/é", flags=re.MULTILINE if pattern[1] else 0)
        ]


@pytest.mark.parametrize(
    ("template", "said"),
    [("\\2", "`2`"), ("\\g<other>", "`other`"), ("\\", "backslash"), ("\\n", "backslash"), ("\\100", "backslash")],
)
def test_a_template_that_means_nothing_is_refused(template: str, said: str) -> None:
    assert said in (REPLACE.refuse((), {"pattern": ("(?P<one>a)", ""), "template": template}) or "")
    written = template.replace("\\", "\\\\")
    with pytest.raises(rewardlang.CompileError):
        rewardlang.compile(f'reward r(x: text) -> score {{ replace_matches(x, /(?P<one>a)/, "{written}") == "" }}')


LITERALS = st.sampled_from(["a", "<a>", "é", "😀", " ", "ab", "\n", ">"])
PAIRS = st.lists(st.tuples(LITERALS, st.one_of(st.just(""), LITERALS, st.just("aa<a>"))), min_size=1, max_size=5)


@given(values=columns, pairs=PAIRS, times=st.sampled_from([1, 1, 100]))
def test_several_replacements_in_turn(values: list[str], pairs: list[tuple[str, str]], times: int) -> None:
    values = [value * times for value in values]
    agree(rewriting.REPLACE_IN_TURN, [column(values)], [(value,) for value in values], pairs=tuple(pairs))


@given(values=braces)
def test_the_beginning_up_to_where_braces_balance(values: list[str]) -> None:
    agree(BALANCED, [column(values)], [(value,) for value in values], open="{", close="}")


@pytest.mark.parametrize(("opening", "closing"), [("{", "{"), ("", "}"), ("{{", "}"), ("é", "}")])
def test_brackets_that_are_no_pair_are_refused(opening: str, closing: str) -> None:
    assert BALANCED.refuse((), {"open": opening, "close": closing}) is not None


HOSTILE = {
    "braces": "{" * 300_000 + "}" * 299_999,
    "one character": "a" * 10_000_000,
    "tags": "<a>" * 100_000,
    "nul": "\x00" * 100_000,
    "wide": "😀\u2028" * 100_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts(text: str) -> None:
    assert lowered(BALANCED, column([text, "{}"]), open="{", close="}") == [BALANCED.one(text, "{", "}"), "{}"]
    for pattern, template in ((("a+", ""), "b"), (("<(a)>|{(})?", ""), "\\1"), ((".", "s"), "")):
        found = lowered(REPLACE, column([text, "a"]), pattern=pattern, template=template)
        assert found == [REPLACE.one(text, pattern, template), REPLACE.one("a", pattern, template)]
    pairs = (("aa", "a"), ("<a>", ""), ("\x00", "aé"), ("é", ""))
    found = lowered(rewriting.REPLACE_IN_TURN, column([text, "a"]), pairs=pairs)
    assert found == [rewriting.REPLACE_IN_TURN.one(text, pairs), "a"]


@pytest.mark.parametrize(
    ("pattern", "unit"),
    [
        (r".*?\$(.*?)\$.*", "$"), (r".*?\$(.*?)\$.*", "a"), (r"\\text\{(.*?)\}", r"\text{"),
        (r"\\boxed\{(.*)\}", r"\boxed{"), (r"\\boxed\{(.*)\}", r"\boxed{}"), (r"\\frac([^{])([^{])", r"\frac1"),
        (r"\A\{(.*)\}\Z", "{"), (r"(?i)Answer\s*:\s*([^\n]+)", "answer "), (r"\A[^=]{0,2}=([^=]*)\Z", "="),
        (r"\A(0|-?[1-9][0-9]{0,4299})\/(0|-?[1-9][0-9]{0,4299})\Z", "1"), (r"\b(?:a|an|the)\b", "a "),
    ],
)  # fmt: skip
def test_work_doubles_with_the_text(pattern: str, unit: str) -> None:
    program = compile_pattern(pattern)
    texts = column([unit * 20_000]), column([unit * 40_000])
    once, twice = (work(program, text.buffer, text.starts, text.ends) for text in texts)
    assert twice <= 2.1 * once + 100_000
