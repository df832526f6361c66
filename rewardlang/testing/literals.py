"""Values as the language writes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rewardlang.syntax.quoting import quote, write_number
from rewardlang.types import JSON, RecordElement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.types import Type

MISSING = "missing"
"""Stands for a missing value, which has no literal."""


def write_call(name: str, values: Mapping[str, Any], types: Mapping[str, Type]) -> str:
    """The call of a property with the arguments of one sample."""
    return f"{name}({', '.join(f'{key}: {write(value, types[key])}' for key, value in values.items())})"


def write(value: Any, type_: Type) -> str:
    """A value of a type: numbers, texts and lists as literals, records and JSON as JSON."""
    if value is None:
        return MISSING
    if type_.element == JSON or isinstance(type_.element, RecordElement):
        return json.dumps(value, ensure_ascii=False)
    return _literal(value)


def _literal(value: Any) -> str:
    match value:
        case None:
            return MISSING
        case bool():
            return "true" if value else "false"
        case str():
            return quote(value)
        case list() | tuple():
            return f"[{', '.join(map(_literal, value))}]"
    number = int(value) if isinstance(value, float) and value.is_integer() else value
    return f"-{write_number(-number)}" if number < 0 else write_number(number)
