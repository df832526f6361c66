"""Calls of models: what they run along, what they take as a whole, and what may be missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rewardlang.check.annotations import default_for, join_elements, resolve_type
from rewardlang.check.backends import runs_on_device
from rewardlang.check.core import Core, ModelCall
from rewardlang.check.definitions import bind_axes, given_argument, match_arguments
from rewardlang.check.errors import AxisMismatch, ParamReachesHost, PossiblyMissing, TypeMismatch
from rewardlang.types import Axis, Type, write_type

if TYPE_CHECKING:
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
    listwise = any(axis.name == "group" for axis in result.axes)
    own = tuple(axis for axis in result.axes if axis.name != "group")
    levels = set()
    if result.optional:
        levels.add(frozenset(lists) if not listwise else frozenset())
    for core in cores:
        levels |= core.type.missing
    core = ModelCall(
        type=result, span=expression.span, model=declaration.name, operands=tuple(cores), consumed=tuple(consumed),
        traced=runs_on_device(declaration),
    )  # fmt: skip
    made = tuple(
        a if a.name == "dim" else replace(a, identity=f"model:{core.key}:{a.name}", parents=lists) for a in own
    )
    traced = f"the model `{declaration.name}`" if core.traced else None
    type_ = Type(result.element, (*lists, *made), frozenset(levels), result.range, traced)
    return replace(core, type=type_)


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
    names = [axis for axis in wanted.axes if axis.name not in ("dim", "group")]
    return core, tuple(bind_axes(elaborator, core, names, f"the argument `{field.name}`"))
