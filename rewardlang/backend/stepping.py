"""Rewards inside a traced computation: arrays in, scores out, no host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

from rewardlang.backend.batch import Batch
from rewardlang.backend.device import PARTS
from rewardlang.backend.dtypes import DEVICE, LARGEST
from rewardlang.backend.state import check, with_lane, without_lane
from rewardlang.diagnostics import CallError
from rewardlang.diagnostics.suggest import suggest
from rewardlang.ir.graph import Input
from rewardlang.types import BOOL, FLOAT, GROUP, INT, write_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.backend.device import Scores
    from rewardlang.backend.executor import Executor
    from rewardlang.backend.state import State
    from rewardlang.types import Axis
    from rewardlang.types.declared import Field

Array = Any
_INT32 = 2**31 - 1


def step(
    executor: Executor,
    fields: Sequence[Field],
    params: Mapping[str, Any],
    arrays: Mapping[str, Any],
    state: State | None,
) -> Scores:
    """See `Reward.step`."""
    refuse_host_work(executor)
    _check_names(executor.graph.name, fields, arrays)
    given = {field.name: _array(field, arrays[field.name]) for field in fields if arrays.get(field.name) is not None}
    ranks = {field.name: _rank(field) for field in fields}
    single = all(array.ndim == ranks[name] for name, array in given.items())
    samples = _samples(given, ranks)
    sizes = _sizes(fields, given, ranks)
    cleaned = {field.name: _cleaned(field, given.get(field.name), samples, sizes) for field in fields}
    specs = executor.graph.memories
    known = check(specs, state, None if single else samples, executor.graph.name) if specs else None
    if single and known is not None:
        known = with_lane(specs, known)
    scores = executor.device_function.scores(params, _batch(executor, cleaned, samples, sizes), state=known)
    if not single:
        return scores
    after = None if scores.state is None else without_lane(specs, scores.state)
    return _unbatched(scores)._replace(state=after)


# --- what the caller may pass ----------------------------------------------------------------------------------------


def refuse_host_work(executor: Executor) -> None:
    """Refuse a reward that cannot be traced.

    Raises:
        CallError: it compares samples of a group, or reads text or JSON.
    """
    graph = executor.graph
    if GROUP in executor.shapes.across:
        raise CallError(f"`{graph.name}` uses `over group`, which `step` has not; use `prepare` and `device`")
    for node in executor.staged.host:
        if not isinstance(graph.nodes[node].operation, Input) or graph.nodes[node].element.host_only:
            span = graph.nodes[node].span
            what = f" (`{span.text}`)" if span is not None else ""
            text = f"`{graph.name}` does work that cannot be traced: it reads text or JSON, or makes a list{what}"
            raise CallError(f"{text}; use `prepare` and `device`")


def _check_names(reward: str, fields: Sequence[Field], arrays: Mapping[str, Any]) -> None:
    known = [field.name for field in fields]
    for name in arrays:
        if name not in known:
            close = suggest(name, known)
            hint = f": did you mean `{close}`?" if close else f"; it takes {', '.join(f'`{k}`' for k in known)}"
            raise CallError(f"`{reward}` has no field `{name}`{hint}")
    for field in fields:
        if arrays.get(field.name) is None and field.required:
            raise CallError(f"`step` needs the array `{field.name}: {write_type(field.type)}`")


def _rank(field: Field) -> int:
    return len(field.type.axes) + (field.type.element.width > 1)


def _array(field: Field, values: Any) -> Array:
    array, element = jnp.asarray(values), field.type.element
    kinds = {BOOL: "b", INT: "iu"}.get(element, "iuf")
    if not any(jnp.issubdtype(array.dtype, _KINDS[kind]) for kind in kinds):
        raise CallError(f"`{field.name}` is `{write_type(field.type)}`, not an array of {array.dtype}")
    rank = _rank(field)
    if array.ndim not in (rank, rank + 1):
        raise CallError(f"`{field.name}` has {array.ndim} dimensions; one sample has {rank}, a batch {rank + 1}")
    width = element.width
    if width > 1 and array.shape[-1] != width:
        found = f"the last dimension is {array.shape[-1]}"
        raise CallError(f"`{field.name}`: {found}, but a `{element}` has {width} numbers")
    return array


_KINDS: Mapping[str, Any] = {"b": jnp.bool_, "i": jnp.signedinteger, "u": jnp.unsignedinteger, "f": jnp.floating}


def _samples(given: Mapping[str, Array], ranks: Mapping[str, int]) -> int:
    batched = [(name, array.shape[0]) for name, array in given.items() if array.ndim > ranks[name]]
    for name, count in batched:
        if count != batched[0][1]:
            raise CallError(f"`{name}` has {count} samples, but `{batched[0][0]}` has {batched[0][1]}")
    return batched[0][1] if batched else 1


def _sizes(fields: Sequence[Field], given: Mapping[str, Array], ranks: Mapping[str, int]) -> dict[Axis, int]:
    """The size of each axis that an array tells, checked against the others and against its bounds."""
    found: dict[Axis, tuple[int, str]] = {}
    for field in fields:
        if field.name not in given:
            continue
        array = given[field.name]
        shape = array.shape[array.ndim - ranks[field.name] :]
        for axis, size in zip(field.type.axes, shape, strict=False):
            if axis.name == "dim" and size != axis.size:
                raise CallError(f"`{field.name}` is `{write_type(field.type)}`, but its last dimension is {size}")
            known, owner = found.setdefault(axis, (size, field.name))
            if known != size:
                raise CallError(f"`{field.name}` has {size} entries along `{axis}`, but `{owner}` has {known}")
            if size < axis.least or (axis.most is not None and size > axis.most):
                most = "" if axis.most is None else axis.most
                raise CallError(f"`{field.name}`: `{axis}` has {size} entries, not {axis.least}..{most}")
    return {axis: size for axis, (size, _) in found.items()}


# --- a batch of them -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Column:
    """Harmless values, where each entry is present, where the list as a whole is, and which samples are valid."""

    axes: tuple[Axis, ...]
    values: Array
    present: Array
    whole: Array
    valid: Array


def _cleaned(field: Field, array: Array | None, samples: int, sizes: Mapping[Axis, int]) -> _Column:
    type_, rank = field.type, _rank(field)
    given = array
    if given is None:
        given = _default(field, sizes)
    given = jnp.broadcast_to(given, (samples, *given.shape[given.ndim - rank :]))
    held = _fits(field, given)
    values = jnp.where(held, given, _harmless(field, given.dtype)).astype(DEVICE[type_.element])
    # The components of a vector stand or fall together.
    lists = [axis for axis in type_.axes if axis.name != "dim"]
    held = held.all(axis=tuple(range(1 + len(lists), held.ndim)))
    everything = held.all(axis=tuple(range(1, held.ndim)))
    there = jnp.full((samples,), array is not None or field.default is not None)
    if array is None and field.default is None:
        held = jnp.zeros_like(held)
    each = bool(lists) and any(level for level in type_.missing)
    alone = not lists and type_.optional
    valid = jnp.ones((samples,), bool) if each or alone else everything
    return _Column(type_.axes, values, held, there, valid)


def _default(field: Field, sizes: Mapping[Axis, int]) -> Array:
    """The default, or zeros for what is missing."""
    if field.default is not None:
        return jnp.asarray(field.default, DEVICE[field.type.element])
    width = (field.type.element.width,) if field.type.element.width > 1 else ()
    shape = tuple(sizes.get(axis, axis.size or 0) for axis in field.type.axes)
    return jnp.zeros((*shape, *width), DEVICE[field.type.element])


def _harmless(field: Field, dtype: Any) -> Array:
    """The number within the range that is nearest to 0, for entries that do not count."""
    if field.type.range is None or field.type.element == BOOL:
        return jnp.zeros((), dtype)
    low, high = float(field.type.interval.low), float(field.type.interval.high)
    return jnp.asarray(min(max(0.0, low), high), dtype)


def _fits(field: Field, array: Array) -> Array:
    """Where the numbers are finite, and within the declared range."""
    held = jnp.ones(array.shape, bool)
    if jnp.issubdtype(array.dtype, jnp.floating):
        held = jnp.isfinite(array)
    if field.type.range is not None and field.type.element != BOOL:
        largest = LARGEST["float32"] if field.type.element == FLOAT else _INT32
        low, high = float(field.type.interval.low), float(field.type.interval.high)
        if low > -largest:
            held = jnp.logical_and(held, array >= jnp.asarray(low, array.dtype))
        if high < largest:
            held = jnp.logical_and(held, array <= jnp.asarray(high, array.dtype))
    return held


def _batch(executor: Executor, columns: Mapping[str, _Column], samples: int, sizes: Mapping[Axis, int]) -> Batch:
    graph, layout = executor.graph, executor.device_function.layout
    stacks: dict[str, dict[int, Array]] = {"floats": {}, "ints": {}, "bools": {}, "arrays": {}}
    for table, low in ((layout.values, False), (layout.lows, True)):
        for node, (stack, row) in table.items():
            operation = graph.nodes[node].operation
            assert isinstance(operation, Input)  # noqa: S101 - nothing else is on the host
            array = _part(executor, columns[operation.name], operation.part)
            stacks[stack][row] = jnp.zeros_like(array) if low else array
    dtypes = {"floats": "float32", "ints": "int32", "bools": "bool"}
    made = {
        name: jnp.stack([rows[i] for i in range(len(rows))]) if rows else jnp.zeros((0, samples), dtypes[name])
        for name, rows in stacks.items()
        if name != "arrays"
    }
    placed = tuple(stacks["arrays"][place] for place in range(len(stacks["arrays"])))
    lengths = tuple(sizes.get(axis, 0) for axis in executor.shapes.ragged)
    valid = jnp.ones((samples,), bool)
    for column in columns.values():
        valid = jnp.logical_and(valid, column.valid)
    return Batch(
        valid=valid, arrays=placed, groups=None, encoded={}, sizes=lengths,
        lengths=tuple(jnp.full((samples,), length, jnp.int32) for length in lengths), **made,
    )  # fmt: skip


def _part(executor: Executor, column: _Column, part: str) -> Array:
    """The values or a mask, the axes in the device's order."""
    if part == "whole":
        return column.whole
    lists = tuple(axis for axis in column.axes if axis.name != "dim")
    axes, array = (column.axes, column.values) if part == "value" else (lists, column.present)
    ordered = executor.device_function.axes_in_order(axes)
    places = [1 + axes.index(axis) for axis in ordered]
    return array.transpose((0, *places, *range(1 + len(axes), array.ndim)))


def _unbatched(scores: Scores) -> Scores:
    first = {name: getattr(scores, name)[0] for name in ("total", "total_present")}
    stacks = {part: getattr(scores, part)[:, 0] for part in PARTS["all"]}
    wide = tuple(type(term)(*(part[0] for part in term)) for term in scores.wide)
    return scores._replace(**first, **stacks, wide=wide)
