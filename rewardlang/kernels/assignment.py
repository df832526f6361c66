"""Matching the entries of two lists one to one, for a stack of score matrices: which pairs go together.

A pair with a score of 0 or less is never made. Where a mask fails a score is 0 already.
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
def in_order(scores: Scores) -> Pairs:
    """Let each row in turn take its best free column, the first of equals: bool[stack, rows, columns]."""
    stack, rows, columns = scores.shape
    pairs = np.zeros((stack, rows, columns), dtype=np.bool_)
    taken = np.empty(columns, dtype=np.bool_)
    for place in range(stack):
        taken[:] = False
        for row in range(rows):
            best, chosen = 0.0, _FREE
            for column in range(columns):
                if not taken[column] and scores[place, row, column] > best:
                    best, chosen = scores[place, row, column], column
            if chosen != _FREE:
                taken[chosen] = True
                pairs[place, row, chosen] = True
    return pairs


@compiled
def best_first(scores: Scores) -> Pairs:
    """Take again and again the best pair that is left, the first of equals, row by row: bool[stack, rows, columns]."""
    stack, rows, columns = scores.shape
    pairs = np.zeros((stack, rows, columns), dtype=np.bool_)
    flat = np.empty(rows * columns, dtype=np.float64)
    used_rows = np.empty(rows, dtype=np.bool_)
    used_columns = np.empty(columns, dtype=np.bool_)
    for place in range(stack):
        used_rows[:] = False
        used_columns[:] = False
        for row in range(rows):
            for column in range(columns):
                flat[row * columns + column] = -scores[place, row, column]
        # Stable: equals keep the order of the rows.
        for pair in np.argsort(flat, kind="mergesort"):
            if flat[pair] >= 0:
                break
            row, column = pair // columns, pair % columns
            if not used_rows[row] and not used_columns[column]:
                used_rows[row] = used_columns[column] = True
                pairs[place, row, column] = True
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
def optimal(scores: Scores) -> Pairs:
    """Find pairs with the largest total, by shortest augmenting paths: bool[stack, rows, columns].

    Source: R. Jonker and A. Volgenant, A shortest augmenting path algorithm for dense and sparse linear assignment
    problems, Computing 38, 1987. Pairs that score nothing cost nothing, which is as good as none.
    """
    stack, rows, columns = scores.shape
    turned = rows > columns
    pairs = np.zeros((stack, rows, columns), dtype=np.bool_)
    for place in range(stack):
        cost = -(scores[place].T if turned else scores[place]).copy()
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
                if turned:
                    pairs[place, column, row] = True
                else:
                    pairs[place, row, column] = True
    return pairs
