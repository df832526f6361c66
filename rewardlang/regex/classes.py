"""Sets of characters as sorted ranges of code points, with Python's Unicode classes and case equivalences."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING

from rewardlang.regex.unicode_tables import DIGIT, FOLDS, SPACE, WORD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rewardlang.regex.tree import CharClass

Ranges = list[tuple[int, int]]

LAST = 0x10FFFF
_TABLES = {"d": DIGIT, "s": SPACE, "w": WORD}


def resolve(node: CharClass) -> Ranges:
    """The code points that `node` matches, as sorted, disjoint, inclusive ranges without the surrogates."""
    spans = merge(node.ranges)
    if node.ignore_case:
        spans = merge([*spans, *_other_cases(spans)])
    for letter in node.categories:
        spans = merge([*spans, *category(letter)])
    if node.negated:
        spans = complement(spans)
    return [span for span in merge(_without_surrogates(spans)) if span[0] <= span[1]]


def category(letter: str) -> Ranges:
    r"""The ranges of `\d`, `\w`, `\s`, or of their complements for the capital letters."""
    table = _TABLES[letter.lower()]
    spans = list(zip(table[::2], table[1::2], strict=True))
    return complement(spans) if letter.isupper() else spans


def merge(spans: Iterable[tuple[int, int]]) -> Ranges:
    """Sort and join ranges that touch."""
    joined: Ranges = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def complement(spans: Ranges) -> Ranges:
    """All code points outside sorted, disjoint ranges."""
    firsts = [0, *(last + 1 for _, last in spans)]
    lasts = [*(first - 1 for first, _ in spans), LAST]
    return [(first, last) for first, last in zip(firsts, lasts, strict=True) if first <= last]


def _without_surrogates(spans: Ranges) -> Ranges:
    cut: Ranges = []
    for first, last in spans:
        cut += [(first, min(last, 0xD7FF)), (max(first, 0xE000), last)]
    return [(first, last) for first, last in cut if first <= last]


def _other_cases(spans: Ranges) -> Ranges:
    equivalents = _equivalents()
    if sum(last - first + 1 for first, last in spans) <= len(equivalents):
        inside: Iterable[int] = (point for first, last in spans for point in range(first, last + 1))
    else:
        inside = (point for point in equivalents if _contains(spans, point))
    return [(other, other) for point in inside for other in equivalents.get(point, ())]


def _contains(spans: Ranges, point: int) -> bool:
    found = bisect_right(spans, (point, LAST)) - 1
    return found >= 0 and spans[found][1] >= point


@lru_cache(maxsize=1)
def _equivalents() -> dict[int, list[int]]:
    """Each cased character to all that equal it but for case, itself among them."""
    table: dict[int, list[int]] = {}
    for first, last, step, distance in zip(FOLDS[::4], FOLDS[1::4], FOLDS[2::4], FOLDS[3::4], strict=True):
        for point in range(first, last + 1, step):
            smallest = point + distance
            members = table.setdefault(smallest, [smallest])
            members.append(point)
            table[point] = members
    return table
