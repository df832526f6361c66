"""Rows in their places of a padded array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.kernels.memory import Rows, compiled, fixed

if TYPE_CHECKING:
    import numpy.typing as npt


@compiled
def _place(rows: Any, places: Rows, array: Any) -> None:
    for row in range(places.size):
        array[places[row]] = rows[row]


def placed(rows: npt.NDArray[Any], places: Rows, size: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """An array with row i of `rows` at `places[i]`, and zeros elsewhere; several times as fast as NumPy's index.

    Shapes: rows `[n]` or `[n, components]`, places int64 `[n]`, below `size`; the result `[size]` or
    `[size, components]`.
    """
    array = np.zeros((size, *rows.shape[1:]), dtype)
    if rows.ndim == 1:
        _place(fixed(rows, rows.dtype.type), fixed(places), array)
    else:
        array[places] = rows
    return array
