from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

import rewardlang
from rewardlang.cli import main
from tests.cli import fakes

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a spec, and its samples."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.rwd").write_text(fakes.SPEC)
    write_lines(tmp_path / "d.jsonl", samples(10))
    return tmp_path


@pytest.fixture
def run(folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in this process: exit code, standard output, standard error."""
    assert folder.is_dir()
    monkeypatch.setattr(rewardlang, "load", fakes.fake_load, raising=False)

    def call(*words: str) -> tuple[int, str, str]:
        code = main(words)
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return call


def samples(rows: int) -> list[dict[str, Any]]:
    return [{"id": f"p{i // 4}", "x": i / 16, "bonus": i % 2, "note": f"row {i}", "tags": [i]} for i in range(rows)]


def write_lines(path: Path, rows: list[Any]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def read_lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]
