"""Expressions of the syntax tree to meanings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rewardlang.columns.tokenizers import given_tokenizers
from rewardlang.ops.builtin import REQUIRED, Role
from rewardlang.ops.registry import BUILTINS
from rewardlang.syntax import ast
from rewardlang.types import BOOL, BOX, FLOAT, INT, JSON, POINT, TEXT, Axis, Element, RecordElement
from tests.reference import forms, trees
from tests.reference.applied import Arguments, apply, named, overload, places, takes
from tests.reference.meaning import Meaning, Run, Scope, World, as_element, fixed_of, key_of, levels_of
from tests.reference.shapes import read_element, read_shape
from tests.reference.values import (
    HERE,
    Value,
    build,
    choose,
    coalesce,
    constant,
    domain,
    identities,
    leniently,
    merge_lengths,
    strictly,
    union,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.reference.shapes import Shape

NUMERIC = (BOOL, INT, FLOAT)
COORDINATES = {BOX: ("x1", "y1", "x2", "y2"), POINT: ("x", "y")}


def denote(expression: ast.Expression, scope: Scope) -> Meaning:
    """What an expression means in a scope."""
    meaning = _denote(expression, scope)
    known = scope.checked.types.get(id(expression))
    if known is not None and known.element.numeric and meaning.element.numeric:
        # Whether a number is an `int` follows from ranges, which only the checker knows.
        return as_element(meaning, known.element)
    return meaning


def _denote(expression: ast.Expression, scope: Scope) -> Meaning:  # noqa: C901, PLR0912 - one case a kind
    match expression:
        case ast.Number(value=value) | ast.Text(value=value) | ast.Truth(value=value):
            return literal(value)
        case ast.Name():
            return name(expression, scope)
        case ast.Template():
            return template(expression, scope)
        case ast.List():
            return list_of([denote(item, scope) for item in expression.items])
        case ast.Unary(operator="-"):
            return named("negate", denote(expression.operand, scope))
        case ast.Unary():
            return named("not", denote(expression.operand, scope))
        case ast.Binary(operator="??"):
            return default_to(expression, scope)
        case ast.Binary(operator="and" | "or"):
            return kleene(expression.operator, denote(expression.left, scope), denote(expression.right, scope))
        case ast.Binary():
            return named(expression.operator, denote(expression.left, scope), denote(expression.right, scope))
        case ast.Compare():
            return compare(expression, scope)
        case ast.If():
            return trees.tree_of(expression, scope).meaning
        case ast.Attribute():
            return attribute(denote(expression.of, scope), expression.name)
        case ast.Index(at=ast.Text(value=wanted)):
            return named("member", denote(expression.of, scope), key=wanted)
        case ast.Index():
            return index(denote(expression.of, scope), denote(expression.at, scope))
        case ast.Call():
            return call(expression, scope)
        case ast.Block():
            return trees.tree_of(expression, scope).meaning
    raise AssertionError(expression)


def literal(value: bool | float | str) -> Meaning:
    element = TEXT if isinstance(value, str) else BOOL if isinstance(value, bool) else INT
    element = FLOAT if isinstance(value, float) else element
    return Meaning(element, (), key_of("literal", type(value), value), lambda _: constant(value))


def name(expression: ast.Name, scope: Scope) -> Meaning:
    if expression.name in scope.names:
        return scope.names[expression.name]
    module, declaration = scope.module.names[expression.name]
    match declaration:
        case ast.Param():
            element = read_element(declaration.type.element, module)
            return as_element(
                Meaning(
                    element,
                    (),
                    key_of("param", declaration.name),
                    lambda world: constant(world.run.params[declaration.name]),
                ),
                element,
            )
        case ast.Const():
            return literal(const(declaration.name, scope))
    raise NotImplementedError(type(declaration).__name__)


def const(wanted: str, scope: Scope) -> Any:
    """The value of a `const`, the caller's override counting."""
    module, declaration = scope.module.names[wanted]
    assert isinstance(declaration, ast.Const)
    if module is scope.checked.module and wanted in scope.checked.consts:
        return scope.checked.consts[wanted]
    return known(denote(declaration.value, Scope(module, scope.checked)), scope)


