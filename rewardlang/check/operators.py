"""Operators, and builtins that the checker applies by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rewardlang.check import special
from rewardlang.check.applying import Given, accepts, apply
from rewardlang.check.core import Apply, Core, Logic
from rewardlang.facts import Interval
from rewardlang.ops.registry import overloads
from rewardlang.syntax import ast
from rewardlang.types import BOOL, TEXT, Type

if TYPE_CHECKING:
    from rewardlang.check.elaborate import Elaborator
    from rewardlang.check.scope import Scope
    from rewardlang.source import Span


def builtin(
    elaborator: Elaborator, name: str, operands: tuple[Core, ...], span: Span, scope: Scope | None, **options: Any
) -> Core:
    """A builtin applied to operands that are already typed."""
    known = overloads(name)
    fitting = [candidate for candidate in known if _fits(candidate, operands)]
    chosen = (fitting or known)[0]
    given = Given(options=dict(options))
    places = chosen.parameters
    for place, core in enumerate(operands):
        given.operands.append((places[min(place, len(places) - 1)], core))
    for parameter in places:
        if parameter.option:
            given.options.setdefault(parameter.name, parameter.default)
    return apply(elaborator, chosen, given, span, scope.ambient if scope else frozenset(), name)


def _fits(candidate: Any, operands: tuple[Core, ...]) -> bool:
    places = [parameter for parameter in candidate.parameters if not parameter.option]
    if len(operands) > len(places) and not (places and places[-1].variadic):
        return False
    return all(accepts(places[min(i, len(places) - 1)], operand.type) for i, operand in enumerate(operands))


def operator(elaborator: Elaborator, name: str, operands: tuple[Core, ...], span: Span, scope: Scope) -> Core:
    """A builtin written as an operator."""
    core = builtin(elaborator, name, operands, span, scope)
    if name == "*" and core.type.range is not None:
        # Interval arithmetic alone does not see that a square is never negative, nor that `-x * x` is never positive.
        low, high = core.type.interval.low, core.type.interval.high
        left, right = operands
        if left.key == right.key:
            core = replace(core, type=core.type.within(Interval(max(low, 0), high)))
        elif _is_negated(left, right) or _is_negated(right, left):
            core = replace(core, type=core.type.within(Interval(low, min(high, 0))))
    return core


def _is_negated(one: Core, other: Core) -> bool:
    return isinstance(one, Apply) and one.builtin.name == "negate" and one.operands[0].key == other.key


def unary(elaborator: Elaborator, expression: ast.Unary, scope: Scope) -> Core:
    """`-x` and `not x`."""
    operand = elaborator.expression(expression.operand, scope)
    if expression.operator == "-":
        return builtin(elaborator, "negate", (operand,), expression.span, scope)
    elaborator.need_bool(operand, "`not`")
    return builtin(elaborator, "not", (operand,), expression.span, scope)


def logic(elaborator: Elaborator, expression: ast.Binary, scope: Scope) -> Core:
    """`and`, `or`: the right side is looked at only where the left one leaves it open."""
    left = elaborator.expression(expression.left, scope)
    elaborator.need_bool(left, f"`{expression.operator}`")
    narrowed = special.narrow(elaborator, left, scope, holds=expression.operator == "and")
    right = elaborator.expression(expression.right, narrowed)
    elaborator.need_bool(right, f"`{expression.operator}`")
    return kleene(elaborator, expression.operator, (left, right), expression.span)


def kleene(elaborator: Elaborator, name: str, operands: tuple[Core, ...], span: Span) -> Core:
    """`and` or `or` in which a decided operand decides, whether or not the other is missing."""
    axes = elaborator.broadcast(list(operands), span)
    missing = frozenset(level for core in operands for level in core.type.missing)
    traced = next((core.type.traced for core in operands if core.type.traced), None)
    if missing:
        # One operand can decide where another is missing, so the answer's presence differs along all axes.
        missing = frozenset({frozenset(axes)})
    return Logic(type=Type(BOOL, axes, missing, None, traced), span=span, operator=name, operands=operands)


def compare(elaborator: Elaborator, expression: ast.Compare, scope: Scope) -> Core:
    """A chain of comparisons: all links hold."""
    links = []
    cores: list[Core | None] = [
        None if isinstance(operand, ast.Range) else elaborator.expression(operand, scope)
        for operand in expression.operands
    ]
    for place, name in enumerate(expression.operators):
        left, right = cores[place], cores[place + 1]
        at = expression.operands[place + 1]
        span = expression.operands[place].span.to(at.span)
        if left is None:
            elaborator.misplaced(expression.operands[place])
        elif name == "in":
            links.append(special.membership(elaborator, left, right, at, span, scope))
        elif right is None:
            elaborator.misplaced(at)
        else:
            links.append(special.comparison(elaborator, name, left, right, span, scope))
    return links[0] if len(links) == 1 else kleene(elaborator, "and", tuple(links), expression.span)


def template(elaborator: Elaborator, expression: ast.Template, scope: Scope) -> Core:
    """A template is the concatenation of its parts."""
    parts: list[Core] = []
    for part in expression.parts:
        if isinstance(part, str):
            parts.append(elaborator.literal(part, expression.span))
            continue
        core = elaborator.expression(part, scope)
        parts.append(core if core.type.element == TEXT else builtin(elaborator, "str", (core,), core.span, scope))
    if not parts:
        return elaborator.literal("", expression.span)
    text = parts[0]
    for core in parts[1:]:
        text = builtin(elaborator, "+", (text, core), expression.span, scope)
    return text
