"""Hypothesis strategies for JSON texts, with the odd corners of the grammar."""

from __future__ import annotations

import json

from hypothesis import strategies as st

SPACE = st.sampled_from(["", "", " ", "\n\t", "\r "])
INTEGERS = st.integers(-(2**70), 2**70) | st.integers(-3, 3) | st.integers(2**53 - 3, 2**53 + 3)
LITERALS = st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][-+]?[0-9]{1,3})?", fullmatch=True)
NUMBERS = INTEGERS.map(str) | st.floats(allow_nan=False, allow_infinity=False).map(repr) | LITERALS
SMALL_NUMBERS = st.sampled_from(["0", "-0", "0.0", "-0.0", "1", "1.0", "1e0", "10e-1", "true", "false"])
_LONE = [r"\ud800", r"\udc00", r"\ud83d\ud83d\ude00", r"\ud83dA", r"\ud83d\n", r"\udbff\udfff"]
_PLAIN = [r"\"", r"\\", r"\/", r"\b", r"\f", r"\n", r"\r", r"\t", r"\u0000", r"\u00e9", r"\u20AC", r"\ud83d\ude00"]
ESCAPES = st.sampled_from(_PLAIN + _LONE)
PLAIN = st.text(st.characters(codec="utf-8"), max_size=40).map(lambda text: json.dumps(text, ensure_ascii=False)[1:-1])
STRINGS = st.lists(PLAIN | ESCAPES, max_size=4).map(lambda pieces: f'"{"".join(pieces)}"')
KEYS = st.sampled_from(['"a"', '"b"', r'"\u0061"', '""', '"a longer key of words"', r'"\ud800"']) | STRINGS
WORDS = st.sampled_from(["null", "true", "false", "NaN", "Infinity", "-Infinity"])


def _join(opening: str, parts: list[str], closing: str) -> str:
    return opening + ",".join(parts) + closing


def _containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    spaced = st.tuples(SPACE, inner, SPACE).map("".join)
    member = st.tuples(SPACE, KEYS, SPACE, st.just(":"), spaced).map("".join)
    arrays = st.lists(spaced, max_size=5).map(lambda parts: _join("[", parts, "]"))
    return arrays | st.lists(member, max_size=6).map(lambda parts: _join("{", parts, "}")) | st.just("[ ]")


TEXTS = st.tuples(SPACE, st.recursive(NUMBERS | SMALL_NUMBERS | STRINGS | WORDS, _containers), SPACE).map("".join)