def known(meaning: Meaning, scope: Scope) -> Any:
    """The value of an expression that depends on no sample."""
    return meaning.value(World(Run(scope.checked, (), {}, None), 0)).get(HERE)


def shape_of(written: ast.TypeExpression, scope: Scope, identity: Any) -> Shape:
    return read_shape(written, scope.module, lambda wanted: const(wanted, scope), identity)


def combined(function: Any, element: Element, key: int, meanings: Sequence[Meaning], levels: Any = None) -> Meaning:
    """A meaning whose value is made of those of others."""
    found = levels_of(meanings) if levels is None else levels
    axes = union(meaning.axes for meaning in meanings)

    def compute(world: World) -> Value:
        return function(*(meaning.value(world) for meaning in meanings))

    return Meaning(element, axes, key, compute, found, fixed_of(meanings))


def join(left: Element, right: Element) -> Element:
    return max(left, right, key=NUMERIC.index) if left.numeric and right.numeric else left


def select(condition: Meaning, yes: Meaning, no: Meaning) -> Meaning:
    """`if`: elementwise, only the taken branch counts."""
    element = join(yes.element, no.element)
    sides = (as_element(yes, element), as_element(no, element))
    levels = frozenset(level | identities(condition.axes) for level in levels_of(sides))
    key = key_of("if", condition.key, yes.key, no.key)
    return combined(choose, element, key, (condition, *sides), levels)


def default_to(expression: ast.Binary, scope: Scope) -> Meaning:
    value = denote(expression.left, scope)
    if isinstance(expression.right, ast.List) and not expression.right.items:
        levels = frozenset(level for level in value.levels if level)
        return combined(_empty, value.element, key_of("empty", value.key), (value,), levels)
    default = denote(expression.right, scope)
    element = join(value.element, default.element)
    levels = frozenset(a | b for a in value.levels for b in default.levels)
    sides = (as_element(value, element), as_element(default, element))
    return combined(coalesce, element, key_of("??", value.key, default.key), sides, levels)


def _empty(value: Value) -> Value:
    """A missing list becomes an empty one."""
    if not value.lacks.get(frozenset()):
        return value
    return Value(value.axes, {}, {}, {})


def kleene(operator: str, *operands: Meaning) -> Meaning:
    """`and` and `or`: an operand that decides does so whether or not another is missing."""
    decides = operator == "or"

    def one(*entries: bool | None) -> bool | None:
        if decides in entries:
            return decides
        return None if None in entries else not decides

    levels = frozenset({identities(union(m.axes for m in operands))}) if levels_of(operands) else frozenset()
    key = key_of(operator, tuple(m.key for m in operands))
    return combined(lambda *v: leniently(one, *v), BOOL, key, operands, levels)


def compare(expression: ast.Compare, scope: Scope) -> Meaning:
    """A chain holds where all its links do."""
    operands = [None if isinstance(o, ast.Range) else denote(o, scope) for o in expression.operands]
    links = []
    for place, operator in enumerate(expression.operators):
        left, right, at = operands[place], operands[place + 1], expression.operands[place + 1]
        assert left is not None
        if operator == "in":
            links.append(member(left, right, at, scope))
        else:
            assert right is not None
            links.append(compared(operator, left, right, close=scope.close))
    return links[0] if len(links) == 1 else kleene("and", *links)


def compared(operator: str, left: Meaning, right: Meaning, *, close: bool) -> Meaning:
    numbers = left.element.numeric and right.element.numeric
    if not (close and numbers and operator in ("==", "!=")):
        return named(operator, left, right)

    def near(a: float, b: float) -> bool:
        exact = isinstance(a, int) and isinstance(b, int)
        equal = a == b if exact else abs(a - b) <= 1e-6 * max(1.0, abs(a), abs(b))
        return equal is (operator == "==")

    key = key_of("near", operator, left.key, right.key)
    return combined(lambda *values: strictly(near, *values), BOOL, key, (left, right))


