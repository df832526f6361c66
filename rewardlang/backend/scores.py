"""What a call of a reward gives: totals, terms, and why a sample is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

INVALID = "invalid input"
OVERFLOW = "the total overflows"
ABSENT = "the reward gives no value"


@dataclass(frozen=True)
class TermScores:
    """One labelled entry of the reward tree, for every sample.

    Shapes: `raw`, `weight`, `contribution`: float32 `[batch]` (masked where the entry is missing or inactive);
    `contribution` is None below `product`, `all` and `any`. `active`, `present`: bool `[batch]`. For totals along an
    axis each has `[batch, longest]`, masked beyond the sample's length.
    """

    kind: str
    raw: np.ma.MaskedArray[Any, Any]
    weight: np.ma.MaskedArray[Any, Any]
    contribution: np.ma.MaskedArray[Any, Any] | None
    active: Flags
    present: Flags


@dataclass(frozen=True)
class Scores:
    """The scores of a batch.

    Shapes: `total`: float32 `[batch]`, a masked array whose mask is `missing`, so that `tolist()` gives None there and
    means leave it out; `[batch, longest]` for a reward along an axis, with `lengths`. `missing`: bool `[batch]`.
    """

    total: np.ma.MaskedArray[Any, Any]
    missing: Flags
    reasons: tuple[str | None, ...]
    terms: Mapping[str, TermScores]
    lengths: npt.NDArray[np.int64] | None = None
    signature: str = field(default="", repr=False)
    """The fingerprint of the reward and its params: a number carries the settings that made it."""

    def __len__(self) -> int:
        return len(self.missing)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:  # noqa: FBT001 - NumPy's protocol
        """The totals, NaN where missing, for code that knows no masks."""
        filled = self.total.filled(np.nan)
        return np.array(filled, dtype=dtype, copy=copy)

    def tolist(self) -> list[Any]:
        """The totals as Python floats, None where missing; lists along an axis."""
        if self.lengths is None:
            return list(self.total.tolist())
        rows = self.total.tolist()
        pairs = zip(rows, self.lengths, self.missing, strict=True)
        return [None if missing else row[:length] for row, length, missing in pairs]

    def to_arrow(self) -> pa.Table:
        """A row a sample: `total`, `missing`, `reason`; `path/raw`, `/weight`, `/contribution`, `/active` a term."""
        import pyarrow as pa

        columns: dict[str, Any] = {
            "total": self._arrow(self.total),
            "missing": pa.array(self.missing),
            "reason": pa.array(self.reasons, pa.string()),
        }
        for path, term in self.terms.items():
            columns[f"{path}/raw"] = self._arrow(term.raw)
            columns[f"{path}/weight"] = self._arrow(term.weight)
            if term.contribution is not None:
                columns[f"{path}/contribution"] = self._arrow(term.contribution)
            columns[f"{path}/active"] = self._arrow(np.ma.array(term.active))
        return pa.table(columns)

    def _arrow(self, values: np.ma.MaskedArray[Any, Any]) -> Any:
        import pyarrow as pa

        mask = np.ma.getmaskarray(values)
        if self.lengths is None or values.ndim == 1:
            return pa.array(values.data, mask=mask)
        kind = pa.list_(pa.from_numpy_dtype(values.dtype))
        rows = (row[:length].tolist() for row, length in zip(values, self.lengths, strict=True))
        return pa.array(list(rows), kind)
