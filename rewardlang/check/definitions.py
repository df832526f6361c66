"""What modules define: params, memories, records' fields, defs and rewards (inlined where they are called), models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rewardlang.check.annotations import (
    as_components,
    check_missing,
    check_range,
    conform,
    default_for,
    join_elements,
    resolve_type,
)
from rewardlang.check.applying import placed
from rewardlang.check.bodies import elaborate_body
from rewardlang.check.core import (
    Constant,
    Core,
    MemoryValue,
    Project,
    Strict,
    Symbol,
    Tree,
)
from rewardlang.check.errors import (
    AxisMismatch,
    PossiblyMissing,
    RangeNotProved,
    TypeMismatch,
    WrongArguments,
)
from rewardlang.check.scope import AbandonError, Scope
from rewardlang.check.warnings import UnloggedLabels
from rewardlang.diagnostics.suggest import suggest
from rewardlang.syntax.formatter import print_type
from rewardlang.types import BOOL, FLOAT, INT, Axis, Type, write_type
from rewardlang.types.declared import MemorySpec, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.check.elaborate import Elaborator
    from rewardlang.check.modules import Module
    from rewardlang.source import Span
    from rewardlang.syntax import ast
    from rewardlang.types import RecordElement


def param(elaborator: Elaborator, module: Module, declaration: ast.Param) -> ParamSpec:
    """The type and default of a `param`."""
    type_ = resolve_type(elaborator, module, declaration.type, lambda name: name)
    if not type_.element.numeric or type_.axes or type_.optional:
        found = f"`{write_type(type_)}`"
        elaborator.fail(
            TypeMismatch(span=declaration.type.span, where="a `param`", expected="a bool, int or float", found=found)
        )
    core = elaborator.expression(declaration.default, Scope(module))
    if not isinstance(core, Constant) or isinstance(core.value, str):
        text = f"the default of `{declaration.name}` must be a constant number"
        elaborator.fail(WrongArguments(span=declaration.default.span, text=text))
        raise AbandonError
    if join_elements(core.type.element, type_.element) != type_.element:
        expected, found = f"`{type_.element}`", f"`{core.type.element}`"
        elaborator.fail(TypeMismatch(span=core.span, where=f"`{declaration.name}`", expected=expected, found=found))
    if core.value not in type_.interval:
        what = f"the default of `{declaration.name}`"
        found = str(core.type.interval)
        elaborator.fail(RangeNotProved(span=core.span, what=what, found=found, needed=str(type_.interval)))
    value = float(core.value) if type_.element == FLOAT else core.value
    return ParamSpec(declaration.name, type_, value)


def memory(elaborator: Elaborator, module: Module, declaration: ast.Memory) -> MemorySpec:
    """The type and shape of a `memory`."""
    type_ = resolve_type(elaborator, module, declaration.type, lambda name: f"memory:{declaration.name}:{name}")
    if type_.element.host_only or any(axis.name != "dim" for axis in type_.axes) or type_.optional:
        found = f"`{write_type(type_)}`"
        expected = "numbers, vecs, points or boxes"
        elaborator.fail(TypeMismatch(span=declaration.type.span, where="a `memory`", expected=expected, found=found))
    capacity = initial = None
    if declaration.capacity is not None:
        capacity = elaborator.number(module, declaration.capacity)
        if not isinstance(capacity, int) or capacity < 1:
            text = "the capacity of a memory is a whole number of at least 1"
            elaborator.fail(WrongArguments(span=declaration.capacity.span, text=text))
    if declaration.initial is not None:
        initial = float(elaborator.number(module, declaration.initial))
    if (capacity is None) == (initial is None):
        text = f"`{declaration.name}` needs either a first value, `= 0`, or a `capacity`"
        elaborator.fail(WrongArguments(span=declaration.span, text=text))
    return MemorySpec(declaration.name, type_, capacity, initial, declaration.per_sample, declaration.reset)


def memory_value(elaborator: Elaborator, module: Module, declaration: ast.Memory, span: Span) -> Core:
    """What a memory held before the call: one value, or the list of what it remembers."""
    spec = memory(elaborator, module, declaration)
    type_ = spec.type
    if spec.capacity is not None:
        axis = Axis(f"memory:{declaration.name}", declaration.name, (), 0, spec.capacity)
        type_ = type_.over(*type_.axes, axis)
    type_ = replace(type_, traced=f"the memory `{declaration.name}`")
    return MemoryValue(type=type_, span=span, name=declaration.name)


def project(elaborator: Elaborator, of: Core, element: RecordElement, name: str, span: Span) -> Core:
    """A field of a record: over the record's axes, and its own where it is a list."""
    field = element.field(name)
    if field is None:
        known = [item.name for item in element.fields]
        close = suggest(name, known)
        advice = f"did you mean `{close}`?" if close else f"its fields are {', '.join(f'`{k}`' for k in known)}"
        elaborator.fail(WrongArguments(span=span, text=f"a `{element}` has no field `{name}`", advice=advice))
        raise AbandonError
    type_ = replace(field.type, traced=of.type.traced)
    core = Project(type=type_, span=span, of=of, name=name)
    own = tuple(
        axis if axis.name == "dim" else replace(axis, identity=f"field:{core.key}:{axis.name}", parents=of.type.axes)
        for axis in type_.axes
    )
    levels = set(of.type.missing)
    if field.type.optional:
        levels.add(frozenset(of.type.axes))
    return replace(core, type=replace(type_, axes=(*of.type.axes, *own), missing=frozenset(levels)))


