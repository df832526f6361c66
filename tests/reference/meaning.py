"""What an expression means: static facts (element, axes, identity), and its value in a world."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from rewardlang.types import FLOAT, INT, Axis, Element

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from rewardlang.check.checked import Checked
    from rewardlang.check.modules import Module
    from tests.reference.values import Level, Value

_KEYS: dict[Hashable, int] = {}
_FRAMES = count()


def key_of(*parts: Hashable) -> int:
    """A number for what an expression computes: the same parts, the same number."""
    return _KEYS.setdefault(parts, len(_KEYS))


def fresh() -> int:
    """A number for one inlined call."""
    return next(_FRAMES)


@dataclass(frozen=True)
class Run:
    """One call: the samples, the params, which samples belong together, and what was computed already."""

    checked: Checked
    batch: Sequence[Mapping[str, Any]]
    params: Mapping[str, Any]
    groups: Sequence[Any] | None
    memo: dict[Any, Value] = field(default_factory=dict)

    def together(self, axis: str, sample: int) -> list[int]:
        """The samples of the group, or of the batch, of one sample."""
        if axis == "batch":
            return list(range(len(self.batch)))
        assert self.groups is not None, "`over group` needs the ids of the groups"
        return [i for i, group in enumerate(self.groups) if group == self.groups[sample]]


@dataclass(frozen=True)
class World:
    """Where an expression is evaluated: a sample, and the position in each list that a call runs over."""

    run: Run
    sample: int
    at: Mapping[Any, Any] = field(default_factory=dict)

    def inside(self, positions: Mapping[Any, Any]) -> World:
        return replace(self, at={**self.at, **positions})


@dataclass(frozen=True, eq=False)
class Meaning:
    """An expression with its names resolved.

    `key` is equal for expressions that compute the same. `levels` are those at which it may be missing. `fixed` names
    what enclosing calls hold still while it is evaluated: a position along an axis, or (None) a carry.
    """

    element: Element
    axes: tuple[Axis, ...]
    key: int
    compute: Callable[[World], Value]
    levels: frozenset[Level] = frozenset()
    fixed: Mapping[Any, Axis | None] = field(default_factory=dict)

    def value(self, world: World) -> Value:
        if any(axis is None for axis in self.fixed.values()):
            return self.compute(world)
        places = tuple(sorted((str(name), world.at.get(name, -1)) for name in self.fixed))
        known = (id(self), world.sample, places)
        if known not in world.run.memo:
            world.run.memo[known] = self.compute(world)
        return world.run.memo[known]

    def renamed(self, old: Axis, name: str) -> Meaning:
        """The same, with one axis called otherwise."""
        return replace(self, axes=tuple(a.named(name) if a == old else a for a in self.axes))


def fixed_of(meanings: Sequence[Meaning]) -> dict[Any, Axis | None]:
    merged: dict[Any, Axis | None] = {}
    for meaning in meanings:
        merged |= meaning.fixed
    return merged


def levels_of(meanings: Sequence[Meaning]) -> frozenset[Level]:
    return frozenset(level for meaning in meanings for level in meaning.levels)


def as_element(meaning: Meaning, element: Element) -> Meaning:
    """The same numbers as `float` or `int`."""
    convert = {FLOAT: float, INT: int}.get(element)
    if convert is None or not meaning.element.numeric:
        return meaning

    def compute(world: World) -> Value:
        value = meaning.value(world)
        return replace(value, entries={point: convert(entry) for point, entry in value.entries.items()})

    return replace(meaning, element=element, compute=compute)


@dataclass
class Scope:
    """The names that an expression sees. `close` is set where `==` of floats allows for rounding."""

    module: Module
    checked: Checked
    names: dict[str, Meaning] = field(default_factory=dict)
    close: bool = False
