"""Batches: what crosses to the device, padded to a shape, as one pytree."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np

from rewardlang.backend.dtypes import DEVICE
from rewardlang.backend.pairs import split
from rewardlang.backend.shapes import Shape, Shapes, power_of_two
from rewardlang.columns.column import merge, take
from rewardlang.diagnostics import CallError, InternalError
from rewardlang.kernels.hashing import distinct
from rewardlang.kernels.placing import placed
from rewardlang.types import BOOL, FLOAT, GROUP, INT, TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from rewardlang.backend.domains import Domain
    from rewardlang.backend.host import HostRun
    from rewardlang.backend.networks import Encoded
    from rewardlang.backend.stage import Staged
    from rewardlang.ir.graph import NodeId
    from rewardlang.types import Axis, Element

    Rows = npt.NDArray[np.int64]

Array = Any
_STACKS = {FLOAT: "floats", INT: "ints", BOOL: "bools"}
_LARGEST = 3.4028234663852886e38


class Groups(NamedTuple):
    """`slots: int32[groups, size]` are samples, `filled` where they count, `group_of: int32[samples]`."""

    slots: Array
    filled: Array
    group_of: Array


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Batch:
    """The device's input.

    Shapes: `valid: bool[B]`; `floats: float32[F, B]`, `ints: int32[I, B]`, `bools: bool[K, B]`, a row a scalar that
    crosses;
    `arrays`: `[B, sizes, components]` for those with axes; `lengths`: int32 `[B, sizes of the parents]` for each
    ragged axis; `encoded`: the texts of each network that takes some. `sizes`, static: the padded size of each ragged
    axis.
    """

    valid: Array
    floats: Array
    ints: Array
    bools: Array
    arrays: tuple[Array, ...]
    lengths: tuple[Array, ...]
    groups: Groups | None
    encoded: Mapping[str, Encoded]
    sizes: tuple[int, ...] = field(metadata={"static": True})


@dataclass(frozen=True)
class Layout:
    """Where each crossing stands in a batch: a stack and a row, or `arrays` and a place; `lows` for low parts."""

    values: dict[NodeId, tuple[str, int]]
    lows: dict[NodeId, tuple[str, int]]


def layout_of(staged: Staged) -> Layout:
    """The layout of a reward's batches."""
    counts = {"floats": 0, "ints": 0, "bools": 0, "arrays": 0}
    values: dict[NodeId, tuple[str, int]] = {}
    lows: dict[NodeId, tuple[str, int]] = {}
    for crossing in staged.crossings:
        node = staged.graph.nodes[crossing.node]
        if node.element == TEXT:
            # Stands in `encoded`.
            continue
        stack = "arrays" if node.axes or node.element not in _STACKS else _STACKS[node.element]
        for table in (values, lows)[: 1 + crossing.pair]:
            table[crossing.node] = (stack, counts[stack])
            counts[stack] += 1
    return Layout(values, lows)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A batch and the samples `rows: int64[n]` of the call that its first n places hold."""

    batch: Batch
    rows: Rows
    shape: Shape


def prepare(shapes: Shapes, layout: Layout, run: HostRun, *, whole: bool = False) -> list[Prepared]:
    """The batches of one call; with `whole` a single one, however large.

    Raises:
        CallError: The reward reduces over groups, and the call has none.
    """
    if GROUP in shapes.across and run.batch.groups is None:
        raise CallError(
            "this reward uses `over group`: pass `group=`, an id for each sample or the size of every group"
        )
    needs = shapes.needs(run)
    parts = [np.arange(run.batch.samples)] if whole else shapes.plan(run, needs)
    return [_Filling(shapes, layout, run, rows, needs).prepared() for rows in parts]


class _Filling:
    """One batch in the making."""

    def __init__(self, shapes: Shapes, layout: Layout, run: HostRun, rows: Rows, needs: Rows) -> None:
        self.layout, self.run, self.rows, self.shapes = layout, run, rows, shapes
        self.table = self._groups() if GROUP in shapes.across else None
        groups = (0, 0) if self.table is None else (power_of_two(self.table[0]), power_of_two(self.table[1]))
        # The samples of a batch stand in order.
        self.whole = len(rows) == run.batch.samples
        self.shape = shapes.choose(shapes.shape(needs if self.whole else needs[:, rows], groups))
        self.sizes: dict[Axis, int] = shapes.size_of(self.shape.sizes)
        self.places: Rows | None = None
        if not self.whole:
            self.places = np.full(run.batch.samples, -1, np.int64)
            self.places[rows] = np.arange(len(rows))
        self._flat: dict[tuple[Axis, ...], tuple[Rows | None, Rows]] = {}

    def prepared(self) -> Prepared:
        """The batch."""
        stacks = {stack: self._stack(element) for element, stack in _STACKS.items()}
        valid = np.zeros(self.shape.samples, np.bool_)
        known = self.run.batch.valid
        valid[: len(self.rows)] = True if known is None else known[self.rows]
        lengths = tuple(self._lengths(axis) for axis in self.shapes.ragged)
        batch = Batch(
            valid=valid,
            arrays=tuple(self._arrays()),
            lengths=lengths,
            groups=self._filled_groups(),
            encoded={name: self._encoded(name, nodes) for name, nodes in self.run.staged.encoding.items()},
            sizes=self.shape.sizes,
            **stacks,
        )
        return Prepared(batch, self.rows, self.shape)

    def _encoded(self, name: str, nodes: Sequence[NodeId]) -> Encoded:
        """The distinct texts of the nodes that a network reads, as tokens."""
        domains = [self.run.domains.of(self.run.graph.nodes[node].axes) for node in nodes]
        columns = [self._held(self.run.spread(self.run.value(n), d), d) for n, d in zip(nodes, domains, strict=True)]
        counts = [len(column) for column in columns]
        which = np.repeat(np.arange(len(columns)), counts)
        texts = merge(columns, which, np.concatenate([np.arange(count) for count in counts]))
        first, owner = distinct(texts)
        parts = np.split(owner, np.cumsum(counts)[:-1])
        rows = tuple(self._scattered(part, domain, "int32") for part, domain in zip(parts, domains, strict=True))
        return self.run.staged.networks[name].encoded(texts.take(first), rows)

    def _held(self, column: Any, domain: Domain) -> Any:
        """The rows of the domain that this batch holds."""
        kept, _ = self._index(domain)
        return column if kept is None else take(column, kept)

    def _stack(self, element: Element) -> Array:
        stack = _STACKS[element]
        both = [*self.layout.values.items(), *self.layout.lows.items()]
        count = sum(1 for _, (name, _) in both if name == stack)
        array = np.zeros((count, self.shape.samples), DEVICE[element])
        for node, (name, row) in self.layout.values.items():
            if name == stack:
                values = self._scalar(node)
                array[row, : len(self.rows)] = values if element != FLOAT else np.clip(values, -_LARGEST, _LARGEST)
        for node, (name, row) in self.layout.lows.items():
            if name == stack:
                array[row, : len(self.rows)] = split(self._scalar(node))[1]
        return array

    def _scalar(self, node: NodeId) -> Array:
        value = self.run.value(node)
        if value.uniform:
            return np.broadcast_to(value.column, len(self.rows))
        return value.column if self.whole else value.column[self.rows]

    def _arrays(self) -> list[Array]:
        arrays: dict[int, Array] = {}
        for node, (stack, place) in self.layout.values.items():
            if stack == "arrays":
                arrays[place] = self._array(node, low=False)
        for node, (stack, place) in self.layout.lows.items():
            if stack == "arrays":
                arrays[place] = self._array(node, low=True)
        return [arrays[place] for place in range(len(arrays))]

    def _array(self, node: NodeId, *, low: bool) -> Array:
        value = self.run.value(node)
        dtype = DEVICE[self.run.graph.nodes[node].element]
        domain = self.run.domains.of(self.run.graph.nodes[node].axes)
        column = self.run.spread(value, domain)
        if low:
            column = split(column)[1]
        elif dtype == "float32":
            column = np.clip(column, -_LARGEST, _LARGEST)
        return self._scatter(column, domain, dtype)

    def _scatter(self, column: Array, domain: Domain, dtype: str) -> Array:
        shape = (self.shape.samples, *(self.sizes[axis] for axis in domain.axes))
        if self.whole and domain.block is not None:
            # Lists of one length, as arrays hold them, are one block.
            found = np.zeros((*shape, *column.shape[1:]), dtype)
            found[tuple(map(slice, domain.block))] = column.reshape(*domain.block, *column.shape[1:])
            return found
        return self._scattered(self._held(column, domain), domain, dtype)

    def _scattered(self, held: Array, domain: Domain, dtype: str) -> Array:
        """The rows that this batch holds, in their places of a padded array."""
        shape = (self.shape.samples, *(self.sizes[axis] for axis in domain.axes))
        return placed(held, self._index(domain)[1], math.prod(shape), dtype).reshape(*shape, *held.shape[1:])

    def _index(self, domain: Domain) -> tuple[Rows | None, Rows]:
        """The rows of the domain that this batch holds (None: all), and their places in a flat padded array."""
        known = self._flat.get(domain.axes)
        if known is None:
            flat = self.run.domains.flat(domain, self.sizes, self.places)
            kept = None if self.places is None else np.flatnonzero(self.places[domain.sample] >= 0)
            known = self._flat[domain.axes] = (kept, flat if kept is None else flat[kept])
        return known

    def _lengths(self, axis: Axis) -> Array:
        lengths = self.run.domains.lengths.get(axis)
        if lengths is None:
            raise InternalError(f"the lengths of the axis `{axis}` are not known")
        return self._scatter(lengths, self.run.domains.of(axis.parents), "int32")

    def _groups(self) -> tuple[int, int]:
        counts = np.diff(self._starts(), append=len(self.rows))
        return len(counts), int(counts.max(initial=1))

    def _starts(self) -> Rows:
        ids = self.run.batch.groups
        if ids is None:
            raise InternalError("a reduction over groups without groups")
        ids = ids[self.rows]
        return np.flatnonzero(np.concatenate((np.ones(min(1, len(ids)), np.bool_), ids[1:] != ids[:-1])))

    def _filled_groups(self) -> Groups | None:
        if self.table is None:
            return None
        starts = self._starts()
        counts = np.diff(starts, append=len(self.rows))
        groups, size = self.shape.groups
        slots = np.zeros((groups, size), np.int32)
        filled = np.zeros((groups, size), np.bool_)
        within = np.arange(size)
        filled[: len(counts)] = within < counts[:, None]
        slots[: len(counts)] = np.where(filled[: len(counts)], starts[:, None] + within, 0)
        group_of = np.zeros(self.shape.samples, np.int32)
        group_of[: len(self.rows)] = np.repeat(np.arange(len(counts)), counts)
        return Groups(slots, filled, group_of)
