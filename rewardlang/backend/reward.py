"""A compiled reward: called with columns, or taken apart into its host and device functions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend import stepping
from rewardlang.backend.batch import prepare
from rewardlang.backend.caching import keep_compiled
from rewardlang.backend.columns import Columns, gather_columns
from rewardlang.backend.device import WideTerm
from rewardlang.backend.executor import Executor
from rewardlang.backend.fingerprint import fingerprint
from rewardlang.backend.host import HostBatch
from rewardlang.backend.layout import host_column
from rewardlang.backend.scores import ABSENT, INVALID, OVERFLOW, Scores, TermScores
from rewardlang.diagnostics import CallError
from rewardlang.diagnostics.suggest import suggest
from rewardlang.types import BOOL, FLOAT, INT, Type, write_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.backend.batch import Batch
    from rewardlang.backend.device import Scores as DeviceScores
    from rewardlang.backend.explain import Explanation
    from rewardlang.check.core import CheckedReward
    from rewardlang.facts import Interval
    from rewardlang.ir.graph import Graph

ON_INVALID = ("error", "missing")
LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class InputSpec:
    """A field of a reward. Printed as the language writes its type."""

    name: str
    type: Type
    required: bool

    def __str__(self) -> str:
        return write_type(self.type)


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
    """One reward, compiled. It holds no state: calls may come from any thread.

    `optimised` is the graph after the passes, `meaning` the graph before them, of which the fingerprint is a hash.
    """

    def __init__(self, checked: CheckedReward, meaning: Graph, optimised: Graph) -> None:
        self.checked = checked
        self.name = checked.name
        self._meaning = meaning
        keep_compiled()
        self.executor = Executor(optimised)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}: {spec}" for name, spec in self.inputs.items())
        return f"Reward {self.name}({fields}) -> {write_type(self.checked.result)}"

    # --- what it is ---

    @cached_property
    def inputs(self) -> Mapping[str, InputSpec]:
        """The fields, by name."""
        return {
            field.name: InputSpec(field.name, field.type, field.default is None and not field.type.optional)
            for field in self.checked.inputs
        }

    @cached_property
    def params(self) -> Mapping[str, ParamInfo]:
        """The params, by name."""
        return {spec.name: ParamInfo(spec.name, spec.type, spec.default) for spec in self.checked.params}

    @property
    def range(self) -> tuple[float, float]:
        """The proved range of the total."""
        interval = self.interval
        return float(interval.low), float(interval.high)

    @property
    def interval(self) -> Interval:
        """The proved range, exactly."""
        return self.checked.body.type.interval

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the meaning: formatting, comments and names of locals do not change it."""
        return fingerprint(self._meaning)

    @property
    def term_paths(self) -> tuple[str, ...]:
        """The paths of the terms, in order."""
        return tuple(term.path for term in self.executor.graph.terms)

    # --- calling it ---

    def __call__(
        self, columns: Mapping[str, Any] | None = None, /, *, group: Any = None,
        params: Mapping[str, bool | int | float] | None = None, on_invalid: str = "error", **fields: Any,
    ) -> Scores:  # fmt: skip
        """Score a batch.

        Args:
            columns: one value a sample for each field, by name: lists, NumPy, JAX, Arrow or Polars columns. They can
            be given
                as keyword arguments too.
            group: ids of the groups that adjacent samples belong to, or the size of every group; for `over group`.
            params: values of params other than their defaults.
            on_invalid: what a missing, non-finite or out-of-range entry of a required column does: `"error"` raises,
                `"missing"` makes its sample's scores missing, with the reason.

        Raises:
            CallError: a column, a length, a type, a group or a param does not fit; before anything is scored.
        """
        gathered = self._gather({**(columns or {}), **fields}, group, on_invalid)
        values = self._param_values(params)
        scores = self.executor.score(values, self._host_batch(gathered, group))
        return self.scores_of(gathered, scores)

    def prepare(
        self,
        columns: Mapping[str, Any] | None = None,
        /,
        *,
        group: Any = None,
        on_invalid: str = "error",
        **fields: Any,
    ) -> Batch:
        """The host's part of a call: a pytree of arrays for `device`, padded to a bucket; rows beyond the batch are void."""
        gathered = self._gather({**(columns or {}), **fields}, group, on_invalid)
        result = self.executor.host_run(self._host_batch(gathered, group))
        return prepare(self.executor.shapes, self.executor.device_function.layout, result, whole=True)[0].batch

    def device(self, params: Mapping[str, Any], batch: Batch, *, terms: bool = True) -> DeviceScores | tuple[Any, Any]:
        """The device's part, pure: `jit`, `vmap` over params and `grad` apply.

        Shapes: `params`: a scalar each, defaults for those left out; the result holds `total` and `total_present`
        `[B]`, and `raw`, `weight`, `contribution`, `active`, `present` `[terms, B]` in the order of `term_paths`. With
        `terms=False` only `(total, total_present)`, which is cheaper.
        """
        function = self.executor.device_function
        full = {**self.params_array(), **params}
        return function.scores(full, batch) if terms else function.totals(full, batch)

    def step(self, params: Mapping[str, Any], arrays: Mapping[str, Any]) -> DeviceScores:
        """Score inside a jitted environment step, for rewards without host work: pure JAX, no `prepare`.

        Shapes: each array as the field's type says, `[…]` for one sample or `[B, …]` for all; lists have their whole
        length. An entry that is not finite makes its sample missing.

        Raises:
            CallError: the reward works on text or JSON, or an array is missing.
        """
        scores: DeviceScores = stepping.step(
            self.executor, self.checked.inputs, {**self.params_array(), **params}, arrays
        )
        return scores

    def params_array(self) -> dict[str, Any]:
        """The defaults of the params as scalars for `device`."""
        dtypes = {FLOAT: np.float32, INT: np.int32, BOOL: np.bool_}
        return {name: dtypes[info.type.element](info.default) for name, info in self.params.items()}

    def explain(
        self, columns: Mapping[str, Any], row: int, *, group: Any = None,
        params: Mapping[str, bool | int | float] | None = None,
    ) -> Explanation:  # fmt: skip
        """The tree of one sample's score, with the text or value behind each leaf."""
        from rewardlang.backend.explain import explain

        gathered = self._gather(columns, group, "missing")
        if not 0 <= row < gathered.samples:
            raise CallError(f"there is no row {row}: the data has {gathered.samples} rows")
        batch, values = self._host_batch(gathered, group), self._param_values(params)
        return explain(self, self.executor, batch, gathered, values, row)

    # --- parts ---

    def _gather(self, given: Mapping[str, Any], group: Any, on_invalid: str) -> Columns:
        if on_invalid not in ON_INVALID:
            raise CallError(f"`on_invalid` is one of {', '.join(map(repr, ON_INVALID))}, not {on_invalid!r}")
        gathered = gather_columns(self.name, self.checked.inputs, given, group)
        fault = gathered.first_fault() if on_invalid == "error" else None
        if fault is not None:
            raise CallError(f'{fault}; `on_invalid="missing"` would leave such samples out')
        return gathered

    def _param_values(self, params: Mapping[str, bool | int | float] | None) -> dict[str, bool | int | float]:
        values = {name: info.default for name, info in self.params.items()}
        for name, value in (params or {}).items():
            if name not in values:
                close = suggest(name, list(values))
                hint = f": did you mean `{close}`?" if close else ""
                raise CallError(f"`{self.name}` has no param `{name}`{hint}")
            values[name] = _checked_param(self.params[name], value)
        return values

    def _host_batch(self, gathered: Columns, group: Any) -> HostBatch:
        valid = np.ones(gathered.samples, bool)
        for column in gathered.ingested.values():
            valid &= ~column.invalid
        columns = {
            field.name: host_column(gathered.ingested[field.name], field.type, gathered.lengths)
            for field in self.checked.inputs
        }
        groups = None if group is None else gathered.groups
        return HostBatch(gathered.samples, columns, gathered.lengths, valid, groups)

    def scores_of(self, gathered: Columns, device: DeviceScores) -> Scores:
        """The device's scores with masks, reasons and names."""
        graph = self.executor.graph
        reasons = gathered.reasons()
        total, present = np.asarray(device.total), np.asarray(device.total_present)
        overflow = present & (np.abs(total) >= LARGEST)
        missing = ~present | overflow
        lengths, gone = None, missing
        if total.ndim > 1:
            lengths = self._lengths(gathered)
            missing = missing | (np.arange(total.shape[1]) >= lengths[:, None])
            gone = ~present.any(axis=1) & (lengths > 0)
        told: list[str | None] = [None] * gathered.samples
        for row in np.flatnonzero(gone):
            invalid = reasons.get(int(row))
            told[row] = f"{INVALID}: {invalid}" if invalid else OVERFLOW if np.any(overflow[row]) else ABSENT
        narrow, wide = 0, 0
        terms: dict[str, TermScores] = {}
        for term in graph.terms:
            if any(graph.nodes[n].axes for n in (term.raw, term.weight, term.active, term.present)):
                parts = device.wide[wide]
                wide += 1
            else:
                stacks = (device.raw, device.weight, device.contribution, device.active, device.present)
                parts = WideTerm(*(np.asarray(stack)[narrow] for stack in stacks))
                narrow += 1
            terms[term.path] = _term(term, parts)
        masked = np.ma.array(np.where(missing, 0, total).astype(np.float32), mask=missing)
        return Scores(masked, np.asarray(gone), tuple(told), terms, lengths, self.fingerprint)

    def _lengths(self, gathered: Columns) -> Any:
        axis = next(axis for axis in self.executor.graph.nodes[self.executor.graph.total].axes)
        return gathered.lengths[axis] if axis in gathered.lengths else np.zeros(gathered.samples, np.int64)


def _term(term: Any, parts: Any) -> TermScores:
    raw, weight, contribution, active, present = (np.asarray(part) for part in parts)
    hidden = ~(active & present)
    return TermScores(
        term.kind,
        np.ma.array(raw, mask=hidden),
        np.ma.array(weight, mask=~active),
        None if term.contribution is None else np.ma.array(contribution, mask=hidden),
        active,
        present,
    )


def _checked_param(info: ParamInfo, value: Any) -> bool | int | float:
    plain = value.item() if hasattr(value, "item") else value
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
