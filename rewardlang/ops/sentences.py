"""Whole words and sentences of texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import Lists, Made, Parameter, Rows
from rewardlang.ops.text import LENGTH, X, needle
from rewardlang.types import INT, TEXT

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts
    from rewardlang.facts import Interval

_WIDE = "\u3002\uff01\uff1f"
_MARKS = f".!?\u2026{_WIDE}"
_CLOSING = "\"'\u201d\u2019\u00bb)\\]\u300d\u300f\uff09"
_RUN = re.compile(f"(?P<marks>[{_MARKS}]+)(?P<closing>[{_CLOSING}]*)")
_ABBREVIATED = re.compile(r"(?<!\w)(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|Sr|Jr|St|vs|etc|approx|cf|e\.g|i\.e)\Z")


class CountWord(Rows):
    r"""How often a word, or words in a row, stand in x with no letter, digit or underscore beside them.

    Shapes: x, word: any axes, broadcast by name.
    Units: occurrences.
    Missing: where x or word is.
    Errors: none.
    Source: the matches of Python's `(?<!\w)word(?!\w)`, the word escaped; without overlap. Case counts: `lower` both.
    Example: count_word("no, not now: no", "no") == 2
    """

    name = "count_word"
    parameters = (X, Parameter("word", (TEXT,)))
    result = INT

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return LENGTH

    def one(self, x: str, word: str) -> int:
        return len(re.findall(rf"(?<!\w){re.escape(word)}(?!\w)", x))

    def rows(self, x: Texts, word: Texts) -> Any:
        from rewardlang.kernels.prose import count_words

        return count_words(x, needle(word))


class Sentences(Lists):
    """The sentences of a text, without the whitespace between them.

    Shapes: x: any axes; the result has the new axis `sentence`.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: a rule of our own. A sentence ends after marks, `.!?…` in a row, and what closes a quotation or a bracket
        behind them, where whitespace, another mark or the end of the text follows; after the wide marks of Chinese and
        Japanese wherever they stand. One full stop ends none after a capital letter alone, or after Mr, Mrs, Ms, Dr,
        Prof, Sr, Jr, St, vs, etc, approx, cf, e.g and i.e. What no mark ends is a sentence, too; marks with nothing
        before them are none; a line break alone ends none.
    Example: join(sentences("Dr. No came. Why? (By boat.)"), "|") == "Dr. No came.|Why?|(By boat.)"
    """

    name = "sentences"
    parameters = (X,)
    result = TEXT
    makes = Made("sentence")

    def one(self, x: str) -> list[str]:
        found = []
        at = 0
        while (at := _begins(x, at)) < len(x):
            first, at = at, _sentence_end(x, at)
            found.append(x[first:at].rstrip())
        return found

    def lists(self, x: Texts) -> Any:
        from rewardlang.columns.column import Ragged
        from rewardlang.kernels.prose import split_sentences

        return Ragged(*split_sentences(x))


def _begins(x: str, at: int) -> int:
    while at < len(x) and (x[at].isspace() or x[at] in _MARKS):
        at += 1
    return at


def _sentence_end(x: str, at: int) -> int:
    while run := _RUN.search(x, at):
        wide = any(mark in _WIDE for mark in run["marks"])
        behind = x[run.end() : run.end() + 1]
        stopped = run["marks"] == "." and _ABBREVIATED.search(x[max(0, run.start() - 8) : run.start()])
        if (wide or not behind or behind.isspace() or behind in _MARKS) and not stopped:
            return run.end()
        at = run.end("marks")
    return len(x)


BUILTINS = (CountWord(), Sentences())
