"""How XLA compiles what runs on the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax

if TYPE_CHECKING:
    from collections.abc import Callable

COMPILER_OPTIONS = {"xla_cpu_prefer_vector_width": 512}
"""What `jax.jit` takes as `compiler_options` where a reward is most of the program: on a CPU, vectors of 512 bits,
which are split where there are none. XLA's own choice is 256, also where NumPy's loops take 512."""


def jitted(function: Callable[..., Any]) -> Any:
    """A function of arrays that is compiled at its first call for each shape."""
    options = COMPILER_OPTIONS if jax.default_backend() == "cpu" else None
    return jax.jit(function, compiler_options=options)