def member(left: Meaning, right: Meaning | None, at: ast.Expression, scope: Scope) -> Meaning:
    """`in`: within a range, a part of a text, or equal to an entry of a list."""
    if right is None:
        assert isinstance(at, ast.Range)
        low, high = denote(at.low, scope), denote(at.high, scope)
        return kleene("and", named("<=", low, left), named("<=", left, high))
    own = [axis for axis in right.axes if axis not in left.axes]
    if not own and left.element == TEXT and right.element == TEXT:
        return named("contains", right, left)
    (axis,) = own
    equal = compared("==", left, right, close=scope.close)
    builtin = next(b for b in BUILTINS if b.name == "any" and b.parameters[0].axes)
    equal = replace(equal, axes=tuple(a.named(f"{a.identity}") for a in equal.axes))
    return apply(builtin, Arguments([(builtin.parameters[0], equal)], over={0: (axis.identity,)}))


def list_of(items: Sequence[Meaning]) -> Meaning:
    """A list literal: its items broadcast against each other along a new axis."""
    if not items:
        return Meaning(JSON, (Axis("list:empty", "item", (), 0, 0),), key_of("list"), lambda _: Value())
    element = items[0].element
    for item in items[1:]:
        element = join(element, item.element)
    items = [as_element(item, element) for item in items]
    key = key_of("list", tuple(item.key for item in items))
    axis = Axis(f"list:{key}", "item", (), len(items), len(items))
    axes = union(item.axes for item in items)

    def compute(world: World) -> Value:
        values = [item.value(world) for item in items]
        lengths = {**merge_lengths(values), axis.identity: {HERE: len(values)}}
        points = domain(axes, lengths)
        results = {p | {(axis.identity, i)}: value.get(p) for p in points for i, value in enumerate(values)}
        return build((axis, *axes), results, {}, lengths)

    levels = frozenset(level | {axis.identity} for level in levels_of(items))
    return Meaning(element, (axis, *axes), key, compute, levels, fixed_of(items))


def template(expression: ast.Template, scope: Scope) -> Meaning:
    """The parts, one after the other."""
    text = literal("")
    for place, part in enumerate(expression.parts):
        meaning = literal(part) if isinstance(part, str) else denote(part, scope)
        meaning = meaning if meaning.element == TEXT else named("str", meaning)
        text = meaning if place == 0 else named("+", text, meaning)
    return text


# --- parts of values ------------------------------------------------------------------------------------------------


def attribute(of: Meaning, wanted: str) -> Meaning:
    """A field of a record, a key of a JSON object, a coordinate."""
    if isinstance(of.element, RecordElement):
        return project(of, of.element, wanted)
    if of.element == JSON:
        return named("member", of, key=wanted)
    assert wanted in COORDINATES[of.element]
    return named(f".{wanted}", of)


def project(of: Meaning, record: RecordElement, wanted: str) -> Meaning:
    item = record.field(wanted)
    assert item is not None
    key = key_of("field", of.key, wanted)
    parents = (*of.axes, *(axis for axis in of.fixed.values() if axis is not None))
    own = tuple(Axis(f"field:{key}:{axis.name}", axis.name, parents) for axis in item.type.axes)
    levels = of.levels | ({identities(of.axes)} if item.type.optional else frozenset())

    def compute(world: World) -> Value:
        value = strictly(lambda record: record[wanted], of.value(world))
        for axis in own:
            value = _spread(value, axis)
        return value

    return Meaning(item.type.element, (*of.axes, *own), key, compute, levels, of.fixed)


def _spread(value: Value, axis: Axis) -> Value:
    """Lists as entries become entries along an axis."""
    parents = identities(axis.parents)
    entries = {p | {(axis.identity, i)}: e for p, entry in value.entries.items() for i, e in enumerate(entry)}
    table = {frozenset(x for x in p if x[0] in parents): len(entry) for p, entry in value.entries.items()}
    return Value((*value.axes, axis), entries, value.lacks, {**value.lengths, axis.identity: table})


