"""Decimal literals to the nearest double, inside a kernel.

Source: W. Clinger, "How to read floating point numbers accurately" (1990) for short decimals; D. Lemire, "Number
parsing at a gigabyte per second" (2021), section 5, for up to 19 digits. Subnormal results are left to Python.
"""

from __future__ import annotations

import numpy as np

from rewardlang.kernels.words import kernel, leading_zeros, multiply_wide, signed

SMALLEST_POWER, LARGEST_POWER = -342, 308
INFINITY_BITS = 0x7FF << 52
_MANTISSA_BITS = 52
_EXACT_POWER = 22  # 10**22 is the largest power of ten that is a double


def _power_of_five(power: int) -> int:
    """The 128 leading bits of 5**power: rounded down for powers >= 0, up for the others (the paper's table)."""
    factor: int = 5 ** abs(power)
    if power < 0:
        return (1 << (factor.bit_length() + 127)) // factor + 1
    excess = factor.bit_length() - 128
    return factor >> excess if excess > 0 else factor << -excess


def _power_table() -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    powers = [_power_of_five(power) for power in range(SMALLEST_POWER, LARGEST_POWER + 1)]
    return np.array([(power >> 64, power & (2**64 - 1)) for power in powers], dtype=np.uint64)


_POWERS = _power_table()
_TENS = np.array([10.0**power for power in range(_EXACT_POWER + 1)])


@kernel
def _scaled(mantissa: np.uint64, power: int) -> tuple[np.uint64, np.uint64]:
    """The (low, high) words of mantissa * 5**power, refined with the second word of the power where it can matter."""
    row = power - SMALLEST_POWER
    low, high = multiply_wide(mantissa, _POWERS[row, 0])
    if (high & np.uint64(0x1FF)) == np.uint64(0x1FF):
        _, carry = multiply_wide(mantissa, _POWERS[row, 1])
        low += carry
        if carry > low:
            high += np.uint64(1)
    return low, high


@kernel
def _round(low: np.uint64, high: np.uint64, power: int, zeros: int) -> int:
    """The bits of the double nearest to the scaled product, or -1 where the result is subnormal."""
    upper: int = signed(high >> np.uint64(63))
    shift = np.uint64(upper + 64 - _MANTISSA_BITS - 3)
    mantissa = high >> shift
    exponent = ((217706 * power) >> 16) + 63 + upper - zeros + 1023
    if exponent <= 0:
        return -1
    # Exactly halfway between two doubles: the even one. Only these powers can reach it (paper, section 6).
    halfway = low <= np.uint64(1) and -4 <= power <= 23 and (mantissa & np.uint64(3)) == np.uint64(1)
    if halfway and (mantissa << shift) == high:
        mantissa &= ~np.uint64(1)
    mantissa = (mantissa + (mantissa & np.uint64(1))) >> np.uint64(1)
    if mantissa >= np.uint64(2 << _MANTISSA_BITS):
        mantissa = np.uint64(1 << _MANTISSA_BITS)
        exponent += 1
    if exponent >= 0x7FF:
        return INFINITY_BITS
    fraction: int = signed(mantissa & np.uint64((1 << _MANTISSA_BITS) - 1))
    return exponent << _MANTISSA_BITS | fraction


@kernel
def short_decimal(mantissa: np.uint64, power: int) -> float:
    """`mantissa * 10**power` where both are exact doubles and one operation rounds correctly; otherwise -1."""
    if mantissa > np.uint64(1 << 53) or power < -_EXACT_POWER or power > _EXACT_POWER:
        return -1.0
    value: float = np.float64(mantissa) / _TENS[-power] if power < 0 else np.float64(mantissa) * _TENS[power]
    return value


@kernel
def decimal_bits(mantissa: np.uint64, power: int) -> int:
    """The bits of the double nearest to mantissa * 10**power (mantissa exact), or -1 where the result is subnormal."""
    if mantissa == np.uint64(0) or power < SMALLEST_POWER:
        return 0
    if power > LARGEST_POWER:
        return INFINITY_BITS
    zeros = leading_zeros(mantissa)
    low, high = _scaled(mantissa << np.uint64(zeros), power)
    return _round(low, high, power, zeros)
