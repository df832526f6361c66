"""Dtypes and gradients in lowerings that one text writes for NumPy and JAX.

JAX runs with strict dtype promotion: arrays of two dtypes never meet, so a lowering casts first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewardlang.ops.builtin import Array, Xp

REACH = 2.0**-4
"""Numbers scaled by it have differences, sums and reciprocals of differences that are finite, normal numbers."""

SHORT = 16
"""Most entries of an axis that is reduced entry by entry."""


def on_host(xp: Xp) -> bool:
    """Whether a lowering is called with the host's NumPy, or records steps for its kernels: both have no gradients."""
    return xp.__name__ in ("numpy", "steps")


def is_float(xp: Xp, x: Array) -> bool:
    """Whether the entries of an array are floats."""
    kind = x.dtype.kind
    # `issubdtype` takes as long as an operation on some thousand numbers; the kinds beyond NumPy's own need it.
    return kind == "f" or (kind not in "biu" and bool(xp.issubdtype(x.dtype, xp.floating)))


def as_float(xp: Xp, x: Array) -> Array:
    """The array with float entries: floats keep their width, ints and bools get the module's default."""
    x = xp.asarray(x)
    return x if is_float(xp, x) else x.astype(xp.zeros(()).dtype)


def as_number(xp: Xp, x: Array) -> Array:
    """The array with bools as 0 and 1."""
    x = xp.asarray(x)
    return x.astype(xp.arange(0).dtype) if x.dtype == bool else x


def alike(xp: Xp, *arrays: Array) -> list[Array]:
    """The arrays in one dtype: the widest float where any is a float, else the widest int. Shapes stay."""
    arrays = tuple(as_number(xp, x) for x in arrays)
    floats = [x for x in arrays if is_float(xp, x)]
    widest = max((x.dtype for x in floats or arrays), key=lambda dtype: dtype.itemsize)
    # NumPy's `astype` copies where nothing is to be done.
    return [x if x.dtype == widest else x.astype(widest) for x in arrays]


def frozen(xp: Xp, x: Array) -> Array:
    """The array as a constant for gradients: for scales that a formula does not depend on mathematically."""
    if on_host(xp):
        return x
    from jax.lax import stop_gradient

    return stop_gradient(x)


def tiny(xp: Xp, x: Array) -> float:
    """The smallest normal number of a float array. XLA flushes smaller ones to 0, at different places."""
    return float(xp.finfo(x.dtype).tiny)


def unit_scale(xp: Xp, size: Array) -> Array:
    """The power of two by which a size comes into 8..16, or near it where it is almost subnormal.

    A constant for gradients. Not into 0.5..1: on its way back a gradient would leave the floats. `size` must be at most
    `REACH` times the largest number, so that the power is a normal number; where it is subnormal it does not count.
    """
    if xp.__name__ == "steps":
        return xp.unit_scale(size)
    held = frozen(xp, xp.where(size < tiny(xp, size), xp.ones_like(size), size))
    # From the bits, several times as fast as `frexp` and `ldexp`: a power of two has an exponent alone.
    digits, bias = xp.finfo(size.dtype).nmant, xp.finfo(size.dtype).maxexp - 1
    exponent = _bits(xp, held) >> digits
    power = xp.minimum(2 * bias + 3 - exponent, xp.full_like(exponent, 2 * bias - 3))
    return _from_bits(xp, power << digits, size.dtype)


def _bits(xp: Xp, x: Array) -> Array:
    """The bits of floats, as ints of their width."""
    kind = f"int{8 * x.dtype.itemsize}"
    if xp.__name__ == "numpy":
        return x.view(kind)
    from jax.lax import bitcast_convert_type

    return bitcast_convert_type(x, kind)


def _from_bits(xp: Xp, bits: Array, dtype: Any) -> Array:
    """The floats that have these bits."""
    if xp.__name__ == "numpy":
        return bits.view(dtype)
    from jax.lax import bitcast_convert_type

    return bitcast_convert_type(bits, dtype)


def is_short(xp: Xp, x: Array, axis: tuple[int, ...]) -> bool:
    """Whether a reduction along `axis` is one of a few entries on the device."""
    return not on_host(xp) and len(axis) == 1 and 0 < x.shape[axis[0]] <= SHORT


def summed(xp: Xp, x: Array, axis: tuple[int, ...]) -> Array:
    """The sum along `axis`, in the dtype of x."""
    return _pairwise(x, axis[0], xp.add) if is_short(xp, x, axis) else xp.sum(x, axis=axis, dtype=x.dtype)


def largest_size(xp: Xp, x: Array, axis: tuple[int, ...]) -> Array:
    """The largest absolute value along `axis`, which stays with one entry; 0 of nothing. A constant for gradients."""
    size = frozen(xp, xp.abs(x))
    if is_short(xp, x, axis):
        return xp.expand_dims(_pairwise(size, axis[0], xp.maximum), axis)
    return xp.max(size, axis=axis, keepdims=True, initial=0.0)


def _pairwise(x: Array, axis: int, combine: Callable[[Array, Array], Array]) -> Array:
    """The entries of a short axis combined in pairs, then the results: XLA fuses that, where a reduction is a pass."""
    entries = [x[(slice(None),) * axis + (place,)] for place in range(x.shape[axis])]
    while len(entries) > 1:
        odd = entries[len(entries) // 2 * 2 :]
        entries = [combine(*pair) for pair in zip(entries[::2], entries[1::2], strict=False)] + odd
    return entries[0]
