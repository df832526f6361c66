"""Values with named, ragged axes, and the few ways to combine them. Plain Python: no arrays, no masks.

A point is a set of (axis identity, position) pairs, so that no function depends on the order of axes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rewardlang.types import Axis

Point = frozenset[tuple[str, int]]
Level = frozenset[str]
HERE: Point = frozenset()
LARGEST = 3.4028234663852886e38


@dataclass(frozen=True)
class Value:
    """The entries of one value of one sample.

    `entries` holds the present ones by their point. `lacks[level]` holds the points at which the value is missing, each
    a point of the axes in `level` alone: at the empty level the whole value is. `lengths[axis]` gives the length of an
    axis by the point of those of its parents that the value has; 0 where it says nothing.
    """

    axes: tuple[Axis, ...] = ()
    entries: Mapping[Point, Any] = field(default_factory=dict)
    lacks: Mapping[Level, frozenset[Point]] = field(default_factory=dict)
    lengths: Mapping[str, Mapping[Point, int]] = field(default_factory=dict)

    def get(self, point: Point) -> Any:
        """The entry at a point of these axes and perhaps others; None where it is missing."""
        if any(project(point, level) in points for level, points in self.lacks.items()):
            return None
        return self.entries[project(point, identities(self.axes))]

    def points(self) -> list[Point]:
        """Every point of its axes, present or not."""
        return domain(self.axes, self.lengths)


def constant(value: Any) -> Value:
    """One entry without axes; None is a missing one."""
    return MISSING if value is None else Value(entries={HERE: value})


MISSING = Value(lacks={frozenset(): frozenset({HERE})})


def identities(axes: Iterable[Axis]) -> Level:
    return frozenset(axis.identity for axis in axes)


def project(point: Point, level: Level) -> Point:
    return frozenset(pair for pair in point if pair[0] in level)


def length(lengths: Mapping[str, Mapping[Point, int]], axis: Axis, point: Point) -> int:
    return lengths.get(axis.identity, {}).get(project(point, identities(axis.parents)), 0)


def ordered(axes: Sequence[Axis]) -> list[Axis]:
    """The axes, each behind its parents."""
    done: list[Axis] = []
    rest = list(axes)
    while rest:
        ready = next(axis for axis in rest if not any(parent in rest for parent in axis.parents if parent != axis))
        rest.remove(ready)
        done.append(ready)
    return done


def domain(axes: Sequence[Axis], lengths: Mapping[str, Mapping[Point, int]], start: Point = HERE) -> list[Point]:
    """Every point of these axes, joined with `start`, the last axis running fastest."""
    points = [start]
    for axis in ordered(axes):
        points = [p | {(axis.identity, i)} for p in points for i in range(length(lengths, axis, p))]
    return points


def union(groups: Iterable[Sequence[Axis]]) -> tuple[Axis, ...]:
    """All axes, each once: broadcasting is by identity."""
    return tuple(dict.fromkeys(axis for axes in groups for axis in axes))


def merge_lengths(values: Sequence[Value]) -> dict[str, dict[Point, int]]:
    """What the values together say of the lengths of their axes."""
    merged: dict[str, dict[Point, int]] = {}
    for value in values:
        for identity, table in value.lengths.items():
            known = merged.setdefault(identity, {})
            for point, size in table.items():
                assert known.setdefault(point, size) == size, f"the axis {identity} has two lengths"
    return merged


def joined(left: Point, right: Point) -> Point | None:
    """The point that both are parts of, if there is one."""
    both = left | right
    return both if len({identity for identity, _ in both}) == len(both) else None


def lacks_of(values: Sequence[Value]) -> dict[Level, set[Point]]:
    merged: dict[Level, set[Point]] = {}
    for value in values:
        for level, points in value.lacks.items():
            merged.setdefault(level, set()).update(points)
    return merged


def build(
    axes: Sequence[Axis], results: Mapping[Point, Any], lacks: Mapping[Level, Iterable[Point]],
    lengths: Mapping[str, Mapping[Point, int]],
) -> Value:  # fmt: skip
    """A value from its entries, of which those that are None are missing."""
    holes = {point for point, result in results.items() if result is None}
    everything = {level: set(points) for level, points in lacks.items()}
    if holes:
        everything.setdefault(identities(axes), set()).update(holes)
    return Value(
        tuple(axes),
        {point: result for point, result in results.items() if result is not None},
        {level: frozenset(points) for level, points in everything.items() if points},
        {axis.identity: dict(lengths.get(axis.identity, {})) for axis in axes},
    )


def strictly(function: Callable[..., Any], *values: Value) -> Value:
    """Elementwise; missing where any operand is."""
    axes, lengths, lacks = union(value.axes for value in values), merge_lengths(values), lacks_of(values)
    results = {}
    for point in domain(axes, lengths):
        operands = [value.get(point) for value in values]
        if all(operand is not None for operand in operands):
            results[point] = function(*operands)
    return build(axes, results, lacks, lengths)


def leniently(function: Callable[..., Any], *values: Value) -> Value:
    """Elementwise; the function sees None for a missing operand and decides."""
    axes, lengths = union(value.axes for value in values), merge_lengths(values)
    return build(axes, {p: function(*(v.get(p) for v in values)) for p in domain(axes, lengths)}, {}, lengths)


def choose(condition: Value, yes: Value, no: Value) -> Value:
    """`yes` where the condition holds, else `no`: the branch that is not taken counts in nothing."""
    both = (condition, yes, no)
    axes, lengths = union(value.axes for value in both), merge_lengths(both)
    lacks: dict[Level, set[Point]] = lacks_of([condition])
    for side, wanted in ((yes, True), (no, False)):
        taken = [point for point, held in condition.entries.items() if held is wanted]
        for level, points in side.lacks.items():
            found = {at for p in points for c in taken if (at := joined(p, c)) is not None}
            lacks.setdefault(level | identities(condition.axes), set()).update(found)
    results = {}
    for point in domain(axes, lengths):
        held = condition.get(point)
        taken_value = None if held is None else (yes if held else no).get(point)
        if taken_value is not None:
            results[point] = taken_value
    return build(axes, results, lacks, lengths)


def coalesce(value: Value, default: Value) -> Value:
    """`value ?? default`."""
    axes, lengths = union((value.axes, default.axes)), merge_lengths((value, default))
    lacks: dict[Level, set[Point]] = {}
    for level, points in value.lacks.items():
        for other, holes in default.lacks.items():
            found = {at for p in points for q in holes if (at := joined(p, q)) is not None}
            lacks.setdefault(level | other, set()).update(found)
    results = {}
    for point in domain(axes, lengths):
        entry = value.get(point)
        entry = default.get(point) if entry is None else entry
        if entry is not None:
            results[point] = entry
    return build(axes, results, lacks, lengths)


def cut_at(value: Value, fixed: Point) -> Value:
    """The part of a value at fixed positions of some of its axes, which it then no longer has."""
    gone = identities(value.axes) & {identity for identity, _ in fixed}
    here = project(fixed, gone)

    def inside(point: Point) -> bool:
        return project(point, gone) <= here

    return Value(
        tuple(axis for axis in value.axes if axis.identity not in gone),
        {point - here: entry for point, entry in value.entries.items() if inside(point)},
        {
            level: points
            for level, points in _without(value.lacks, gone, here).items()
            if points
        },
        {
            identity: {point - here: size for point, size in table.items() if inside(point)}
            for identity, table in value.lengths.items()
            if identity not in gone
        },
    )  # fmt: skip


def _without(lacks: Mapping[Level, Iterable[Point]], gone: Level, here: Point) -> dict[Level, frozenset[Point]]:
    kept: dict[Level, frozenset[Point]] = {}
    for level, points in lacks.items():
        inside = frozenset(point - here for point in points if project(point, gone) <= here)
        kept[level - gone] = kept.get(level - gone, frozenset()) | inside
    return kept


def gather(parts: Mapping[Point, Value], outer: Sequence[Axis], inner: Sequence[Axis], lengths: Any) -> Value:
    """One value from those at each point of the axes `outer`."""
    results: dict[Point, Any] = {}
    lacks: dict[Level, set[Point]] = {}
    tables: dict[str, dict[Point, int]] = {axis.identity: dict(lengths.get(axis.identity, {})) for axis in outer}
    for at, part in parts.items():
        results |= {at | point: entry for point, entry in part.entries.items()}
        for level, points in part.lacks.items():
            lacks.setdefault(level | identities(outer), set()).update(at | point for point in points)
        for axis in inner:
            above = project(at, identities(axis.parents))
            table = tables.setdefault(axis.identity, {})
            table.update({above | point: size for point, size in part.lengths.get(axis.identity, {}).items()})
    return build((*outer, *inner), results, lacks, tables)


def relabel(value: Value, old: Axis, new: Axis) -> Value:
    """The same entries along another axis."""

    def moved(point: Point) -> Point:
        return frozenset((new.identity if identity == old.identity else identity, i) for identity, i in point)

    return Value(
        tuple(new if axis == old else axis for axis in value.axes),
        {moved(point): entry for point, entry in value.entries.items()},
        {
            frozenset(new.identity if name == old.identity else name for name in level): frozenset(map(moved, points))
            for level, points in value.lacks.items()
        },
        {
            (new.identity if name == old.identity else name): {moved(p): size for p, size in table.items()}
            for name, table in value.lengths.items()
        },
    )  # fmt: skip


def saturated(value: Any) -> Any:
    """A number, kept within float32; anything else as it is."""
    if isinstance(value, list):
        return [saturated(entry) for entry in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    assert not math.isnan(value), "a NaN arose"
    return min(max(value, -LARGEST), LARGEST)
