"""Questions that are answered together have the answers that each has alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import rewardlang
from rewardlang.backend.stage import stage
from rewardlang.columns.texts import Texts
from rewardlang.kernels.literals import passes, seek_all, shareable
from rewardlang.ops.registry import overloads
from rewardlang.regex.questions import Kind, Seek
from rewardlang.regex.shapes import delimited
from rewardlang.regex.syntax import parse

if TYPE_CHECKING:
    from rewardlang.ops.builtin import Rows

PIECES = [
    "<think>", "</think>", "<answer>", "</answer>", "<a>", "</a>", "```", "````", "```json\n", "x", "\n", " ", "\u3000",
    "é", "日", "\0", "<A>", "</a >", "<OutPut >", "<output>", "</OUTPUT>", "</ouTput\0>", "\x2fOUTPUT>", "<", "<<", "$$", "$", "\\boxed{", "}", "<answer>42", "PP", "a" * 70,
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=24).map("".join)
columns = st.lists(st.one_of(texts, st.text(alphabet="<$`a>/ \n", max_size=90)), min_size=1, max_size=6)
CALLS: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
    ("contains", ("</think>",), {}),
    ("contains", ("`" * 12,), {}),
    ("position", ("<answer>",), {"which": "first"}),
    ("position", ("$$",), {"which": "last"}),
    ("before", ("</think>",), {}),
    ("after", ("<think>",), {}),
    ("after", ("<<",), {"which": "last"}),
    ("before", ("\\boxed{",), {"which": "last"}),
    ("between", (), {"open": "<answer>", "close": "</answer>"}),
    ("between", (), {"open": "<answer>", "close": "</answer>", "which": "last"}),
    ("between", (), {"open": "$$", "close": "$$", "which": "last"}),
    ("between", (), {"open": "```", "close": "```"}),
    ("between", (), {"open": "<", "close": "<a>", "which": "last"}),
    ("count_matches", (), {"pattern": ("<think>", "")}),
    ("count_matches", (), {"pattern": ("<<", "")}),
    ("count_matches", (), {"pattern": (r"\$\$", "i")}),
    ("count_matches", (), {"pattern": ("```", "")}),
    ("find", (), {"pattern": ("<answer>(.*?)</answer>", "s")}),
    ("find", (), {"pattern": (r"<a>\s*(.*?)\s*</a>", "s")}),
    ("find", (), {"pattern": (r"<think>\s*(.*?)</a>", "s")}),
    ("find_last", (), {"pattern": (r"```(.*?)\s*```", "s")}),
    ("find_last", (), {"pattern": (r"<a>(.*?)</a>", "s")}),
    ("find", (), {"pattern": (r"<output>\s*(.*?)\s*<\/output>", "is")}),
    ("find", (), {"pattern": (r"<(.*?)</OutPut>", "is")}),
    ("find_last", (), {"pattern": (r"<A>\s*(.*?)\s*</a>", "is")}),
    ("find_last", (), {"pattern": (r"```(.*?)\s*<a>", "is")}),
]


def builtin_of(name: str) -> Rows:
    return overloads(name)[0]  # type: ignore[return-value]  # each is one of rows


def seek_of(name: str, constants: tuple[str, ...], options: dict[str, Any]) -> Seek:
    question = builtin_of(name).question(constants, options)
    assert isinstance(question, Seek)
    assert shareable(question)
    return question


def plain(builtin: Rows, result: Any) -> list[Any]:
    column, present = result if builtin.partial else (result, None)
    values = column.to_list() if isinstance(column, Texts) else column.tolist()
    return [value if present is None or present[row] else None for row, value in enumerate(values)]


@given(columns)
def test_literals_are_found_as_in_python(values: list[str]) -> None:
    x = Texts.of(values)
    seeks = [seek_of(*call) for call in CALLS]
    answered = 0
    for places in passes(seeks):
        for place, answer in zip(places, seek_all(x, [seeks[place] for place in places]), strict=True):
            name, constants, options = CALLS[place]
            builtin = builtin_of(name)
            wanted = [builtin.one(value, *constants, **options) for value in values]
            assert plain(builtin, builtin.answered(x, answer, constants, options)) == wanted, CALLS[place]
            others = [Texts.of([constant] * len(values)) for constant in constants]
            assert plain(builtin, builtin.rows(x, *others, **options)) == wanted, CALLS[place]
            answered += 1
    assert answered == len(CALLS)


@pytest.mark.parametrize(
    ("pattern", "flags"),
    [
        ("<a>(.*?)</a>", ""),
        ("<a>(.*)</a>", "s"),
        (r"<a>\s*(.*?)\s*\n</a>", "s"),
        (r"<a>\s+(.*?)</a>", "s"),
        ("<a>(?P<x>.*?)</a>", "s"),
        ("<i>(.*?)</i>", "is"),
        ("<a>(.*?)</s>", "is"),
        ("<é>(.*?)</é>", "is"),
        ("<a>(?i:(.*?)</a>)", "s"),
        ("<[ab]>(.*?)</a>", "is"),
        ("<[^a]>(.*?)</a>", "is"),
        ("<a>(.*?)(</a>)", "s"),
        ("(.*?)</a>", "s"),
        ("<a>(.*?)", "s"),
        ("<a>(.*?)</a>$", "s"),
        ("<a>", "s"),
    ],
)
def test_other_shapes_are_left_to_the_engine(pattern: str, flags: str) -> None:
    assert delimited(parse(pattern, flags)) is None


def test_common_and_long_literals_have_searches_of_their_own() -> None:
    assert not shareable(Seek(Kind.FIRST, b"the"))
    assert not shareable(Seek(Kind.FIRST, b"<" * 65))
    assert not shareable(Seek(Kind.PAIR, b"<a>", b""))
    assert shareable(Seek(Kind.FIRST, b"QZ"))
    assert not shareable(Seek(Kind.FIRST, b"qz", folded=True))


def test_rare_bytes_beyond_a_pass_are_looked_for_in_another() -> None:
    seeks = [Seek(Kind.COUNT, bytes([byte])) for byte in b"<>{}[]#"]
    assert [len(places) for places in passes(seeks)] == [4, 3]
    found = {
        place: answer.tolist()
        for places in passes(seeks)
        for place, answer in zip(
            places, seek_all(Texts.of(["<<>{[[["]), [seeks[place] for place in places]), strict=True
        )
    }
    assert found == {0: [2], 1: [1], 2: [1], 3: [0], 4: [3], 5: [0], 6: [0]}


SPEC = r"""
def answer(completion: text) -> text? = completion |> between("<answer>", "</answer>", which: last)
reward r(completion: text, gold: text?) -> float {
    let thought = completion |> find(/<think>\s*(.*?)\s*<\/think>/s)
    return sum {
        format: full_match(completion, /<think>.*?<\/think>\s*<answer>.*?<\/answer>/s)
        sorry: matches(completion, /\b(sorry|cannot)\b/i)
        word: matches(completion, /x\b/)
        tags: count_matches(completion, /<answer>/)
        said: if present(answer(completion)) then length(answer(completion) ?? "") else -1
        thought: length(thought ?? "none")
        end: if contains(completion, "</answer>") then 2 else 0
        tail: position(completion, "</answer>", which: last) ?? -1
        inner: matches(answer(completion) ?? "", /4/) and matches(answer(completion) ?? "", /2$/)
        gold: (if contains(gold ?? "", "<a>") then 1 else 0) + count_matches(gold ?? "", /<\/a>/)
    }
}
"""
REWARD = rewardlang.compile(SPEC)


@given(columns)
def test_a_reward_does_not_change_when_its_questions_are_shared(values: list[str]) -> None:
    values = [*values, "<think> ok </think>\n<answer>42</answer>", "sorry"] * 10
    golds = [value if row % 3 else None for row, value in enumerate(values)]
    with pytest.MonkeyPatch.context() as patch:
        together = REWARD(completion=values, gold=golds)
        patch.setattr(REWARD.executor, "staged", stage(REWARD.executor.graph))
        REWARD.executor.staged.__dict__["shared"] = {}
        alone = REWARD(completion=values, gold=golds)
    np.testing.assert_array_equal(together.total, alone.total)
    for path in REWARD.term_paths:
        np.testing.assert_array_equal(np.asarray(together.terms[path].raw), np.asarray(alone.terms[path].raw))


def test_the_questions_of_a_text_make_few_groups() -> None:
    shared = {id(group): group for group in REWARD.executor.staged.shared.values()}.values()
    groups = {id(one): one for group in shared for one in group.passes.values()}
    sizes = sorted((group.product is None, len(group.asking)) for group in groups.values())
    # Two patterns skip through the completion and one does not, two ask about the answer; its literals, and the gold's.
    assert sizes == [(False, 2), (False, 2), (True, 2), (True, 5)]
