"""What a reward remembers between calls: a pytree of arrays that the caller hands on.

A memory with a first value is one array, `[components]`. One with a capacity is `{"entries": [capacity, components],
"count": int32}`, the oldest entry first. A memory per sample has a lane for each sample, in front of all of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from rewardlang.backend.dtypes import DEVICE
from rewardlang.diagnostics import CallError
from rewardlang.ir.graph import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rewardlang.ir.graph import Graph, NodeId
    from rewardlang.types import Axis, Element
    from rewardlang.types.declared import MemorySpec

Array = Any
Held = Any
"""The state of one memory: an array, or entries and their count."""
State = dict[str, Held]


def initial(specs: Sequence[MemorySpec], lanes: int | None, dtypes: Mapping[Element, str] = DEVICE) -> State:
    """The state before the first call; `lanes` is the number of samples of a call, None for one without a batch.

    Raises:
        CallError: the number of lanes is negative.
    """
    if lanes is not None and lanes < 0:
        raise CallError(f"`lanes` is the number of samples of a call, not {lanes}")
    found: State = {}
    for spec in specs:
        lead = (lanes,) if spec.per_sample and lanes is not None else ()
        dtype = dtypes[spec.type.element]
        if spec.capacity is None:
            found[spec.name] = np.full((*lead, *_components(spec)), spec.initial, dtype)
        else:
            entries = np.zeros((*lead, spec.capacity, *_components(spec)), dtype)
            found[spec.name] = {"entries": entries, "count": np.zeros(lead, np.int32)}
    return found


def _components(spec: MemorySpec) -> tuple[int, ...]:
    width = spec.type.element.width
    return (*(axis.size or 0 for axis in spec.type.axes), *((width,) if width > 1 else ()))


def check(specs: Sequence[MemorySpec], state: State | None, lanes: int | None, name: str) -> State:
    """The state, if it has the arrays that the memories need.

    Raises:
        CallError: it is missing, or its arrays or lanes are others.
    """
    if state is None:
        raise CallError(f"`{name}` has memory: pass `state=`, at first `reward.initial_state(lanes)`")
    wanted = initial(specs, lanes)
    for memory in wanted:
        if memory not in state:
            raise CallError(f"the state has no memory `{memory}`, which `{name}` uses")
        parts = _parts(state[memory])
        for part, array in _parts(wanted[memory]).items():
            found = None if part not in parts else tuple(np.shape(parts[part]))
            if found != array.shape:
                label = f"`{memory}`" if not part else f"`{part}` of `{memory}`"
                raise CallError(f"the state's {label} has the shape {found}, but this call needs {array.shape}")
    return {memory: state[memory] for memory in wanted}


def _parts(held: Held) -> dict[str, Array]:
    return held if isinstance(held, dict) else {"": held}


def lanes_of(specs: Sequence[MemorySpec], state: State | None) -> int | None:
    """How many lanes a state has; None where no memory is kept per sample."""
    for spec in specs:
        held = {} if state is None else state.get(spec.name, {})
        if spec.per_sample:
            alone = 0 if isinstance(held, dict) else len(_components(spec))
            array: Any = held.get("count", 0) if isinstance(held, dict) else held
            return int(np.shape(array)[0]) if np.ndim(array) > alone else None
    return None


def padded(specs: Sequence[MemorySpec], state: State, samples: int) -> State:
    """The state with a lane for each sample of a padded batch."""
    return _lanes(specs, state, lambda array: _pad(jnp.asarray(array), samples))


def cut(specs: Sequence[MemorySpec], state: State, lanes: int | None) -> State:
    """The state without the lanes of padding."""
    return _lanes(specs, state, lambda array: array[:lanes])


def with_lane(specs: Sequence[MemorySpec], state: State) -> State:
    """The state of one sample with a lane in front."""
    return _lanes(specs, state, lambda array: jnp.asarray(array)[None])


def without_lane(specs: Sequence[MemorySpec], state: State) -> State:
    """The state of the one lane."""
    return _lanes(specs, state, lambda array: array[0])


def _lanes(specs: Sequence[MemorySpec], state: State, change: Callable[[Array], Array]) -> State:
    found = dict(state)
    for spec in (spec for spec in specs if spec.per_sample):
        held = state[spec.name]
        parts = {part: change(array) for part, array in _parts(held).items()}
        found[spec.name] = parts if isinstance(held, dict) else parts[""]
    return found


def _pad(array: Array, samples: int) -> Array:
    return jnp.pad(array, [(0, samples - array.shape[0]), *((0, 0) for _ in array.shape[1:])])


def chosen(specs: Sequence[MemorySpec], where: Array, yes: State, no: State) -> State:
    """The lanes of `yes` where `where` is true, of `no` elsewhere; a state without lanes as a whole.

    Shapes: `where`: bool, `[lanes]` or `[]`.
    """
    found = dict(no)
    for spec in (spec for spec in specs if spec.per_sample):
        held, other = no[spec.name], _parts(yes[spec.name])
        parts = {part: _select(where, other[part], array) for part, array in _parts(held).items()}
        found[spec.name] = parts if isinstance(held, dict) else parts[""]
    return found


def _select(where: Array, yes: Array, no: Array) -> Array:
    spread = jnp.asarray(where)
    return jnp.where(spread.reshape(spread.shape + (1,) * (np.ndim(no) - spread.ndim)), yes, no)


def reordered(specs: Sequence[MemorySpec], state: State, places: Sequence[int]) -> State:
    """The state with the lane of `places[i]` as its lane i."""
    return _lanes(specs, state, lambda array: array[np.asarray(places, np.int32)])


def reads(graph: Graph, state: State, order: Mapping[Axis, int]) -> tuple[dict[NodeId, Array], dict[Axis, Array]]:
    """What the memories held before the call, a node each, and the lengths of those with a capacity."""
    values: dict[NodeId, Array] = {}
    lengths: dict[Axis, Array] = {}
    specs = {spec.name: spec for spec in graph.memories}
    for index, node in enumerate(graph.nodes):
        if not isinstance(node.operation, Memory):
            continue
        spec = specs[node.operation.name]
        held = state[spec.name]
        array = held["entries"] if spec.capacity is not None else held
        array = jnp.asarray(array) if spec.per_sample else jnp.asarray(array)[None]
        if spec.capacity is not None:
            (axis,) = (axis for axis in node.axes if axis not in spec.type.axes)
            count = jnp.asarray(held["count"])
            lengths[axis] = count if spec.per_sample else count[None]
            own = (axis, *spec.type.axes)
            places = [1 + own.index(axis) for axis in sorted(own, key=order.__getitem__)]
            array = array.transpose((0, *places, *range(1 + len(own), array.ndim)))
        values[index] = array
    return values, lengths


def written(graph: Graph, state: State, writes: Sequence[tuple[Array, Array]], resets: Mapping[str, Array]) -> State:
    """The state after the call.

    Shapes: `writes`: a value `[B, components]` and where it is written, bool `[B]`, for each `remember`, in order;
    `resets`: bool `[B]` for each memory that is reset.
    """
    specs = {spec.name: spec for spec in graph.memories}
    found = dict(state)
    for write, (value, when) in zip(graph.writes, writes, strict=True):
        found[write.memory] = _written(specs[write.memory], found[write.memory], value, when)
    for name, reset in resets.items():
        first = initial([specs[name]], None)[name]
        if isinstance(found[name], dict):
            found[name] = {part: _where(reset, first[part], array) for part, array in found[name].items()}
        else:
            found[name] = _where(reset, first, found[name])
    return found


def _where(condition: Array, yes: Array, no: Array) -> Array:
    return jnp.where(condition.reshape((-1,) + (1,) * (no.ndim - 1)), jnp.asarray(yes, no.dtype)[None], no)


def _written(spec: MemorySpec, held: Held, value: Array, when: Array) -> Held:
    if spec.capacity is not None:
        return _appended(spec, held, value, when) if not spec.per_sample else _appended_lanes(held, value, when)
    held = jnp.asarray(held)
    value = value.astype(held.dtype)
    if spec.per_sample:
        return jnp.where(when.reshape((-1,) + (1,) * (held.ndim - 1)), value, held)
    last = jnp.max(jnp.where(when, jnp.arange(when.shape[0]), -1))
    return jnp.where(last >= 0, value[jnp.maximum(last, 0)], held)


def _appended(spec: MemorySpec, held: Held, value: Array, when: Array) -> Held:
    """The entries that are written, after those that are there; the oldest go where there is no room."""
    capacity = spec.capacity
    assert capacity is not None  # noqa: S101 - the caller has looked
    entries, count = jnp.asarray(held["entries"]), jnp.asarray(held["count"])
    total = count + jnp.sum(when, dtype=jnp.int32)
    gone = jnp.maximum(total - capacity, 0)
    kept = jnp.take(entries, jnp.clip(jnp.arange(capacity) + gone, 0, capacity - 1), axis=0)
    places = count + jnp.cumsum(when, dtype=jnp.int32) - 1 - gone
    # A place beyond the end is dropped: that of what is not written, or is gone already.
    places = jnp.where(jnp.logical_and(when, places >= 0), places, capacity)
    return {
        "entries": kept.at[places].set(value.astype(kept.dtype), mode="drop"),
        "count": jnp.minimum(total, capacity).astype(jnp.int32),
    }


def _appended_lanes(held: Held, value: Array, when: Array) -> Held:
    """Each lane's entry after those that it has."""
    entries, count = jnp.asarray(held["entries"]), jnp.asarray(held["count"])
    capacity = entries.shape[1]
    full = jnp.logical_and(when, count == capacity)
    spread = (-1,) + (1,) * (entries.ndim - 1)
    entries = jnp.where(full.reshape(spread), jnp.roll(entries, -1, axis=1), entries)
    place = jnp.minimum(count, capacity - 1)
    here = jnp.logical_and(jnp.arange(capacity)[None] == place[:, None], when[:, None])
    here = here.reshape((*here.shape, *(1 for _ in entries.shape[2:])))
    entries = jnp.where(here, value.astype(entries.dtype)[:, None], entries)
    return {"entries": entries, "count": jnp.minimum(count + when.astype(count.dtype), capacity)}
