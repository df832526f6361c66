"""A file is scored in batches: what that takes does not grow with the file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = r"""
reward r(completion: text) -> float {
    let answer = between(completion, "<answer>", "</answer>")
    return sum {
        format: full_match(completion, /<think>.*?<\/think>\s*<answer>.*?<\/answer>/s)
        right: (number(answer ?? "") ?? -1) == 7
        different: count(unique(words(completion))) / 1000 |> clip(0..1)
    }
}
"""
MEGABYTE = 1 << 20


def written(path: Path, size: int) -> Path:
    thought = "First I look at the left side of it, and then at the right one. " * 40
    with path.open("w") as file:
        row = 0
        while file.tell() < size:
            lines = [
                json.dumps({"completion": f"<think>{place} {thought}</think>\n<answer>{place % 9}</answer>"}) + "\n"
                for place in range(row, row + 100)
            ]
            file.writelines(lines)
            row += 100
    return path


def peak(spec: Path, data: Path) -> float:
    """The megabytes that `rwd score` takes at most."""
    words = [sys.executable, "-m", "rewardlang", "score", str(spec), str(data), "-o", str(data.with_suffix(".csv"))]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss / 1024


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="the memory of a child is not told")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    spec = tmp_path / "r.rwd"
    spec.write_text(SPEC)
    few, small, large = (written(tmp_path / f"{size}.jsonl", size * MEGABYTE) for size in (1, 24, 96))
    # Where nobody has compiled the kernels, this run does, which takes memory too.
    peak(spec, few)
    # Read as a whole, the larger file would take about a gigabyte more.
    assert peak(spec, large) < peak(spec, small) + 350
