"""Calls of defs and rewards. Where a list is given for a single value, the body is evaluated once for each entry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rewardlang.syntax import ast
from rewardlang.types import FLOAT, Axis
from tests.reference import expressions, trees
from tests.reference.meaning import Meaning, Scope, World, as_element, fresh, key_of
from tests.reference.values import (
    HERE,
    MISSING,
    Level,
    Point,
    Value,
    constant,
    cut_at,
    domain,
    gather,
    identities,
    lacks_of,
    merge_lengths,
    project,
    union,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.reference.shapes import Shape


@dataclass(frozen=True)
class Frame:
    """One inlined call: what it runs over, by the name of the position in a world, and whose absence ends it."""

    over: Mapping[str, Axis]
    arguments: Sequence[Meaning]
    guards: Sequence[Meaning]
    optional: Sequence[Meaning]

    def lift(self, body: Meaning) -> Meaning:
        """What the body means to the caller."""
        mine = {name: axis for name, axis in self.over.items() if name in body.fixed}
        axes = (*mine.values(), *(axis for axis in body.axes if axis not in mine.values()))
        fixed = {name: axis for name, axis in body.fixed.items() if name not in mine}
        for meaning in self.guards:
            fixed |= meaning.fixed
        outer = identities(mine.values())
        levels = {level | outer for level in body.levels} | {level for g in self.guards for level in g.levels}
        levels = {level for level in levels if level <= identities(axes)}
        return Meaning(
            body.element, axes, body.key, lambda world: self._value(body, mine, world), frozenset(levels), fixed
        )

    def _value(self, body: Meaning, mine: Mapping[str, Axis], world: World) -> Value:
        if not mine:
            value = body.value(world)
        else:
            lengths = merge_lengths([a.value(world) for a in self.arguments if set(a.axes) & set(mine.values())])
            names = {axis.identity: name for name, axis in mine.items()}
            parts: dict[Point, Value] = {}
            for point in domain(tuple(mine.values()), lengths):
                parts[point] = body.value(world.inside({names[identity]: i for identity, i in point}))
            inner = [axis for axis in body.axes if axis not in mine.values()]
            value = gather(parts, tuple(mine.values()), inner, lengths)
        return self._guarded(value, body, mine, world)

    def _guarded(self, value: Value, body: Meaning, mine: Mapping[str, Axis], world: World) -> Value:
        """Missing where an argument is that must not be; and where an argument that may be is missing as a whole."""
        lacks: dict[Level, set[Point]] = lacks_of([guard.value(world) for guard in self.guards])
        if mine and any(a.value(world).lacks.get(frozenset()) for a in self.optional):
            nowhere = world.inside(dict.fromkeys(mine, -1))
            if body.value(nowhere).lacks.get(frozenset()):
                lacks.setdefault(frozenset(), set()).add(HERE)
        merged: dict[Level, set[Point]] = lacks_of([value])
        for level, points in lacks.items():
            if level <= identities(value.axes):
                merged.setdefault(level, set()).update(points)
        return replace(value, lacks={level: frozenset(points) for level, points in merged.items() if points})


def call(expression: ast.Call, scope: Scope) -> trees.Tree:
    """The call of a def or reward, as the tree that it perhaps is."""
    module, declaration = scope.module.names[expression.function.name]
    if not isinstance(declaration, ast.Def | ast.Reward):
        raise NotImplementedError(type(declaration).__name__)
    given: list[Meaning | None] = [None] * len(declaration.fields)
    names = [field.name for field in declaration.fields]
    for place, argument in enumerate(expression.arguments):
        at = place if argument.name is None else names.index(argument.name)
        given[at] = expressions.denote(argument.value, scope)
    outside = Scope(module, scope.checked)
    meanings = [
        meaning if meaning is not None else expressions.denote(field.default, outside)  # type: ignore[arg-type]
        for meaning, field in zip(given, declaration.fields, strict=True)
    ]
    return inline(outside, declaration, meanings)


def inline(scope: Scope, declaration: ast.Def | ast.Reward, given: Sequence[Meaning]) -> trees.Tree:
    """The body with these arguments, as the caller sees it. `scope`: an empty one of the declaring module."""
    number = fresh()
    over: dict[str, Axis] = {}
    guards, optional, bound = [], [], {}
    inner = Scope(scope.module, scope.checked)
    for field, argument in zip(declaration.fields, given, strict=True):
        shape = expressions.shape_of(field.type, scope, lambda axis: f"variable:{axis}")
        axes = bind_axes(argument, shape)
        ambient = {
            f"{number}:{axis.identity}": axis for axis in argument.axes if axis.name != "dim" and axis not in axes
        }
        over |= ambient
        (optional if shape.levels else guards).append(argument)
        symbol = stand_in(as_element(argument, shape.element), ambient)
        for axis, variable in zip(axes, shape.lists, strict=True):
            symbol = symbol.renamed(axis, variable.name)
            bound[variable.name] = axis
        inner.names[field.name] = symbol
    frame = Frame(over, given, guards, optional)
    body = trees.body_of(declaration.body, inner)
    body = _promise(declaration, scope, body, bound)
    return trees.lifted(body, frame)


def bind_axes(argument: Meaning, shape: Shape) -> tuple[Axis, ...]:
    """The axes of an argument that the field names, in its order: those of these names, else the innermost ones."""
    axes = [axis for axis in argument.axes if axis.name != "dim"]
    named = [axis for variable in shape.lists for axis in axes if axis.name == variable.name]
    if len(named) == len(shape.lists):
        return tuple(named)
    parents = {parent for axis in axes for parent in axis.parents}
    leaves = tuple(axis for axis in axes if axis not in parents)
    assert len(leaves) == len(shape.lists), "which axes does the field take?"
    return leaves


def stand_in(argument: Meaning, ambient: Mapping[str, Axis]) -> Meaning:
    """The argument as the body sees it: one entry of each list that the call runs over."""

    def compute(world: World) -> Value:
        if any(world.at[name] < 0 for name in ambient):
            return replace(MISSING, axes=axes)
        return cut_at(
            argument.value(world), frozenset((axis.identity, world.at[name]) for name, axis in ambient.items())
        )

    gone = identities(ambient.values())
    axes = tuple(axis for axis in argument.axes if axis.identity not in gone)
    levels = frozenset(level - gone for level in argument.levels)
    return replace(argument, axes=axes, compute=compute, levels=levels, fixed={**argument.fixed, **ambient})


def _promise(
    declaration: ast.Def | ast.Reward, scope: Scope, body: trees.Tree, bound: Mapping[str, Axis]
) -> trees.Tree:
    """The body under the declared result: lists that it made get the names written there, the caller's keep theirs."""
    meaning = body.meaning
    made = [axis for axis in meaning.axes if axis.name != "dim" and axis not in bound.values()]
    if declaration.result is not None:
        shape = expressions.shape_of(declaration.result, scope, lambda axis: f"result:{axis}")
        own = [axis for axis in shape.lists if axis.name not in bound]
        for axis, wanted in zip(made[-len(own) :] if own else [], own, strict=False):
            meaning = meaning.renamed(axis, wanted.name)
        meaning = as_element(meaning, shape.element)
    for axis in bound.values():
        meaning = meaning.renamed(axis, axis.name)
    return replace(body, meaning=meaning)


