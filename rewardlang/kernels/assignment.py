"""Matching the entries of two lists one to one, for many tables of scores: which pairs go together.

Table i has `rows[i]` by `columns[i]` of the scores, row by row, behind those of the one before; the result says of each
score whether its pair is made. Scores are 0 or more, and a pair with a score of 0 is never made.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.memory import compiled

Scores = npt.NDArray[np.float64]
Pairs = npt.NDArray[np.bool_]

Places = npt.NDArray[np.int64]

_FREE = -1


class Duals(NamedTuple):
    """Prices of rows and columns: no pair costs less than its two, and a pair that is made costs just as much."""

    rows: npt.NDArray[np.float64]
    columns: npt.NDArray[np.float64]


class Path(NamedTuple):
    """For each column what the cheapest path to it costs, the row before it, and whether it is final."""

    reached: npt.NDArray[np.float64]
    before: Places
    done: Pairs


@compiled
def in_order(scores: Scores, rows: Places, columns: Places) -> Pairs:
    """Let each row in turn take its best free column, the first of equals."""
    pairs = np.zeros(scores.size, dtype=np.bool_)
    taken = np.empty(columns.max() if columns.size else 0, dtype=np.bool_)
    at = 0
    for place in range(rows.size):
        width = columns[place]
        taken[:width] = False
        for _ in range(rows[place]):
            best, chosen = 0.0, _FREE
            for column in range(width):
                if not taken[column] and scores[at + column] > best:
                    best, chosen = scores[at + column], column
            if chosen != _FREE:
                taken[chosen] = True
                pairs[at + chosen] = True
            at += width
    return pairs


@compiled
def best_first(scores: Scores, rows: Places, columns: Places) -> Pairs:
    """Take again and again the best pair that is left, the first of equals, row by row."""
    pairs = np.zeros(scores.size, dtype=np.bool_)
    used_rows = np.empty(rows.max() if rows.size else 0, dtype=np.bool_)
    used_columns = np.empty(columns.max() if columns.size else 0, dtype=np.bool_)
    at = 0
    for place in range(rows.size):
        width = columns[place]
        used_rows[: rows[place]] = False
        used_columns[:width] = False
        until = at + rows[place] * width
        # Stable: equals keep the order of the rows.
        for pair in np.argsort(-scores[at:until], kind="mergesort"):
            if scores[at + pair] <= 0:
                break
            row, column = pair // width, pair % width
            if not used_rows[row] and not used_columns[column]:
                used_rows[row] = used_columns[column] = True
                pairs[at + pair] = True
        at = until
    return pairs


@compiled
def _reach(cost: Scores, at: int, length: float, duals: Duals, path: Path) -> tuple[float, int]:
    """Go on from a row to the columns that are cheaper to reach by it; the nearest column that is not done."""
    least, following = np.inf, _FREE
    for column in range(cost.shape[1]):
        if not path.done[column]:
            through = length + cost[at, column] - duals.rows[at] - duals.columns[column]
            if through < path.reached[column]:
                path.reached[column] = through
                path.before[column] = at
            if path.reached[column] < least:
                least, following = path.reached[column], column
    return least, following


@compiled
def _augment(cost: Scores, row: int, duals: Duals, owner: Places) -> None:
    """Give one more row a column, along the cheapest path of columns that change hands."""
    size = cost.shape[1]
    path = Path(np.full(size, np.inf), np.full(size, _FREE), np.zeros(size, dtype=np.bool_))
    length, column = _reach(cost, row, 0.0, duals, path)
    path.done[column] = True
    while owner[column] != _FREE:
        length, column = _reach(cost, owner[column], length, duals, path)
        path.done[column] = True
    duals.rows[row] += length
    for done in np.flatnonzero(path.done):
        if owner[done] != _FREE:
            duals.rows[owner[done]] += length - path.reached[done]
        duals.columns[done] -= length - path.reached[done]
    while True:
        heir = int(path.before[column])
        # What the heir of this column had, goes to the one before it on the path.
        given = _FREE
        for other in range(size):
            if owner[other] == heir:
                given = other
        owner[column] = heir
        if heir == row:
            break
        column = given


@compiled
def optimal(scores: Scores, rows: Places, columns: Places) -> Pairs:
    """Find pairs with the largest total, by shortest augmenting paths.

    Source: R. Jonker and A. Volgenant, A shortest augmenting path algorithm for dense and sparse linear assignment
    problems, Computing 38, 1987. Pairs that score nothing cost nothing, which is as good as none.
    """
    pairs = np.zeros(scores.size, dtype=np.bool_)
    at = 0
    for place in range(rows.size):
        height, width = rows[place], columns[place]
        table = scores[at : at + height * width].reshape(height, width)
        start = at
        at += height * width
        turned = height > width
        cost = -(table.T if turned else table).copy()
        least = cost.min() if cost.size else 0.0
        if least == 0.0:
            continue
        # In 0..1, so that sums stay finite.
        cost /= -least
        duals = Duals(np.zeros(cost.shape[0]), np.zeros(cost.shape[1]))
        owner = np.full(cost.shape[1], _FREE)
        for row in range(cost.shape[0]):
            _augment(cost, row, duals, owner)
        for column in range(cost.shape[1]):
            row = owner[column]
            if row != _FREE and cost[row, column] < 0:
                pairs[start + (column * width + row if turned else row * width + column)] = True
    return pairs
