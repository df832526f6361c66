"""Rewards inside a traced computation: arrays in, scores out, no host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

from rewardlang.backend.batch import Batch
from rewardlang.backend.dtypes import DEVICE
from rewardlang.diagnostics import CallError
from rewardlang.ir.graph import Input
from rewardlang.types import FLOAT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.backend.device import Scores
    from rewardlang.backend.executor import Executor
    from rewardlang.check.core import InputField
    from rewardlang.ir.graph import NodeId
    from rewardlang.types import Axis

Array = Any
LARGEST = 3.4028234663852886e38


def step(
    executor: Executor, fields: Sequence[InputField], params: Mapping[str, Any], arrays: Mapping[str, Any]
) -> Scores:
    """See `Reward.step`."""
    _refuse_host_work(executor)
    given = {field.name: _array(field, arrays) for field in fields}
    single = all(array is None or array.ndim == _rank(field) for field, array in _pairs(fields, given))
    if single:
        given = {name: None if array is None else array[None] for name, array in given.items()}
    batch = _batch(executor, fields, given)
    scores = executor.device_function.scores(params, batch)
    return _unbatched(scores) if single else scores


def _refuse_host_work(executor: Executor) -> None:
    graph = executor.graph
    for node in executor.staged.host:
        if not isinstance(graph.nodes[node].operation, Input) or graph.nodes[node].element.host_only:
            span = graph.nodes[node].span
            what = f": `{span.text}`" if span is not None else ""
            raise CallError(f"`{graph.name}` works on text or JSON{what}; use `prepare` and `device`")


def _pairs(fields: Sequence[InputField], given: Mapping[str, Any]) -> list[tuple[InputField, Any]]:
    return [(field, given[field.name]) for field in fields]


def _rank(field: InputField) -> int:
    return len(field.type.axes) + (field.type.element.width > 1)


def _array(field: InputField, arrays: Mapping[str, Any]) -> Array:
    if field.name not in arrays:
        if field.default is None and not field.type.optional:
            raise CallError(f"`step` needs the array `{field.name}`")
        if field.default is not None:
            from rewardlang.backend.defaults import constant_value

            return jnp.asarray(constant_value(field.default), DEVICE[field.type.element])
        return None
    array = jnp.asarray(arrays[field.name])
    if array.ndim not in (_rank(field), _rank(field) + 1):
        raise CallError(f"`{field.name}` has {array.ndim} dimensions; one sample has {_rank(field)}")
    return array


def _batch(executor: Executor, fields: Sequence[InputField], given: Mapping[str, Any]) -> Batch:
    layout = executor.device_function.layout
    samples = max((a.shape[0] for f, a in _pairs(fields, given) if a is not None and a.ndim > _rank(f)), default=1)
    known = _known_sizes(fields, given)
    parts: dict[tuple[str, str], Array] = {}
    valid = jnp.ones((samples,), bool)
    for field, array in _pairs(fields, given):
        values, present = _clean(field, array, samples, known)
        whole = jnp.full((samples,), array is not None)
        parts |= {(field.name, "value"): values, (field.name, "present"): present, (field.name, "whole"): whole}
        lists = [axis for axis in field.type.axes if axis.name != "dim"]
        if frozenset(lists) not in field.type.missing:
            absent = jnp.logical_not(whole) if field.type.whole_missing else jnp.zeros((samples,), bool)
            valid = jnp.logical_and(valid, jnp.logical_or(absent, present.reshape(samples, -1).all(axis=1)))
    stacks: dict[str, dict[int, Array]] = {"floats": {}, "ints": {}, "bools": {}, "arrays": {}}
    for table, low in ((layout.values, False), (layout.lows, True)):
        for node, (stack, row) in table.items():
            array = _crossing(executor, node, parts)
            stacks[stack][row] = jnp.zeros_like(array) if low else array
    sizes, lengths = _sizes(executor, known, samples)
    dtypes = {"floats": "float32", "ints": "int32", "bools": "bool"}
    made = {
        name: jnp.stack([rows[i] for i in range(len(rows))]) if rows else jnp.zeros((0, samples), dtypes[name])
        for name, rows in stacks.items()
        if name != "arrays"
    }
    placed = tuple(stacks["arrays"][place] for place in range(len(stacks["arrays"])))
    return Batch(valid=valid, arrays=placed, lengths=lengths, groups=None, sizes=sizes, **made)


def _crossing(executor: Executor, node: NodeId, parts: Mapping[tuple[str, str], Array]) -> Array:
    """A column or mask with its axes in the order in which the device has them."""
    here = executor.graph.nodes[node]
    assert isinstance(here.operation, Input)  # noqa: S101 - nothing else is on the host
    array = parts[here.operation.name, here.operation.part]
    order = executor.device_function.axes_in_order(here.axes)
    places = [1 + here.axes.index(axis) for axis in order]
    return array.transpose((0, *places, *range(1 + len(places), array.ndim)))


def _clean(field: InputField, array: Array, samples: int, known: Mapping[Axis, int]) -> tuple[Array, Array]:
    """The array with harmless numbers where it is not finite, and where it holds."""
    dtype = DEVICE[field.type.element]
    width = (field.type.element.width,) if field.type.element.width > 1 else ()
    vector = any(axis.name == "dim" for axis in field.type.axes)
    if array is None:
        shape = (samples, *(known.get(axis, axis.size or 1) for axis in field.type.axes), *width)
        values = jnp.zeros(shape, dtype)
        return values, jnp.zeros(shape[:-1] if width or vector else shape, bool)
    array = jnp.broadcast_to(array, (samples, *array.shape[array.ndim - _rank(field) :]))
    array = array.astype(dtype)
    held = jnp.ones(array.shape, bool)
    if field.type.element == FLOAT or width:
        held = jnp.isfinite(array)
        array = jnp.where(held, array, jnp.zeros_like(array))
    return array, held.all(axis=-1) if width or vector else held


def _known_sizes(fields: Sequence[InputField], given: Mapping[str, Any]) -> dict[Axis, int]:
    found: dict[Axis, int] = {}
    for field, array in _pairs(fields, given):
        if array is None:
            continue
        shape = array.shape[array.ndim - _rank(field) :]
        for axis, size in zip(field.type.axes, shape, strict=False):
            wanted = found.setdefault(axis, size if axis.size is None else axis.size)
            if size != wanted:
                raise CallError(f"`{field.name}` has {size} entries along `{axis}`, not {wanted}")
    return found


def _sizes(executor: Executor, known: Mapping[Axis, int], samples: int) -> tuple[tuple[int, ...], tuple[Array, ...]]:
    """The padded size of each ragged axis and its lengths: 0 where only lists that are missing have it."""
    ragged = executor.shapes.ragged
    lengths = tuple(jnp.full((samples,), known.get(axis, 0), jnp.int32) for axis in ragged)
    return tuple(known.get(axis, 1) for axis in ragged), lengths


def _unbatched(scores: Scores) -> Scores:
    first = {name: getattr(scores, name)[0] for name in ("total", "total_present")}
    stacks = {name: getattr(scores, name)[:, 0] for name in ("raw", "weight", "contribution", "active", "present")}
    wide = tuple(type(term)(*(part[0] for part in term)) for term in scores.wide)
    writes = tuple((value[0], when[0]) for value, when in scores.writes)
    return scores._replace(**first, **stacks, wide=wide, writes=writes)