# --- calls -----------------------------------------------------------------------------------------------------------


@dataclass
class Bound:
    """An argument as the body sees it, and whether a missing one makes the result missing."""

    field: ast.Field
    core: Core
    guard: Core | None
    ambient: tuple[Axis, ...]
    variables: dict[Axis, str]


def call(
    elaborator: Elaborator, module: Module, declaration: ast.Def | ast.Reward, expression: ast.Call, scope: Scope
) -> Core:
    """A call of a def or reward, inlined."""
    arguments = match_arguments(elaborator, declaration, expression)
    cores: list[Core] = []
    failed = False
    for field, argument in zip(declaration.fields, arguments, strict=True):
        try:
            cores.append(given_argument(elaborator, module, field, argument, scope, expression))
        except AbandonError:
            failed = True
    if failed:
        raise AbandonError
    result = inline(elaborator, module, declaration, tuple(cores), expression.span, tree=scope.tree)
    tree = result.of if isinstance(result, Strict) else result
    if isinstance(tree, Tree) and tree.kind != "choose" and not (scope.tree or scope.approximate):
        elaborator.sink.report(UnloggedLabels(span=expression.span))
    return result


def given_argument(
    elaborator: Elaborator, module: Module, field: ast.Field, argument: ast.Argument | None, scope: Scope,
    call_: ast.Call,
) -> Core:  # fmt: skip
    """What a field is given: the argument of the call, else its default."""
    if argument is not None:
        return elaborator.expression(argument.value, scope.inside(tree=False))
    if field.default is not None:
        return elaborator.expression(field.default, Scope(module))
    text = f"`{call_.function.name}` needs the argument `{field.name}`"
    elaborator.fail(WrongArguments(span=call_.span, text=text))
    raise AbandonError


def match_arguments(
    elaborator: Elaborator, declaration: ast.Def | ast.Reward | ast.Model, expression: ast.Call
) -> list[ast.Argument | None]:
    """The argument of each field, None where its default counts."""
    fields = list(declaration.fields)
    shape = ", ".join(f"{field.name}: {print_type(field.type)}" for field in fields)
    written = f"{declaration.name}({shape})"
    found: list[ast.Argument | None] = [None] * len(fields)
    place = 0
    for argument in expression.arguments:
        if argument.over:
            text = f"`{declaration.name}` is no builtin: `over` has nothing to remove"
            elaborator.fail(WrongArguments(span=argument.span, text=text, signature=written))
        if argument.name is None:
            if place >= len(fields):
                text = f"`{declaration.name}` takes {len(fields)} arguments"
                elaborator.fail(WrongArguments(span=argument.span, text=text, signature=written))
            at = place
            place += 1
        else:
            names = [field.name for field in fields]
            if argument.name not in names:
                close = suggest(argument.name, names)
                text = f"`{declaration.name}` has no argument `{argument.name}`"
                advice = f"did you mean `{close}`?" if close else None
                elaborator.fail(WrongArguments(span=argument.span, text=text, signature=written, advice=advice))
            at = names.index(argument.name)
        if found[at] is not None:
            text = f"`{declaration.name}` is given `{fields[at].name}` twice"
            elaborator.fail(WrongArguments(span=argument.span, text=text, signature=written))
        found[at] = argument
    return found


