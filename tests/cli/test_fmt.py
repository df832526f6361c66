from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

UGLY = "# why\nreward r( x:float )->float { x }\n"
CANONICAL = "# why\nreward r(x: float) -> float {\n    x\n}\n"


@pytest.fixture
def ugly(folder: Path) -> Path:
    path = folder / "ugly.rwd"
    path.write_text(UGLY)
    return path


def test_files_are_formatted_in_place(run: Run, ugly: Path) -> None:
    ugly.chmod(0o640)
    assert run("fmt", "ugly.rwd") == (0, "1 file: 1 changed\n", "")
    assert ugly.read_text() == CANONICAL
    assert ugly.stat().st_mode & 0o777 == 0o640
    assert run("fmt", "ugly.rwd", "r.rwd") == (0, "2 files: none changed\n", "")


def test_check_shows_the_difference_and_changes_nothing(run: Run, ugly: Path) -> None:
    code, out, err = run("fmt", "--check", "ugly.rwd")
    assert (code, err) == (1, "")
    assert "-reward r( x:float )->float { x }\n+reward r(x: float) -> float {\n+    x\n+}\n" in out
    assert out.endswith("1 file: 1 would change\n")
    assert ugly.read_text() == UGLY


def test_a_file_that_does_not_parse_stops_no_other(run: Run, ugly: Path) -> None:
    (ugly.parent / "broken.rwd").write_text("reward r( {\n")
    code, _, err = run("fmt", "broken.rwd", "ugly.rwd")
    assert code == 1
    assert err.startswith("error[syntax]")
    assert ugly.read_text() == CANONICAL


def test_bytes_that_are_no_text_are_left_alone(run: Run, folder: Path) -> None:
    (folder / "latin.rwd").write_bytes(b"# caf\xe9\n")
    assert run("fmt", "latin.rwd") == (2, "", "error: `latin.rwd` is no UTF-8 text: byte 5 is no part of a character\n")
    assert (folder / "latin.rwd").read_bytes() == b"# caf\xe9\n"


def test_standard_input_to_standard_output(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(UGLY.encode())))
    assert run("fmt", "-") == (0, CANONICAL, "")


def test_a_link_stays_a_link(run: Run, ugly: Path) -> None:
    link = ugly.with_name("link.rwd")
    link.symlink_to(ugly)
    run("fmt", "link.rwd")
    assert link.is_symlink()
    assert ugly.read_text() == CANONICAL


@pytest.mark.parametrize(
    ("path", "message"), [("nowhere.rwd", "there is no file `nowhere.rwd`"), ("d.jsonl", "`d.jsonl` is no .rwd file")]
)
def test_what_is_no_spec(run: Run, path: str, message: str) -> None:
    assert run("fmt", path) == (2, "", f"error: {message}\n")
