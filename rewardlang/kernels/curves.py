"""Distances of two curves whose points' distances are known, for many pairs of curves: a table of distances each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.memory import compiled

Costs = npt.NDArray[np.float64]
Sizes = npt.NDArray[np.int64]


@compiled
def frechet(costs: Costs, rows: Sizes, columns: Sizes) -> Costs:
    """The smallest leash on which both curves can be walked, forwards alone.

    Shapes: costs float64[entries], the tables one after the other, row by row; rows, columns int64[tables]; the result
    float64[tables], 0 for an empty curve.
    """
    found = np.zeros(rows.size)
    reached = np.empty(columns.max() if rows.size else 0)
    at = 0
    for place in range(rows.size):
        width = columns[place]
        if not rows[place] or not width:
            continue
        # The way into the first entry, and no way into what lies beside the table.
        reached[:width] = np.inf
        corner = -np.inf
        for _ in range(rows[place]):
            # `reached` holds the row before from `column` on, and this one up to there.
            before = np.inf
            for column in range(width):
                above = reached[column]
                before = max(costs[at], min(above, before, corner))
                reached[column] = before
                corner = above
                at += 1
            corner = np.inf
        found[place] = reached[width - 1]
    return found
