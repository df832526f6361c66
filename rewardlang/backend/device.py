"""The device function: pure, traced once a shape; params are traced scalars.

Samples are the first axis of every array, so that group reductions need no cut into vmapped parts; `jit`, `grad` and
`vmap` over params apply to it as to any function.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp

from rewardlang.backend.batch import Batch, layout_of
from rewardlang.backend.dense import Dense, Frame
from rewardlang.backend.dtypes import DEVICE, LARGEST, as_dtype
from rewardlang.ir.graph import Param
from rewardlang.passes.rebuild import reachable
from rewardlang.types import FLOAT

if TYPE_CHECKING:
    from rewardlang.backend.stage import Staged
    from rewardlang.facts import Interval
    from rewardlang.ir.graph import NodeId, Term
    from rewardlang.types import Axis, Element

Array = Any
Params = Mapping[str, Any]
"""A scalar a param; for an exact comparison a pair (nearest float32, what it leaves)."""


class WideTerm(NamedTuple):
    """A term over axes: arrays `[B, sizes of its axes in canonical order]`."""

    raw: Array
    weight: Array
    contribution: Array
    active: Array
    present: Array


class Scores(NamedTuple):
    """What a call gives: terms in the graph's order, as rows of stacks `[F, B]`, those over axes in `wide`.

    `total`: float32 `[B]` (with a total over axes `[B, sizes]`), `total_present`: bool of the same shape, false for
    invalid samples. A contribution that does not exist (below `product`, `all`, `any`) is 0. `writes`: (value, when)
    a `remember`.
    """

    total: Array
    total_present: Array
    raw: Array
    weight: Array
    contribution: Array
    active: Array
    present: Array
    wide: tuple[WideTerm, ...]
    writes: tuple[tuple[Array, Array], ...]


class Device:
    """The device function of a staged graph. `dtypes` are those it computes in: float64 shows what rounding alone does."""

    def __init__(self, staged: Staged, dtypes: Mapping[Element, str] = DEVICE) -> None:
        self.dtypes = dtypes
        self.staged, self.graph = staged, staged.graph
        self.layout = layout_of(staged)
        self.order = {axis: place for place, axis in enumerate(staged.axes)}
        self.narrow = tuple(term for term in self.graph.terms if not self.axes_of(term))
        self.wide = tuple(term for term in self.graph.terms if self.axes_of(term))
        roots = reachable(self.graph, [self.graph.total, self.graph.total_present])
        self._for_totals = tuple(node for node in staged.device if node in roots)

    def scores(self, params: Params, batch: Batch) -> Scores:
        """Totals, terms and writes."""
        dense = self._run(params, batch, self.staged.device)
        total, present = self._total(dense)
        stacks = [
            self._stacked(dense, [getattr(term, part) for term in self.narrow], part in ("active", "present"))
            for part in ("raw", "weight", "contribution", "active", "present")
        ]
        wide = tuple(self._wide(dense, term) for term in self.wide)
        writes = tuple(
            (self._output(dense, w.value, dense.axes(w.value)), self._output(dense, w.when, dense.axes(w.when)))
            for w in self.graph.writes
        )
        raw, weight, contribution, active, held = stacks
        return Scores(total, present, raw, weight, contribution, active, held, wide, writes)

    def totals(self, params: Params, batch: Batch) -> tuple[Array, Array]:
        """The totals and where they are present alone."""
        return self._total(self._run(params, batch, self._for_totals))

    def values(self, params: Params, batch: Batch) -> dict[NodeId, Array]:
        """The value of each of the device's nodes, for explanations: `[B or 1, sizes, components]`."""
        return self._run(params, batch, self.staged.device).values

    def _run(self, params: Params, batch: Batch, nodes: tuple[NodeId, ...]) -> Dense:
        frame = self._frame(batch)
        values = {node: self._crossed(batch, place) for node, place in self.layout.values.items()}
        pairs = {node: self._crossed(batch, place) for node, place in self.layout.lows.items()}
        for node in nodes:
            operation = self.graph.nodes[node].operation
            if isinstance(operation, Param):
                values[node], low = _param(params[operation.name], self.graph.nodes[node], self.dtypes)
                if low is not None:
                    pairs[node] = low
        dense = Dense(frame, self.graph, values, pairs)
        dense.run(nodes)
        return dense

    def _crossed(self, batch: Batch, place: tuple[str, int]) -> Array:
        return getattr(batch, place[0])[place[1]]

    def _frame(self, batch: Batch) -> Frame:
        ragged = [axis for axis in self.staged.device_axes if axis.size is None]
        sizes: dict[Axis, int] = {axis: axis.size for axis in self.staged.device_axes if axis.size is not None}
        lengths = dict(zip(ragged, batch.lengths, strict=True))
        sizes |= dict(zip(ragged, batch.sizes, strict=True))
        return Frame(jnp, self.dtypes, batch.valid.shape[0], self.order, sizes, lengths, batch.valid, batch.groups)

    @property
    def total_axes(self) -> tuple[Axis, ...]:
        """The axes of the total in canonical order."""
        graph = self.graph
        return self.axes_in_order({*graph.nodes[graph.total].axes, *graph.nodes[graph.total_present].axes})

    def axes_of(self, term: Term) -> tuple[Axis, ...]:
        """The axes of all parts of a term, in canonical order."""
        nodes = (term.raw, term.weight, term.contribution, term.active, term.present)
        axes = {axis for node in nodes if node is not None for axis in self.graph.nodes[node].axes}
        return self.axes_in_order(axes)

    def axes_in_order(self, axes: Iterable[Axis]) -> tuple[Axis, ...]:
        """The axes in canonical order, as the dimensions of arrays that cross stand."""
        return tuple(sorted(axes, key=self.order.__getitem__))

    def _total(self, dense: Dense) -> tuple[Array, Array]:
        graph = self.graph
        axes = self.total_axes
        present = self._output(dense, graph.total_present, axes)
        valid = dense.frame.valid.reshape((-1,) + (1,) * len(axes))
        return self._output(dense, graph.total, axes), jnp.logical_and(present, valid)

    def _output(self, dense: Dense, node: NodeId, axes: tuple[Axis, ...]) -> Array:
        """A node over these axes, one row a sample, a number within its proved range."""
        here = self.graph.nodes[node]
        array = dense.operand(node, axes)
        if here.element == FLOAT and here.range is not None:
            array = clamped(array, here.range)
        shape = (dense.frame.samples, *dense.frame.shape(axes))
        return jnp.broadcast_to(array, (*shape, *array.shape[len(shape) :]))

    def _stacked(self, dense: Dense, nodes: list[NodeId | None], mask: bool) -> Array:  # noqa: FBT001 - a fact about the node
        dtype = "bool" if mask else self.dtypes[FLOAT]
        rows = [self._column(dense, node, (), dtype) for node in nodes]
        return jnp.stack(rows) if rows else jnp.zeros((0, dense.frame.samples), dtype)

    def _column(self, dense: Dense, node: NodeId | None, axes: tuple[Axis, ...], dtype: str) -> Array:
        if node is None:
            return jnp.zeros((dense.frame.samples, *dense.frame.shape(axes)), dtype)
        return as_dtype(self._output(dense, node, axes), dtype)

    def _wide(self, dense: Dense, term: Term) -> WideTerm:
        axes = self.axes_of(term)
        parts = (term.raw, term.weight, term.contribution)
        numbers = (self._column(dense, node, axes, self.dtypes[FLOAT]) for node in parts)
        masks = (self._column(dense, node, axes, "bool") for node in (term.active, term.present))
        return WideTerm(*numbers, *masks)


