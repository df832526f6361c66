"""The constant that a default is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.check.core import Apply, Constant, ListOf
from rewardlang.diagnostics import CallError, InternalError

if TYPE_CHECKING:
    from rewardlang.check.core import Core


def constant_value(core: Core) -> Any:
    """The value of a Core that is made of constants alone: a literal, a list, a box."""
    match core:
        case Constant(value=value):
            return value
        case ListOf(items=items):
            return [constant_value(item) for item in items]
        case Apply(builtin=builtin, options=options) if builtin.unbound(dict(options)):
            raise CallError(f"a default cannot depend on what the caller gives for a name: {core.span.text}")
        case Apply(builtin=builtin, operands=operands, options=options):
            return builtin.one(*(constant_value(operand) for operand in operands), **dict(options))
    raise InternalError(f"a default that is no constant: {core.span.text}")
