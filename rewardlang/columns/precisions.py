"""From the statistics of n-grams to BLEU and GLEU, for whole columns, in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from rewardlang.columns.ngrams import Statistics
    from rewardlang.kernels.memory import Rows

Floats = npt.NDArray[np.float64]

CHEN_CHERRY = {"method4": (True, False), "method5": (False, True), "method7": (True, True)}
"""Whether zero precisions follow the length of the text, and whether precisions are averaged with their neighbours."""
SMALLER = 5
"""Chen and Cherry's K of method 4."""


def bleu(statistics: Statistics, orders: int, smooth: str, value: float, short: str, length: str) -> Floats:
    """BLEU of each row: float64[rows], 0 where a text shares nothing with its references and nothing is added."""
    reference = statistics.shortest() if length == "shortest" else statistics.closest()
    size = statistics.size
    penalty = np.where(size < reference, np.exp(1 - reference / np.maximum(size, 1)), 1.0)
    if smooth in CHEN_CHERRY:
        mean = _chen_cherry(statistics, orders, smooth)
    else:
        mean = _mean(statistics, orders, smooth, value, short)
    held = (size > 0) & ((statistics.matched[:, 0] > 0) | (smooth == "laplace"))
    return np.where(held, penalty * mean, 0.0)


def _mean(statistics: Statistics, orders: int, smooth: str, value: float, short: str) -> Floats:
    """The geometric mean of the precisions."""
    rows = len(statistics.size)
    logs, counted, halvings = np.zeros(rows), np.zeros(rows), np.zeros(rows)
    known, zero = np.ones(rows, np.bool_), np.zeros(rows, np.bool_)
    for order in range(orders):
        matched, possible = (part[:, order].astype(np.float64) for part in (statistics.matched, statistics.possible))
        if short == "one":
            possible = np.maximum(possible, 1)
        if smooth == "laplace" or (smooth == "add-k" and order > 0):
            matched, possible = matched + value, possible + value
        known &= possible > 0
        halvings += known & (matched == 0)
        none = {"exp": 0.5**halvings, "floor": np.full(rows, value)}.get(smooth, np.zeros(rows))
        precision = np.where(matched == 0, none, matched) / np.where(known, possible, 1)
        taken = known if short == "skip" else np.ones(rows, np.bool_)
        zero |= taken & ~(known & (precision > 0))
        counted += taken
        logs += np.where(taken, _log(precision), 0)
    return np.where(zero, 0.0, np.exp(logs / np.maximum(counted, 1)))


def _log(values: Floats) -> Floats:
    """The logarithm, 0 where there is none."""
    return np.log(np.where(values > 0, values, 1))


def _chen_cherry(statistics: Statistics, orders: int, smooth: str) -> Floats:
    by_length, averaged = CHEN_CHERRY[smooth]
    matched, possible = statistics.matched, np.maximum(statistics.possible, 1)
    precisions = matched / possible
    if by_length:
        size = statistics.size[:, None]
        none = (matched[:, :orders] == 0) & (size > 1)
        smaller = np.log(np.maximum(size, 2)) / (SMALLER * 2.0 ** np.cumsum(none, axis=1))
        precisions[:, :orders] = np.where(none, smaller / possible[:, :orders], precisions[:, :orders])
    if averaged:
        before = precisions[:, 0] + 1
        for order in range(orders):
            before = (before + precisions[:, order] + precisions[:, order + 1]) / 3
            precisions[:, order] = before
    mean: Floats = np.exp(_log(precisions[:, :orders]).sum(axis=1) / orders)
    return mean


def gleu(pairs: Statistics, bounds: Rows, least: int) -> Floats:
    """GLEU of each row, from a row for each pair with a reference: float64[rows], the best pair's; 0 without any."""
    shared = pairs.matched[:, least - 1 :].sum(axis=1)
    orders = np.arange(least - 1, pairs.matched.shape[1])
    sizes = [np.maximum(size[:, None] - orders, 0).sum(axis=1) for size in (pairs.size, pairs.sizes)]
    each: Any = shared / np.maximum(np.maximum(*sizes), 1)
    best = np.zeros(len(bounds) - 1)
    held = np.diff(bounds) > 0
    if held.any():
        best[held] = np.maximum.reduceat(each, bounds[:-1][held])
    return best
