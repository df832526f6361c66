"""Params are set by name: two modules must not mean different ones by the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewardlang.diagnostics import Sink
from rewardlang.driver import check_file

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "param w: float in 0..1 = 0.5\ndef f(x: float) -> float = x * w\ndef g(x: float) -> float = x + 1\n"


def codes(folder: Path, spec: str) -> list[tuple[str, str]]:
    (folder / "other.rwd").write_text(OTHER, encoding="utf-8")
    (folder / "main.rwd").write_text(spec, encoding="utf-8")
    sink = Sink()
    check_file(folder / "main.rwd", sink)
    return [(diagnostic.code, diagnostic.message()) for diagnostic in sink.diagnostics]


def test_two_params_of_one_name_are_refused(tmp_path: Path) -> None:
    spec = "from other import f\nparam w: float in 0..10 = 3\nreward r(x: float) -> float { f(x) + w }\n"
    assert codes(tmp_path, spec) == [("duplicate-name", "the param `w` is declared twice")]


def test_one_that_is_not_used_does_no_harm(tmp_path: Path) -> None:
    spec = "from other import g\nparam w: float in 0..10 = 3\nreward r(x: float) -> float { g(x) + w }\n"
    assert codes(tmp_path, spec) == []


def test_the_same_param_may_be_used_in_both(tmp_path: Path) -> None:
    spec = "from other import f, w\nreward r(x: float) -> float { f(x) + w }\n"
    assert codes(tmp_path, spec) == []
