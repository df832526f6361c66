"""Compiled functions on disk: found by the next process, but only where it has as many threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rewardlang.kernels.threads import cores

ROOT = Path(__file__).parents[2]
PROGRAM = """
import jax
import rewardlang
reward = rewardlang.compile("reward r(x: float) -> float { clip(tanh(x) * exp(-x * x), 0..1) }")
batch = reward.prepare({"x": [0.5] * 65536})
compiled = jax.jit(reward.device).lower({}, batch).compile()
print("outer_dimension_partitions" in compiled.as_text())
"""


def divided(place: Path, **variables: str) -> bool:
    """Whether XLA divides a function of 65,536 samples among threads, in a process that keeps functions there."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "REWARDLANG_CACHE": str(place), **variables}
    # A place of its own that the program has chosen for JAX is left as it is.
    environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    command = [sys.executable, "-W", "error", "-c", PROGRAM]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout == "True\n"


@pytest.mark.skipif(cores() < 2, reason="one core: nothing to divide")
def test_what_is_compiled_for_one_thread_is_not_taken_on_several(tmp_path: Path) -> None:
    assert not divided(tmp_path, NPROC="1")
    assert divided(tmp_path)


def test_the_next_process_takes_what_is_kept(tmp_path: Path) -> None:
    divided(tmp_path)
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*-cache")}
    divided(tmp_path)
    assert kept == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*-cache")} != {}
