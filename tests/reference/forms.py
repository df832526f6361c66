"""Forms that are no builtins: `present`, `same`, `index`, `rename`, and lists cut at a bound."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rewardlang.syntax import ast
from rewardlang.types import BOOL, INT, Axis
from tests.reference import calls, expressions
from tests.reference.applied import named
from tests.reference.meaning import Meaning, Scope, World, key_of
from tests.reference.values import Point, Value, build, domain, leniently, relabel

if TYPE_CHECKING:
    from collections.abc import Mapping


def present(expression: ast.Call, scope: Scope) -> Meaning:
    """`present(x)`, over the axes of the levels at which x may be missing."""
    of = expressions.denote(expression.arguments[0].value, scope)
    wanted = frozenset(identity for level in of.levels for identity in level)
    axes = tuple(axis for axis in of.axes if axis.identity in wanted)

    def compute(world: World) -> Value:
        value = of.value(world)
        own = {name: table for name, table in value.lengths.items() if name in wanted}
        holes = value.lacks.items()
        at = domain(axes, own)
        here = {p: not any(frozenset(x for x in p if x[0] in level) in gone for level, gone in holes) for p in at}
        return build(axes, here, {}, own)

    return Meaning(BOOL, axes, key_of("present", of.key), compute, frozenset(), of.fixed)


def same(expression: ast.Call, scope: Scope) -> Meaning:
    """`same(a, b)`: exactly equal, or both missing."""
    left, right = (expressions.denote(argument.value, scope) for argument in expression.arguments)
    equal = named("==", left, right)

    def decide(a: Any, b: Any, e: bool | None) -> bool:
        return a is None and b is None if a is None or b is None else bool(e)

    key = key_of("same", left.key, right.key)
    return expressions.combined(lambda *v: leniently(decide, *v), BOOL, key, (left, right, equal), frozenset())


def position(expression: ast.Call, scope: Scope) -> Meaning:
    """`index(axis)`: 0, 1, 2, … along an axis of a value in sight."""
    wanted = expression.arguments[0].value
    assert isinstance(wanted, ast.Name)
    source, axis = next((m, a) for m in scope.names.values() for a in m.axes if a.name == wanted.name)
    axes = tuple(a for a in source.axes if a == axis or a in axis.parents)

    def compute(world: World) -> Value:
        lengths = source.value(world).lengths
        return build(axes, {p: dict(p)[axis.identity] for p in domain(axes, lengths)}, {}, lengths)

    return Meaning(INT, axes, key_of("index", axis.identity), compute, frozenset(), source.fixed)


def rename(expression: ast.Call, scope: Scope) -> Meaning:
    """`rename(x, old: new)`: another identity of the same lengths."""
    of = expressions.denote(expression.arguments[0].value, scope)
    target = expression.arguments[1]
    assert isinstance(target.value, ast.Name)
    old = next(axis for axis in of.axes if axis.name == target.name)
    new = replace(old, identity=f"rename:{old.identity}:{target.value.name}", name=target.value.name)
    axes = tuple(new if axis == old else axis for axis in of.axes)
    levels = frozenset(frozenset(new.identity if i == old.identity else i for i in level) for level in of.levels)
    key = key_of("rename", of.key, old.identity, new.identity)
    return Meaning(of.element, axes, key, lambda world: relabel(of.value(world), old, new), levels, of.fixed)


def cut(of: Meaning, axis: Axis, target: Axis) -> Meaning:
    """The first entries of a list, as many as the bound of `target` allows."""
    most = target.most
    assert most is not None
    new = replace(axis, identity=f"cut:{axis.identity}:{most}", name=target.name)

    def inside(point: Point) -> bool:
        return dict(point).get(axis.identity, 0) < most

    def compute(world: World) -> Value:
        value = of.value(world)
        short = Value(
            value.axes,
            {point: entry for point, entry in value.entries.items() if inside(point)},
            {level: frozenset(filter(inside, points)) for level, points in value.lacks.items()},
            {
                name: {p: min(size, most) if name == axis.identity else size for p, size in table.items() if inside(p)}
                for name, table in value.lengths.items()
            },
        )
        return relabel(short, axis, new)

    axes = tuple(new if known == axis else known for known in of.axes)
    levels = frozenset(frozenset(new.identity if i == axis.identity else i for i in level) for level in of.levels)
    return Meaning(of.element, axes, key_of("cut", of.key, new.identity), compute, levels, of.fixed)


FORMS: Mapping[str, Any] = {
    "present": present, "same": same, "index": position, "rename": rename, "scan": calls.scan,
}  # fmt: skip
