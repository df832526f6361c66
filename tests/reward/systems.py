"""All rewards that these tests run: those of the standard library and those of `specs`.

They are only parsed here: to compile them all takes minutes, which every worker would spend before its first test.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewardlang.check.modules import read_source
from rewardlang.diagnostics import Sink
from rewardlang.driver import build, check_one, find_spec
from rewardlang.source import Source
from rewardlang.syntax import ast
from rewardlang.syntax.formatter import print_type
from rewardlang.syntax.parser import parse
from tests.reward.specs import SPECS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import rewardlang
    from rewardlang.check.core import CheckedReward

SYSTEMS = Path(__file__).parents[2] / "stdlib" / "systems"


def _declared(source: Source) -> Iterator[ast.Reward]:
    return (one for one in parse(source, Sink()).declarations if isinstance(one, ast.Reward))


def _named() -> dict[str, ast.Reward]:
    found = {name: one for name, text in SPECS.items() for one in _declared(Source(name, text)) if one.name == name}
    for path in sorted(SYSTEMS.glob("*.rwd")):
        found |= {f"systems.{path.stem}:{one.name}": one for one in _declared(read_source(path))}
    return found


DECLARED = _named()
NAMES = tuple(DECLARED)


def texts_of(name: str) -> list[str]:
    """The fields of a reward that hold one text a sample."""
    return [field.name for field in DECLARED[name].fields if print_type(field.type).split("?")[0] == "text"]


def scored(run: rewardlang.Reward, columns: dict[str, list[Any]], **options: Any) -> rewardlang.Scores:
    """The scores of columns with anything in them, before anything is remembered."""
    lanes = len(next(iter(columns.values())))
    return run(columns, on_invalid="missing", state=run.initial_state(lanes) or None, **options)


@cache
def checked(name: str) -> CheckedReward:
    """A reward by name, checked once."""
    if name in SPECS:
        return check_one(Source("<text>", SPECS[name]), None, name)
    path, named = find_spec(name)
    return check_one(read_source(path), path.parent, named)


@cache
def reward(name: str) -> rewardlang.Reward:
    """A reward by name, compiled once."""
    return build(checked(name))
