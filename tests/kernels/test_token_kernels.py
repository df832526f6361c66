"""Tokenizers against the libraries that define them, on texts made of what their rules look at."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import _get_tokenizer
from text_strategies import any_text, encodable, layouts

from rewardlang.columns.texts import Texts
from rewardlang.kernels import tokens
from rewardlang.kernels.tokens import TOKENIZERS, tokenize
from rewardlang.ops.token_meaning import tokenized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from text_strategies import Layout

PIECES = (
    *"..,,--015a'&<>;/ \n\t_\"", "-\n", "<skipped>", "&quot;", "&amp;", "&lt;", "&gt;", "&amp;lt;", "é", "\u3000", "\x1c",
    "\x85", "\u2028", "中", "。", "¾", "٣", "²", "$", "€", "«", "…", "‐", "\u0301", "\u0e38", "\u200d", "😀", "\U0001f1e9",
    "word", "10.5", "1,000", "don't", "e-mail",
)  # fmt: skip
PIECED = st.lists(st.sampled_from(PIECES), max_size=24).map("".join)
LINES = st.lists(st.one_of(PIECED, any_text.filter(lambda text: text == encodable(text))), max_size=6)
NAMES = pytest.mark.parametrize("by", TOKENIZERS)


def cut(texts: Texts, by: str) -> list[list[str]]:
    found = tokenize(texts, by)
    flat = found.texts.to_list()
    assert len(found.hashes) == len(flat)
    return [flat[start:end] for start, end in pairwise(found.offsets.tolist())]


def theirs(text: str, by: str) -> list[str]:
    """The tokens of the library."""
    if by == "wordpunct":
        return re.findall(r"\w+|[^\w\s]+", text)
    return _get_tokenizer("none" if by == "whitespace" else by)()(text).split()


@NAMES
@given(lines=LINES, layout=layouts)
def test_tokens_are_those_of_the_library(by: str, lines: list[str], layout: Layout) -> None:
    assert cut(layout(lines), by) == [theirs(line, by) for line in lines]


@NAMES
@given(line=PIECED)
def test_the_meaning_is_that_of_the_library(by: str, line: str) -> None:
    assert tokenized(line, by) == theirs(line, by)


@pytest.mark.parametrize("side", ["", "5", "a", " ", "-", "€"])
@pytest.mark.parametrize("by", ["13a", "intl"])
def test_runs_of_points_between_all_kinds_of_neighbours(by: str, side: str) -> None:
    lines = [
        side + "".join(run) + end for n in range(7) for run in ("." * n, ".," * n) for end in ("", "5", "a", " ", "€")
    ]
    assert cut(Texts.of(lines), by) == [theirs(line, by) for line in lines]


def test_marks_symbols_and_numbers_are_those_of_the_library() -> None:
    everything = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    classes = tokens._classes("intl")
    for kind, pattern in ((tokens.POINT, r"\p{P}"), (tokens.ALONE, r"\p{S}"), (tokens.DIGIT, r"\p{N}")):
        assert set(np.flatnonzero(classes == kind).tolist()) == set(map(ord, regex.findall(pattern, everything)))


HOSTILE = ["", "\0" * 5, "a" * 100_000, "." * 100_001, "5.," * 50_000, "-\n" * 50_000, "&amp;" * 30_000, "😀" * 30_000,
           "<skipped>" * 20_000, "\u3000" * 30_000, "<a>" * 100_000]  # fmt: skip


@NAMES
def test_long_runs_of_anything(by: str) -> None:
    assert cut(Texts.of(HOSTILE), by) == [theirs(text, by) for text in HOSTILE]


@pytest.mark.parametrize("texts", [[], [""], ["a"], ["-\n"], ["", "x&amp;y", "", "<skipped>"]])
@NAMES
def test_few_rows(by: str, texts: Sequence[str]) -> None:
    assert cut(Texts.of(texts), by) == [theirs(text, by) for text in texts]


def test_ten_megabytes_of_one_character() -> None:
    (found,) = (tokenize(Texts.of(["." * 10_000_000]), "13a"),)
    assert found.offsets.tolist() == [0, 10_000_000]
    assert len(set(found.hashes[::9999].tolist())) == 1
