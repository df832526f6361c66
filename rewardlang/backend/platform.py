"""Where the device functions run inside a program that is not about JAX."""

from __future__ import annotations

import os
import sys


def stay_on_host() -> None:
    """Keep JAX on the CPU, unless the program uses JAX itself or has chosen a platform.

    A trainer that runs on PyTorch has no memory of its accelerator to spare for JAX, which would reserve most of it.
    """
    if "jax" in sys.modules or os.environ.get("JAX_PLATFORMS"):
        return
    import jax

    jax.config.update("jax_platforms", "cpu")  # type: ignore[no-untyped-call] # JAX has no types here
