"""What all tests share: JAX is strict, and what it has compiled is dropped in time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

MAPPED = Path("/proc/self/maps")
MOST_MAPPED = 20_000
"""Linux allows a process 65,530 mappings; each compiled function takes some, and the one too many ends the process."""


@pytest.fixture(autouse=True, scope="session")
def _strict_jax() -> None:
    import jax

    jax.config.update("jax_numpy_dtype_promotion", "strict")
    jax.config.update("jax_numpy_rank_promotion", "raise")


PARTED = {"kernels", "properties", "regex"}
"""The folders whose tests share rows among threads however few these are; elsewhere small columns are one part."""


@pytest.fixture(autouse=True, scope="module")
def _parted(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if request.path.parent.name in PARTED:
            patch.setattr("rewardlang.kernels.threads.LEAST", 1)
            patch.setattr("rewardlang.kernels.threads.cores", lambda: 4)
        yield


@pytest.fixture(autouse=True, scope="module")
def _few_compiled() -> Iterator[None]:
    yield
    if MAPPED.exists() and MAPPED.read_bytes().count(b"\n") > MOST_MAPPED:
        import jax

        jax.clear_caches()
