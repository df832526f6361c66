"""Expressions: from syntax to typed Core."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rewardlang.check import blocks, definitions, model_calls, operators, special
from rewardlang.check.annotations import join_elements, missing_entry, resolve_record
from rewardlang.check.calls import call_builtin
from rewardlang.check.choices import coalesce, select
from rewardlang.check.core import Apply, Assume, Constant, Core, ListOf, ParamValue, Present
from rewardlang.check.errors import AxisMismatch, NotConstant, PossiblyMissing, TypeMismatch, WrongArguments
from rewardlang.check.evidence import brief, missing_causes, widest_entry
from rewardlang.check.modules import home_of
from rewardlang.check.name_errors import DuplicateName, RecursiveDefinition, UnknownName
from rewardlang.check.scope import AbandonError, Scope
from rewardlang.diagnostics import Label, Severity, Sink
from rewardlang.diagnostics.suggest import suggest
from rewardlang.facts import point
from rewardlang.ops.registry import BUILTINS, overloads
from rewardlang.syntax import ast
from rewardlang.types import (
    BOOL,
    BOX,
    FLOAT,
    INT,
    JSON,
    POINT,
    TEXT,
    Axis,
    AxisClashError,
    RecordElement,
    Type,
    broadcast,
    write_type,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from rewardlang.check.modules import Module, Named
    from rewardlang.diagnostics import Diagnostic
    from rewardlang.facts import Interval
    from rewardlang.source import Span


class Elaborator:
    """Turns expressions into Core. Faults go to the sink; a faulty expression raises `AbandonError`."""

    def __init__(self, sink: Sink, consts: dict[str, Any] | None = None) -> None:
        self.sink = sink
        self.overrides = dict(consts or {})
        self.records: dict[int, RecordElement] = {}
        self.records_in_progress: list[ast.Record] = []
        self.consts: dict[int, bool | int | float | str] = {}
        self.params: dict[str, ast.Param] = {}
        self.in_progress: list[tuple[object, str]] = []
        self.faulty: set[int] = set()
        self.shared: frozenset[Axis] = frozenset()
        """The axes that several fields of the reward in hand have."""
        self.inlined: dict[Hashable, Core] = {}
        """The bodies of the reward in hand's calls, by the definition and the arguments."""
        self.forgets = False
        """In examples and properties, which see memories as they are before any call: what rewards write is gone."""
        self.types: dict[int, Type] = {}
        self.references: dict[int, ast.Node] = {}

    # --- reporting ---

    def fail(self, diagnostic: Diagnostic) -> None:
        """Report, and give the expression up."""
        self.sink.report(diagnostic)
        raise AbandonError

    def unknown(self, fault: UnknownName, module: Module) -> AbandonError:
        """Report a name that nothing declares, unless its declaration has a fault itself; to be raised."""
        if fault.name not in module.faulty:
            self.sink.report(fault)
        return AbandonError()

    @contextmanager
    def called_at(self, span: Span, name: str) -> Iterator[None]:
        """Faults found inside an inlined body also say which call led there."""
        outer, self.sink = self.sink, Sink()
        try:
            yield
        finally:
            inner, self.sink = self.sink, outer
            for fault in inner.diagnostics:
                if fault.severity is not Severity.ERROR:
                    # The definition's own check has warned already, for all arguments.
                    continue
                label = Label(span, f"in this call of `{name}`")
                self.sink.report(replace(fault, causes=(*fault.causes, label)))

    brief = staticmethod(brief)
    missing_causes = staticmethod(missing_causes)
    widest_entry = staticmethod(widest_entry)

    # --- what modules declare ---

    def record(self, module: Module, declaration: Named) -> RecordElement:
        """The element of a declared record."""
        assert isinstance(declaration, ast.Record)  # noqa: S101 - the callers looked
        if id(declaration) not in self.records:
            self.records[id(declaration)] = resolve_record(self, module, declaration)
        return self.records[id(declaration)]

    def constant(self, module: Module, declaration: ast.Const) -> bool | int | float | str:
        """The value of a `const`, or what the caller overrides it with."""
        if id(declaration) not in self.consts:
            with self.progress(declaration, declaration.name, declaration.span):
                core = self.expression(declaration.value, Scope(module))
            if not isinstance(core, Constant):
                self.fail(NotConstant(span=core.span, what=f"`{declaration.name}`"))
                raise AbandonError
            self.consts[id(declaration)] = self.overrides.get(declaration.name, core.value)
        return self.consts[id(declaration)]

    def constant_named(self, module: Module, name: str) -> bool | int | float | str | None:
        """The value of the `const` of that name, if there is one."""
        found = module.names.get(name)
        return self.constant(found[0], found[1]) if found and isinstance(found[1], ast.Const) else None

    @contextmanager
    def progress(self, declaration: object, name: str, span: Span) -> Iterator[None]:
        """Guards against definitions that lead back to themselves; others may have their name, in another module."""
        under_way = [known is declaration for known, _ in self.in_progress]
        if any(under_way):
            path = " -> ".join((*(called for _, called in self.in_progress[under_way.index(True) :]), name))
            self.fail(RecursiveDefinition(span=span, name=name, path=path))
        self.in_progress.append((declaration, name))
        try:
            yield
        finally:
            self.in_progress.pop()

    def number(self, module: Module, expression: ast.Expression) -> Any:
        """A number known when compiling, for a bound or a capacity."""
        core = self.expression(expression, Scope(module))
        if not isinstance(core, Constant) or isinstance(core.value, str):
            self.fail(NotConstant(span=expression.span, what="this bound"))
            raise AbandonError
        return core.value

    # --- expressions ---

    def expression(self, expression: ast.Expression, scope: Scope) -> Core:
        """The typed form of an expression."""
        core = self._expression(expression, scope)
        self.types.setdefault(id(expression), core.type)
        return core

    def _expression(self, expression: ast.Expression, scope: Scope) -> Core:  # noqa: C901, PLR0912 - one case a kind
        plain = scope.inside(tree=False) if scope.tree else scope
        match expression:
            case ast.Number(value=value) | ast.Text(value=value) | ast.Truth(value=value):
                return self.literal(value, expression.span)
            case ast.Name():
                return self._name(expression, scope)
            case ast.Template():
                return operators.template(self, expression, plain)
            case ast.List():
                return self._list(expression, plain)
            case ast.Unary():
                return operators.unary(self, expression, plain)
            case ast.Binary(operator="??"):
                return coalesce(self, expression, plain)
            case ast.Binary(operator="and" | "or"):
                return operators.logic(self, expression, plain)
            case ast.Binary():
                left, right = self.all_of((expression.left, expression.right), plain)
                return operators.operator(self, expression.operator, (left, right), expression.span, scope)
            case ast.Compare():
                return operators.compare(self, expression, plain)
            case ast.If():
                return select(self, expression, scope)
            case ast.Attribute():
                return self.project(self.expression(expression.of, plain), expression.name, expression.span)
            case ast.Index():
                return special.index(self, expression, plain)
            case ast.Call():
                return self._call(expression, scope)
            case ast.Block():
                return blocks.block(self, expression, scope)
            case _:
                return self.misplaced(expression)

    def misplaced(self, expression: ast.Expression) -> Core:
        """Report a regex or a range where no builtin takes one."""
        what = "a regular expression" if isinstance(expression, ast.Regex) else "a range"
        text = f"{what} can stand only where a builtin takes one"
        self.fail(WrongArguments(span=expression.span, text=text))
        raise AbandonError

    def all_of(self, expressions: tuple[ast.Expression, ...], scope: Scope) -> list[Core]:
        """Elaborate each, so that the faults of all are reported, then give up if one is wrong."""
        cores: list[Core] = []
        failed = False
        for expression in expressions:
            try:
                cores.append(self.expression(expression, scope))
            except AbandonError:
                failed = True
        if failed:
            raise AbandonError
        return cores

    def literal(self, value: bool | float | str, span: Span) -> Constant:  # noqa: FBT001 - a value, not a switch
        """A constant."""
        if isinstance(value, str):
            return Constant(type=Type(TEXT), span=span, value=value)
        whole = isinstance(value, int) and abs(value) < 2**31
        element = BOOL if isinstance(value, bool) else INT if whole else FLOAT
        return Constant(type=Type(element, range=point(value)), span=span, value=value)

    def _name(self, expression: ast.Name, scope: Scope) -> Core:
        binding = scope.find(expression.name)
        if binding is not None:
            binding.used = True
            if binding.core is None:
                raise AbandonError
            return replace(binding.core, span=expression.span)
        found = scope.module.names.get(expression.name)
        if found is None:
            return self._unknown(expression, scope)
        module, declaration = found
        self.references[id(expression)] = declaration
        match declaration:
            case ast.Param():
                if self.params.setdefault(declaration.name, declaration) is not declaration:
                    # A call sets params by name: two of one name would be set together.
                    self.fail(DuplicateName(span=expression.span, name=declaration.name, what="param"))
                spec = definitions.param(self, module, declaration)
                type_ = replace(spec.type, traced=f"the param `{declaration.name}`")
                return ParamValue(type=type_, span=expression.span, name=declaration.name)
            case ast.Const():
                return self.literal(self.constant(module, declaration), expression.span)
            case ast.Memory():
                return definitions.memory_value(self, module, declaration, expression.span)
            case _:
                kind = type(declaration).__name__.lower()
                text = f"`{declaration.name}` is a {kind}, not a value"
                advice = None if kind == "record" else f"call it: `{declaration.name}(…)`"
                self.fail(WrongArguments(span=expression.span, text=text, advice=advice))
                raise AbandonError

    def _unknown(self, expression: ast.Name, scope: Scope) -> Core:
        known = [binding.name for binding in scope.bindings()]
        values = ast.Param | ast.Const | ast.Memory
        known += [name for name, (_, declared) in scope.module.names.items() if isinstance(declared, values)]
        close = suggest(expression.name, known)
        raise self.unknown(UnknownName(span=expression.span, name=expression.name, suggestion=close), scope.module)

    def _list(self, expression: ast.List, scope: Scope) -> Core:
        items = self.all_of(expression.items, scope)
        if not items:
            axis = Axis("list:empty", "item", (), 0, 0)
            return ListOf(type=Type(JSON, (axis,)), span=expression.span, items=(), axis=axis)
        element = items[0].type.element
        for item in items[1:]:
            joined = join_elements(element, item.type.element)
            if joined is None:
                found = f"`{item.type.element}`"
                self.fail(TypeMismatch(span=item.span, where="this list", expected=f"`{element}`", found=found))
            element = joined or element
        axes = self.broadcast(items, expression.span)
        core = ListOf(type=Type(element), span=expression.span, items=tuple(items), axis=Axis("list:new", "item"))
        axis = Axis(f"list:{core.key}", "item", (), len(items), len(items))
        # One missing item is a missing entry of the list: its level gains the list's own axis.
        levels = frozenset(level | {axis} for item in items for level in item.type.missing)
        range_ = hull(items) if element.numeric else None
        traced = next((item.type.traced for item in items if item.type.traced), None)
        return replace(core, axis=axis, type=Type(element, (axis, *axes), levels, range_, traced))

    def broadcast(self, cores: list[Core], span: Span) -> tuple[Axis, ...]:
        """The axes of what is made from these elementwise; a clash of names is reported."""
        try:
            return broadcast(core.type for core in cores)
        except AxisClashError as clash:
            name = clash.left.name
            labels = tuple(
                Label(core.span, f"`{write_type(core.type, ranges=False)}`")
                for core in cores
                if any(axis.name == name for axis in core.type.axes)
            )
            text = f"these are two different lists, although both call their axis `{name}`"
            advice = f"name one of them to make all pairs: `let other: {cores[0].type.element}[other] = …`"
            self.fail(AxisMismatch(span=span, text=text, causes=labels, advice=advice))
            raise AbandonError from None

    def need_bool(self, core: Core, where: str) -> None:
        """Report a value that is no truth value."""
        if core.type.element != BOOL:
            found = f"`{write_type(core.type, ranges=False)}`"
            advice = f"compare it: `{brief(core)} > 0`" if core.type.element.numeric else None
            self.fail(TypeMismatch(span=core.span, where=where, expected="a `bool`", found=found, advice=advice))

    def need_present(self, core: Core, what: str, default: str) -> None:
        """Report a value that may be missing where it decides something."""
        if core.type.optional:
            label, core = missing_entry(core)
            advice = f"say what then counts: `{brief(core)} ?? {default}`"
            text = f"{what} may be missing" if label is None else f"`{label}` may be missing, and with it {what}"
            self.fail(PossiblyMissing(span=core.span, text=text, causes=missing_causes(core), advice=advice))

    def project(self, of: Core, name: str, span: Span) -> Core:
        """A field of a record, a key of a JSON object, a coordinate of a box or point."""
        element = of.type.element
        if isinstance(element, RecordElement):
            return definitions.project(self, of, element, name, span)
        if element == JSON:
            return operators.builtin(self, "member", (of,), span, None, key=name)
        coordinates = {BOX: ("x1", "y1", "x2", "y2"), POINT: ("x", "y")}.get(element, ())
        if name in coordinates:
            return operators.builtin(self, f".{name}", (of,), span, None)
        text = f"`{brief(of)}` is a `{write_type(of.type, ranges=False)}`, which has no field `{name}`"
        advice = f"its fields are {', '.join(f'`{known}`' for known in coordinates)}" if coordinates else None
        self.fail(WrongArguments(span=span, text=text, advice=advice))
        raise AbandonError

    def _call(self, expression: ast.Call, scope: Scope) -> Core:
        name = expression.function.name
        found = scope.module.names.get(name)
        if found is not None:
            self.references[id(expression.function)] = found[1]
            if isinstance(found[1], ast.Def | ast.Reward):
                return definitions.call(self, found[0], found[1], expression, scope)
            if isinstance(found[1], ast.Model):
                return model_calls.call_model(self, found[0], found[1], expression, scope)
        plain = scope.inside(tree=False)
        if name in special.FORMS:
            return special.FORMS[name](self, expression, plain)
        if any(not builtin.internal for builtin in overloads(name)):
            return call_builtin(self, expression, plain)
        functions = [b.name for b in BUILTINS if not b.internal and b.name.isidentifier()]
        callable_ = ast.Def | ast.Reward | ast.Model
        declared = [known for known, (_, d) in scope.module.names.items() if isinstance(d, callable_)]
        close = suggest(name, [*special.FORMS, *declared, *functions])
        span, home = expression.function.span, home_of(name)
        fault = UnknownName(span=span, name=name, what="function", suggestion=close, home=home)
        raise self.unknown(fault, scope.module)

    # --- small Core ---

    def fold(self, core: Apply) -> Core:
        """The constant that an application of constants is, so that `const`s and options can be computed."""
        values = [operand.value for operand in core.operands if isinstance(operand, Constant)]
        folds = core.builtin.folds(dict(core.options))
        lists = core.type.axes or any(core.consumed) or core.across is not None
        foldable = folds and not lists and (core.type.element.numeric or core.type.element == TEXT)
        if len(values) != len(core.operands) or not foldable or not values:
            return core
        value = core.builtin.one(*values, **dict(core.options))
        if value is None:
            return core
        if core.type.element == INT:
            value = int(value)
        folded = self.literal(value, core.span)
        return replace(folded, type=replace(folded.type, element=core.type.element))

    def assume(self, core: Core) -> Core:
        """The value, known to be present."""
        return Assume(type=core.type.present(), span=core.span, of=core) if core.type.optional else core

    def present(self, core: Core, span: Span) -> Core:
        """Whether the value is present, over the axes of its levels."""
        if not core.type.optional:
            return self.literal(value=True, span=span)
        axes = [axis for axis in core.type.axes if any(axis in level for level in core.type.missing)]
        return Present(type=Type(BOOL, tuple(axes), traced=core.type.traced), span=span, of=core)


def hull(items: list[Core]) -> Interval:
    """The interval that holds the values of all."""
    result = items[0].type.interval
    for item in items[1:]:
        result = result.hull(item.type.interval)
    return result