def inline(
    elaborator: Elaborator, module: Module, declaration: ast.Def | ast.Reward, cores: Sequence[Core], span: Span, *,
    tree: bool = False,
) -> Core:  # fmt: skip
    """The body of a def or reward with these arguments in place of its fields."""
    bound = [_bind(elaborator, module, field, core) for field, core in zip(declaration.fields, cores, strict=True)]
    ambient = frozenset(axis for item in bound for axis in item.ambient)
    _check_bound(elaborator, declaration, bound, ambient)
    if id(declaration) in elaborator.faulty:
        raise AbandonError
    result = _restore_names(_body(elaborator, module, declaration, bound, ambient, span, tree=tree), cores)
    guards = tuple(item.guard for item in bound if item.guard is not None)
    for item in bound:
        _check_guard(elaborator, item, result, declaration.name)
    if guards:
        missing = result.type.missing.union(*(guard.type.missing for guard in guards))
        result = Strict(type=replace(result.type, missing=missing), span=span, of=result, guards=guards)
    elif not isinstance(result, Tree):
        result = replace(result, span=span)
    return result


def _body(
    elaborator: Elaborator, module: Module, declaration: ast.Def | ast.Reward, bound: list[Bound],
    ambient: frozenset[Axis], span: Span, *, tree: bool,
) -> Core:  # fmt: skip
    """What the body is for these arguments, found once for equal ones: calls in calls would multiply."""
    given = tuple((item.core.key, item.core.type, tuple(axis.name for axis in item.core.type.axes)) for item in bound)
    call_ = (id(declaration), given, ambient, tree)
    if call_ not in elaborator.inlined:
        inner = Scope(module, ambient=ambient, tree=tree)
        for item in bound:
            inner.bind(item.field.name, item.core, item.field.span).used = True
        with elaborator.progress(declaration, declaration.name, span), elaborator.called_at(span, declaration.name):
            body = elaborate_body(elaborator, declaration.body, inner, quiet=True)
            elaborator.inlined[call_] = _promise(elaborator, module, declaration, body)
    return elaborator.inlined[call_]


def _promise(elaborator: Elaborator, module: Module, declaration: ast.Def | ast.Reward, body: Core) -> Core:
    """The body, held to the declared result. Ranges were proved for all arguments when the definition was checked."""
    if declaration.result is None:
        return body
    wanted = result_type(elaborator, module, declaration)
    body = as_components(body, wanted)
    type_ = body.type
    if wanted.range is not None and type_.range is not None:
        type_ = type_.within(type_.interval.meet(wanted.interval))
    names = [axis for axis in wanted.axes if axis.name != "dim"]
    # Axes of the caller's lists come first, those that the body made last.
    made = [axis for axis in type_.axes if axis.name != "dim"][-len(names) :] if names else []
    for axis, target in zip(made, names, strict=False):
        type_ = replace(type_, axes=tuple(a.named(target.name) if a == axis else a for a in type_.axes))
    return replace(body, type=type_)


def _bind(elaborator: Elaborator, module: Module, field: ast.Field, core: Core) -> Bound:
    """Fit an argument to a field: its missing value guarded, its axes bound to the field's axis variables."""
    wanted = resolve_type(elaborator, module, field.type, lambda name: f"variable:{name}", any_size=True)
    what = f"the argument `{field.name}`"
    core = literal_as(elaborator, core, wanted)
    if join_elements(core.type.element, wanted.element) != wanted.element:
        expected = f"`{write_type(wanted, ranges=False)}`"
        found = f"`{write_type(core.type, ranges=False)}`"
        elaborator.fail(TypeMismatch(span=core.span, where=what, expected=expected, found=found))
    if wanted.range is not None and wanted.element != INT:
        check_range(elaborator, core, wanted.interval, what)
    guard = core if core.type.optional and not wanted.optional else None
    inner = elaborator.assume(core) if guard is not None else core
    names = [axis for axis in wanted.axes if axis.name != "dim"]
    axes = bind_axes(elaborator, core, names, what)
    renamed = dict(zip(axes, names, strict=True))
    type_ = inner.type
    ambient = tuple(axis for axis in type_.axes if axis.name != "dim" and axis not in renamed)
    new = {axis: axis.named(renamed[axis].name) for axis in axes} | {a: a.named(f"{a.name}′") for a in ambient}
    type_ = replace(type_, axes=tuple(new.get(axis, axis) for axis in type_.axes))
    if guard is not None and any(set(renamed) & level for level in guard.type.missing):
        text = f"entries of {what} may be missing, but a `{write_type(wanted, ranges=False)}` is taken"
        advice = f"say what then counts: `{elaborator.brief(core)} ?? {default_for(core.type)}`"
        causes = elaborator.missing_causes(core)
        elaborator.fail(PossiblyMissing(span=core.span, text=text, causes=causes, advice=advice))
    variables = {axis: target.name for axis, target in renamed.items()}
    return Bound(field, replace(inner, type=type_), guard, ambient, variables)


