"""The internal interface of a compiled graph: host columns in, batches across, scores out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.batch import Prepared, prepare
from rewardlang.backend.chunks import run_host
from rewardlang.backend.device import Device, Scores, WideTerm, compiled
from rewardlang.backend.pairs import split
from rewardlang.backend.shapes import Shapes
from rewardlang.backend.sparing import spared
from rewardlang.backend.stage import stage
from rewardlang.diagnostics import CallError
from rewardlang.ir.graph import Memory, Model, Param
from rewardlang.passes.rebuild import reachable, scored
from rewardlang.types import FLOAT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.backend.host import HostBatch, HostRun

    from rewardlang.ir.graph import Graph, NodeId

BOUND = 256 << 20
"""Bytes that one batch may take on the device."""


@dataclass(frozen=True, eq=False)
class HostResult:
    """The host's part of a call: all its values, and the batches for the device."""

    run: HostRun
    batches: tuple[Prepared, ...]


class Executor:
    """Runs one graph. `device_function` is `Device.scores`, pure and not jitted, for callers that transform it."""

    def __init__(self, graph: Graph, bound: int = BOUND) -> None:
        self.graph = graph
        self.staged = stage(graph)
        self.device_function = Device(self.staged)
        self.shapes = Shapes(self.staged, bound)
        self._scores, self._totals = compiled(self.device_function)
        nodes = reachable(graph, scored(graph))
        operations = [graph.nodes[node].operation for node in sorted(nodes)]
        self._params = {
            op.name: graph.nodes[n] for n in sorted(nodes) if isinstance(op := graph.nodes[n].operation, Param)
        }
        self._refused = [(type(op).__name__.lower(), op.name) for op in operations if isinstance(op, Model | Memory)]

    def host(self, batch: HostBatch, params: Mapping[str, bool | int | float] | None = None) -> HostResult:
        """Run the host's nodes and pad what crosses; with `params`, only the nodes that count with these.

        Raises:
            CallError: The reward needs a model or memory, or groups that the call lacks.
        """
        run = self.host_run(batch, frozenset() if params is None else spared(self.staged, params))
        return HostResult(run, tuple(prepare(self.shapes, self.device_function.layout, run)))

    def host_run(self, batch: HostBatch, without: frozenset[NodeId] = frozenset()) -> HostRun:
        """Run the host's nodes, without some that nobody needs.

        Raises:
            CallError: The reward needs a model or memory.
        """
        if self._refused:
            kind, name = self._refused[0]
            raise CallError(f"this reward uses the {kind} `{name}`, which cannot be run here")
        return run_host(self.staged, batch, without)

    def params(self, values: Mapping[str, bool | int | float]) -> dict[str, Any]:
        """The device's params: floats as pairs of float32, so that comparisons with numbers from text are exact.

        Raises:
            CallError: A param is missing.
        """
        found: dict[str, Any] = {}
        for name, node in self._params.items():
            if name not in values:
                raise CallError(f"params: `{name}` has no value")
            value = values[name]
            found[name] = value
            if node.element == FLOAT:
                high, low = split(np.float64(value))
                found[name] = (np.float32(high), np.float32(low))
        return found

    def device(self, params: Mapping[str, Any], prepared: Prepared) -> Scores:
        """The scores of one batch, jitted; arrays are as long as the padded batch."""
        scores: Scores = self._scores(params, prepared.batch)
        return scores

    def totals(self, params: Mapping[str, Any], prepared: Prepared) -> tuple[Any, Any]:
        """The totals of one batch alone, jitted: cheaper."""
        totals: tuple[Any, Any] = self._totals(params, prepared.batch)
        return totals

    def score(self, params: Mapping[str, bool | int | float], batch: HostBatch) -> Scores:
        """A whole call: NumPy arrays in the order of the samples."""
        result = self.host(batch, params)
        traced = self.params(params)
        running = [(prepared.rows, self.device(traced, prepared)) for prepared in result.batches]
        return merged(running, batch.samples)

    def explain(self, result: HostResult, node: NodeId, sample: int) -> Any:
        """The value of a host node for one sample as Python values, lists nested over its axes."""
        return result.run.at(node, sample)


def merged(running: list[tuple[Any, Scores]], samples: int) -> Scores:
    """The scores of several batches, put together in the order of the samples; padding of axes as in the largest."""
    fields = [
        _rows([(rows, getattr(scores, name)) for rows, scores in running], samples)
        for name in ("total", "total_present")
    ]
    fields += [
        _rows([(rows, np.asarray(getattr(scores, name)).T) for rows, scores in running], samples).T
        for name in ("raw", "weight", "contribution", "active", "present")
    ]
    wide = tuple(
        WideTerm(*(_rows([(rows, s.wide[term][part]) for rows, s in running], samples) for part in range(5)))
        for term in range(len(running[0][1].wide) if running else 0)
    )
    writes = tuple(
        (
            _rows([(rows, s.writes[place][0]) for rows, s in running], samples),
            _rows([(rows, s.writes[place][1]) for rows, s in running], samples),
        )
        for place in range(len(running[0][1].writes) if running else 0)
    )
    total, held, raw, weight, contribution, active, present = fields
    return Scores(total, held, raw, weight, contribution, active, present, wide, writes)


def _rows(parts: list[tuple[Any, Any]], samples: int) -> Any:
    arrays = [(rows, np.asarray(array)) for rows, array in parts]
    if not arrays:
        return np.zeros(samples)
    if len(arrays) == 1 and len(arrays[0][0]) == samples:
        return arrays[0][1][:samples]
    extent = tuple(max(array.shape[d] for _, array in arrays) for d in range(1, arrays[0][1].ndim))
    result = np.zeros((samples, *extent), arrays[0][1].dtype)
    for rows, array in arrays:
        result[(rows, *(slice(size) for size in array.shape[1:]))] = array[: len(rows)]
    return result
