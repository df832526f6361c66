"""Sine and cosine in float32 on the device, in integers: XLA's own are scalar calls on a CPU, ten times slower.

A float is m·2^e with a whole m of 24 bits, so that its turns are m·(2^e / 2π), of which only the fraction counts. 64
bits of that fraction are a window into the bits of 1 / 2π, found by selects and shifts: a table would not be fused. The
product modulo one turn is 32-bit arithmetic that wraps. The phase is exact to 2^-28 of a turn for every float, however
large.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from rewardlang.ops.builtin import Array

TURNS = 0x00000028BE60DB9391054A7F09D5F47D4D377036D8A5664F10E41000
"""1 / 2π in words of 32 bits: 24 zeros, then its first bits behind the point. Source: the value, to 192 bits."""
WORDS = tuple(TURNS >> (32 * place) & 0xFFFFFFFF for place in reversed(range(7)))
OWN_PHASE = 0.75
"""Below it, which is less than an eighth of a turn, x is its own phase, more exactly."""
FIRST = 126
"""The biased exponent of numbers that are not below it: their turns begin at the first bit of `TURNS`."""
PER_TURN = 2.0**32


def _word(value: int) -> np.uint32:
    return np.uint32(value)


def _window(exponent: Array) -> tuple[Array, Array]:
    """uint32: the first 32 bits of the fraction of 2^e / 2π by biased exponent, and the next 32."""
    offset = jnp.maximum(exponent, _word(FIRST)) - _word(FIRST)
    within, place = offset & _word(31), offset >> _word(5)

    def word(first: int) -> Array:
        found = jnp.full_like(exponent, WORDS[first])
        for step in range(1, 5):
            found = jnp.where(place == _word(step), _word(WORDS[first + step]), found)
        return found

    high, middle, low = word(0), word(1), word(2)
    rest = _word(31) - within
    return (high << within) | ((middle >> _word(1)) >> rest), (middle << within) | ((low >> _word(1)) >> rest)


def _split(x: Array) -> tuple[Array, Array, Array]:
    """The quarter turn next to |x|, and the sine and cosine of what is left, which is at most an eighth.

    Source: the minimax polynomials of Cephes (`sinf.c`, S. Moshier) on [0, π/4].
    """
    size = jnp.abs(x)
    bits = jax.lax.bitcast_convert_type(size, jnp.uint32)
    whole = (bits & _word(0x7FFFFF)) | _word(0x800000)
    first, rest = _window(bits >> _word(23))
    # Signed words become floats in one instruction, unsigned ones in several.
    carried = _real(whole) * (_real(rest >> _word(8)) * 2.0**-24)
    phase = whole * first + carried.astype(jnp.int32).astype(jnp.uint32)
    quarter = (phase + _word(1 << 29)) >> _word(30)
    left = _real(phase - (quarter << _word(30))) * (2 * math.pi / PER_TURN)
    own = size < OWN_PHASE
    left, quarter = jnp.where(own, size, left), jnp.where(own, _word(0), quarter)
    z = left * left
    odd = left + left * z * (-1.6666654611e-1 + z * (8.3321608736e-3 - z * 1.9515295891e-4))
    even = 1 - z / 2 + z * z * (4.166664568298827e-2 + z * (-1.388731625493765e-3 + z * 2.443315711809948e-5))
    return quarter, odd, even


def _real(word: Array) -> Array:
    return word.astype(jnp.int32).astype(jnp.float32)


@jax.custom_jvp
def sine(x: Array) -> Array:
    """The sine of float32 numbers, within 2e-7 of the true one."""
    quarter, odd, even = _split(x)
    size = jnp.where((quarter & _word(1)) == _word(1), even, odd)
    return jnp.where(((quarter & _word(2)) != _word(0)) != (x < 0), -size, size)


@jax.custom_jvp
def cosine(x: Array) -> Array:
    """The cosine of float32 numbers, within 2e-7 of the true one."""
    quarter, odd, even = _split(x)
    size = jnp.where((quarter & _word(1)) == _word(1), odd, even)
    return jnp.where(((quarter + _word(1)) & _word(2)) != _word(0), -size, size)


sine.defjvps(lambda tangent, _, x: tangent * cosine(x))
cosine.defjvps(lambda tangent, _, x: -tangent * sine(x))