def literal_as(elaborator: Elaborator, core: Core, wanted: Type) -> Core:
    """A list literal as the point, box or vec that is wanted."""
    made, lists = as_components(core, wanted), any(axis.name != "dim" for axis in wanted.axes)
    return made if made is not core or lists else placed(elaborator, core, (wanted.element,))


def _check_bound(
    elaborator: Elaborator, declaration: ast.Def | ast.Reward, bound: list[Bound], ambient: frozenset[Axis]
) -> None:
    """Refuse one list in two roles: its entries would meet by position where the body makes all pairs."""
    variables: dict[Axis, str] = {}
    for item in bound:
        for axis, name in item.variables.items():
            if axis in ambient or variables.setdefault(axis, name) != name:
                text = f"`{declaration.name}` is given one list in two roles, along `{axis}`"
                advice = f"make it another list: `rename({elaborator.brief(item.core)}, {axis}: other)`"
                elaborator.fail(AxisMismatch(span=item.core.span, text=text, advice=advice))


def _check_guard(elaborator: Elaborator, item: Bound, result: Core, name: str) -> None:
    """Refuse a result that would be missing along an axis that it does not have."""
    guard = item.guard
    lost = [a for level in guard.type.missing for a in level if a not in result.type.axes] if guard is not None else []
    if guard is not None and lost:
        text = f"`{item.field.name}` may be missing along `{lost[0]}`, but the result of `{name}` does not run along it"
        advice = f"say what then counts: `{elaborator.brief(guard)} ?? …`"
        elaborator.fail(AxisMismatch(span=guard.span, text=text, advice=advice))


def bind_axes(elaborator: Elaborator, core: Core, names: list[Axis], what: str) -> list[Axis]:
    """The axes of an argument that stand for the axes of a field: those of its names, else the innermost lists."""
    axes = [axis for axis in core.type.axes if axis.name != "dim"]
    if not names:
        return []
    by_name = [axis for name in names for axis in axes if axis.name == name.name]
    if len(by_name) == len(names):
        return by_name
    parents = {parent for axis in axes for parent in axis.parents}
    leaves = [axis for axis in axes if axis not in parents]
    if len(leaves) != len(names):
        need = f"a list over {', '.join(f'`{n}`' for n in names)}"
        text = f"{what} takes {need}, not `{write_type(core.type, ranges=False)}`"
        elaborator.fail(AxisMismatch(span=core.span, text=text))
    return leaves


def _restore_names(result: Core, cores: Sequence[Core]) -> Core:
    """Give the caller's axes the names that the caller knows."""
    names = {axis: axis for core in cores for axis in core.type.axes}
    axes = tuple(names.get(axis, axis) for axis in result.type.axes)
    return replace(result, type=replace(result.type, axes=axes))


def result_type(elaborator: Elaborator, module: Module, declaration: ast.Def | ast.Reward) -> Type:
    """The declared result of a def or reward."""
    assert declaration.result is not None  # noqa: S101 - the callers looked
    return resolve_type(elaborator, module, declaration.result, lambda name: f"result:{declaration.name}:{name}")


def check_definition(elaborator: Elaborator, module: Module, declaration: ast.Def) -> None:
    """Check a def by itself, for all arguments that its fields admit."""
    scope = Scope(module, tree=True)
    for field in declaration.fields:
        type_ = resolve_type(
            elaborator, module, field.type, lambda name: f"field:{declaration.name}:{name}", any_size=True
        )
        core = Symbol(type=type_, span=field.span, name=field.name)
        if field.default is not None:
            default = elaborator.expression(field.default, Scope(module))
            conform(elaborator, default, type_, f"the default of `{field.name}`")
        scope.bind(field.name, core, field.span)
    with elaborator.progress(declaration, declaration.name, declaration.span):
        body = elaborate_body(elaborator, declaration.body, scope)
    if declaration.result is None:
        return
    wanted = result_type(elaborator, module, declaration)
    what = f"the result of `{declaration.name}`"
    if wanted.element == BOOL and body.type.element != BOOL:
        elaborator.need_bool(body, what)
    check_missing(elaborator, body, wanted, what)
    conform(elaborator, body, wanted, what)
