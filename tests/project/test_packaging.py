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
    extras = project["optional-dependencies"]
    # `dev` names other extras of the project itself, which pins are not of.
    named = [text for text in extras["dev"] if text.startswith(f"{project['name']}[")]
    others = [text for own in named for extra in own.partition("[")[2].rstrip("]").split(",") for text in extras[extra]]
    wanted = [*project["dependencies"], *(text for text in extras["dev"] if text not in named), *others]
    pinned = {normal(line.partition("==")[0]) for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()}
    names = {normal(found[0]) for text in wanted if (found := NAME.match(text))}
    assert len(names) == len({text.lower() for text in wanted})
    assert names <= pinned
