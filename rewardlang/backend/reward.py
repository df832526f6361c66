"""A compiled reward: called with columns, or taken apart into its host and device functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend import stepping
from rewardlang.backend.batch import prepare
from rewardlang.backend.caching import keep_compiled
from rewardlang.backend.columns import Columns, gather_columns, named_columns
from rewardlang.backend.executor import Executor
from rewardlang.backend.host_values import HostBatch, HostColumn
from rewardlang.backend.networks import Network
from rewardlang.backend.param_arrays import ParamArrays
from rewardlang.backend.results import Results
from rewardlang.backend.state import check, chosen, initial, lanes_of
from rewardlang.diagnostics import CallError
from rewardlang.diagnostics.suggest import suggest
from rewardlang.types import BOOL, INT, Type, write_type

if TYPE_CHECKING:
    from rewardlang.backend.answers import Answering
    from rewardlang.backend.batch import Batch
    from rewardlang.backend.device import Scores as DeviceScores
    from rewardlang.backend.device import Terms
    from rewardlang.backend.executor import Packed
    from rewardlang.backend.explain import Explanation
    from rewardlang.backend.interface import Interface
    from rewardlang.backend.programs import Programs
    from rewardlang.backend.scores import Scores
    from rewardlang.backend.state import State
    from rewardlang.facts import Interval
    from rewardlang.ir.graph import Graph
    from rewardlang.types.declared import MemorySpec, ModelSpec

ON_INVALID = ("error", "missing")


@dataclass(frozen=True)
class InputSpec:
    """A field of a reward. Printed as the language writes its type."""

    name: str
    type: Type
    required: bool

    def __str__(self) -> str:
        return write_type(self.type, bounds=True)


@dataclass(frozen=True)
class ParamInfo:
    """A param: traced, so that changing it compiles nothing."""

    name: str
    type: Type
    default: bool | int | float

    @property
    def low(self) -> float:
        """The least value."""
        return float(self.type.interval.low)

    @property
    def high(self) -> float:
        """The greatest value."""
        return float(self.type.interval.high)

    def __str__(self) -> str:
        return f"{write_type(self.type)} = {str(self.default).lower() if self.type.element == BOOL else self.default}"


class Reward:
    """One reward, compiled. It holds no state, that of memories is the caller's: calls may come from any thread.

    `graph` is the graph after the passes; `models` answer for those that it asks; `programs` are device functions that
    were compiled elsewhere, and are traced where there are none.
    """

    def __init__(
        self, graph: Graph, interface: Interface, models: Mapping[str, Answering | Network] | None = None,
        programs: Programs | None = None,
    ) -> None:  # fmt: skip
        self.graph, self.interface = graph, interface
        self.name = graph.name
        keep_compiled()
        given = models or {}
        networks = {name: model for name, model in given.items() if isinstance(model, Network)}
        answering: Any = {name: model for name, model in given.items() if name not in networks}
        self.executor = Executor(graph, answering=answering, networks=networks, programs=programs)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}: {spec}" for name, spec in self.inputs.items())
        return f"Reward {self.name}({fields}) -> {write_type(self.interface.result)}"

    # --- what it is ---

    @cached_property
    def inputs(self) -> Mapping[str, InputSpec]:
        """The fields, by name."""
        return {field.name: InputSpec(field.name, field.type, field.required) for field in self.graph.inputs}

    @cached_property
    def params(self) -> Mapping[str, ParamInfo]:
        """The params, by name."""
        return {spec.name: ParamInfo(spec.name, spec.type, spec.default) for spec in self.graph.params}

    @property
    def range(self) -> tuple[float, float]:
        """The proved range of the total."""
        interval = self.interval
        return float(interval.low), float(interval.high)

    @property
    def interval(self) -> Interval:
        """The proved range, exactly."""
        return self.interface.total.interval

    @property
    def fingerprint(self) -> str:
        """A hash of the meaning: formatting, comments and names of locals do not change it."""
        return self.interface.fingerprint

    @property
    def term_paths(self) -> tuple[str, ...]:
        """The paths of the terms, in order."""
        return tuple(term.path for term in self.executor.graph.terms)

    # --- calling it ---

    def __call__(
        self, columns: Mapping[str, Any] | None = None, /, *, group: Any = None,
        params: Mapping[str, Any] | None = None, on_invalid: str = "error",
        state: State | None = None, **fields: Any,
    ) -> Scores:  # fmt: skip
        """Score a batch.

        Args:
            columns: one value a sample for each field, by name: lists, NumPy, JAX, Arrow or Polars columns.
            group: ids of the groups that adjacent samples belong to, or the size of every group; for `over group`.
            params: values of params other than their defaults, and weights of models other than those they have.
            on_invalid: what a missing, non-finite or out-of-range entry of a required column does: `"error"` raises,
                `"missing"` makes its sample's scores missing, with the reason.
            state: what a reward with memory remembers from the calls before: `initial_state` at first, then the
                `state` of the last call's scores.
            **fields: columns as keyword arguments, beside or instead of `columns`.

        Raises:
            CallError: a column, a length, a type, a group, a param or the state does not fit; before anything is
                scored.
        """
        gathered = self._gather(named_columns(columns, fields), group, on_invalid)
        known = self._state(state, gathered.samples)
        result = self.executor.host(self._host_batch(gathered, group), self.param_values(params))
        return self.results.scores(gathered, result.run, self.executor.score(self._packed(params), result, known))

    def prepare(
        self,
        columns: Mapping[str, Any] | None = None,
        /,
        *,
        group: Any = None,
        on_invalid: str = "error",
        **fields: Any,
    ) -> Batch:
        """The host's part of a call: a pytree of arrays for `device`, padded; rows beyond the batch are void."""
        gathered = self._gather(named_columns(columns, fields), group, on_invalid)
        result = self.executor.host_run(self._host_batch(gathered, group))
        return prepare(self.executor.shapes, self.executor.device_function.layout, result, whole=True)[0].batch

    def device(
        self, params: Mapping[str, Any], batch: Batch, *, terms: Terms = "raw", state: State | None = None
    ) -> DeviceScores:
        """The device's part, pure: `jit`, `vmap` over params and `grad` apply. `terms` is static.

        Shapes: `params`: a scalar each, defaults for those left out; and pytrees of weights by the names of the models
        of the device, by default those of `weights`. In the result, `total` and `total_present` `[B]`; with
        `terms="raw"` also `raw` and `present` of the terms, `[terms, B]` in the order of `term_paths`; with
        `terms="rows"` the same, but `raw` is a tuple of arrays `[B]`, which for many samples is faster; with
        `terms="all"` `weight`, `contribution` and `active` too. `weight`, `active` and `present` are `[terms, 1]` where
        all samples have the same. With `terms="none"` the totals alone, which is cheapest. A reward with memory takes
        its `state`, with a lane for each sample of the call, and gives the next one as `state` of the result.

        Raises:
            CallError: the reward has memory, and the state does not fit; or weights do not.
        """
        known = self._state(state, lanes_of(self.graph.memories, state))
        return self.executor.remembering(self._traced(params), batch, terms, known)

    def step(self, params: Mapping[str, Any], arrays: Mapping[str, Any], *, state: State | None = None) -> DeviceScores:
        """Score inside a jitted environment step, for rewards without host work: pure JAX, no `prepare`.

        Shapes: each array as the field's type says, `[…]` for one sample or `[B, …]` for all; lists have their whole
        length. An entry that is not finite makes its sample missing. `state` is that of one sample, or of all, and the
        result's `state` the next one: what `jax.lax.scan` carries.

        Raises:
            CallError: the reward works on text or JSON, an array is missing, or the state does not fit.
        """
        known = self._state(state, lanes_of(self.graph.memories, state))
        scores: DeviceScores = stepping.step(self.executor, self.graph.inputs, self._traced(params), arrays, known)
        return scores

    @property
    def models(self) -> Mapping[str, ModelSpec]:
        """The models that the reward asks, by name: fields, result and backend."""
        return {spec.name: spec for spec in self.graph.models}

    @property
    def weights(self) -> Mapping[str, Any]:
        """The weights of the models that are part of the device's function, by name: pytrees of arrays for `device`."""
        return {name: network.weights for name, network in self.executor.staged.networks.items()}

    @cached_property
    def memories(self) -> Mapping[str, MemorySpec]:
        """What the reward remembers between calls, by name."""
        return {spec.name: spec for spec in self.graph.memories}

    def initial_state(self, lanes: int | None = None) -> State:
        """What a reward with memory knows before its first call: a pytree of arrays, empty without memory.

        Shapes: a memory with a first value is one array; one with a capacity is `entries` and their `count`. Memories
        per sample have `lanes`, one a sample of a call, in front; without `lanes` none: the state of one sample.
        """
        return initial(self.graph.memories, lanes)

    def reset_state(self, state: State, where: Any) -> State:
        """The state with the memories per sample as at first in the lanes where `where` is true: pure JAX.

        Shapes: `where`: bool `[lanes]`, or `[]` for the state of one sample. Memories of all samples stay.

        Raises:
            CallError: the state does not fit.
        """
        lanes = np.shape(where)[0] if np.ndim(where) else None
        known = self._state(state, lanes if self.executor.graph.memories else None) or {}
        return chosen(self.executor.graph.memories, where, self.initial_state(lanes), known)

    def params_array(self) -> ParamArrays:
        """The defaults of the params for `device`, as an array a type: a dict of scalars makes a jitted call slower.

        It is a mapping of names to scalars, and a pytree: `jit`, `grad`, `vmap` and optimizers take it as it is.
        """
        return ParamArrays.of(self.params)

    def explain(
        self, columns: Mapping[str, Any], row: int, *, group: Any = None,
        params: Mapping[str, Any] | None = None,
    ) -> Explanation:  # fmt: skip
        """The tree of one sample's score, with the text or value behind each leaf; memories are as before any call."""
        from rewardlang.backend.explain import explain

        gathered = self._gather(named_columns(columns, {}), group, "missing")
        if not 0 <= row < gathered.samples:
            raise CallError(f"there is no row {row}: the data has {gathered.samples} rows")
        batch, values = self._host_batch(gathered, group), self._packed(params)
        return explain(self, self.executor, batch, gathered, values, row)

    def param_values(self, params: Mapping[str, Any] | None) -> dict[str, Any]:
        """The values of all params, and the weights that are given.

        Raises:
            CallError: there is no such param, or its value does not fit.
        """
        given = {} if params is None else params
        self._check_param_names(given)
        values: dict[str, Any] = {name: info.default for name, info in self.params.items()}
        for name, value in given.items():
            if name in self.params:
                values[name] = _checked_param(self.params[name], value)
        return values | self._weights(given)

    # --- parts ---

    def _state(self, state: State | None, lanes: int | None) -> State | None:
        if self.graph.memories:
            return check(self.graph.memories, state, lanes, self.name)
        if state:
            raise CallError(f"`{self.name}` has no memory, and takes no `state`")
        return None

    def _traced(self, params: Mapping[str, Any]) -> dict[str, Any]:
        self._check_param_names(params)
        return {**self.params_array(), **self.weights, **params, **self._weights(params)}

    def _check_param_names(self, given: Any) -> None:
        if not isinstance(given, Mapping):
            raise CallError(f"`params` holds values by name (a dict), not {given!r}")
        for name in given:
            if name not in self.params and name not in self.weights:
                close = suggest(name, [*self.params, *self.weights])
                hint = f": did you mean `{close}`?" if close else ""
                raise CallError(f"`{self.name}` has no param `{name}`{hint}")

    def _gather(self, given: Mapping[str, Any], group: Any, on_invalid: str) -> Columns:
        if on_invalid not in ON_INVALID:
            raise CallError(f"`on_invalid` is one of {', '.join(map(repr, ON_INVALID))}, not {on_invalid!r}")
        gathered = gather_columns(self.name, self.graph.inputs, given, group)
        fault = gathered.first_fault(given) if on_invalid == "error" else None
        if fault is not None:
            raise CallError(f'{fault}; `on_invalid="missing"` would leave such samples out')
        return gathered

    @cached_property
    def _defaults(self) -> Packed:
        return self.executor.params(self.param_values(None))

    def _packed(self, params: Mapping[str, Any] | None) -> Packed:
        return self.executor.params(self.param_values(params)) if params else self._defaults

    def _weights(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The weights among what a caller gives as params."""
        networks = self.executor.staged.networks
        return {name: network.check(name, params[name]) for name, network in networks.items() if name in params}

    def _host_batch(self, gathered: Columns, group: Any) -> HostBatch:
        columns: dict[str, HostColumn] = {}
        valid = np.ones(gathered.samples, bool)
        for field in self.graph.inputs:
            column = gathered.ingested[field.name]
            valid &= ~column.invalid
            scalar = not column.lengths
            present = column.whole if scalar else column.present
            columns[field.name] = HostColumn(column.data, present, None if scalar else column.whole, column.uniform)
        return HostBatch(gathered.samples, columns, gathered.lengths, valid, None if group is None else gathered.groups)

    @cached_property
    def results(self) -> Results:
        """What makes scores of the device's arrays."""
        return Results(self.executor.device_function, self.interface.total, self.fingerprint)


def _checked_param(info: ParamInfo, value: Any) -> bool | int | float:
    plain = value.item() if getattr(value, "size", None) == 1 and hasattr(value, "item") else value
    wanted = info.type.element
    fits = isinstance(plain, bool) if wanted == BOOL else isinstance(plain, int | float) and not isinstance(plain, bool)
    if wanted == INT:
        fits = isinstance(plain, int) and not isinstance(plain, bool)
    if not fits:
        raise CallError(f"the param `{info.name}` is `{write_type(info.type)}`, not {value!r}")
    if not info.low <= plain <= info.high:
        raise CallError(f"the param `{info.name}` = {plain} lies outside {info.type.interval}")
    result: bool | int | float = plain
    return result
