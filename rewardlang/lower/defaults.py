"""The fields of a graph: those of the checked reward, with the constants that their defaults are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.check.core import Apply, Constant, ListOf
from rewardlang.diagnostics import CallError, InternalError
from rewardlang.types.declared import Field

if TYPE_CHECKING:
    from rewardlang.check.core import Core, InputField


def field_of(field: InputField) -> Field:
    """The field, with its default as a value.

    Raises:
        CallError: the default depends on what the caller gives for a name.
    """
    return Field(field.name, field.type, None if field.default is None else _constant(field.default))


def _constant(core: Core) -> Any:
    """The value of a Core that is made of constants alone: a literal, a list, a box."""
    match core:
        case Constant(value=value):
            return value
        case ListOf(items=items):
            return [_constant(item) for item in items]
        case Apply(builtin=builtin, options=options) if builtin.unbound(dict(options)):
            raise CallError(f"a default cannot depend on what the caller gives for a name: {core.span.text}")
        case Apply(builtin=builtin, operands=operands, options=options):
            return builtin.one(*(_constant(operand) for operand in operands), **dict(options))
    raise InternalError(f"a default that is no constant: {core.span.text}")
