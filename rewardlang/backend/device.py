"""The device function: pure, traced once a shape; params are traced scalars.

Samples are the first axis of every array, so that group reductions need no cut into vmapped parts; `jit`, `grad` and
`vmap` over params apply to it as to any function.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import jax
import jax.numpy as jnp

from rewardlang.backend.batch import Batch, layout_of
from rewardlang.backend.dense import Dense, Frame
from rewardlang.backend.dtypes import DEVICE, LARGEST, as_dtype
from rewardlang.backend.rounding import kept
from rewardlang.backend.state import reads, written
from rewardlang.ir.graph import Constant, Param
from rewardlang.ops.smooth import between
from rewardlang.passes.rebuild import reachable, scored
from rewardlang.types import FLOAT

if TYPE_CHECKING:
    from rewardlang.backend.stage import Staged
    from rewardlang.backend.state import State
    from rewardlang.facts import Interval
    from rewardlang.ir.graph import NodeId, Term
    from rewardlang.types import Axis, Element

Array = Any
Params = Mapping[str, Any]
"""A scalar a param; for an exact comparison a pair (nearest float32, what it leaves). The weights of each network."""
Terms = Literal["none", "raw", "rows", "all"]
"""Which parts of the terms are asked for: none, raw values and where they are present (the values as a stack, or as an
array each), or all."""
PARTS: Mapping[Terms, tuple[str, ...]] = {
    "none": (),
    "raw": ("raw", "present"),
    "rows": ("raw", "present"),
    "all": ("raw", "weight", "contribution", "active", "present"),
}
MASKS = ("active", "present")
FULL = ("raw", "contribution")
"""The parts that always have a number for each sample."""


class WideTerm(NamedTuple):
    """A term over axes: arrays `[B, sizes of its axes in canonical order]`; None for parts that are not asked for."""

    raw: Array
    weight: Array
    contribution: Array
    active: Array
    present: Array


class Scores(NamedTuple):
    """What a call gives: terms in the graph's order, as rows of stacks; those over axes in `wide`.

    Shapes: `total`: float32 `[B]` (with a total over axes `[B, sizes]`); `total_present`: bool of the same shape, false
    for invalid samples. `raw`, `contribution`: float32 `[F, B]`. `weight`: float32, `active`, `present`: bool `[F, B]`,
    or `[F, 1]` where every row is the same for all samples (weights that are params, terms that are never missing).
    With `rows`, `raw` is a tuple of float32 `[B]`, one a term. All five are None where they are not asked for. A
    contribution that does not exist (below `product`, `all`, `any`) is 0. `state`: what the reward remembers after the
    call, None where it has no memory.
    """

    total: Array
    total_present: Array
    raw: Array = None
    weight: Array = None
    contribution: Array = None
    active: Array = None
    present: Array = None
    wide: tuple[WideTerm, ...] = ()
    state: State | None = None


class Device:
    """The device function of a staged graph, in `dtypes`: float64 shows what rounding alone does."""

    def __init__(self, staged: Staged, dtypes: Mapping[Element, str] = DEVICE) -> None:
        self.dtypes = dtypes
        self.staged, self.graph = staged, staged.graph
        self.layout = layout_of(staged)
        self.order = {axis: place for place, axis in enumerate(staged.axes)}
        self.narrow = tuple(term for term in self.graph.terms if not self.axes_of(term))
        self.wide = tuple(term for term in self.graph.terms if self.axes_of(term))
        self._outputs = frozenset(scored(self.graph))
        self._kept = kept(self.graph, self._outputs, dtypes[FLOAT])
        raw = reachable(self.graph, [term.raw for term in self.narrow])
        self._raw_needed = tuple(node for node in staged.device if node in raw)
        self._needed = {terms: self._nodes(parts) for terms, parts in PARTS.items()}

    def _nodes(self, parts: tuple[str, ...]) -> tuple[NodeId, ...]:
        roots = [self.graph.total, self.graph.total_present]
        roots += [node for term in self.graph.terms for part in parts if (node := getattr(term, part)) is not None]
        roots += [node for write in self.graph.writes for node in (write.value, write.when)]
        roots += [node for _, node in self.graph.resets]
        needed = reachable(self.graph, roots)
        return tuple(node for node in self.staged.device if node in needed)

    def scores(self, params: Params, batch: Batch, terms: Terms = "all", state: State | None = None) -> Scores:
        """Totals, with `terms` other than `none` these parts of the terms, and the next state of a reward with memory.

        `state` has a lane for each sample of the padded batch.
        """
        parts = PARTS[terms]
        dense = self._begin(params, batch, state)
        stacks = {"raw": self._raw(dense, stack=terms != "rows")} if "raw" in parts else {}
        self._run(dense, self._needed[terms])
        total, present = self._total(dense)
        after = None if state is None else self._state(dense, state)
        if not parts:
            return Scores(total, present, state=after)
        stacks |= {part: self._stacked(dense, part) for part in parts if part != "raw"}
        wide = tuple(self._wide(dense, term, parts) for term in self.wide)
        return Scores(total, present, **stacks, wide=wide, state=after)

    def _state(self, dense: Dense, state: State) -> State:
        """The state after the call: invalid samples, padding among them, write nothing and reset nothing."""
        valid = dense.frame.valid
        writes = []
        for write in self.graph.writes:
            when = jnp.logical_and(self._output(dense, write.when, ()), valid)
            writes.append((self._output(dense, write.value, dense.axes(write.value)), when))
        resets = {name: jnp.logical_and(self._output(dense, node, ()), valid) for name, node in self.graph.resets}
        return written(self.graph, state, writes, resets)

    def values(self, params: Params, batch: Batch, state: State | None = None) -> dict[NodeId, Array]:
        """The value of each of the device's nodes, for explanations: `[B or 1, sizes, components]`."""
        dense = self._begin(params, batch, state)
        self._run(dense, self.staged.device)
        return dense.values

    def _begin(self, params: Params, batch: Batch, state: State | None) -> Dense:
        """What crosses, the params, and what is remembered."""
        values = {node: self._crossed(batch, place) for node, place in self.layout.values.items()}
        pairs = {node: self._crossed(batch, place) for node, place in self.layout.lows.items()}
        for node in self.staged.device:
            operation = self.graph.nodes[node].operation
            if isinstance(operation, Param):
                values[node], low = _param(params[operation.name], self.graph.nodes[node], self.dtypes)
                if low is not None:
                    pairs[node] = low
        frame = self._frame(params, batch)
        if state is not None:
            held, lengths = reads(self.graph, state, self.order)
            values |= held
            frame.lengths.update(lengths)
        dense = Dense(frame, self.graph, values, pairs)
        for node in self.layout.values:
            self._keep_in_range(dense, node)
        return dense

    def _run(self, dense: Dense, nodes: tuple[NodeId, ...]) -> None:
        for node in nodes:
            if node not in dense.values:
                dense.run([node])
                self._keep_in_range(dense, node)

    def _raw(self, dense: Dense, *, stack: bool) -> Array:
        """The raw values, as a stack or a row each, from which all that follows reads them.

        Otherwise XLA writes what lies before the last cheap step of each, and does that step twice.
        """
        self._run(dense, self._raw_needed)
        made = self._stacked(dense, "raw") if stack else tuple(self._rows(dense, "raw"))
        raw: Array = jax.lax.optimization_barrier(made)  # type: ignore[no-untyped-call]
        for row, term in enumerate(self.narrow):
            if dense.values[term.raw].shape != (1,) and self.graph.nodes[term.raw].element == FLOAT:
                dense.values[term.raw] = raw[row]
        return raw

    def _keep_in_range(self, dense: Dense, node: NodeId) -> None:
        """Clamp an output at once, so that the total and the stack of raw values read one array."""
        here = self.graph.nodes[node]
        inexact = here.element == FLOAT and not isinstance(here.operation, Param | Constant)
        if node in self._outputs and node not in self._kept and inexact and here.range is not None:
            dense.values[node] = clamped(dense.values[node], here.range)

    def _crossed(self, batch: Batch, place: tuple[str, int]) -> Array:
        return getattr(batch, place[0])[place[1]]

    def _frame(self, params: Params, batch: Batch) -> Frame:
        sizes = dict(self.staged.fixed_sizes)
        lengths = dict(zip(self.staged.ragged_axes, batch.lengths, strict=True))
        sizes |= dict(zip(self.staged.ragged_axes, batch.sizes, strict=True))
        networks = {name: partial(known.apply, params[name]) for name, known in self.staged.networks.items()}
        return Frame(
            jnp, self.dtypes, batch.valid.shape[0], self.order, sizes, lengths, batch.valid, batch.groups, networks,
            batch.encoded, self.staged.encoding,
        )  # fmt: skip

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
        axes = dense.frame.sorted({*graph.nodes[graph.total].axes, *graph.nodes[graph.total_present].axes})
        present = self._output(dense, graph.total_present, axes)
        valid = dense.frame.valid.reshape((-1,) + (1,) * len(axes))
        return self._output(dense, graph.total, axes), jnp.logical_and(present, valid)

    def _output(self, dense: Dense, node: NodeId, axes: tuple[Axis, ...]) -> Array:
        """A node over these axes, one row a sample."""
        array = dense.operand(node, axes)
        shape = (dense.frame.samples, *dense.frame.shape(axes))
        return jnp.broadcast_to(array, (*shape, *array.shape[len(shape) :]))

    def _dtype(self, part: str) -> str:
        return "bool" if part in MASKS else self.dtypes[FLOAT]

    def _rows(self, dense: Dense, part: str) -> list[Array]:
        """A part of each term, `[B]`; all `[1]` where every one is the same for all samples."""
        dtype = self._dtype(part)
        nodes = [getattr(term, part) for term in self.narrow]
        zero = jnp.zeros((1,), dtype)
        rows = [zero if node is None else as_dtype(dense.operand(node, ()), dtype) for node in nodes]
        varies = part in FULL or any(row.shape != (1,) for row in rows)
        return [jnp.broadcast_to(row, (dense.frame.samples if varies else 1,)) for row in rows]

    def _stacked(self, dense: Dense, part: str) -> Array:
        rows = self._rows(dense, part)
        if not rows:
            return jnp.zeros((0, dense.frame.samples if part in FULL else 1), self._dtype(part))
        stack = jnp.zeros((len(rows), *rows[0].shape), rows[0].dtype)
        # Not `stack`: XLA computes each row into its place, instead of all rows first, which are copied then.
        for place, row in enumerate(rows):
            stack = jax.lax.dynamic_update_slice(stack, row[None], (place, 0))
        return stack

    def _wide(self, dense: Dense, term: Term, parts: tuple[str, ...]) -> WideTerm:
        axes = self.axes_of(term)
        columns = dict.fromkeys(WideTerm._fields)
        for part in parts:
            node, dtype = getattr(term, part), self._dtype(part)
            if node is None:
                columns[part] = jnp.zeros((dense.frame.samples, *dense.frame.shape(axes)), dtype)
            else:
                columns[part] = as_dtype(self._output(dense, node, axes), dtype)
        return WideTerm(**columns)


