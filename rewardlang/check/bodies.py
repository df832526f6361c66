"""Bodies: statements and a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewardlang.check.annotations import conform, resolve_type
from rewardlang.check.core import RememberCore
from rewardlang.check.errors import TypeMismatch
from rewardlang.check.name_errors import DuplicateName, UnknownName
from rewardlang.check.scope import AbandonError
from rewardlang.check.warnings import UnusedLet
from rewardlang.diagnostics.suggest import suggest
from rewardlang.syntax import ast

if TYPE_CHECKING:
    from rewardlang.check.core import Core
    from rewardlang.check.elaborate import Elaborator
    from rewardlang.check.scope import Scope


def elaborate_body(
    elaborator: Elaborator,
    body: ast.Body,
    scope: Scope,
    *,
    quiet: bool = False,
    remembers: list[RememberCore] | None = None,
) -> Core:
    """The value of a body; its lets are left bound in `scope`. `quiet` bodies were checked before: no warnings."""
    from rewardlang.check.scope import Binding

    lets: list[Binding] = []
    for statement in body.statements:
        if isinstance(statement, ast.Remember):
            _remember(elaborator, statement, scope, remembers)
            continue
        if statement.name in scope.names:
            elaborator.sink.report(DuplicateName(span=statement.span, name=statement.name))
        try:
            core: Core | None = _let(elaborator, statement, scope)
        except AbandonError:
            core = None
        lets.append(scope.bind(statement.name, core, statement.span))
    result = elaborator.expression(body.result, scope)
    if not quiet:
        for binding in lets:
            if not binding.used:
                elaborator.sink.report(UnusedLet(span=binding.span, name=binding.name))
    return result


def _let(elaborator: Elaborator, statement: ast.Let, scope: Scope) -> Core:
    core = elaborator.expression(statement.value, scope.inside(tree=False))
    if statement.type is None:
        return core
    wanted = resolve_type(elaborator, scope.module, statement.type, lambda name: f"let:{name}")
    return conform(elaborator, core, wanted, f"`{statement.name}`")


def _remember(
    elaborator: Elaborator, statement: ast.Remember, scope: Scope, remembers: list[RememberCore] | None
) -> None:
    from rewardlang.check import definitions

    found = scope.module.names.get(statement.name)
    if found is None or not isinstance(found[1], ast.Memory):
        memories = [k for k, (_, d) in scope.module.names.items() if isinstance(d, ast.Memory)]
        close = suggest(statement.name, memories)
        fault = UnknownName(span=statement.span, name=statement.name, what="memory", suggestion=close)
        elaborator.unknown(fault, scope.module)
        return
    try:
        spec = definitions.memory(elaborator, found[0], found[1])
        value = elaborator.expression(statement.value, scope.inside(tree=False))
        value = conform(elaborator, value, spec.type, f"what `{statement.name}` remembers")
        when = None
        if statement.when is not None:
            when = elaborator.expression(statement.when, scope.inside(tree=False))
            elaborator.need_bool(when, "the condition of `remember`")
            elaborator.need_present(when, "the condition of `remember`", "false")
    except AbandonError:
        return
    if remembers is not None:
        remembers.append(RememberCore(statement.name, value, when))
    elif not elaborator.forgets:
        elaborator.sink.report(
            TypeMismatch(
                span=statement.span, where="a def", expected="lets alone", found="`remember`, which a reward may use"
            )
        )
