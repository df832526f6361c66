"""What the host's part of a call is given, what it computes, and what it may leave out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from rewardlang.backend.fusing import Pending
from rewardlang.columns.column import Column, take

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

    from rewardlang.ir.graph import NodeId
    from rewardlang.types import Axis

    Rows = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

Condition = tuple["NodeId", bool]
"""A bool of the graph, and what it must be."""


@dataclass(frozen=True, eq=False)
class HostColumn:
    """A field of a batch.

    `values`: one row an entry, flat over the axes of the field's type in their order. `present`: bool, a row an entry,
    where entries may be missing. `whole`: bool[samples], where the list may be missing; then its length is 0. What is
    `uniform` has one row for all samples, and no axes.
    """

    values: Column
    present: Bools | None = None
    whole: Bools | None = None
    uniform: bool = False


@dataclass(frozen=True, eq=False)
class HostBatch:
    """The caller's columns.

    `lengths[axis]`: int64[rows of the domain of the axis's parents]. `valid`: bool[samples], all where None. `groups`:
    int64[samples], equal numbers for the samples of one group, which are adjacent.
    """

    samples: int
    columns: Mapping[str, HostColumn]
    lengths: Mapping[Axis, Rows] = field(default_factory=dict)
    valid: Bools | None = None
    groups: Rows | None = None


@dataclass(frozen=True, eq=False)
class Taken:
    """The rows of a column that nobody has taken."""

    source: Column
    rows: Rows

    def read(self) -> Column:
        """Take them."""
        return take(self.source, self.rows)


@dataclass(eq=False)
class HostValue:
    """A flat column over the domain of `axes` in canonical order; one row for all samples where `uniform`.

    What is `held` is the column, or how it is made when it is first read.
    """

    held: Column | Pending | Taken
    axes: tuple[Axis, ...] = ()
    uniform: bool = False

    @property
    def column(self) -> Column:
        """The column."""
        if isinstance(self.held, Pending | Taken):
            self.held = self.held.read()
        return self.held


@dataclass(frozen=True, eq=False)
class Spared:
    """What a call need not compute: see `backend.sparing`."""

    nodes: frozenset[NodeId]
    """The host's nodes that no output needs."""
    rows: Mapping[NodeId, tuple[Condition, ...]]
    """For calls that take long per row: a row of them counts only where all these hold, which are computed before."""
    reads: Mapping[NodeId, tuple[NodeId, ...]]
    """What each node reads that nobody else wants: it is forgotten when all that read it are computed."""

    @cached_property
    def readers(self) -> Mapping[NodeId, int]:
        """How many nodes read each."""
        return Counter(read for reads in self.reads.values() for read in reads)


NOTHING = Spared(frozenset(), {}, {})
