"""Builtins applied: which overload, which axes, and `one` on each combination of positions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import ANY, REQUIRED, Builtin, Gather, Lists, Parameter, Reduction
from rewardlang.ops.registry import BUILTINS
from rewardlang.types import JSON, Axis, RecordElement, Type
from tests.reference.meaning import Meaning, World, fixed_of, key_of
from tests.reference.values import (
    Point,
    Value,
    build,
    domain,
    identities,
    lacks_of,
    length,
    merge_lengths,
    project,
    saturated,
    union,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.types import Element

ACROSS = ("group", "batch")


@dataclass
class Arguments:
    """Operands with their parameters, options, and the axes that `over` names, by the place of the operand."""

    operands: list[tuple[Parameter, Meaning]] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    over: dict[int, tuple[str, ...]] = field(default_factory=dict)
    missing: str = "refuse"


def takes(parameter: Parameter, meaning: Meaning) -> bool:
    if isinstance(meaning.element, RecordElement):
        return set(parameter.accepts) >= set(ANY)
    return meaning.element in parameter.accepts


def named(name: str, *operands: Meaning, **options: Any) -> Meaning:
    """A builtin that the language applies by itself, such as an operator."""
    known = [builtin for builtin in BUILTINS if builtin.name == name]
    builtin = next((b for b in known if _fits(b, operands)), known[0])
    places = builtin.parameters
    given = Arguments([(places[min(i, len(places) - 1)], m) for i, m in enumerate(operands)], dict(options))
    for parameter in places:
        if parameter.option:
            given.options.setdefault(parameter.name, parameter.default)
    return apply(builtin, given)


def _fits(builtin: Builtin, operands: Sequence[Meaning]) -> bool:
    places = [parameter for parameter in builtin.parameters if not parameter.option]
    if len(operands) > len(places) and not (places and places[-1].variadic):
        return False
    return all(takes(places[min(i, len(places) - 1)], operand) for i, operand in enumerate(operands))


def overload(name: str, count: int, over: bool, peek: Any) -> Builtin:
    """The builtin that a call by name means: by number of arguments, by `over`, then by their elements."""
    known = [builtin for builtin in BUILTINS if builtin.name == name and not builtin.internal]
    fitting = [builtin for builtin in known if _counts(builtin, count)] or known
    if over:
        fitting = [builtin for builtin in fitting if any(p.axes for p in builtin.parameters)] or fitting
    if len(fitting) == 1:
        return fitting[0]
    taking = [(builtin, runs) for builtin in fitting for runs in [peek(places(builtin, count))] if runs is not None]
    return next((builtin for builtin, runs in taking if runs), next((builtin for builtin, _ in taking), fitting[0]))


def places(builtin: Builtin, count: int) -> list[Parameter]:
    """The parameter of each positional argument."""
    found = list(builtin.parameters)
    if found and found[-1].variadic:
        found += [found[-1]] * max(0, count - len(found))
    return found


def _counts(builtin: Builtin, count: int) -> bool:
    least = sum(parameter.default is REQUIRED for parameter in builtin.parameters)
    return least <= count and (any(p.variadic for p in builtin.parameters) or count <= len(builtin.parameters))


# --- axes -----------------------------------------------------------------------------------------------------------


def consumed_axes(builtin: Builtin, given: Arguments) -> list[tuple[Axis, ...]]:
    """For each operand the axes that the builtin takes from it: those of `over`, or the only innermost ones."""
    shared = next(iter(given.over.values()), None)
    variables: dict[str, Axis] = {}
    found: list[tuple[Axis, ...]] = []
    for place, (parameter, meaning) in enumerate(given.operands):
        if not parameter.axes:
            found.append(())
            continue
        over = given.over.get(place)
        if over is None and shared and {axis.name for axis in meaning.axes} >= set(shared):
            over = shared
        if all(variable in variables for variable in parameter.axes):
            axes = tuple(variables[variable] for variable in parameter.axes)
        elif over is not None:
            axes = tuple(next(axis for axis in meaning.axes if axis.name == name) for name in over)
        else:
            axes = innermost(meaning)
            if isinstance(builtin, Lists) and len(meaning.axes) == len(parameter.axes):
                axes = meaning.axes
        assert isinstance(builtin, Reduction) or len(axes) == len(parameter.axes), f"{builtin.name}: which axes?"
        variables.update(zip(parameter.axes, axes, strict=False))
        found.append(axes)
    return found


def innermost(meaning: Meaning) -> tuple[Axis, ...]:
    """The axes that are the parent of no other."""
    parents = {parent for axis in meaning.axes for parent in axis.parents}
    return tuple(axis for axis in meaning.axes if axis not in parents)


def apply(builtin: Builtin, given: Arguments) -> Meaning:
    """What the application means."""
    across = next((name for names in given.over.values() for name in names if name in ACROSS), None)
    operands = [meaning for _, meaning in given.operands]
    gone = [()] * len(operands) if across else consumed_axes(builtin, given)
    kept: list[Axis] = []
    for (parameter, _), axes_of in zip(given.operands, gone, strict=True):
        kept += [a for v, a in zip(parameter.axes, axes_of, strict=False) if v in builtin.keeps and a not in kept]
    free = union([axis for axis in m.axes if axis not in out] for m, out in zip(operands, gone, strict=True))
    free = tuple(axis for axis in free if axis not in kept)
    fixed = fixed_of(operands)
    options = {name: tuple(v) if isinstance(v, list) else v for name, v in given.options.items()}
    key = key_of(
        "builtin", builtin.name, type(builtin).__name__, tuple(m.key for m in operands), repr(sorted(options.items())),
        tuple(identities(axes) for axes in gone), across, given.missing,
    )  # fmt: skip
    made = _made(builtin, key, (*free, *kept), fixed, gone)
    element = builtin.element([Type(m.element, m.axes) for m in operands], options)
    plan = _Plan(builtin, operands, options, element, gone, kept, free, made, given.missing, across)
    axes = (*free, *kept, *((made,) if made else ()))
    return Meaning(element, axes, key, plan.compute, _levels(plan), fixed)


def _made(
    builtin: Builtin, key: int, axes: Sequence[Axis], fixed: Mapping[Any, Axis | None], gone: Sequence[Sequence[Axis]]
) -> Axis | None:
    if builtin.makes is None:
        return None
    name = gone[0][0].name if isinstance(builtin, Gather) and gone and gone[0] else builtin.makes.name
    parents = (*axes, *(axis for axis in fixed.values() if axis is not None))
    return Axis(f"made:{key}", name, tuple(dict.fromkeys(parents)))


def moves_entries(builtin: Builtin) -> bool:
    """Whether entries are only moved, and missing ones with them."""
    return isinstance(builtin, Gather) and not builtin.keyed


def _levels(plan: _Plan) -> frozenset[frozenset[str]]:
    levels = set()
    for meaning, out in zip(plan.operands, plan.gone, strict=True):
        for level in meaning.levels:
            if level & identities(out) and moves_entries(plan.builtin) and plan.made:
                levels.add(level - identities(out) | identities([plan.made]))
            elif plan.across is None or plan.missing == "spread":
                levels.add(level - identities(out) if plan.missing == "spread" else level)
    if plan.builtin.partial:
        levels.add(identities((*plan.free, *plan.kept)))
    every = identities((*plan.free, *plan.kept)) | (identities([plan.made]) if plan.made else frozenset())
    return frozenset(level for level in levels if level <= every)


@dataclass(frozen=True, eq=False)
class _Plan:
    builtin: Builtin
    operands: Sequence[Meaning]
    options: Mapping[str, Any]
    element: Element
    gone: Sequence[tuple[Axis, ...]]
    kept: Sequence[Axis]
    free: tuple[Axis, ...]
    made: Axis | None
    missing: str
    across: str | None

    def compute(self, world: World) -> Value:
        if self.across is not None:
            return self._across(world)
        values = [operand.value(world) for operand in self.operands]
        lengths = merge_lengths(values)
        lacks = self._lacks(values)
        results: dict[Point, Any] = {}
        for point in domain(self.free, lengths):
            if any(_holds(lacks, level, point) for level in lacks):
                continue
            self._at(point, values, lengths, results)
        everything = (*self.free, *self.kept)
        if self.made is None:
            return build(everything, results, lacks, lengths)
        return self._unfold(results, lacks, lengths)

    def _lacks(self, values: Sequence[Value]) -> dict[frozenset[str], set[Point]]:
        """Where the result is missing because operands are; missing entries of a list only where they spread."""
        lacks: dict[frozenset[str], set[Point]] = {}
        for place, (value, out) in enumerate(zip(values, self.gone, strict=True)):
            for level, points in lacks_of([value]).items():
                inner = level & identities(out)
                if inner and place == 0 and moves_entries(self.builtin):
                    continue
                assert not (inner and points and self.missing == "refuse"), f"{self.builtin.name} meets missing entries"
                if not inner or self.missing == "spread":
                    lacks.setdefault(level - inner, set()).update(project(p, level - inner) for p in points)
        return lacks

    def _at(self, point: Point, values: Sequence[Value], lengths: Any, results: dict[Point, Any]) -> None:
        """The result at one point of the free axes, or at each position of the kept ones."""
        kept = domain(self.kept, lengths, point)
        whole = frozenset(pair for pair in point)
        skipped = self._skipped(values, whole)
        operands = [self._operand(value, out, whole, skipped) for value, out in zip(values, self.gone, strict=True)]
        if any(operand is None for operand in operands):
            results.update(dict.fromkeys(kept))
            return
        result = self._finite(self.builtin.one(*operands, **self.options))
        if not self.kept:
            results[point] = result
            return
        for at in kept:
            entry = result
            for axis in self.kept:
                entry = None if entry is None else entry[dict(at)[axis.identity]]
            results[at] = entry

    def _skipped(self, values: Sequence[Value], point: Point) -> set[Point]:
        """Positions that `missing: skip` leaves out: where any list along the same axes is missing."""
        if self.missing != "skip":
            return set()
        return {
            project(at, identities(out))
            for value, out in zip(values, self.gone, strict=True)
            if out
            for at in domain([a for a in value.axes if a in out], value.lengths, self._beside(value, out, point))
            if value.get(at) is None
        }

    def _beside(self, value: Value, out: tuple[Axis, ...], point: Point) -> Point:
        """Where the list stands. Another operand may run along its axis too, which says nothing of this list."""
        return project(point, identities(value.axes) - identities(out))

    def _operand(self, value: Value, out: tuple[Axis, ...], point: Point, skipped: set[Point]) -> Any:
        if not out:
            return value.get(point)
        here = self._beside(value, out, point)
        if isinstance(self.builtin, Reduction) or len(out) == 1:
            at = domain([axis for axis in value.axes if axis in out], value.lengths, here)
            return [value.get(p) for p in at if project(p, identities(out)) not in skipped]
        return _nest(value, out, here)

    def _unfold(self, results: Mapping[Point, Any], lacks: Any, lengths: Any) -> Value:
        """A result with a new axis: each list becomes its entries."""
        assert self.made is not None
        base = (*self.free, *self.kept)
        parents = identities(self.made.parents)
        table = {project(p, parents): len(entries) for p, entries in results.items() if entries is not None}
        lacks = {level: set(points) for level, points in lacks.items()}
        holes = {point for point, entries in results.items() if entries is None}
        lacks.setdefault(identities(base), set()).update(holes)
        unfolded = {
            point | {(self.made.identity, i)}: entry
            for point, entries in results.items()
            if entries is not None
            for i, entry in enumerate(entries)
        }
        return build((*base, self.made), unfolded, lacks, {**lengths, self.made.identity: table})

    def _finite(self, result: Any) -> Any:
        """A number as floats hold it; those in a JSON value are of no float yet, and any."""
        return result if self.element == JSON else saturated(result)

    def _across(self, world: World) -> Value:
        """A statistic over the samples of the group: at each point, of the samples that have it."""
        members = world.run.together(str(self.across), world.sample)
        values = [self.operands[0].value(replace(world, sample=member)) for member in members]
        rest = [operand.value(world) for operand in self.operands[1:]]
        own = values[members.index(world.sample)]
        results = {}
        for point in own.points():
            entries = [(m, v.get(point)) for m, v in zip(members, values, strict=True) if point in set(v.points())]
            absent = any(entry is None for _, entry in entries)
            assert not (absent and self.missing == "refuse"), f"{self.builtin.name} meets missing samples"
            present = [(m, entry) for m, entry in entries if entry is not None]
            others = [value.get(point) for value in rest]
            if (absent and self.missing == "spread") or any(other is None for other in others):
                results[point] = None
                continue
            result = self._finite(self.builtin.one([entry for _, entry in present], *others, **self.options))
            if isinstance(result, list):
                places_of = [m for m, _ in present]
                result = result[places_of.index(world.sample)] if world.sample in places_of else None
            results[point] = result
        return build(own.axes, results, {}, own.lengths)


def _holds(lacks: Mapping[frozenset[str], set[Point]], level: frozenset[str], point: Point) -> bool:
    return project(point, level) in lacks[level] and level <= frozenset(identity for identity, _ in point)


def _nest(value: Value, axes: Sequence[Axis], point: Point) -> Any:
    if not axes:
        return value.get(point)
    size = length(value.lengths, axes[0], point)
    return [_nest(value, axes[1:], point | {(axes[0].identity, i)}) for i in range(size)]
