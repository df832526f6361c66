"""The compilation cache on disk, so that a second process starts warm."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from rewardlang.kernels.threads import cores

OFF = "off"
THREADS = ("PJRT_NPROC", "NPROC")
"""What tells XLA how many threads to take on a CPU, first the one that counts more; else it takes one a core."""


@cache
def keep_compiled() -> None:
    """Let JAX keep what it compiles, small functions too, unless the program has chosen a place of its own.

    The place is `$REWARDLANG_CACHE` (`off`: none), else `rewardlang/jax` in the user's cache folder; in it, a folder
    for each number of threads. XLA divides a function among them when it compiles it, but JAX finds it by other marks:
    what was compiled on one core would be taken on many, and stay on one.
    """
    import jax

    chosen = os.environ.get("REWARDLANG_CACHE")
    if chosen == OFF or jax.config.jax_compilation_cache_dir is not None:  # type: ignore[attr-defined] # made at run time
        return
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = (Path(chosen) if chosen else home / "rewardlang" / "jax") / f"{_threads()}-threads"
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        # A home that cannot be written costs a compilation, not a run.
        return
    jax.config.update("jax_compilation_cache_dir", str(place))  # type: ignore[no-untyped-call] # JAX has no types here
    # The defaults skip what compiles in less than a second, which most rewards do.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)  # type: ignore[no-untyped-call] # JAX has no types here
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)  # type: ignore[no-untyped-call] # JAX has no types here


def _threads() -> int:
    told = (os.environ.get(name, "") for name in THREADS)
    return next((int(count) for count in told if count.isdecimal()), cores())
