"""Functions of the device with gradients of their own: each array is read once, and fused with what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from rewardlang.ops.builtin import Array


@jax.custom_jvp
def bounded_exp(x: Array) -> Array:
    """The exponential, the largest number where that is beyond the floats; there the gradient is 0."""
    return jnp.minimum(jnp.exp(x), np.finfo(x.dtype).max)


@bounded_exp.defjvp
def _exp_tangent(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    value = bounded_exp(primals[0])
    return value, jnp.where(value < np.finfo(value.dtype).max, value, jnp.zeros_like(value)) * tangents[0]


@jax.custom_jvp
def between(x: Array, low: Array, high: Array) -> Array:
    """The numbers within these ends, which are constants for gradients; on an end the gradient is whole."""
    # Not the least of the greatest: XLA would write x, and take these cheap steps once for each that reads them.
    return jnp.where(x < low, low, jnp.where(x > high, high, x))


@between.defjvp
def _between_tangent(primals: tuple[Array, Array, Array], tangents: tuple[Array, Array, Array]) -> tuple[Array, Array]:
    x, low, high = primals
    inside = (x >= low) & (x <= high)
    return between(x, low, high), jnp.where(inside, tangents[0], jnp.zeros_like(tangents[0]))
