"""Rewards, and the files that are exported of them."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import rewardlang
from rewardlang.trainers.exporting import export
from rewardlang.trainers.registry import find_trainer
from tests.trainers import environments

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
\"\"\"A word that is asked for, and brevity.\"\"\"

param brevity: float in 0..1 = 0.5

reward asked(completion: text, word: text, bonus: float? = 0, step: int in 0..100 = 0) -> float? in 0..3 {
    return sum {
        outcome right: if contains(completion, word) then 1 else 0
        short: if length(completion) < 20 then 1 else 0 weight brevity
        extra: clip(bonus, 0..1)
        metric late: step / 100
    }
}
"""
GROUPED = """\
reward best(completion: text) -> score { sum { longest: length(completion) >= max(length(completion) over group) } }
"""

Exporting = Callable[..., ModuleType]


def own(trainer: str, spec: Path) -> Path:
    """The spec for a trainer: what steps environments has one of numbers, with the same totals and terms."""
    return write_spec(trainer, spec.parent) if find_trainer(trainer).steps else spec


def write_spec(trainer: str, folder: Path) -> Path:
    """Write that spec."""
    stepping = find_trainer(trainer).steps
    path = folder / ("numbers.rwd" if stepping else "asked.rwd")
    path.write_text(environments.SPEC if stepping else SPEC, encoding="utf-8")
    return path


_numbers = itertools.count()


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "asked.rwd"
    path.write_text(SPEC, encoding="utf-8")
    return path


@pytest.fixture
def grouped(tmp_path: Path) -> Path:
    path = tmp_path / "best.rwd"
    path.write_text(GROUPED, encoding="utf-8")
    return path


@pytest.fixture
def exported(tmp_path: Path, spec: Path) -> Exporting:
    """Exports a reward and loads the file."""

    def loading(trainer: str, source: Path | str | None = None, **options: Any) -> ModuleType:
        return load(tmp_path, trainer, source or own(trainer, spec), **options)

    return loading


def load(folder: Path, trainer: str, source: Path | str, **options: Any) -> ModuleType:
    """Exports a reward and loads the file as trainers do, by its path."""
    name = f"exported_{next(_numbers)}"
    path = folder / f"{name}.py"
    path.write_text(export(find_trainer(trainer), str(source), **options), encoding="utf-8")
    found = importlib.util.spec_from_file_location(name, path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    found.loader.exec_module(module)
    return module


@pytest.fixture
def reward(spec: Path) -> rewardlang.Reward:
    return rewardlang.load(spec)


SAMPLES: dict[str, list[Any]] = {
    "completion": ["a cat", "a dog", "", "there are cats and dogs and birds here", "cat"],
    "word": ["cat", "cat", "cat", "cat", "dog"],
    "bonus": [0.0, 0.5, 0.0, 1.0, None],
}
"""The last has no score: its bonus is missing."""


@pytest.fixture
def expected(reward: rewardlang.Reward) -> list[float | None]:
    return reward(SAMPLES, on_invalid="missing").tolist()
