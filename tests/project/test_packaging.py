"""What installs the project says only what it must: names and versions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.+!-]*")
NAME = re.compile(r"[A-Za-z0-9_-]+")


def normal(name: str) -> str:
    return name.lower().replace("_", "-")


def test_constraints_are_names_and_versions() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins
    assert [line for line in pins if not PIN.fullmatch(line)] == []


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    pinned = {normal(line.partition("==")[0]) for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()}
    names = {normal(found[0]) for text in wanted if (found := NAME.match(text))}
    assert len(names) == len(wanted)
    # The development extra takes those of users too: the project itself has no pin.
    assert names - {project["name"]} <= pinned
