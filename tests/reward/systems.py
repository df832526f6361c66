"""All rewards that these tests run: those of the standard library and those of `specs`.

They are only parsed here: to compile them all takes minutes, which every worker would spend before its first test.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rewardlang.check.modules import read_source
from rewardlang.diagnostics import Sink
from rewardlang.driver import build, check_one, find_spec
from rewardlang.models.arbitrary import stand_ins
from rewardlang.source import Source
from rewardlang.syntax import ast
from rewardlang.syntax.formatter import print_type
from rewardlang.syntax.lexical import lexemes
from rewardlang.syntax.parser import parse
from tests.reward.profile import scaled
from tests.reward.specs import SPECS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
SOME = (*SPECS, *[name for name in NAMES if name not in SPECS][:: scaled(3, 1, 1)])
"""Those specs that show a kind each, and of the library what time allows."""


def each(names: Iterable[str]) -> pytest.MarkDecorator:
    """A test of each of these rewards: all tests of one run one after another, so that it is compiled once."""
    return pytest.mark.parametrize("name", names, scope="session")


def texts_of(name: str) -> list[str]:
    """The fields of a reward that hold one text a sample."""
    return [field.name for field in DECLARED[name].fields if print_type(field.type).split("?")[0] == "text"]


@cache
def words_of(name: str) -> frozenset[str]:
    """The words and signs of the file that a reward is written in, and of the modules that it names."""
    found, waiting = set[str](), [DECLARED[name].span.source.text]
    while waiting:
        words = {lexeme.text for lexeme in lexemes(waiting.pop())}
        modules = (SYSTEMS.parent / f"{word}.rwd" for word in words - found if word.isidentifier())
        waiting += [path.read_text("utf-8") for path in modules if path.is_file()]
        found |= words
    return frozenset(found)


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
    """A reward by name, compiled once; whatever its models may answer is answered for them."""
    found = checked(name)
    return build(found, models=stand_ins(found))
