from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from rewardlang.diagnostics.cells import wants_color


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def test_a_terminal_gets_colour_and_a_file_none() -> None:
    assert wants_color(Terminal())
    assert not wants_color(io.StringIO())


@pytest.mark.parametrize(
    ("variable", "value", "wanted"), [("NO_COLOR", "1", False), ("NO_COLOR", "", True), ("TERM", "dumb", False)]
)
def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, *, wanted: bool) -> None:
    monkeypatch.setenv(variable, value)
    assert wants_color(Terminal()) is wanted


def test_the_import_is_light() -> None:
    heavy = ["numpy", "rich", "pydantic", "jax", "lark", "json", "difflib", "urllib", "pathlib"]
    show = (
        "import sys, rewardlang.diagnostics.render, rewardlang.diagnostics.pages, rewardlang.diagnostics.interchange;"
        f"print(*[name for name in {heavy} if name in sys.modules])"
    )
    # -S: without the modules that an environment's own start-up files import
    command = [sys.executable, "-S", "-c", show]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
