"""Pairs of texts with much in common, and hostile ones: what metrics of texts are tested on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = (
    "the", "The", "cat", "cats", "sat", "a", "running", "skies", "relational", "conditional", "İstanbul", "273\u212a",
    "naïve", "漢字", "🤔", "(hi)", "'quoted'", "end.", "...", "-", "x" * 70, "abcdefgh", "abcdefgi", "abcdefghi", "0",
    "42", "\0", "ß", "ΑΣ",
)  # fmt: skip
GAPS = (" ", " ", " ", "  ", "\n", "\t", "\u3000", ", ", "")
MEGABYTES = 10**7

words = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS)).map("".join), max_size=30).map("".join)
letters = st.text(alphabet="ab ", max_size=150)
any_text = st.text(st.characters(codec="utf-8"), max_size=30)
texts = st.one_of(words, letters, any_text)


@st.composite
def changed(draw: Callable[..., str], source: st.SearchStrategy[str]) -> tuple[str, str]:
    """A text, and what is left of it when parts are cut out or put elsewhere."""
    text = draw(source)
    first, last = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    kept = draw(st.sampled_from([text[:first] + text[last:], text[first:last], text[last:] + text[:first], text]))
    return text, kept


pairs = st.one_of(st.tuples(texts, texts), changed(words), changed(letters))
batches = st.lists(pairs, min_size=1, max_size=8)
