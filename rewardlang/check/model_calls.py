"""Calls of models: what they run along, what they take and give as a whole, and what may be missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rewardlang.check.annotations import default_for, join_elements, resolve_type
from rewardlang.check.backends import runs_on_device
from rewardlang.check.core import Core, ModelCall
from rewardlang.check.definitions import bind_axes, given_argument, match_arguments
from rewardlang.check.errors import AxisMismatch, ParamReachesHost, PossiblyMissing, TypeMismatch, WrongArguments
from rewardlang.types import Axis, Type, write_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.check.elaborate import Elaborator
    from rewardlang.check.modules import Module
    from rewardlang.check.scope import Scope
    from rewardlang.syntax import ast


def call_model(
    elaborator: Elaborator, module: Module, declaration: ast.Model, expression: ast.Call, scope: Scope,
    extra: Core | None = None,
) -> Core:  # fmt: skip
    """A call of a model. `extra` is the sentence that `principles` passes last."""
    found = match_arguments(elaborator, declaration, expression)
    cores: list[Core] = []
    consumed: list[tuple[Axis, ...]] = []
    for place, (field, argument) in enumerate(zip(declaration.fields, found, strict=True)):
        if argument is None and extra is not None and place == len(declaration.fields) - 1:
            core = extra
        else:
            core = given_argument(elaborator, module, field, argument, scope, expression)
        core, taken = _model_argument(elaborator, module, field, core)
        if core.type.traced and not runs_on_device(declaration):
            what = f"the argument `{field.name}` of the model `{declaration.name}`"
            elaborator.fail(ParamReachesHost(span=core.span, what=what, by=core.type.traced))
        cores.append(core)
        consumed.append(taken)
    result = resolve_type(elaborator, module, declaration.result, lambda name: f"model:{declaration.name}:{name}")
    outer = [_without(core, axes) for core, axes in zip(cores, consumed, strict=True)]
    lists = tuple(axis for axis in elaborator.broadcast(outer, expression.span) if axis.name != "dim")
    for field, core, axes in zip(declaration.fields, cores, consumed, strict=True):
        _check_roles(elaborator, field, core, axes, lists)
    own = tuple(axis for axis in result.axes if axis.name == "dim")
    kept = _kept(elaborator, declaration, result, consumed, expression)
    levels = set()
    if result.optional:
        levels.add(frozenset((*lists, *kept)))
    for core in cores:
        levels |= core.type.missing
    core = ModelCall(
        type=result, span=expression.span, model=declaration.name, operands=tuple(cores), consumed=tuple(consumed),
        traced=runs_on_device(declaration),
    )  # fmt: skip
    traced = f"the model `{declaration.name}`" if core.traced else None
    type_ = Type(result.element, (*lists, *kept, *own), frozenset(levels), result.range, traced)
    return replace(core, type=type_)


def whole_axes(type_: Type) -> list[Axis]:
    """The axes of a field that a model takes as a whole, or of a result that it gives so, but for groups."""
    return [axis for axis in type_.axes if axis.name not in ("dim", "group")]


def check_result(elaborator: Elaborator, declaration: ast.Model, fields: Sequence[Type], result: Type) -> None:
    """A list that a model gives has an entry for each of one that it takes, and each may be missing by itself."""
    made = whole_axes(result)
    if not made:
        return
    span = declaration.result.span
    named = [[axis.name for axis in whole_axes(field)] for field in fields]
    if len(made) > 1 or [made[0].name] not in named or any(axis.name == "group" for axis in result.axes):
        text = (
            f"a model gives no list but one along a list that it takes, which the result of `{declaration.name}` is not"
        )
        advice = "name the axis of a field, `(answers: text[answer]) -> float?[answer]`, or give JSON"
        elaborator.fail(WrongArguments(span=span, text=text, advice=advice))
    elif result.whole_missing:
        entry = write_type(Type(result.element), ranges=False)
        text = f"each entry of what `{declaration.name}` gives may be missing, not the list alone"
        elaborator.fail(WrongArguments(span=span, text=text, advice=f"write `-> {entry}?[{made[0]}]`"))


def _kept(
    elaborator: Elaborator, declaration: ast.Model, result: Type, consumed: Sequence[tuple[Axis, ...]],
    expression: ast.Call,
) -> tuple[Axis, ...]:  # fmt: skip
    """The axis of the list that the result has an entry for each of."""
    names = {axis.name for axis in whole_axes(result)}
    found: list[Axis] = []
    for field, axes in zip(declaration.fields, consumed, strict=True):
        if names & {dimension.name for dimension in field.type.dimensions}:
            found += [axis for axis in axes if axis not in found]
    if len(found) > len(names):
        text = f"`{declaration.name}` gives an entry for each of one list, but is given several: along "
        text += " and ".join(f"`{axis}`" for axis in found)
        elaborator.fail(AxisMismatch(span=expression.span, text=text))
    return tuple(found)


def _without(core: Core, axes: tuple[Axis, ...]) -> Core:
    return replace(core, type=replace(core.type, axes=tuple(axis for axis in core.type.axes if axis not in axes)))


def _check_roles(
    elaborator: Elaborator, field: ast.Field, core: Core, axes: tuple[Axis, ...], lists: tuple[Axis, ...]
) -> None:
    """A list that a model takes as a whole is not one that the call runs along, and has all its entries."""
    twice = next((axis for axis in axes if axis in lists), None)
    if twice is not None:
        text = f"`{field.name}` takes the whole list along `{twice}`, which another argument runs along"
        advice = f"make it another list: `rename({elaborator.brief(core)}, {twice}: other)`"
        elaborator.fail(AxisMismatch(span=core.span, text=text, advice=advice))
    if any(set(axes) & level for level in core.type.missing):
        text = f"entries of the argument `{field.name}` may be missing, but a model takes a whole list"
        advice = f"say what then counts: `{elaborator.brief(core)} ?? {default_for(core.type)}`"
        causes = elaborator.missing_causes(core)
        elaborator.fail(PossiblyMissing(span=core.span, text=text, causes=causes, advice=advice))


def _model_argument(
    elaborator: Elaborator, module: Module, field: ast.Field, core: Core
) -> tuple[Core, tuple[Axis, ...]]:
    """The argument, and the axes that the model takes as a whole."""
    wanted = resolve_type(elaborator, module, field.type, lambda name: f"variable:{name}")
    if join_elements(core.type.element, wanted.element) != wanted.element:
        expected, found = f"`{write_type(wanted, ranges=False)}`", f"`{write_type(core.type, ranges=False)}`"
        what = f"the argument `{field.name}`"
        elaborator.fail(TypeMismatch(span=core.span, where=what, expected=expected, found=found))
    return core, tuple(bind_axes(elaborator, core, whole_axes(wanted), f"the argument `{field.name}`"))
