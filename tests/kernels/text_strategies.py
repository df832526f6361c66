"""Columns of texts for tests: any characters, texts dense in what kernels look for, several layouts of the buffer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import numpy as np

from rewardlang.columns.texts import PADDING, Texts

if TYPE_CHECKING:
    from rewardlang.kernels.memory import Rows

Layout = Callable[[Sequence[str]], Texts]

any_text = st.text()
dense_text = st.text(alphabet="<>/ab \n\t\u00a0\u3000éß\0", max_size=12)
long_text = st.builds(lambda unit, times, tail: unit * times + tail, dense_text, st.integers(0, 40), any_text)
texts = st.one_of(any_text, dense_text, long_text).filter(lambda text: text.isascii() or text == encodable(text))
batches = st.lists(texts, max_size=8)
literals = st.one_of(
    st.text(alphabet="<>/ab \né", max_size=3),
    st.text(alphabet="ab", max_size=20),
    st.sampled_from(["<a>", "</a>", "é<", " "]),
)


def encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def tight(values: Sequence[str]) -> Texts:
    """Lay the values in reverse, with other characters between them and the smallest padding."""
    encoded = [value.encode() for value in values]
    blob = b"<\xc3\xa9"
    starts = np.zeros(len(values), dtype=np.int64)
    for row in reversed(range(len(values))):
        starts[row] = len(blob)
        blob += encoded[row] + (b"a\xe3\x80\x80>" if row else b"")
    ends = starts + np.array([len(value) for value in encoded], dtype=np.int64)
    return Texts(np.frombuffer(blob + bytes(PADDING), dtype=np.uint8), starts, ends)


layouts: st.SearchStrategy[Layout] = st.sampled_from([Texts.of, tight])


@st.composite
def columns(draw: st.DrawFn, rows: st.SearchStrategy[list[str]] = batches) -> tuple[list[str], Texts]:
    values = draw(rows)
    return values, draw(layouts)(values)


def nested(ragged: tuple[Rows, Texts]) -> list[list[str]]:
    offsets, parts = ragged
    flat = parts.to_list()
    return [flat[start:end] for start, end in pairwise(offsets.tolist())]
