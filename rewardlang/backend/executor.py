"""The internal interface of a compiled graph: host columns in, batches across, scores out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rewardlang.backend.batch import Prepared, prepare
from rewardlang.backend.chunks import Pace, run_host
from rewardlang.backend.deciding import decide, decision
from rewardlang.backend.demand import with_demands
from rewardlang.backend.device import PARTS, Device, Scores, WideTerm
from rewardlang.backend.dtypes import DEVICE
from rewardlang.backend.host_values import NOTHING, HostValue
from rewardlang.backend.jitting import jitted
from rewardlang.backend.pairs import split
from rewardlang.backend.programs import run as run_program
from rewardlang.backend.shapes import Shapes
from rewardlang.backend.sparing import spared
from rewardlang.backend.stage import stage
from rewardlang.backend.state import cut, lanes_of, padded, reads
from rewardlang.diagnostics import CallError
from rewardlang.ir.graph import Param
from rewardlang.passes.rebuild import reachable, scored
from rewardlang.types import BOOL, FLOAT, INT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rewardlang.backend.answers import Answering
    from rewardlang.backend.batch import Batch
    from rewardlang.backend.device import Terms
    from rewardlang.backend.host import HostRun
    from rewardlang.backend.host_values import HostBatch
    from rewardlang.backend.networks import Network
    from rewardlang.backend.programs import Programs
    from rewardlang.backend.state import State
    from rewardlang.ir.graph import Graph, NodeId

BOUND = 256 << 20
"""Bytes that one batch may take on the device."""
AT_ONCE = 1 << 16
"""Up to so many entries (samples times terms) all terms come with the totals: a second call would cost more."""


class Packed(NamedTuple):
    """Params as few arrays, since each array of a call costs: `floats: float32[2, P]` (high and low parts).

    `weights` are the pytrees of the networks.
    """

    floats: Any
    ints: Any
    bools: Any
    weights: Mapping[str, Any] = {}


@dataclass(frozen=True, eq=False)
class HostResult:
    """The host's part of a call: all its values, and the batches for the device."""

    run: HostRun
    batches: tuple[Prepared, ...]


class Executor:
    """Runs one graph. `device_function` is `Device.scores`, pure and not jitted, for callers that transform it."""

    def __init__(
        self, graph: Graph, bound: int = BOUND, answering: Mapping[str, Answering] | None = None,
        networks: Mapping[str, Network] | None = None, programs: Programs | None = None,
    ) -> None:  # fmt: skip
        self.graph, demands = (graph, {}) if answering is None else with_demands(graph)
        graph = self.graph
        self.staged = stage(graph, demands, answering, networks)
        self.device_function = Device(self.staged)
        self.shapes = Shapes(self.staged, bound)
        self._programs = programs
        self._pace = Pace()
        self._functions: dict[Terms, Callable[[Packed, Batch, State | None], Scores]] = {}
        nodes = reachable(graph, scored(graph))
        params = {op.name: graph.nodes[n] for n in sorted(nodes) if isinstance(op := graph.nodes[n].operation, Param)}
        self.kinds = {
            kind: [name for name, node in params.items() if node.element == kind] for kind in (FLOAT, INT, BOOL)
        }
        self._deciding: dict[NodeId, Executor | None] = {}

    def host(
        self, batch: HostBatch, params: Mapping[str, Any] | None = None, *, whole: bool = False
    ) -> HostResult:  # fmt: skip
        """Run the host's nodes and pad what crosses: what counts with these params, with `whole` all of it.

        Raises:
            CallError: The reward needs groups that the call lacks, or a model gives what does not fit.
        """
        run = self.host_run(batch, params, whole=whole)
        # What is remembered depends on all samples of the call.
        remembering = bool(self.graph.memories)
        return HostResult(run, tuple(prepare(self.shapes, self.device_function.layout, run, whole=remembering)))

    def host_run(
        self, batch: HostBatch, params: Mapping[str, Any] | None = None, *, whole: bool = False
    ) -> HostRun:  # fmt: skip
        """Run the host's nodes: what counts with these params, with `whole` all of it.

        Raises:
            CallError: A model gives what does not fit its signature.
        """
        left_out = NOTHING if whole else spared(self.staged, params)
        return run_host(self.staged, batch, self._pace, left_out, lambda run, model: self._decide(run, model, params))

    def _decide(
        self, run: HostRun, model: NodeId, params: Mapping[str, Any] | None
    ) -> HostValue:  # fmt: skip
        """Where a model's answer counts, if the device must say: everywhere where the params are not known."""
        if model not in self._deciding:
            graph = decision(self.graph, self.staged.demands[model])
            self._deciding[model] = None if graph is None else Executor(graph, networks=self.staged.networks)
        executor = self._deciding[model]
        if params is None or executor is None:
            return HostValue(np.ones(1, np.bool_), uniform=True)
        return decide(executor, run, params)

    def params(self, values: Mapping[str, Any]) -> Packed:
        """The device's params: floats as pairs of float32, so that comparisons with numbers from text are exact.

        Raises:
            CallError: A param is missing.
        """
        for name in (name for names in self.kinds.values() for name in names if name not in values):
            raise CallError(f"params: `{name}` has no value")
        numbers = np.array([values[name] for name in self.kinds[FLOAT]], np.float64)
        ints, bools = (np.array([values[name] for name in self.kinds[kind]], DEVICE[kind]) for kind in (INT, BOOL))
        weights = {name: values.get(name, network.weights) for name, network in self.staged.networks.items()}
        return Packed(np.stack(split(numbers)), ints, bools, weights)

    def unpacked(self, packed: Packed) -> dict[str, Any]:
        """The params as `Device` takes them."""
        highs, lows = packed.floats
        found: dict[str, Any] = {n: (highs[i], lows[i]) for i, n in enumerate(self.kinds[FLOAT])}
        found |= {name: packed.ints[place] for place, name in enumerate(self.kinds[INT])}
        found |= {name: packed.bools[place] for place, name in enumerate(self.kinds[BOOL])}
        return found | dict(packed.weights)

    def _compiled(self, terms: Terms) -> Callable[[Packed, Batch, State | None], Scores]:
        function = self._functions.get(terms)
        if function is None:

            def scores(packed: Packed, batch: Batch, state: State | None) -> Scores:
                return self.remembering(self.unpacked(packed), batch, terms, state)

            function = self._functions[terms] = jitted(scores)
        return function

    def remembering(self, params: Mapping[str, Any], batch: Batch, terms: Terms, state: State | None) -> Scores:
        """The device function, with a state that has a lane for each of the first samples of a padded batch."""
        if not self.graph.memories or state is None:
            return self.device_function.scores(params, batch, terms)
        specs = self.graph.memories
        lanes = lanes_of(specs, state)
        known = state if lanes is None else padded(specs, state, batch.valid.shape[0])
        scores = self.device_function.scores(params, batch, terms, known)
        return scores if lanes is None else scores._replace(state=cut(specs, scores.state or {}, lanes))

    def device(self, params: Packed, prepared: Prepared, terms: Terms = "all", state: State | None = None) -> Scores:
        """The scores of one batch, jitted; arrays are as long as the padded batch."""
        program = None if self._programs is None else self._programs.find(terms, prepared)
        if program is not None:
            return run_program(self, program, terms, params, prepared.batch)
        return self._compiled(terms)(params, prepared.batch, state)

    def score(self, params: Packed, result: HostResult, state: State | None = None) -> Scored:
        """The device's part of a whole call: the totals, and the terms where that is cheap, else when they are read."""
        samples = result.run.batch.samples
        if state is not None and self.staged.memory_axes:
            # What tells padding from entries, of terms over what is remembered.
            _, lengths = reads(self.graph, state, self.device_function.order)
            for axis, counts in lengths.items():
                result.run.domains.define(axis, np.broadcast_to(np.asarray(counts), (samples,)))
        first: Terms = "none" if samples * len(self.graph.terms) > AT_ONCE else "all"
        return Scored(self, params, result.batches, samples, first, state)

    def totals(self, params: Packed, batches: Iterable[Prepared], samples: int) -> Any:
        """The totals alone."""
        return merged([(p.rows, self.device(params, p, "none")) for p in batches], samples).total

    def explain(self, result: HostResult, node: NodeId, sample: int) -> Any:
        """The value of a host node for one sample as Python values, lists nested over its axes."""
        return result.run.at(node, sample)


