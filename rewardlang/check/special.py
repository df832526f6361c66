"""Forms that are no builtins: `present`, `index`, `rename`, `scan`, `same`, `x[i]`, `in`, and narrowing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rewardlang.check import applying, definitions, operators
from rewardlang.check.annotations import check_range, swap_axis
from rewardlang.check.core import Apply, Constant, Core, Logic, ModelCall, Position, Present, Relabel, Scan, Symbol
from rewardlang.check.errors import AxisMismatch, RangeNotProved, TypeMismatch, UnknownAxis, WrongArguments
from rewardlang.check.evidence import walk
from rewardlang.check.scope import AbandonError
from rewardlang.diagnostics.suggest import suggest
from rewardlang.facts import FULL, Interval
from rewardlang.ops.registry import overloads
from rewardlang.syntax import ast
from rewardlang.types import BOOL, FLOAT, INT, JSON, TEXT, Axis, RecordElement, Type, write_type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rewardlang.check.elaborate import Elaborator
    from rewardlang.check.modules import Module
    from rewardlang.check.scope import Scope
    from rewardlang.source import Span

LONGEST = 2**31 - 1


def present(elaborator: Elaborator, call: ast.Call, scope: Scope) -> Core:
    """`present(x)`: whether x is there; in the branch that it guards, x is then known to be."""
    (value,) = _plain(elaborator, call, 1, "present(x)")
    return elaborator.present(elaborator.expression(value, scope), call.span)


def same(elaborator: Elaborator, call: ast.Call, scope: Scope) -> Core:
    """`same(a, b)`: exactly equal, or both missing."""
    first, second = _plain(elaborator, call, 2, "same(a, b)")
    left, right = elaborator.all_of((first, second), scope)
    exact = replace(scope.inside(), approximate=False)
    here, there = elaborator.present(left, call.span), elaborator.present(right, call.span)
    equal = comparison(elaborator, "==", elaborator.assume(left), elaborator.assume(right), call.span, exact)
    if isinstance(here, Constant) and isinstance(there, Constant):
        return equal
    neither = [operators.builtin(elaborator, "not", (core,), call.span, scope) for core in (here, there)]
    both = operators.kleene(elaborator, "and", (here, there, equal), call.span)
    return operators.kleene(
        elaborator, "or", (both, operators.kleene(elaborator, "and", tuple(neither), call.span)), call.span
    )


def position(elaborator: Elaborator, call: ast.Call, scope: Scope) -> Core:
    """`index(axis)`: 0, 1, 2, … along an axis that is in sight."""
    (value,) = _plain(elaborator, call, 1, "index(axis)")
    name = value.name if isinstance(value, ast.Name) else ""
    axes = [axis for b in scope.bindings() if b.core is not None for axis in b.core.type.axes]
    axis = next((axis for axis in axes if axis.name == name), None)
    if axis is None:
        close = suggest(name, sorted({axis.name for axis in axes}))
        text = f"no value here has an axis `{value.span.text}`"
        elaborator.fail(
            UnknownAxis(span=value.span, text=text, suggestion=f"did you mean `{close}`?" if close else None)
        )
        raise AbandonError
    for binding in scope.bindings():
        if binding.core is not None and axis in binding.core.type.axes:
            binding.used = True
            # Its lengths are those of the first value that runs along it.
            return _position(axis, binding.core, call.span)
    raise AbandonError


def _position(axis: Axis, along: Core, span: Span) -> Position:
    top = (axis.most if axis.most is not None else LONGEST) - 1
    range_ = Interval(0, max(top, 0))
    # The axes that the length depends on are called as they are there.
    names = {known: known for known in along.type.axes}
    axes = (*(names.get(parent, parent) for parent in axis.parents), axis)
    return Position(type=Type(INT, axes, range=range_), span=span, axis=axis)


def rename(elaborator: Elaborator, call: ast.Call, scope: Scope) -> Core:
    """`rename(x, old: new)`: another identity of the same lengths."""
    arguments = call.arguments
    if len(arguments) != 2 or arguments[0].name is not None or arguments[1].name is None:
        text = "`rename` takes a list and one axis with its new name: `rename(x, time: earlier)`"
        elaborator.fail(WrongArguments(span=call.span, text=text))
    core = elaborator.expression(arguments[0].value, scope)
    old = next((axis for axis in core.type.axes if axis.name == arguments[1].name), None)
    target = arguments[1].value
    if old is None or not isinstance(target, ast.Name):
        found = write_type(core.type, ranges=False)
        text = f"`{elaborator.brief(core)}` has no axis `{arguments[1].name}`: it is `{found}`"
        elaborator.fail(UnknownAxis(span=arguments[1].span, text=text))
        raise AbandonError
    new = replace(old, identity=f"rename:{old.identity}:{target.name}", name=target.name)
    return Relabel(type=swap_axis(core.type, old, new), span=call.span, of=core, old=old, new=new)


def scan(elaborator: Elaborator, call: ast.Call, scope: Scope) -> Core:
    """`scan(step, x, y over axis, start: s)`: the def `step` with its last result carried from entry to entry."""
    shape = "`scan` takes a def, one list or more and a start: `scan(step, x over time, start: 0)`"
    positional = [argument for argument in call.arguments if argument.name is None]
    start_argument = next((argument for argument in call.arguments if argument.name == "start"), None)
    step = positional[0].value if positional else None
    found = scope.module.names.get(step.name) if isinstance(step, ast.Name) else None
    named = len(call.arguments) - len(positional)
    if len(positional) < 2 or start_argument is None or named != 1 or not found or not isinstance(found[1], ast.Def):
        elaborator.fail(WrongArguments(span=call.span, text=shape))
        raise AbandonError
    module, declaration = found[0], found[1]
    start = elaborator.expression(start_argument.value, scope)
    operands = elaborator.all_of(tuple(argument.value for argument in positional[1:]), scope)
    elaborator.need_present(start, "the start of `scan`", "0")
    if not start.type.element.numeric or start.type.axes:
        found_type = f"`{write_type(start.type, ranges=False)}`"
        elaborator.fail(
            TypeMismatch(span=start.span, where="the start of `scan`", expected="a number", found=found_type)
        )
    axis = _scanned_axis(elaborator, call, positional, operands, scope)
    return _scan(elaborator, call, declaration, module, start, operands, axis)


def _scanned_axis(
    elaborator: Elaborator, call: ast.Call, positional: list[ast.Argument], operands: list[Core], scope: Scope
) -> Axis:
    over = next((argument.over for argument in positional if argument.over), ())
    axes = [axis for axis in elaborator.broadcast(operands, call.span) if axis not in scope.ambient]
    picked = [axis for axis in axes if axis.name in over] if over else axes
    if len(picked) != 1:
        names = ", ".join(f"`{axis}`" for axis in axes) or "none"
        text = f"`scan` runs along one axis; its lists have {names}"
        elaborator.fail(UnknownAxis(span=call.span, text=text, suggestion="name it: `x over time`"))
    for core in operands:
        if any(picked[0] in level for level in core.type.missing):
            elaborator.need_present(core, "what `scan` reads", "0")
        if core.type.element.host_only:
            text = f"`{write_type(core.type, ranges=False)}`"
            where = "`scan`"
            elaborator.fail(TypeMismatch(span=core.span, where=where, expected="numbers, points or boxes", found=text))
    return picked[0]


def _refuse_models(elaborator: Elaborator, body: Core, names: Sequence[str]) -> None:
    """A step asks no model: what failed in one step could not be told from the others."""
    for node in walk(body):
        if isinstance(node, ModelCall) and any(isinstance(i, Symbol) and i.name in names for i in walk(node)):
            text = f"the step of `scan` cannot call the model `{node.model}`"
            advice = "call it on the whole list, and scan what it gives"
            elaborator.fail(WrongArguments(span=node.span, text=text, advice=advice))


def _scan(
    elaborator: Elaborator, call: ast.Call, declaration: ast.Def, module: Module, start: Core,
    operands: list[Core], axis: Axis,
) -> Core:  # fmt: skip
    promised = FULL
    if declaration.result is not None:
        promised = definitions.result_type(elaborator, module, declaration).range or FULL
    check_range(elaborator, start, promised, "the start of `scan`")
    level = len(elaborator.in_progress)
    carry = Symbol(type=Type(FLOAT, range=promised, traced="the carry of `scan`"), span=call.span, name=f"carry{level}")
    names, symbols = [], []
    for place, core in enumerate(operands):
        inner = core.type.over(*(a for a in core.type.axes if a != axis)).present()
        name = f"item{level}_{place}"
        names.append(name)
        symbols.append(Symbol(type=replace(inner, traced="the carry of `scan`"), span=core.span, name=name))
    body = definitions.inline(elaborator, module, declaration, (carry, *symbols), call.span)
    elaborator.need_present(body, f"the result of `{declaration.name}`", "0")
    _refuse_models(elaborator, body, (carry.name, *names))
    if any(a for a in body.type.axes if all(a not in s.type.axes for s in symbols)):
        text = f"`{declaration.name}` gives a list, but a carry is one number"
        elaborator.fail(AxisMismatch(span=call.span, text=text))
    if not body.type.interval.within(promised):
        what = f"the carry of `scan`, that is, the result of `{declaration.name}`,"
        elaborator.fail(RangeNotProved(span=call.span, what=what, found=str(body.type.range), needed=str(promised)))
    # A list that the step reduces has an axis that the carry has not.
    kept = {axis, *body.type.axes}
    axes = tuple(a for a in elaborator.broadcast(operands, call.span) if a in kept)
    missing = frozenset(level for core in operands for level in core.type.missing)
    traced = next((core.type.traced for core in (start, *operands) if core.type.traced), None) or "a `scan`"
    type_ = Type(FLOAT, axes, missing, promised, traced)
    return Scan(
        type=type_, span=call.span, start=start, operands=tuple(operands), axis=axis, carry=carry.name,
        names=tuple(names), body=body,
    )  # fmt: skip


FORMS: dict[str, Callable[[Elaborator, ast.Call, Scope], Core]] = {
    "present": present, "same": same, "index": position, "rename": rename, "scan": scan,
}  # fmt: skip


def _plain(elaborator: Elaborator, call: ast.Call, count: int, shape: str) -> tuple[ast.Expression, ...]:
    wrong = len(call.arguments) != count or any(a.name is not None or a.over for a in call.arguments)
    if wrong:
        elaborator.fail(WrongArguments(span=call.span, text=f"the form is `{shape}`"))
    return tuple(argument.value for argument in call.arguments)


def index(elaborator: Elaborator, expression: ast.Index, scope: Scope) -> Core:
    """`x[i]` on lists and JSON arrays, `x["key"]` on JSON objects."""
    of, at = elaborator.all_of((expression.of, expression.at), scope)
    span = expression.span
    if at.type.element == TEXT:
        if of.type.element != JSON:
            found = f"`{write_type(of.type, ranges=False)}`"
            elaborator.fail(TypeMismatch(span=of.span, where="a look-up by key", expected="`json`", found=found))
        if isinstance(at, Constant):
            return operators.builtin(elaborator, "member", (of,), span, scope, key=at.value)
        return operators.builtin(elaborator, "member_at", (of, at), span, scope)
    if at.type.element != INT:
        found = f"`{write_type(at.type, ranges=False)}`"
        advice = "round it: `x[floor(…)]` with a range that fits an int" if at.type.element == FLOAT else None
        elaborator.fail(TypeMismatch(span=at.span, where="an index", expected="an `int`", found=found, advice=advice))
    lists = [axis for axis in of.type.axes if axis not in scope.ambient and axis not in at.type.axes]
    if of.type.element == JSON and not lists:
        return operators.builtin(elaborator, "item", (of, at), span, scope)
    return operators.builtin(elaborator, "at", (of, at), span, scope)


def comparison(elaborator: Elaborator, name: str, left: Core, right: Core, span: Span, scope: Scope) -> Core:
    """One comparison. In properties `==` and `!=` of floats allow for rounding: 1e-6, relative or absolute."""
    floats = {left.type.element, right.type.element} - {BOOL, INT} == {FLOAT}
    numeric = left.type.element.numeric and right.type.element.numeric
    if scope.approximate and floats and numeric and name in ("==", "!="):
        close = operators.builtin(elaborator, "close", (left, right), span, scope)
        return close if name == "==" else operators.builtin(elaborator, "not", (close,), span, scope)
    for core in (left, right):
        if isinstance(core.type.element, RecordElement):
            found = f"`{write_type(core.type, ranges=False)}`"
            elaborator.fail(TypeMismatch(span=core.span, where=f"`{name}`", expected="values with an order or equality",
                                         found=found, advice="compare the fields"))  # fmt: skip
    return operators.builtin(elaborator, name, (left, right), span, scope)


def membership(
    elaborator: Elaborator, left: Core, right: Core | None, at: ast.Expression, span: Span, scope: Scope
) -> Core:
    """`x in low..high`, `x in list`, `text in text`."""
    if right is None:
        if not isinstance(at, ast.Range):
            raise AbandonError
        low, high = elaborator.all_of((at.low, at.high), scope)
        links = (
            comparison(elaborator, "<=", low, left, span, scope),
            comparison(elaborator, "<=", left, high, span, scope),
        )
        return operators.kleene(elaborator, "and", links, span)
    own = [axis for axis in right.type.axes if axis not in left.type.axes and axis not in scope.ambient]
    if not own and left.type.element == TEXT and right.type.element == TEXT:
        return operators.builtin(elaborator, "contains", (right, left), span, scope)
    if len(own) != 1:
        text = "`in` looks in a range, a text, or a list with one axis of its own"
        elaborator.fail(WrongArguments(span=span, text=text))
    equal = comparison(elaborator, "==", left, right, span, scope)
    builtin = next(b for b in overloads("any"))
    given = applying.Given(operands=[(builtin.parameters[0], equal)], over={0: (own[0].name,)})
    return applying.apply(elaborator, builtin, given, span, scope.ambient, "in")


def narrow(elaborator: Elaborator, condition: Core, scope: Scope, *, holds: bool) -> Scope:
    """The scope in which the condition is known to hold (or to fail): names proved present are so there."""
    proved: set[str] = set()
    _proved(condition, proved, holds=holds)
    inner = scope.inside()
    for binding in scope.bindings():
        if binding.core is not None and binding.core.key in proved and binding.name not in inner.names:
            # The condition has already used the name.
            inner.bind(binding.name, elaborator.assume(binding.core), binding.span)
    return inner


def _proved(condition: Core, proved: set[str], *, holds: bool) -> None:
    match condition:
        case Present(of=of) if holds:
            proved.add(of.key)
        case Logic(operator=operator, operands=operands) if (operator == "and") == holds:
            for operand in operands:
                _proved(operand, proved, holds=holds)
        case Apply(builtin=builtin, operands=(operand,)) if builtin.name == "not":
            _proved(operand, proved, holds=not holds)
        case _:
            pass
