"""Statistics of the samples of one prompt.

Groups are given as `int[n]` ids in 0..n-1, equal for the samples of one prompt, in any order: see `dense_groups`.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

Array = Any


def dense_groups(names: Any) -> Array:
    """Number any ids of groups from 0: `int32[n]`, in the order of the sorted ids. Not for traced arrays."""
    return np.unique(np.asarray(names), return_inverse=True)[1].astype(np.int32).reshape(-1)


def group_sum(x: Array, group: Array) -> Array:
    """The sum over each sample's group, at each sample: `[n, …]`."""
    return jax.ops.segment_sum(x, group, num_segments=group.shape[0])[group]


def group_count(group: Array, dtype: Any) -> Array:
    """How many samples each sample's group has."""
    return group_sum(jnp.ones(group.shape, dtype), group)


def group_mean(x: Array, group: Array) -> Array:
    """The mean over each sample's group."""
    return group_sum(x, group) / group_count(group, x.dtype)


def group_std(x: Array, group: Array) -> Array:
    """The unbiased standard deviation over each sample's group; 0 where all are equal, and of one sample alone."""
    count = group_count(group, x.dtype)
    squares = group_sum(jnp.square(x - group_mean(x, group)), group)
    # At equal rewards the root's own gradient is infinite.
    spread = squares > 0
    return jnp.where(spread, jnp.sqrt(jnp.where(spread, squares, 1) / jnp.maximum(count - 1, 1)), 0)


def best_two(x: Array, group: Array) -> tuple[Array, Array, Array]:
    """The two largest of each sample's group, at each sample, and whether the sample is the first that is largest.

    In a group of one the second is the first.
    """
    count = group.shape[0]
    top = jax.ops.segment_max(x, group, num_segments=count)[group]
    places = jnp.arange(count)
    first = jax.ops.segment_min(jnp.where(x == top, places, count), group, num_segments=count)[group]
    best = places == first
    rest = jax.ops.segment_max(jnp.where(best, -jnp.inf, x), group, num_segments=count)[group]
    return top, jnp.where(jnp.isfinite(rest), rest, top), best


def masked_mean(x: Array, mask: Array, axis: int | None = None) -> Array:
    """The mean of what the mask holds; 0 where it holds nothing."""
    return jnp.sum(x * mask, axis) / jnp.maximum(jnp.sum(mask, axis), 1)
