"""Artifacts: their sizes, and the work of loading one in a fresh process against that of loading its spec."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import rewardlang

ROUNDS = 5
SPECS = ("examples/rec.rwd", "examples/shop.rwd", "examples/walk.rwd:episode", "systems.gui_360:success")
PROGRAM = """
import time
import rewardlang, rewardlang.backend.reward
start = time.process_time()
rewardlang.{}
print(time.process_time() - start)
"""


def run() -> None:
    """Bytes by kind of file, and medians of seconds of processor time after the imports that both need."""
    with tempfile.TemporaryDirectory() as folder:
        for place, spec in enumerate(SPECS):
            out = Path(folder, str(place))
            rewardlang.save_artifact(rewardlang.load(spec), out)
            sizes = {file.suffix[1:]: 0 for file in out.iterdir()}
            for file in out.iterdir():
                sizes[file.suffix[1:]] += file.stat().st_size
            pairs = [(_seconds(f"load_artifact({str(out)!r})"), _seconds(f"load({spec!r})")) for _ in range(ROUNDS)]
            mine, other = (statistics.median(times) for times in zip(*pairs, strict=True))
            told = ", ".join(f"{size:,} bytes of {kind}" for kind, size in sorted(sizes.items()))
            print(f"{spec:44} {mine * 1e3:9.2f} ms {other * 1e3:10.2f} ms {other / mine:8.1f}x  {told}", flush=True)


def _seconds(load: str) -> float:
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(load)], check=True, capture_output=True, text=True)
    return float(done.stdout)
