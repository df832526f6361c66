"""Distances of two curves whose points' distances are known, for a stack of pairs of curves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.memory import compiled

Costs = npt.NDArray[np.float64]
Sizes = npt.NDArray[np.int64]


@compiled
def frechet(costs: Costs, rows: Sizes, columns: Sizes) -> Costs:
    """The smallest leash on which both curves can be walked, forwards alone: float64[stack], 0 for an empty curve."""
    found = np.zeros(len(costs))
    for place in range(len(costs)):
        if not rows[place] or not columns[place]:
            continue
        reached = np.empty(columns[place])
        for row in range(rows[place]):
            # `reached` holds the row before from `column` on, and this one up to there.
            corner = np.inf
            for column in range(columns[place]):
                above = reached[column] if row else np.inf
                before = reached[column - 1] if column else np.inf
                least = min(above, before, corner)
                if not row and not column:
                    least = -np.inf
                reached[column] = max(costs[place, row, column], least)
                corner = above
        found[place] = reached[columns[place] - 1]
    return found
