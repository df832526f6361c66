"""What all tests share: JAX is strict."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, scope="session")
def _strict_jax() -> None:
    import jax

    jax.config.update("jax_numpy_dtype_promotion", "strict")
    jax.config.update("jax_numpy_rank_promotion", "raise")
