"""Columns other than plain arrays: JSON values, captures of a regular expression, ragged lists, and joining two columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from rewardlang.columns.texts import PADDING, Texts

if TYPE_CHECKING:
    from rewardlang.columns.json_tape import Tape

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Column = Any
"""A NumPy array (bool, int64, float64; points and boxes [rows, 2] and [rows, 4]), `Texts`, `Json` or `Captures`."""
C = TypeVar("C", bound=Column)


@dataclass(frozen=True, slots=True, eq=False)
class Json:
    """A column of JSON values: nodes of one tape, -1 where there is none."""

    tape: Tape
    nodes: Ints

    def __len__(self) -> int:
        return len(self.nodes)

    def take(self, rows: Ints) -> Json:
        """The values at `rows`."""
        return Json(self.tape, self.nodes[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Captures:
    """What the groups of a pattern matched, row by row: absolute byte offsets `[rows, 2 * (groups + 1)]`, -1 where none."""

    texts: Texts
    spans: Ints

    def __len__(self) -> int:
        return len(self.spans)

    def take(self, rows: Ints) -> Captures:
        """The captures at `rows`."""
        return Captures(self.texts, self.spans[rows])

    def group(self, number: int) -> tuple[Texts, Flags]:
        """What one group matched; group 0 is the whole match."""
        starts, ends = self.spans[:, 2 * number], self.spans[:, 2 * number + 1]
        present = starts >= 0
        return Texts(self.texts.buffer, np.where(present, starts, 0), np.where(present, ends, 0)), present


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """Lists of different lengths: row i is `column[offsets[i]:offsets[i + 1]]`."""

    offsets: Ints
    column: Column

    @property
    def lengths(self) -> Ints:
        """The length of each list."""
        return np.diff(self.offsets)


def take(column: C, rows: Ints) -> C:
    """The entries at `rows`, of any kind of column."""
    return column[rows] if isinstance(column, np.ndarray) else column.take(rows)


def choose(condition: Flags, yes: C, no: C) -> C:
    """`yes` where the condition holds, else `no`, row by row."""
    if isinstance(yes, np.ndarray):
        wide = condition.reshape(-1, *(1,) * (yes.ndim - 1))
        return np.where(wide, yes, no)
    if isinstance(yes, Texts):
        return _choose_texts(condition, yes, no)
    return _choose_json(condition, yes, no)


def _choose_texts(condition: Flags, yes: Texts, no: Texts) -> Texts:
    if yes.buffer is no.buffer or np.shares_memory(yes.buffer, no.buffer):
        return Texts(yes.buffer, np.where(condition, yes.starts, no.starts), np.where(condition, yes.ends, no.ends))
    shift = len(yes.buffer)
    buffer = np.concatenate((yes.buffer, no.buffer, np.zeros(PADDING, np.uint8)))
    starts = np.where(condition, yes.starts, no.starts + shift)
    return Texts(buffer, starts, np.where(condition, yes.ends, no.ends + shift))


def _choose_json(condition: Flags, yes: Json, no: Json) -> Json:
    if yes.tape is no.tape:
        return Json(yes.tape, np.where(condition, yes.nodes, no.nodes))
    # Two tapes do not join: the values are written out and read again, which only a choice between documents costs.
    from rewardlang.columns.json import parse, text_of

    parts = []
    for side in (yes, no):
        spans = text_of(side.tape, side.nodes)
        parts.append(Texts(*spans))
    texts = _choose_texts(condition, *parts)
    present = np.where(condition, yes.nodes, no.nodes) >= 0
    tape, roots = parse(texts.buffer, texts.starts, texts.ends, "python")
    return Json(tape, np.where(present, roots, -1))
