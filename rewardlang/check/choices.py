"""`if` and `??`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rewardlang.check import special
from rewardlang.check.annotations import join_elements
from rewardlang.check.core import Coalesce, Core, ListOf, Select
from rewardlang.check.errors import AxisMismatch, ParamReachesHost, TypeMismatch
from rewardlang.check.scope import AbandonError
from rewardlang.check.warnings import NeverMissing
from rewardlang.types import Type, write_type

if TYPE_CHECKING:
    from rewardlang.check.elaborate import Elaborator
    from rewardlang.check.scope import Scope
    from rewardlang.source import Span
    from rewardlang.syntax import ast
    from rewardlang.types import Element


def select(elaborator: Elaborator, expression: ast.If, scope: Scope) -> Core:
    """`if condition then yes else no`."""
    plain = scope.inside(tree=False)
    condition = elaborator.expression(expression.condition, plain)
    elaborator.need_bool(condition, "the condition of `if`")
    elaborator.need_present(condition, "the condition of `if`", "false")
    yes = _branch(elaborator, expression.yes, special.narrow(elaborator, condition, scope, holds=True))
    no = _branch(elaborator, expression.no, special.narrow(elaborator, condition, scope, holds=False))
    if yes is None or no is None:
        raise AbandonError
    return choose(elaborator, condition, yes, no, expression.span)


def _branch(elaborator: Elaborator, expression: ast.Expression, scope: Scope) -> Core | None:
    try:
        return elaborator.expression(expression, scope)
    except AbandonError:
        return None


def choose(elaborator: Elaborator, condition: Core, yes: Core, no: Core, span: Span) -> Core:
    """The typed choice between two values."""
    element = _common(elaborator, yes, no, "the branches of `if`")
    axes = elaborator.broadcast([yes, no, condition], span)
    _one_list(elaborator, yes, no, span)
    decided = frozenset(condition.type.axes)
    missing = frozenset(level | decided for side in (yes, no) for level in side.type.missing)
    range_ = yes.type.interval.hull(no.type.interval) if element.numeric else None
    traced = condition.type.traced or yes.type.traced or no.type.traced
    type_ = Type(element, axes, missing, range_, traced)
    if traced and element.host_only:
        elaborator.fail(ParamReachesHost(span=span, what=f"this choice between `{element}`s", by=traced))
    return Select(type=type_, span=span, condition=condition, yes=yes, no=no)


def coalesce(elaborator: Elaborator, expression: ast.Binary, scope: Scope) -> Core:
    """`value ?? default`."""
    value, default = elaborator.all_of((expression.left, expression.right), scope)
    if not value.type.optional:
        elaborator.sink.report(NeverMissing(span=expression.span, label=f"`{write_type(value.type)}`"))
        return value
    return default_to(elaborator, value, default, expression.span)


def default_to(elaborator: Elaborator, value: Core, default: Core, span: Span) -> Core:
    """The typed `value ?? default`."""
    if isinstance(default, ListOf) and not default.items:
        rest = frozenset(level for level in value.type.missing if any(axis.name != "dim" for axis in level))
        lists = any(axis.name != "dim" for axis in value.type.axes)
        if not lists or len(rest) == len(value.type.missing):
            text = "an empty list stands only for a list that may be missing as a whole"
            elaborator.fail(AxisMismatch(span=default.span, text=text))
        type_ = replace(value.type, missing=rest)
        return Coalesce(type=_emptied(elaborator, value, type_, span), span=span, value=value, default=default)
    element = _common(elaborator, value, default, "the two sides of `??`")
    axes = elaborator.broadcast([value, default], span)
    _one_list(elaborator, value, default, span)
    range_ = value.type.interval.hull(default.type.interval) if element.numeric else None
    traced = value.type.traced or default.type.traced
    missing = frozenset(level | decided for level in default.type.missing for decided in value.type.missing)
    type_ = Type(element, axes, missing, range_, traced)
    if traced and element.host_only:
        elaborator.fail(ParamReachesHost(span=span, what=f"this choice between `{element}`s", by=traced))
    return Coalesce(type=type_, span=span, value=value, default=default)


def _emptied(elaborator: Elaborator, value: Core, type_: Type, span: Span) -> Type:
    """The type with an axis of its own where other fields have the list's: they keep their entries, it has none."""
    old = next((axis for axis in type_.axes if axis in elaborator.shared), None)
    if old is None:
        return type_
    if type_.traced:
        elaborator.fail(ParamReachesHost(span=span, what="the length of this list", by=type_.traced))
    new = replace(old, identity=f"empty:{value.key}:{old.identity}", least=0)
    axes = tuple(new if axis == old else axis for axis in type_.axes)
    levels = frozenset(frozenset(new if axis == old else axis for axis in level) for level in type_.missing)
    return replace(type_, axes=axes, missing=levels)


def _common(elaborator: Elaborator, left: Core, right: Core, what: str) -> Element:
    element = join_elements(left.type.element, right.type.element)
    if element is None:
        found = f"`{write_type(right.type, ranges=False)}`"
        expected = f"one type, here `{left.type.element}`"
        elaborator.fail(TypeMismatch(span=right.span, where=what, expected=expected, found=found))
        raise AbandonError
    return element


def _one_list(elaborator: Elaborator, left: Core, right: Core, span: Span) -> None:
    """A choice between two unrelated lists would make all their pairs: surely not what was meant."""
    mine = {axis for axis in left.type.axes if axis.name != "dim"}
    theirs = {axis for axis in right.type.axes if axis.name != "dim"}
    if mine - theirs and theirs - mine:
        text = "a choice between two different lists has no single length"
        elaborator.fail(AxisMismatch(span=span, text=text, advice="reduce each list to a value first"))
