"""Artifacts: their sizes, and how long a fresh process takes to its first scores, against `load` of the spec."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import rewardlang
from tests.benchmarks.pairs import paired

ROUNDS = 3
SPECS = {
    "examples/rec.rwd": "{'completion': ['a'], 'solution': [[0, 0, 1, 1]]}",
    "examples/shop.rwd": "{'completion': ['a'], 'truth': ['{}'], 'certainty': [0.5]}",
    "systems.gui_360:success": "",
}
"""A call for each, where it is cheap to write one."""


def run() -> None:
    """Sizes in bytes, and pairs: the artifact and the spec, loaded (and called) in a process of their own."""
    with tempfile.TemporaryDirectory() as folder:
        for place, (spec, columns) in enumerate(SPECS.items()):
            out = Path(folder, str(place))
            rewardlang.save_artifact(rewardlang.load(spec), out)
            sizes = {file.suffix: 0 for file in out.iterdir()}
            for file in out.iterdir():
                sizes[file.suffix] += file.stat().st_size
            call = f"({columns}, on_invalid='missing').tolist()" if columns else ""
            ours, theirs = _program(f"load_artifact({str(out)!r})", call), _program(f"load({spec!r})", call)
            for program in (ours, theirs):
                _run(program)  # what is compiled is kept from here on
            mine, other = paired(lambda ours=ours: _run(ours), lambda theirs=theirs: _run(theirs), ROUNDS)
            imports, _ = paired(lambda: _run("import rewardlang.backend.reward"), lambda: None, ROUNDS)
            told = ", ".join(f"{size:,} bytes of {suffix[1:]}" for suffix, size in sorted(sizes.items()))
            print(f"{spec}: {told}; {imports:.2f} s are imports")
            print(f"{'':44} {mine * 1e3:9.0f} ms {other * 1e3:10.0f} ms {other / mine:8.1f}x", flush=True)


def _program(load: str, call: str) -> str:
    return f"import rewardlang; rewardlang.{load}{call}"


def _run(program: str) -> None:
    subprocess.run([sys.executable, "-c", program], check=True)
