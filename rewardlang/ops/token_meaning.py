"""What the tokenizers mean, in plain Python: the passes that define them."""

from __future__ import annotations

import re
from functools import cache

from rewardlang.kernels.unicode_marks import NUMBERS, PUNCTUATION, SYMBOLS

_13A = (
    (re.compile(r"([{-~\[-` -&(-+:-@/])"), r" \1 "),
    (re.compile(r"([^0-9])([.,])"), r"\1 \2 "),
    (re.compile(r"([.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)
_REWRITTEN = (("<skipped>", ""), ("-\n", ""), ("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))


def _class(spans: tuple[int, ...]) -> str:
    pairs = zip(spans[::2], spans[1::2], strict=True)
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in pairs)


@cache
def _intl() -> tuple[tuple[re.Pattern[str], str], ...]:
    numbers, marks, symbols = map(_class, (NUMBERS, PUNCTUATION, SYMBOLS))
    return (
        (re.compile(f"([^{numbers}])([{marks}])"), r"\1 \2 "),
        (re.compile(f"([{marks}])([^{numbers}])"), r" \1 \2"),
        (re.compile(f"([{symbols}])"), r" \1 "),
    )


def tokenized(text: str, by: str) -> list[str]:
    """The tokens of a text."""
    if by == "13a":
        for old, new in _REWRITTEN:
            text = text.replace(old, new)
        return _passed(f" {text} ", _13A)
    if by == "intl":
        return _passed(text, _intl())
    if by == "char":
        return " ".join(text).split()
    if by == "wordpunct":
        return re.findall(r"\w+|[^\w\s]+", text)
    return text.split()


def _passed(text: str, passes: tuple[tuple[re.Pattern[str], str], ...]) -> list[str]:
    for pattern, replacement in passes:
        text = pattern.sub(replacement, text)
    return text.split()