# --- scan -------------------------------------------------------------------------------------------------------------


def scan(expression: ast.Call, scope: Scope) -> Meaning:
    """`scan(step, x, y over axis, start: s)`: the carry after each step."""
    positional = [argument for argument in expression.arguments if argument.name is None]
    start = next(expressions.denote(a.value, scope) for a in expression.arguments if a.name == "start")
    step = positional[0].value
    assert isinstance(step, ast.Name)
    module, declaration = scope.module.names[step.name]
    assert isinstance(declaration, ast.Def)
    lists = [expressions.denote(argument.value, scope) for argument in positional[1:]]
    over = next((argument.over for argument in positional if argument.over), ())
    axes = union(meaning.axes for meaning in lists)
    (axis,) = [a for a in axes if a.name in over] if over else axes
    number = fresh()
    carry = Meaning(FLOAT, (), key_of("carry", number), lambda world: world.at[f"{number}:carry"])
    carry = replace(carry, fixed={f"{number}:carry": None})
    # Each list is seen at one position of every axis that the step's field does not take.
    outside = Scope(module, scope.checked)
    ambient: dict[str, Axis] = {}
    items = []
    for meaning, field in zip(lists, declaration.fields[1:], strict=True):
        shape = expressions.shape_of(field.type, outside, lambda name: f"variable:{name}")
        rest = replace(meaning, axes=tuple(a for a in meaning.axes if a != axis))
        taken = bind_axes(rest, shape)
        mine = {f"{number}:{a.identity}": a for a in meaning.axes if a not in taken and a.name != "dim"}
        ambient |= mine
        items.append(stand_in(meaning, mine))
    body = as_element(inline(outside, declaration, [carry, *items]).meaning, FLOAT)
    free = tuple(a for a in ambient.values() if a != axis)
    names = {a.identity: name for name, a in ambient.items()}

    def compute(world: World) -> Value:
        values = [meaning.value(world) for meaning in lists]
        lengths, lacks = merge_lengths(values), lacks_of(values)
        results: dict[Point, Any] = {}
        for point in domain(free, lengths):
            at = world.inside({names[identity]: i for identity, i in point})
            value = start.value(world)
            for whole in domain((axis,), lengths, point):
                here = {names[axis.identity]: dict(whole)[axis.identity], f"{number}:carry": value}
                value = constant(body.value(at.inside(here)).get(HERE))
                results[whole] = value.get(HERE)
        present = {
            p: entry
            for p, entry in results.items()
            if not any(project(p, level) in points for level, points in lacks.items())
        }
        kept = {level: frozenset(points) for level, points in lacks.items() if points}
        tables = {a.identity: lengths.get(a.identity, {}) for a in (*free, axis)}
        return Value((*free, axis), present, kept, tables)

    fixed = {name: a for meaning in (start, *lists) for name, a in meaning.fixed.items()}
    fixed |= {name: a for name, a in body.fixed.items() if not name.startswith(f"{number}:")}
    key = key_of("scan", body.key, start.key, tuple(m.key for m in lists), axis.identity)
    levels = frozenset(level for meaning in lists for level in meaning.levels)
    return Meaning(FLOAT, (*free, axis), key, compute, levels, fixed)
