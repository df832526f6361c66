"""Kernels are compiled once a machine, wherever the package lies, and people are told when they wait for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from numba.core import event
from rewardlang.kernels import compiling
compiling.PATIENCE = 0
if len(sys.argv) > 1:
    compiling.source_stamp = lambda: sys.argv[1].encode()
made = []
class Listener(event.Listener):
    def on_start(self, started): made.append(started)
    def on_end(self, ended): pass
event.register("numba:compile", Listener())
from rewardlang.columns.texts import Texts
from rewardlang.kernels.text import length
assert length(Texts.of(["ab", "é"])).tolist() == [2, 1]
print(len(made), compiling.__file__)
"""


class Ran(NamedTuple):
    compiled: int
    file: str
    said: str


def run(*words: str, package: Path = ROOT, **environment: str) -> Ran:
    inherited = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM, *words], env=inherited | {"PYTHONPATH": str(package)} | environment,
        cwd=package, capture_output=True, text=True, check=True,
    )  # fmt: skip
    compiled, file = done.stdout.split()
    return Ran(int(compiled), file, done.stderr)


@pytest.fixture
def unwritable(tmp_path: Path) -> Path:
    """A copy of the package in which kernels cannot be kept beside their source."""
    package = tmp_path / "site"
    shutil.copytree(ROOT / "rewardlang", package / "rewardlang", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in ("kernels", "regex", "columns"):
        (package / "rewardlang" / folder / "__pycache__").touch()
    return package


def test_the_second_process_starts_warm(tmp_path: Path) -> None:
    first = run(NUMBA_CACHE_DIR=str(tmp_path))
    second = run(NUMBA_CACHE_DIR=str(tmp_path))
    assert first.compiled > 0
    assert second.compiled == 0
    assert first.said.count("compiling kernels for the first time; later runs find them in") == 1
    assert str(tmp_path) in first.said
    assert second.said == ""


def test_a_change_of_any_kernel_makes_those_that_are_kept_stale(tmp_path: Path) -> None:
    run(NUMBA_CACHE_DIR=str(tmp_path))
    assert run("other source", NUMBA_CACHE_DIR=str(tmp_path)).compiled > 0
    assert run("other source", NUMBA_CACHE_DIR=str(tmp_path)).compiled == 0


def test_a_damaged_file_costs_a_compilation(tmp_path: Path) -> None:
    run(NUMBA_CACHE_DIR=str(tmp_path))
    kept = [path for path in tmp_path.rglob("*") if path.suffix in (".nbi", ".nbc")]
    assert kept
    for path in kept:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert run(NUMBA_CACHE_DIR=str(tmp_path)).compiled > 0


def test_a_package_that_cannot_be_written_keeps_its_kernels_in_the_users_folder(
    unwritable: Path, tmp_path: Path
) -> None:
    place = tmp_path / "cache"
    first = run(package=unwritable, XDG_CACHE_HOME=str(place))
    assert first.file.startswith(str(unwritable))
    assert first.compiled > 0
    assert list(place.rglob("*.nbi"))
    assert run(package=unwritable, XDG_CACHE_HOME=str(place)).compiled == 0


def test_without_any_folder_each_process_compiles(unwritable: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    for _ in range(2):
        ran = run(package=unwritable, XDG_CACHE_HOME=str(tmp_path / "cache"))
        assert ran.compiled > 0
        assert "no folder can be written, so each run does" in ran.said
