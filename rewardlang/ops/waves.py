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

TURNS = 0x000000517CC1B727220A94FE13ABE8FA9A6EE06DB14ACC9E
"""1 / 2π in words of 32 bits: 23 zeros, then its first bits behind the point. Source: the value, to 169 bits."""
WORDS = tuple(TURNS >> (32 * place) & 0xFFFFFFFF for place in reversed(range(6)))
SMALL = 1.0
"""Below it x is its own phase, more exactly, and has no window."""
FIRST = 127
"""The biased exponent of 1: its window begins with the first bit of `TURNS`."""
SINE = (-1.6666657e-1, 8.333017e-3, -1.9806615e-4, 2.6000547e-6)
"""sin x = x + x³(…) on [-π/2, π/2] within 5e-9. Source: the minimax polynomial of this degree, by Remez' exchange."""
HALF_TURN = 1 << 31
QUARTER = 1 << 30
PER_TURN = 2.0**32
MAGIC = 0x4B000000
"""2^23 as a float32: what is added to it stands in the bits behind, rounded to a whole number."""


def _word(value: int) -> np.uint32:
    return np.uint32(value)


def _window(bits: Array) -> tuple[Array, Array]:
    """uint32: the first 32 bits of the fraction of 2^e / 2π, and the next 32, by the bits of |x| from 1 on."""
    offset = (bits >> _word(23)) - _word(FIRST)
    within = offset & _word(31)
    one, two = (offset & _word(32)) != _word(0), (offset & _word(64)) != _word(0)

    def either(first: int) -> Array:
        return jnp.where(one, _word(WORDS[first + 1]), _word(WORDS[first]))

    later = either(2)
    high = jnp.where(two, later, either(0))
    middle = jnp.where(two, either(3), either(1))
    low = jnp.where(two, either(4), later)
    rest = within ^ _word(31)
    return (high << within) | ((middle >> _word(1)) >> rest), (middle << within) | ((low >> _word(1)) >> rest)


def _wave(x: Array, ahead: int) -> Array:
    """The sine of |x| and `ahead` quarter turns, which are 0 or 1."""
    size = jnp.abs(x)
    bits = _bits(size)
    mantissa = bits & _word(0x7FFFFF)
    first, rest = _window(bits)
    # m / 2^25, so that half of what the next 24 bits carry comes to stand in the bits of a float.
    part = _float(mantissa | _word(0x3E800000)) * _real(rest >> _word(8)) + 2.0**23
    carried = (_bits(part) - _word(MAGIC)) << _word(1)
    phase = (mantissa | _word(0x800000)) * first + carried + _word(ahead * QUARTER)
    # What is left of it to the next half turn, at most a quarter; each half turn changes the sign.
    left = _real(jax.lax.shift_right_arithmetic((phase << _word(1)).astype(jnp.int32), jnp.int32(1)))
    sign = (phase + _word(QUARTER)) & _word(HALF_TURN)
    small = size < SMALL
    angle = jnp.where(small, math.pi / 2 - size if ahead else size, left * (2 * math.pi / PER_TURN))
    z = angle * angle
    c3, c5, c7, c9 = SINE
    value = angle + angle * z * (c3 + z * (c5 + z * (c7 + z * c9)))
    value = jnp.minimum(jnp.maximum(value, -1.0), 1.0)
    return _float(_bits(value) ^ jnp.where(small, _word(0), sign))


def _bits(x: Array) -> Array:
    return jax.lax.bitcast_convert_type(x, jnp.uint32)


def _float(word: Array) -> Array:
    return jax.lax.bitcast_convert_type(word, jnp.float32)


def _real(word: Array) -> Array:
    # Signed words become floats in one instruction, unsigned ones in several.
    return word.astype(jnp.int32).astype(jnp.float32)


@jax.custom_jvp
def sine(x: Array) -> Array:
    """The sine of float32 numbers, within 2e-7 of the true one."""
    return _float(_bits(_wave(x, 0)) ^ (_bits(x) & _word(HALF_TURN)))


@jax.custom_jvp
def cosine(x: Array) -> Array:
    """The cosine of float32 numbers, within 2e-7 of the true one."""
    return _wave(x, 1)


sine.defjvps(lambda tangent, _, x: tangent * cosine(x))
cosine.defjvps(lambda tangent, _, x: -tangent * sine(x))