def index(of: Meaning, at: Meaning) -> Meaning:
    """`x["key"]` and `x[i]`."""
    if at.element == TEXT:
        return named("member_at", of, at)
    lists = [axis for axis in of.axes if axis not in at.axes]
    return named("item" if of.element == JSON and not lists else "at", of, at)


# --- calls ------------------------------------------------------------------------------------------------------------


def call(expression: ast.Call, scope: Scope) -> Meaning:
    wanted = expression.function.name
    if wanted in scope.module.names:
        return trees.tree_of(expression, scope).meaning
    if wanted in forms.FORMS:
        return forms.FORMS[wanted](expression, scope)
    return call_builtin(expression, scope)


def call_builtin(expression: ast.Call, scope: Scope) -> Meaning:  # noqa: C901 - one case a kind of argument
    """A builtin by name: its overload, its options, its operands."""
    positional = [argument for argument in expression.arguments if argument.name is None]
    seen: dict[int, Meaning] = {}

    def operand(argument: ast.Argument) -> Meaning:
        return seen.setdefault(id(argument), denote(argument.value, scope))

    def fits(parameters: Sequence[Any]) -> bool | None:
        """Whether the arguments have the lists that the parameters consume; None where their elements are others."""
        pairs = [(p, a) for p, a in zip(parameters, positional, strict=False) if p.role is Role.VALUE]
        known = [(p, operand(a)) for p, a in pairs if _is_value(a.value, scope)]
        return all(len(o.axes) >= len(p.axes) for p, o in known) if all(takes(p, o) for p, o in known) else None

    over = any(argument.over for argument in expression.arguments)
    builtin = overload(expression.function.name, len(positional), over, fits)
    pairs = list(zip(places(builtin, len(positional)), positional, strict=False))
    given = Arguments()
    by_name = {parameter.name: parameter for parameter in builtin.parameters}
    for argument in expression.arguments:
        if argument.name == "missing" and "missing" not in by_name:
            assert isinstance(argument.value, ast.Name)
            given.missing = argument.value.name
        elif argument.name is not None:
            pairs.append((by_name[argument.name], argument))
    order = [parameter.name for parameter in builtin.parameters]
    for parameter, argument in sorted(pairs, key=lambda pair: order.index(pair[0].name)):
        _give(given, parameter, argument, operand, scope)
    filled = {parameter.name for parameter, _ in pairs}
    for parameter in builtin.parameters:
        if parameter.name not in filled and parameter.default is not REQUIRED:
            if parameter.option:
                given.options[parameter.name] = parameter.default
            elif parameter.default is not None:
                given.operands.append((parameter, literal(parameter.default)))
    return apply(builtin, given)


def _is_value(value: ast.Expression, scope: Scope) -> bool:
    if isinstance(value, ast.Regex | ast.Range):
        return False
    if isinstance(value, ast.Name) and value.name not in scope.names:
        found = scope.module.names.get(value.name)
        return found is not None and not isinstance(found[1], ast.Record)
    return True


def _give(given: Arguments, parameter: Any, argument: ast.Argument, operand: Any, scope: Scope) -> None:
    value = argument.value
    match parameter.role:
        case Role.WORD:
            assert isinstance(value, ast.Name)
            given.options[parameter.name] = value.name
        case Role.REGEX:
            assert isinstance(value, ast.Regex)
            given.options[parameter.name] = (value.pattern, value.flags)
        case Role.RECORD:
            assert isinstance(value, ast.Name)
            given.options[parameter.name] = read_element(value.name, scope.module)
        case Role.CONST:
            given.options[parameter.name] = known(operand(argument), scope)
        case Role.GIVEN:
            given.options[parameter.name] = given_tokenizers(None)[known(operand(argument), scope)]
        case Role.RANGE:
            assert isinstance(value, ast.Range)
            given.operands += [(parameter, denote(value.low, scope)), (parameter, denote(value.high, scope))]
        case _:
            if argument.over:
                given.over[len(given.operands)] = argument.over
            given.operands.append((parameter, operand(argument)))