class Scored:
    """The scores of a call as NumPy arrays in the order of the samples: `totals` now, `whole` where it is read."""

    def __init__(
        self, executor: Executor, params: Packed, batches: tuple[Prepared, ...], samples: int, first: Terms,
        state: State | None,
    ) -> None:  # fmt: skip
        self._executor, self._params, self._batches, self._samples = executor, params, batches, samples
        self._state = state
        self._first, self._running = first, self._run(first)
        bare: dict[str, Any] = dict.fromkeys(PARTS["all"])
        # What nobody reads need not be fetched.
        totals = [(rows, scores._replace(**bare, wide=())) for rows, scores in self._running]
        self.totals = merged(totals, samples)

    @cached_property
    def whole(self) -> Scores:
        """All terms."""
        return merged(self._running if self._first == "all" else self._run("all"), self._samples)

    def _run(self, terms: Terms) -> list[tuple[Any, Scores]]:
        return [(p.rows, self._executor.device(self._params, p, terms, self._state)) for p in self._batches]


def merged(running: list[tuple[Any, Scores]], samples: int) -> Scores:
    """The scores of several batches, put together in the order of the samples; padding of axes as in the largest."""

    def rows(arrays: Iterable[Any]) -> Any:
        return _rows([(places, np.asarray(array)) for (places, _), array in zip(running, arrays, strict=True)], samples)

    def each(tuples: Iterable[Iterable[Any]]) -> list[Any]:
        return [rows(arrays) for arrays in zip(*tuples, strict=True)]

    parts = [scores for _, scores in running]
    stacks = {part: _stacks([(places, getattr(s, part)) for places, s in running], samples) for part in PARTS["all"]}
    wide = tuple(WideTerm(*each(terms)) for terms in zip(*(s.wide for s in parts), strict=True))
    total, present = each((s.total, s.total_present) for s in parts)
    # Only a call in one batch remembers.
    return Scores(total, present, **stacks, wide=wide, state=parts[0].state)


def _stacks(parts: list[tuple[Any, Any]], samples: int) -> Any:
    """Stacks with a row a term: those that are the same for all samples stay so."""
    if parts[0][1] is None:
        return None
    arrays = [(places, np.asarray(array)) for places, array in parts]
    if arrays[0][1].shape[1] == 1:
        return arrays[0][1]
    return _rows([(places, array.T) for places, array in arrays], samples).T


def _rows(arrays: list[tuple[Any, Any]], samples: int) -> Any:
    if len(arrays) == 1 and len(arrays[0][0]) == samples:
        return arrays[0][1][:samples]
    extent = tuple(max(array.shape[d] for _, array in arrays) for d in range(1, arrays[0][1].ndim))
    result = np.zeros((samples, *extent), arrays[0][1].dtype)
    for rows, array in arrays:
        result[(rows, *(slice(size) for size in array.shape[1:]))] = array[: len(rows)]
    return result
