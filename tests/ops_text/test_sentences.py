"""Whole words and sentences: the kernels give what plain Python says, in time that grows with the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardlang.kernels import prose
from rewardlang.ops.registry import overloads
from tests.ops_text.parity import agree, column, lowered, texts

(COUNT_WORD,) = overloads("count_word")
(COUNT_PART,) = overloads("count_part")
(SENTENCES,) = overloads("sentences")
PIECES = (
    ".", "!", "?", "…", "。", "！", "？", '"', "'", "”", "’", "»", ")", "]", "」", "』", "）", "(", " ", "\n", "\u3000", "\x1c", "a", "b",
    "A", "Mr", "Dr", "Mrs", "Prof", "e.g", "i.e", "approx", "_", "é", "1", "\u203f", "\u20ac", "\u301c", "\uff0c", "😀", ". ", "! ",
)  # fmt: skip
prose_texts = st.one_of(texts, st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
words = st.one_of(st.text(st.sampled_from("ab _é!"), max_size=3), prose_texts)


@given(rows=st.lists(st.tuples(st.text(st.sampled_from("ab _é!\n"), max_size=12), words), max_size=5))
def test_words_are_counted_with_what_stands_beside_them(rows: list[tuple[str, str]]) -> None:
    arguments = [column([value for value, _ in rows]), column([word for _, word in rows])]
    agree(COUNT_WORD, arguments, rows)
    agree(COUNT_PART, arguments, rows)


@given(values=st.lists(prose_texts, max_size=5), word=words)
def test_one_word_is_counted_in_all_rows(values: list[str], word: str) -> None:
    shared = column([word]).take([0] * len(values))  # type: ignore[arg-type]  # any index array
    agree(COUNT_WORD, [column(values), shared], [(value, word) for value in values])


@given(values=st.lists(prose_texts, max_size=6))
def test_sentences_are_those_of_python(values: list[str]) -> None:
    agree(SENTENCES, [column(values)], [(value,) for value in values])


@given(value=prose_texts)
def test_sentences_stand_in_the_text_in_order(value: str) -> None:
    at = 0
    for sentence in SENTENCES.one(value):
        assert sentence == sentence.strip()
        at = value.index(sentence, at) + len(sentence)


def test_abbreviations_of_kernel_and_meaning_are_the_same() -> None:
    for word in prose.ABBREVIATIONS:
        assert SENTENCES.one(f"{word}. B c. d") == [f"{word}. B c.", "d"]
    agree(SENTENCES, [column(["x. B. c. D", "approximately. e", "amr. b"])], [
        ("x. B. c. D",), ("approximately. e",), ("amr. b",),
    ])  # fmt: skip


HOSTILE = ("a", "ab", "a ", "é", ".", "A.", "A. ", '"', '."', "。", "\x00", " ", "_", "aa!", "\u2026")


@pytest.mark.parametrize("piece", HOSTILE)
def test_work_grows_with_the_text(piece: str) -> None:
    """It ends at all: what is quadratic would need hours for these."""
    text = piece * (2_000_000 // len(piece))
    agree(SENTENCES, [column([text])], [(text,)])
    for word in (piece, piece * 1000, text[:-1], text[1:], text[: len(text) // 2], "", piece * 9 + "b"):
        (found,) = lowered(COUNT_WORD, column([text]), column([word]))
        assert 0 <= found <= text.count(word)
    assert lowered(COUNT_WORD, column([text]), column([text])) == [1]