def clamped(array: Array, interval: Interval) -> Array:
    """A float within its proved range: rounding alone can leave it."""
    largest = LARGEST[str(array.dtype)]
    low, high = max(float(interval.low), -largest), min(float(interval.high), largest)
    return array if (low, high) == (-largest, largest) else between(array, *_ends(array, low, high))


def _ends(array: Array, low: float, high: float) -> tuple[Array, Array]:
    return jnp.asarray(low, array.dtype), jnp.asarray(high, array.dtype)


def _param(value: Any, node: Any, dtypes: Mapping[Element, str]) -> tuple[Array, Array | None]:
    """A param within its range, and the low part of a pair."""
    high, low = value if isinstance(value, tuple) else (value, None)
    dtype = dtypes[node.element]
    high = jnp.asarray(high, dtype=dtype).reshape((1,))
    if node.element.name == "bool" or node.range is None:
        return high, None
    kept = between(high, *_ends(high, _end(node.range.low, dtype), _end(node.range.high, dtype)))
    if low is None:
        return kept, None
    rest = jnp.asarray(low, dtype=dtype).reshape((1,))
    return kept, jnp.where(kept == high, rest, jnp.zeros_like(rest))


def _end(bound: Any, dtype: str) -> float:
    largest = LARGEST.get(dtype, float(2**31 - 1))
    return min(max(float(bound), -largest), largest)
