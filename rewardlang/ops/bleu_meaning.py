"""What BLEU and GLEU mean, in plain Python on one sample."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from rewardlang.columns.precisions import CHEN_CHERRY, SMALLER

if TYPE_CHECKING:
    from collections.abc import Sequence

Entries = list[Any]


def ngrams(entries: Entries, n: int) -> Counter[tuple[Any, ...]]:
    """How often each n-gram occurs."""
    return Counter(tuple(entries[start : start + n]) for start in range(len(entries) - n + 1))


def bleu(
    entries: Entries, references: Sequence[Entries], orders: int, smooth: str, value: float, short: str, length: str
) -> float:
    """BLEU of a list of tokens against at least one other."""
    counts = [_matched(entries, references, n) for n in range(1, orders + 2)]
    sizes = sorted(map(len, references))
    reference = sizes[0] if length == "shortest" else min(sizes, key=lambda size: abs(size - len(entries)))
    if not entries or (counts[0][0] == 0 and smooth != "laplace"):
        return 0.0
    penalty = math.exp(1 - reference / len(entries)) if len(entries) < reference else 1.0
    if smooth in CHEN_CHERRY:
        precisions = _chen_cherry([(m, max(t, 1)) for m, t in counts], orders, len(entries), smooth)
        precisions = [precision if precision > 0 else 1.0 for precision in precisions]
    else:
        precisions = _precisions(counts[:orders], smooth, value, short)
    if not all(precisions):
        return 0.0
    return penalty * math.exp(math.fsum(map(math.log, precisions)) / len(precisions))


def _matched(entries: Entries, references: Sequence[Entries], n: int) -> tuple[int, int]:
    most: Counter[tuple[Any, ...]] = Counter()
    for other in references:
        most |= ngrams(other, n)
    mine = ngrams(entries, n)
    return (mine & most).total(), mine.total()


def _precisions(counts: Sequence[tuple[float, float]], smooth: str, value: float, short: str) -> list[float]:
    found: list[float] = []
    halvings = 0
    for order, (matched, possible) in enumerate(counts):
        if short == "one":
            possible = max(possible, 1)  # noqa: PLW2901 - as the rule says it
        if smooth == "laplace" or (smooth == "add-k" and order > 0):
            matched, possible = matched + value, possible + value  # noqa: PLW2901 - as the rule says it
        if possible == 0:
            return found if short == "skip" else [*found, 0.0]
        halvings += matched == 0
        none = {"exp": 0.5**halvings, "floor": value}.get(smooth, 0.0)
        found.append((matched or none) / possible)
    return found


def _chen_cherry(counts: Sequence[tuple[int, int]], orders: int, size: int, smooth: str) -> list[float]:
    by_length, averaged = CHEN_CHERRY[smooth]
    precisions = [matched / possible for matched, possible in counts]
    if by_length and size > 1:
        smaller = math.log(size) / SMALLER
        for order in range(orders):
            if counts[order][0] == 0:
                smaller /= 2
                precisions[order] = smaller / counts[order][1]
    if averaged:
        before = precisions[0] + 1
        for order in range(orders):
            before = (before + precisions[order] + precisions[order + 1]) / 3
            precisions[order] = before
    return precisions[:orders]


def gleu(entries: Entries, references: Sequence[Entries], least: int, most: int) -> float:
    """GLEU of a list of tokens: the best over the references."""
    return max((_pair(entries, other, least, most) for other in references), default=0.0)


def _pair(entries: Entries, other: Entries, least: int, most: int) -> float:
    mine, theirs = (sum((ngrams(part, n) for n in range(least, most + 1)), Counter()) for part in (entries, other))
    size = max(mine.total(), theirs.total())
    return (mine & theirs).total() / size if size else 0.0