def clamped(array: Array, interval: Interval) -> Array:
    """A float within its proved range: rounding alone can leave it."""
    largest = LARGEST[str(array.dtype)]
    low, high = max(float(interval.low), -largest), min(float(interval.high), largest)
    return array if (low, high) == (-largest, largest) else jnp.clip(array, low, high)


def _param(value: Any, node: Any, dtypes: Mapping[Element, str]) -> tuple[Array, Array | None]:
    """A param within its range, and the low part of a pair."""
    high, low = value if isinstance(value, tuple) else (value, None)
    dtype = dtypes[node.element]
    high = jnp.asarray(high, dtype=dtype).reshape((1,))
    if node.element.name == "bool" or node.range is None:
        return high, None
    kept = jnp.clip(high, _end(node.range.low, dtype), _end(node.range.high, dtype))
    if low is None:
        return kept, None
    rest = jnp.asarray(low, dtype=dtype).reshape((1,))
    return kept, jnp.where(kept == high, rest, jnp.zeros_like(rest))


def _end(bound: Any, dtype: str) -> Any:
    largest = LARGEST.get(dtype, float(2**31 - 1))
    return jnp.asarray(min(max(float(bound), -largest), largest), dtype=dtype)


def compiled(device: Device) -> tuple[Any, Any]:
    """`scores` and `totals`, jitted."""
    return jax.jit(device.scores), jax.jit(device.totals)
