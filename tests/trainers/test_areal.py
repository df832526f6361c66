"""AReaL's own wrapper, in a process of its own as in a run. Run with areal 1.0.4, of which one file is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from rewardlang.trainers.exporting import export
from rewardlang.trainers.registry import find_trainer
from tests.trainers.conftest import SAMPLES

PROGRAM = """\
import asyncio, importlib.util, json, logging, sys, types

for name in ("areal", "areal.utils"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["areal.utils"].logging = logging
spec = importlib.util.spec_from_file_location("reward_api", sys.argv[1])
api = importlib.util.module_from_spec(spec)
spec.loader.exec_module(api)
import reward

async def main():
    wrapped = api.AsyncRewardWrapper(reward.asked, timeout_seconds=120, max_workers=2)
    rows = [dict(zip(SAMPLES, values)) for values in zip(*SAMPLES.values())]
    asked = [wrapped("p", row.pop("completion"), [1], [2], **row) for row in rows]
    return await asyncio.gather(*asked)

SAMPLES = json.loads(sys.argv[2])
print(json.dumps(asyncio.run(main())))
"""


@pytest.fixture
def wrapper() -> Path:
    """Where the wrapper is, without importing the package, which wants a GPU's libraries."""
    found = find_spec("areal")
    if found is None or found.origin is None:
        pytest.skip("AReaL is not installed: pip install --no-deps areal")
    return Path(found.origin).parent / "api" / "reward_api.py"


def test_rewards_come_from_the_pool_of_processes(wrapper: Path, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "reward.py").write_text(export(find_trainer("areal"), str(spec)), encoding="utf-8")
    (tmp_path / "run.py").write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "run.py", str(wrapper), json.dumps(SAMPLES)]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=300).stdout
    assert json.loads(told) == [1.5, 1.0, 0.5, 2.0, 0]
