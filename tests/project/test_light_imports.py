"""Checking a spec must start at once: the packages that only the running side needs stay out of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("flax", "hypothesis", "jax", "llvmlite", "numba", "numpy", "optax", "orbax", "pyarrow", "pydantic", "rich")

CHECK_A_SPEC = """
from rewardlang.diagnostics import Sink
from rewardlang.driver import check_source
from rewardlang.source import Source
sink = Sink()
spec = "reward r(height: float) -> float in 0..1 { product { stand: clip(height / 2, 0..1) } }"
checked = check_source(Source("walk.rwd", spec), None, sink)
assert not sink.failed, sink.diagnostics
assert set(checked.rewards) == {"r"}
"""
SHOW_A_FAULT = """
import rewardlang
from rewardlang.diagnostics import CompileError, Sink
from rewardlang.driver import check_source
from rewardlang.source import Source
sink = Sink()
check_source(Source("walk.rwd", "reward r(height: float) -> float in 0..1 { heigth }"), None, sink)
assert "did you mean `height`" in str(CompileError(sink.diagnostics))
"""


@pytest.mark.parametrize(
    "program",
    ["import rewardlang", "import rewardlang.driver", CHECK_A_SPEC, SHOW_A_FAULT],
    ids=["the package", "the driver", "a check", "a fault"],
)
def test_neither_import_nor_check_loads_heavy_packages(program: str) -> None:
    listing = f"import sys\n{program}\nprint([name for name in {HEAVY} if name in sys.modules])"
    command = [sys.executable, "-W", "error", "-c", listing]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stderr == ""
    assert run.stdout.strip() == "[]"
