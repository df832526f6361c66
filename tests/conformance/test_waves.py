"""The device's sine and cosine: exact for every float32, however large, with the gradients of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rewardlang.ops.waves import cosine, sine

if TYPE_CHECKING:
    from collections.abc import Callable

PAIRS = [(sine, np.sin), (cosine, np.cos)]


def floats() -> Any:
    """Every exponent of normal numbers, both signs, and what lies next to multiples of an eighth of a turn."""
    bits = np.random.default_rng(3).integers(0x00800000, 0x7F7FFFFF, 200_000, dtype=np.uint32)
    any_size = bits.view(np.float32)
    near = (np.arange(1, 4000) * (np.pi / 4)).astype(np.float32)
    around = [np.nextafter(near, np.float32(end)) for end in (0, np.inf)]
    positive = np.concatenate([np.zeros(1, np.float32), any_size, near, *around])
    return np.concatenate([positive, -positive])


@pytest.mark.parametrize(("ours", "true"), PAIRS, ids=["sine", "cosine"])
def test_every_float_has_its_exact_phase(ours: Callable[[Any], Any], true: Callable[[Any], Any]) -> None:
    x = floats()
    found = np.asarray(jax.jit(ours)(x), np.float64)
    assert np.abs(found - true(x.astype(np.float64))).max() < 2e-7
    assert np.abs(found).max() <= 1


def test_the_sine_of_a_small_number_is_the_number() -> None:
    x = np.float32(10.0) ** np.arange(-30, -4, dtype=np.float32)
    np.testing.assert_allclose(sine(jnp.asarray(x)), x, rtol=2e-7)


def test_gradients_are_those_of_the_functions() -> None:
    x = jnp.linspace(-20, 20, 101)
    np.testing.assert_allclose(jax.vmap(jax.grad(sine))(x), np.cos(x), atol=1e-6)
    np.testing.assert_allclose(jax.vmap(jax.grad(cosine))(x), -np.sin(x), atol=1e-6)
    np.testing.assert_allclose(jax.vmap(jax.grad(jax.grad(sine)))(x), -np.sin(x), atol=1e-6)
