"""How alike two texts are, by their characters: `chrf`, and edit distances of texts, of their words and of parts."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from rewardlang.facts import Interval
from rewardlang.ops.builtin import Parameter, Role, Rows
from rewardlang.ops.sequences import common_length, edit_distance
from rewardlang.types import BOOL, FLOAT, INT, TEXT, Element, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.texts import Texts

SCORE = Interval(0, 1)
CELLS = 1 << 34
"""How many cells the table of an edit distance may have: half a second of work."""
WINDOW_CELLS = 1 << 30
"""The same where all parts of the longer text are looked at."""
NEVER = 1e-16
"""What stands for a precision or recall that is undefined."""
MOST_ORDER = 16
A = Parameter("a", (TEXT,))
B = Parameter("b", (TEXT,))


def _constant(name: str, *elements: Element, default: Any) -> Parameter:
    return Parameter(name, elements, role=Role.CONST, default=default)


class Chrf(Rows):
    """chrF: the n-grams of characters that x shares with a reference, of all orders up to one; chrF++ with words.

    Shapes: x, reference: any axes, broadcast by name; the best of several is `max(chrf(x, references))`.
    Units: none; sacrebleu's numbers are hundredths of it.
    Missing: where x or reference is.
    Errors: the options must be constants: orders from 0 to 16, not both 0; beta above 0.
    Source: Popovic, "chrF: character n-gram F-score for automatic MT evaluation" (2015), and "chrF++" (2017; then
        `word_order` is 2), as sacrebleu 2.6.0: the F measure, in which recall counts `beta` times as much, of the means
        of precision and recall over the orders of which both sides have n-grams; with `eps_smoothing` the mean of the
        F measures of all orders, with 1e-16 for what is undefined. Whitespace counts only with `whitespace`; words
        have one mark of ASCII punctuation taken off. The work is linear in both texts.
    Example: chrf("abc", "abc") == 1
    """

    name = "chrf"
    slow = True
    parameters = (
        Parameter("x", (TEXT,)), Parameter("reference", (TEXT,)), _constant("char_order", INT, default=6),
        _constant("word_order", INT, default=0), _constant("beta", FLOAT, INT, default=2),
        _constant("whitespace", BOOL, default=False), _constant("eps_smoothing", BOOL, default=False),
    )  # fmt: skip

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        orders = options.get("char_order", 6), options.get("word_order", 0)
        if not (all(0 <= order <= MOST_ORDER for order in orders) and any(orders)):
            return f"orders must be from 0 to {MOST_ORDER}, and not both 0"
        return None if 0 < options.get("beta", 2) < 1e6 else "`beta` must be above 0, and less than a million"

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return SCORE

    def one(self, x: str, reference: str, char_order: int = 6, word_order: int = 0, **options: Any) -> float:
        mine, theirs = (text if options.get("whitespace") else "".join(text.split()) for text in (x, reference))
        pairs: list[tuple[Sequence[str], Sequence[str], int]] = [
            (mine, theirs, order) for order in range(1, char_order + 1)
        ]
        pairs += [(_words(x), _words(reference), order) for order in range(1, word_order + 1)]
        counts = []
        for left, right, order in pairs:
            have, want = (
                Counter(tuple(found[at : at + order]) for at in range(len(found) - order + 1))
                for found in (left, right)
            )
            counts.append(((have & want).total(), have.total(), want.total()))
        import numpy as np

        shared, made, wanted = (np.array([column]) for column in zip(*counts, strict=True))
        return float(
            _f_score(shared, made, wanted, float(options.get("beta", 2)), bool(options.get("eps_smoothing")))[0]
        )

    def rows(self, x: Texts, reference: Texts, char_order: int = 6, word_order: int = 0, **options: Any) -> Any:
        from rewardlang.kernels.chrf import statistics

        spaces = bool(options.get("whitespace"))
        counts = statistics(x, reference, char_order, word_order, spaces=spaces)
        return _f_score(*counts, float(options.get("beta", 2)), bool(options.get("eps_smoothing")))


def _words(text: str) -> list[str]:
    """The words, of which a mark at the end, or else at the beginning, is a word of its own."""
    mark = "[!-/:-@\\[-`{-~]"
    found: list[str] = []
    for word in text.split():
        parts = re.fullmatch(f"(.+)({mark})", word, re.DOTALL) or re.fullmatch(f"({mark})(.+)", word, re.DOTALL)
        found += parts.groups() if parts else [word]
    return found


def _f_score(shared: Any, made: Any, wanted: Any, beta: float, smooth: bool) -> Any:  # noqa: FBT001 - as options have it
    """The F measure of each row, of counts by order: [rows, orders]."""
    import numpy as np

    factor = beta**2
    made = np.where(wanted > 0, made, 0)
    precision = np.where(made > 0, shared / np.maximum(made, 1), NEVER)
    recall = np.where(wanted > 0, shared / np.maximum(wanted, 1), NEVER)
    if smooth:
        below = factor * precision + recall
        each = np.where(below > 0, (1 + factor) * precision * recall / np.where(below > 0, below, 1), NEVER)
        return np.minimum(each.mean(axis=1), 1.0)
    both = (made > 0) & (wanted > 0)
    orders = np.maximum(both.sum(axis=1), 1)
    precision, recall = (np.where(both, part, 0).sum(axis=1) / orders for part in (precision, recall))
    below = factor * precision + recall
    return np.where(below > 0, np.minimum((1 + factor) * precision * recall / np.where(below > 0, below, 1), 1.0), 0.0)


def ratio(distance: float, most: float) -> float:
    """A distance as a similarity; two empty texts are alike."""
    return 1 - distance / most if most else 1.0


class EditSimilarity(Rows):
    """1 less the edits that make b of a, by the most that there can be.

    Shapes: a, b: any axes, broadcast by name.
    Units: none; rapidfuzz's `ratio` and `QRatio` are hundredths of it.
    Missing: where a or b is; where the product of their lengths is more than 2**34, since the work is in proportion to
        it.
    Errors: none.
    Source: by `indel`, insertions and deletions of code points by the sum of the lengths: 2 * LCS / (|a| + |b|), as
        rapidfuzz's `ratio`; by `levenshtein`, also substitutions, by the longer length. Two empty texts: 1.
    Example: (edit_similarity("kitten", "sitting", by: levenshtein) ?? 0) == 4 / 7
    """

    name = "edit_similarity"
    slow = True
    parameters = (A, B, Parameter("by", (), role=Role.WORD, default="indel", words=("indel", "levenshtein")))
    partial = True
    laws = ("commutative",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return SCORE

    def one(self, a: str, b: str, by: str = "indel") -> float | None:
        if len(a) * len(b) > CELLS:
            return None
        if by == "levenshtein":
            return ratio(edit_distance(a, b), max(len(a), len(b)))
        return ratio(len(a) + len(b) - 2 * common_length(a, b), len(a) + len(b))

    def rows(self, a: Texts, b: Texts, by: str = "indel") -> Any:
        return _similarities(a, b, by)


def _similarities(a: Texts, b: Texts, by: str = "indel") -> tuple[Any, Any]:
    import numpy as np

    from rewardlang.kernels.edits import distances

    found, mine, theirs = distances(a, b, substitutes=by == "levenshtein", most=CELLS)
    most = np.maximum(mine, theirs) if by == "levenshtein" else mine + theirs
    return np.where(found >= 0, 1 - found / np.maximum(most, 1), 0.0), found >= 0


class PartialSimilarity(Rows):
    """The best `edit_similarity` of the shorter text and a part of the longer one.

    Shapes: a, b: any axes, broadcast by name.
    Units: none; rapidfuzz's `partial_ratio` is hundredths of it.
    Missing: where a or b is; where the product of their lengths is more than 2**30, since the work is in proportion to
        it.
    Errors: none.
    Source: rapidfuzz 3's `partial_ratio`: parts have the length of the shorter text, or are a beginning or an end of
        the longer one that is shorter; of texts of one length, parts of either. Two empty texts: 1; one: 0.
    Example: (partial_similarity("a cat", "there is a cat here") ?? 0) == 1
    """

    name = "partial_similarity"
    slow = True
    parameters = (A, B)
    partial = True
    laws = ("commutative",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return SCORE

    def one(self, a: str, b: str) -> float | None:
        if len(a) * len(b) > WINDOW_CELLS:
            return None
        short, long = sorted((a, b), key=len)
        if not short:
            return 0.0 if long else 1.0
        best = max(_part_ratios(short, long))
        return max(best, *_part_ratios(long, short)) if len(a) == len(b) else best

    def rows(self, a: Texts, b: Texts) -> Any:
        from rewardlang.kernels.windows import best_parts

        found = best_parts(a, b, WINDOW_CELLS)
        return found.clip(0), found >= 0


def _part_ratios(short: str, long: str) -> list[float]:
    size = len(short)
    parts = {long[max(end - size, 0) : end] for end in range(1, len(long) + size)}
    return [2 * common_length(short, part) / (size + len(part)) for part in parts]


class TokenSortSimilarity(Rows):
    """`edit_similarity` of the words of both texts in their order in the dictionary.

    Shapes: a, b: any axes, broadcast by name.
    Units: none; rapidfuzz's `token_sort_ratio` is hundredths of it.
    Missing: where a or b is; where the product of the lengths of the sorted texts is more than 2**34.
    Errors: none.
    Source: rapidfuzz's `token_sort_ratio`: words stand between whitespace, sorted by code points, joined by spaces.
    Example: (token_sort_similarity("b a", "a  b") ?? 0) == 1
    """

    name = "token_sort_similarity"
    slow = True
    parameters = (A, B)
    partial = True
    laws = ("commutative",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return SCORE

    def one(self, a: str, b: str) -> float | None:
        return EditSimilarity().one(*(" ".join(sorted(text.split())) for text in (a, b)))

    def rows(self, a: Texts, b: Texts) -> Any:
        from rewardlang.kernels.sorted_words import sorted_words

        return _similarities(sorted_words(a).rows, sorted_words(b).rows)


class TokenSetSimilarity(Rows):
    """The best `edit_similarity` of the words that both texts have, alone and with the other words of either.

    Shapes: a, b: any axes, broadcast by name.
    Units: none; rapidfuzz's `token_set_ratio` is hundredths of it.
    Missing: where a or b is; where the product of the lengths of what only one has is more than 2**34.
    Errors: none.
    Source: rapidfuzz's `token_set_ratio`: the words, each once and sorted, that both have, that only a has, and that
        only b has; the best ratio of the first with the second, the first with the third, and both of these. 1 where
        a text has all words of the other, 0 where one has none.
    Example: (token_set_similarity("a b c", "c b") ?? 0) == 1
    """

    name = "token_set_similarity"
    slow = True
    parameters = (A, B)
    partial = True
    laws = ("commutative",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return SCORE

    def one(self, a: str, b: str) -> float | None:
        left, right = set(a.split()), set(b.split())
        mine, theirs = (" ".join(sorted(only)) for only in (left - right, right - left))
        both = len(" ".join(left & right))
        if len(mine) * len(theirs) > CELLS:
            return None
        distance = len(mine) + len(theirs) - 2 * common_length(mine, theirs)
        return float(_set_ratios(both, len(mine), len(theirs), distance))

    def rows(self, a: Texts, b: Texts) -> Any:
        from rewardlang.kernels.edits import distances
        from rewardlang.kernels.sorted_words import apart

        mine, theirs, both = apart(a, b)
        found, left, right = distances(mine, theirs, substitutes=False, most=CELLS)
        return _set_ratios(both, left, right, found.clip(0)), found >= 0


def _set_ratios(both: Any, mine: Any, theirs: Any, distance: Any) -> Any:
    """The ratio of the words of two texts: from the lengths of what both have, and what only one has."""
    import numpy as np

    gap = both > 0
    whole = 1 - distance / np.maximum(2 * (both + gap) + mine + theirs, 1)
    parts = [1 - (gap + only) / np.maximum(2 * both + gap + only, 1) for only in (mine, theirs)]
    best = np.maximum(whole, np.maximum(*parts))
    some = (both + mine > 0) & (both + theirs > 0)
    return np.where(some, np.where(gap, np.where((mine == 0) | (theirs == 0), 1.0, best), whole), 0.0)


BUILTINS = (Chrf(), EditSimilarity(), PartialSimilarity(), TokenSortSimilarity(), TokenSetSimilarity())
