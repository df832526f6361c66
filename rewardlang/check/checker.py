"""The checker: from a parsed module to `Checked`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rewardlang.check import definitions
from rewardlang.check.annotations import conform, resolve_type
from rewardlang.check.backends import read_backend
from rewardlang.check.bodies import elaborate_body
from rewardlang.check.checked import Checked
from rewardlang.check.core import (
    CheckedReward,
    Core,
    Input,
    InputField,
    MemoryValue,
    ModelCall,
    ParamValue,
    RememberCore,
)
from rewardlang.check.elaborate import Elaborator
from rewardlang.check.errors import AxisMismatch, WrongArguments
from rewardlang.check.evidence import walk
from rewardlang.check.model_calls import check_result
from rewardlang.check.name_errors import DuplicateName, UnknownName
from rewardlang.check.scope import AbandonError, Scope
from rewardlang.check.warnings import UnusedInput
from rewardlang.syntax import ast
from rewardlang.types import BOOL, FLOAT, TEXT, Axis, Type, write_type
from rewardlang.types.declared import Field, ModelSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.check.modules import Module
    from rewardlang.diagnostics import Sink


def check(
    module: Module, sink: Sink, consts: Mapping[str, Any] | None = None, reward: str | None = None
) -> Checked:  # fmt: skip
    """Check every declaration of a module. Faults go to `sink`; the result holds what is right.

    With the name of a `reward`, other rewards, properties and examples are passed over.
    """
    elaborator = Elaborator(sink, dict(consts or {}))
    _check_overrides(elaborator, module, consts or {})
    params: dict[str, Any] = {}
    values: dict[str, bool | int | float | str] = {}
    for declaration in module.tree.declarations:
        try:
            _check_declaration(elaborator, module, declaration, params, values)
        except AbandonError:
            elaborator.faulty.add(id(declaration))
    rewards = _each(elaborator, module, ast.Reward, reward)
    properties = {} if reward else _each(elaborator, module, ast.Property)
    examples = {} if reward else _each(elaborator, module, ast.Example)
    return Checked(
        module, elaborator.types, elaborator.references, rewards, properties, examples, params, values,
        tuple(sink.diagnostics),
    )  # fmt: skip


def _check_overrides(elaborator: Elaborator, module: Module, consts: Mapping[str, Any]) -> None:
    known = {d.name for d in module.tree.declarations if isinstance(d, ast.Const)}
    for name in consts:
        if name not in known and module.tree.declarations:
            from rewardlang.diagnostics.suggest import suggest

            span = module.tree.declarations[0].span
            close = suggest(name, sorted(known))
            elaborator.sink.report(UnknownName(span=span, name=name, what="const", suggestion=close))


def _check_declaration(
    elaborator: Elaborator, module: Module, declaration: ast.Declaration, params: dict[str, Any], values: dict[str, Any]
) -> None:
    match declaration:
        case ast.Record():
            elaborator.record(module, declaration)
        case ast.Param():
            params[declaration.name] = definitions.param(elaborator, module, declaration)
        case ast.Const():
            values[declaration.name] = elaborator.constant(module, declaration)
        case ast.Memory():
            definitions.memory(elaborator, module, declaration)
        case ast.Model():
            model_spec(elaborator, module, declaration)
        case ast.Def():
            definitions.check_definition(elaborator, module, declaration)
        case _:
            pass


def _each(
    elaborator: Elaborator, module: Module, kind: type[Any], only: str | None = None
) -> dict[str, CheckedReward]:  # fmt: skip
    found: dict[str, CheckedReward] = {}
    for declaration in module.declarations(kind):
        name = declaration.title if isinstance(declaration, ast.Example) else declaration.name  # type: ignore[attr-defined]
        if only is not None and name != only:
            continue
        if name in found and kind is not ast.Reward:
            elaborator.sink.report(DuplicateName(span=declaration.span, name=name, what=kind.__name__.lower()))
        try:
            found[name] = check_reward(elaborator, module, declaration)  # type: ignore[arg-type]
        except AbandonError:
            elaborator.faulty.add(id(declaration))
    return found


def check_reward(
    elaborator: Elaborator, module: Module, declaration: ast.Reward | ast.Property | ast.Example
) -> CheckedReward:
    """A reward, property or example, typed and inlined."""
    reward = isinstance(declaration, ast.Reward)
    scope = Scope(module, approximate=not reward, tree=reward)
    inputs = [] if isinstance(declaration, ast.Example) else _inputs(elaborator, module, declaration.fields, scope)
    remembers: list[RememberCore] = []
    elaborator.inlined = {}
    elaborator.forgets = not reward
    name = declaration.title if isinstance(declaration, ast.Example) else declaration.name
    with elaborator.progress(declaration, name, declaration.span):
        body = elaborate_body(elaborator, declaration.body, scope, remembers=remembers)
    if isinstance(declaration, ast.Reward):
        body = _check_result(elaborator, module, declaration, body)
    else:
        elaborator.need_bool(body, f"`{name}`")
        elaborator.need_present(body, f"`{name}`", "false")
    lets = tuple(
        (binding.name, binding.core)
        for binding in scope.names.values()
        if binding.core is not None and all(field.name != binding.name for field in inputs)
    )
    kind = type(declaration).__name__.lower()
    checked = CheckedReward(name, kind, tuple(inputs), body.type, body, lets, tuple(remembers))
    completed = _complete(elaborator, module, checked, declaration)
    if reward:
        _check_resets(elaborator, completed, scope)
        for field in inputs:
            if not scope.names[field.name].used:
                span = scope.names[field.name].span
                elaborator.sink.report(UnusedInput(span=span, name=field.name, of=name))
    return completed


def _check_resets(elaborator: Elaborator, reward: CheckedReward, scope: Scope) -> None:
    """A memory is reset by a bool field of each reward that uses it."""
    fields = {field.name: field for field in reward.inputs}
    for memory in reward.memories:
        if memory.reset is None:
            continue
        field = fields.get(memory.reset)
        if field is None or field.type.element != BOOL or field.type.axes or field.type.optional:
            found = "it has none" if field is None else f"it is `{write_type(field.type)}`"
            text = f"the memory `{memory.name}` is reset by `{memory.reset}`, a bool field of `{reward.name}`: {found}"
            elaborator.sink.report(WrongArguments(span=reward.body.span, text=text))
        if field is not None:
            scope.names[field.name].used = True


def _inputs(elaborator: Elaborator, module: Module, fields: tuple[ast.Field, ...], scope: Scope) -> list[InputField]:
    types: dict[str, Type] = {}
    for field in fields:
        if field.name in types:
            elaborator.sink.report(DuplicateName(span=field.span, name=field.name, what="field"))
        try:
            types[field.name] = resolve_type(elaborator, module, field.type, lambda name: f"input:{name}")
        except AbandonError:
            scope.bind(field.name, None, field.span).used = True
    shared = _shared_axes(list(types.values()))
    counts = Counter(axis for type_ in types.values() for axis in type_.axes)
    elaborator.shared = frozenset(axis for axis in shared if counts[axis] > 1)
    found: list[InputField] = []
    for field in fields:
        if field.name not in types:
            continue
        type_ = types[field.name]
        # Levels hold the axes too: axes are equal by identity, so the old ones in them still match.
        type_ = replace(type_, axes=tuple(shared.get(axis, axis) for axis in type_.axes))
        try:
            default = _default(elaborator, module, field, type_)
        except AbandonError:
            default = None
        found.append(InputField(field.name, type_, default))
        scope.bind(field.name, Input(type=type_, span=field.span, name=field.name), field.span)
    return found


def _default(elaborator: Elaborator, module: Module, field: ast.Field, type_: Type) -> Core | None:
    if field.default is None:
        return None
    core = definitions.literal_as(elaborator, elaborator.expression(field.default, Scope(module)), type_)
    return conform(elaborator, core, type_, f"the default of `{field.name}`")


def _shared_axes(types: list[Type]) -> dict[Axis, Axis]:
    """Inputs that name one axis share it, with the narrower of their bounds."""
    shared: dict[Axis, Axis] = {}
    for type_ in types:
        for axis in type_.axes:
            if axis.name != "dim":
                known = shared.get(axis, axis)
                most = min((m for m in (known.most, axis.most) if m is not None), default=None)
                shared[axis] = replace(axis, least=max(known.least, axis.least), most=most)
    return shared


def _check_result(elaborator: Elaborator, module: Module, declaration: ast.Reward, body: Core) -> Core:
    what = f"`{declaration.name}`"
    if not body.type.element.numeric:
        conform(elaborator, body, Type(FLOAT), what)
    if len(body.type.axes) > 1:
        names = " and ".join(f"`{axis}`" for axis in body.type.axes)
        text = f"the total of {what} runs along {names}; a total is one number, or runs along one axis"
        elaborator.sink.report(AxisMismatch(span=body.span, text=text, advice="reduce the others: `mean(… over axis)`"))
    if declaration.result is None:
        elaborator.need_present(body, f"the total of {what}", "0")
        return body
    wanted = definitions.result_type(elaborator, module, declaration)
    return conform(elaborator, body, wanted, what)


def _complete(elaborator: Elaborator, module: Module, reward: CheckedReward, declaration: ast.Node) -> CheckedReward:
    """Add what the body uses of params, models and memories."""
    roots = [reward.body, *(core for _, core in reward.lets), *(r.value for r in reward.remembers)]
    roots += [r.when for r in reward.remembers if r.when is not None]
    nodes = {id(node): node for root in roots for node in walk(root)}.values()
    names = {kind: _names(nodes, kind) for kind in (ParamValue, ModelCall, MemoryValue)}
    names[MemoryValue] += [r.memory for r in reward.remembers if r.memory not in names[MemoryValue]]
    params = [definitions.param(elaborator, *known) for known in _visible(module, ast.Param, names[ParamValue])]
    models = [model_spec(elaborator, *known) for known in _visible(module, ast.Model, names[ModelCall])]
    memories = [definitions.memory(elaborator, *known) for known in _visible(module, ast.Memory, names[MemoryValue])]
    return replace(reward, params=tuple(params), models=tuple(models), memories=tuple(memories), span=declaration.span)


def _names(nodes: Any, kind: type[Core]) -> list[str]:
    found: dict[str, None] = {}
    for node in nodes:
        if isinstance(node, kind):
            found[node.model if isinstance(node, ModelCall) else node.name] = None  # type: ignore[attr-defined]
    return sorted(found)


def _visible(module: Module, kind: type[Any], names: list[str]) -> list[tuple[Module, Any]]:
    """Declarations by name, in this module and in those that it imports from."""
    found: dict[str, tuple[Module, Any]] = {}
    seen: set[int] = set()
    stack = [module]
    while stack:
        place = stack.pop(0)
        if id(place) in seen:
            continue
        seen.add(id(place))
        for origin, declaration in place.names.values():
            if isinstance(declaration, kind) and declaration.name in names:
                found.setdefault(declaration.name, (origin, declaration))
            stack.append(origin)
    return [found[name] for name in names]


def model_spec(elaborator: Elaborator, module: Module, declaration: ast.Model) -> ModelSpec:
    """The signature of a model, with its backend as it is written."""
    fields = []
    for field in declaration.fields:
        type_ = resolve_type(elaborator, module, field.type, lambda name: f"model:{declaration.name}:{name}")
        fields.append(Field(field.name, type_))
    result = resolve_type(elaborator, module, declaration.result, lambda name: f"model:{declaration.name}:{name}")
    taken = [field.type for field in fields]
    # What a backend says of its results comes first: it says more.
    backend = read_backend(
        elaborator, module, declaration, taken, result, lambda found: _reply(elaborator, module, found)
    )
    check_result(elaborator, declaration, taken, result)
    return ModelSpec(declaration.name, tuple(fields), result, backend, declaration.span)


def _reply(elaborator: Elaborator, module: Module, declaration: ast.Def) -> CheckedReward:
    """A def that reads the reply of a model, as a reward of the reply."""
    if len(declaration.fields) != 1:
        text = f"a reply is read by a def of one text, but `{declaration.name}` has {len(declaration.fields)} fields"
        elaborator.fail(WrongArguments(span=declaration.span, text=text))
    reply = Input(type=Type(TEXT), span=declaration.span, name="reply")
    body = definitions.inline(elaborator, module, declaration, [reply], declaration.span)
    if not body.type.element.numeric or body.type.axes:
        text = f"a reply is read as a number, but `{declaration.name}` gives `{write_type(body.type, ranges=False)}`"
        elaborator.fail(WrongArguments(span=declaration.span, text=text))
    fields = (InputField("reply", reply.type, None),)
    checked = CheckedReward(declaration.name, "def", fields, body.type, body)
    return _complete(elaborator, module, checked, declaration)
