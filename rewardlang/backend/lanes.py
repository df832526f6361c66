"""A step of environments: rewards that a trainer can take, terms under constant names, and what is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from rewardlang.backend.dtypes import LARGEST
from rewardlang.backend.jitting import jitted
from rewardlang.backend.state import chosen, lanes_of, reads, with_lane

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.backend.device import Scores, WideTerm
    from rewardlang.backend.reward import Reward
    from rewardlang.backend.state import State
    from rewardlang.ir.graph import Term
    from rewardlang.types import Axis

Array = Any


class Step(NamedTuple):
    """What a step gives; a lane is an environment.

    Shapes: `[lanes]`, or `[]` for one environment. `total`: float32, never NaN. `missing`: bool, where there is no
    score. `terms`: float32, `path/raw`, `/weight`, `/contribution` (of entries that count) and `/missing` of each term,
    0 where there is nothing to tell. `state`: what is remembered after the step.
    """

    total: Array
    missing: Array
    terms: dict[str, Array]
    state: State


def score_step(
    reward: Reward, params: Mapping[str, Any], arrays: Mapping[str, Any], *,
    state: State, otherwise: float, ended: Array, valid: Array = True,
) -> Step:  # fmt: skip
    """Score a step: pure JAX, as `Reward.step`.

    Shapes: `ended`, `valid`: bool `[lanes]` or `[]`. Where an episode has ended, what is remembered is as at first
    afterwards; where a lane is not valid, its score is missing and nothing is remembered. `otherwise` is the reward
    where the score is missing.

    Raises:
        CallError: as `Reward.step`.
    """
    scores = reward.step(params, arrays, state=state or None)
    overflow = jnp.abs(scores.total) >= LARGEST["float32"]
    missing = jnp.logical_or(~scores.total_present | overflow, jnp.logical_not(valid))
    after: State = {}
    if scores.state is not None:
        after = chosen(reward.executor.graph.memories, valid, scores.state, state)
        after = reward.reset_state(after, ended)
    total = jnp.where(missing, jnp.float32(otherwise), scores.total)
    return Step(total, missing, _told(reward, scores, missing, state), after)


def nothing(reward: Reward, shape: tuple[int, ...]) -> Step:
    """What there is before the first step: rewards and terms of 0. `shape` is `(lanes,)` or `()`."""
    zeros = jnp.zeros(shape, jnp.float32)
    state = jax.tree.map(jnp.asarray, reward.initial_state(shape[0] if shape else None))
    return Step(zeros, jnp.zeros(shape, bool), dict.fromkeys(term_names(reward), zeros), state)


def term_names(reward: Reward) -> tuple[str, ...]:
    """The names of a step's terms, in order."""
    return tuple(f"{term.path}/{part}" for term in reward.executor.graph.terms for part in _parts(term))


def _parts(term: Term) -> tuple[str, ...]:
    counts = term.contribution is not None and term.kind != "metric"
    return ("raw", "weight", *(("contribution",) if counts else ()), "missing")


def _told(reward: Reward, scores: Scores, missing: Array, state: State) -> dict[str, Array]:
    device = reward.executor.device_function
    lengths = _lengths(reward, state)
    wide = dict(zip((term.path for term in device.wide), scores.wide, strict=True))
    rows = {term.path: row for row, term in enumerate(device.narrow)}
    told: dict[str, Array] = {}
    for term in reward.executor.graph.terms:
        if term.path in wide:
            arrays = wide[term.path]
            inside = _inside(device.axes_of(term), arrays, lengths, missing.ndim)
        else:
            arrays, inside = _row(scores, rows[term.path], missing.shape), jnp.ones(missing.shape, bool)
        parts = _numbers(arrays, inside, missing)
        told |= {f"{term.path}/{part}": parts[part] for part in _parts(term)}
    return told


def _row(scores: Scores, row: int, shape: tuple[int, ...]) -> WideTerm:
    from rewardlang.backend.device import WideTerm

    return WideTerm(*(jnp.broadcast_to(getattr(scores, part)[row], shape) for part in WideTerm._fields))


def _numbers(term: WideTerm, inside: Array, missing: Array) -> dict[str, Array]:
    """A number a lane for each part: means, and the sum of contributions."""
    axes = tuple(range(missing.ndim, term.raw.ndim))
    scored = jnp.logical_not(missing).reshape(missing.shape + (1,) * len(axes))
    asked = jnp.logical_and(term.active, inside)
    there = asked & term.present & scored

    def mean(values: Array, where: Array) -> Array:
        return _sum(where, values) / jnp.maximum(where.sum(axes), 1).astype(jnp.float32)

    def _sum(where: Array, values: Array) -> Array:
        return jnp.where(where, values, jnp.float32(0)).sum(axes)

    numbers = {
        "raw": mean(term.raw, there),
        "weight": mean(term.weight, asked & scored),
        "contribution": _sum(there, term.contribution),
        "missing": jnp.logical_and(asked, jnp.logical_not(term.present)).any(axes),
    }
    return {part: values.astype(jnp.float32) for part, values in numbers.items()}


def _lengths(reward: Reward, state: State) -> dict[Axis, Array]:
    """How many entries there are along the axes of memories with a capacity: `[lanes]`, or `[1]`."""
    specs = reward.executor.graph.memories
    if not specs:
        return {}
    lanes = with_lane(specs, state) if lanes_of(specs, state) is None else state
    return reads(reward.executor.graph, lanes, reward.executor.device_function.order)[1]


def _inside(axes: tuple[Axis, ...], term: WideTerm, lengths: Mapping[Axis, Array], lead: int) -> Array:
    """Where a term over axes has entries: a memory may not be full."""
    inside = jnp.ones(term.raw.shape, bool)
    for place, axis in enumerate(axes, lead):
        if axis in lengths:
            here = jnp.arange(term.raw.shape[place]).reshape([-1 if at == place else 1 for at in range(term.raw.ndim)])
            count = lengths[axis] if lead else lengths[axis][0]
            inside &= here < count.reshape(count.shape + (1,) * (term.raw.ndim - count.ndim))
    return inside


class Stepper:
    """`score_step` of one reward, compiled: arrays of the host in, arrays of the host out."""

    def __init__(self, reward: Reward, otherwise: float) -> None:
        self._reward, self._otherwise = reward, otherwise
        self._names = term_names(reward)
        self._compiled = jitted(self._traced)

    def __call__(
        self, params: Mapping[str, Any], arrays: Mapping[str, Any], state: State, ended: Array, valid: Array
    ) -> Step:
        """A step of all lanes. The state stays where JAX has it.

        Raises:
            CallError: as `Reward.step`.
        """
        total, missing, terms, after = self._compiled(params, arrays, state, ended, valid)
        told = dict(zip(self._names, np.array(terms), strict=True))
        return Step(np.array(total), np.array(missing), told, after)

    def _traced(self, params: Any, arrays: Any, state: State, ended: Array, valid: Array) -> tuple[Array, ...]:
        step = score_step(
            self._reward, params, arrays, state=state, otherwise=self._otherwise, ended=ended, valid=valid
        )
        # One stack: each array that is fetched costs a few microseconds.
        terms = jnp.stack(list(step.terms.values())) if step.terms else jnp.zeros((0, *step.total.shape), jnp.float32)
        return step.total, step.missing, terms, step.state
