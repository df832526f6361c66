"""What a call of a reward gives: totals, terms, and why a sample is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa

    from rewardlang.backend.answers import ToolUse

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

INVALID = "invalid input"
OVERFLOW = "the total overflows"
ABSENT = "the reward gives no value"
NOT_ASKED = "not-asked"


@dataclass(frozen=True)
class TermScores:
    """One labelled entry of the reward tree, for every sample.

    Shapes: `raw`, `weight`, `contribution`: float32 `[batch]` (masked where the entry is missing or inactive);
    `contribution` is None below `product`, `all` and `any`. `active`, `present`: bool `[batch]`. Terms over axes have
    `[batch, longest, …]`, masked beyond the sample's lengths; `where`, of the same shape, is false there.
    """

    kind: str
    raw: np.ma.MaskedArray[Any, Any]
    weight: np.ma.MaskedArray[Any, Any]
    contribution: np.ma.MaskedArray[Any, Any] | None
    active: Flags
    present: Flags
    where: Flags | None = None


class LazyTerms(Mapping[str, TermScores]):
    """Terms by path in the order of the tree, each made when it is read first."""

    def __init__(self, paths: Iterable[str], make: Callable[[str], TermScores]) -> None:
        self._made: dict[str, TermScores | None] = dict.fromkeys(paths)
        self._make = make

    def __getitem__(self, path: str) -> TermScores:
        known = self._made[path]
        if known is None:
            known = self._made[path] = self._make(path)
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def __repr__(self) -> str:
        return f"terms {', '.join(self)}"

    def __reduce__(self) -> Any:
        """As a plain dict: what makes the terms stays in its process."""
        return dict, (dict(self),)


@dataclass(frozen=True)
class ModelScores:
    """How a model fared in a call of a reward, counted in entries that asked it, equal requests included.

    `reasons`: how many have no answer for each reason. An entry whose result does not depend on the model does not ask.
    """

    asked: int
    answered: int
    reasons: Mapping[str, int]
    traces: Mapping[int, tuple[ToolUse, ...]] = field(default_factory=dict, repr=False)
    """For each sample, by its place in the batch, the tools that a judge with tools used for it, in order."""

    @property
    def missing_rate(self) -> float:
        """The share of what was asked that has no answer; 0 where nothing was asked."""
        return 1 - self.answered / self.asked if self.asked else 0.0


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
    state: dict[str, Any] | None = field(default=None, repr=False)
    """What a reward with memory remembers after the call: the `state` of the next."""
    signature: str = field(default="", repr=False)
    """The fingerprint of the reward and its params: a number carries the settings that made it."""
    models: Mapping[str, ModelScores] = field(default_factory=dict)
    """For each model that the reward asks, how it fared."""

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
            "total": _arrow(self.total, self._where),
            "missing": pa.array(self.missing),
            "reason": pa.array(self.reasons, pa.string()),
        }
        for path, term in self.terms.items():
            columns[f"{path}/raw"] = _arrow(term.raw, term.where)
            columns[f"{path}/weight"] = _arrow(term.weight, term.where)
            if term.contribution is not None:
                columns[f"{path}/contribution"] = _arrow(term.contribution, term.where)
            columns[f"{path}/active"] = _arrow(np.ma.array(term.active), term.where)
        return pa.table(columns)

    @property
    def _where(self) -> Flags | None:
        """Where totals along an axis are no padding; a list that is missing as a whole is empty."""
        if self.lengths is None:
            return None
        within: Flags = np.arange(self.total.shape[1]) < np.where(self.missing, 0, self.lengths)[:, None]
        return within


def _arrow(values: np.ma.MaskedArray[Any, Any], where: Flags | None) -> Any:
    """An Arrow array, null where masked; lists over the axes, as far as `where` holds."""
    import pyarrow as pa

    if where is None:
        return pa.array(values.data, mask=np.ma.getmaskarray(values))
    kind = pa.from_numpy_dtype(values.dtype)
    for _ in range(values.ndim - 1):
        kind = pa.list_(kind)
    return pa.array([_nested(row, here) for row, here in zip(values, where, strict=True)], kind)


def _nested(values: Any, where: Flags) -> Any:
    if where.ndim == 0:
        return None if values is np.ma.masked else values.item()
    length = int(np.max(np.flatnonzero(where.reshape(len(where), -1).any(axis=1)), initial=-1)) + 1
    return [_nested(values[place], where[place]) for place in range(length)]
