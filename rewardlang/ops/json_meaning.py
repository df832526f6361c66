"""JSON values in plain Python: what the builtins on JSON mean for one sample.

A value is what `json.loads` gives: dict, list, str, int, float, bool. `None` is missing; a null that is a value of its
own (the text `null` parsed, an entry of a list) is `NULL`, inside a dict or list it is `None`.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

from rewardlang.types import BOOL, BOX, INT, JSON, POINT, TEXT, RecordElement, Type

DEEPEST = 900
"""Deeper nesting is no value: `json.loads` gives up at about 990 levels, less what its caller's stack holds."""
_DIGITS = 4000
_INT32 = 2**31 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")


class Null:
    """JSON's null as a value that is present."""

    def __repr__(self) -> str:
        return "null"


NULL: Final = Null()


def present(value: Any) -> Any:
    """A value out of a container, with `NULL` for null."""
    return NULL if value is None else value


def load(text: str, dialect: str) -> Any:
    """The value of a JSON text; None where it is none."""
    strict: dict[str, Any] = {"parse_constant": _refuse, "parse_int": _integer} if dialect == "strict" else {}
    try:
        value = json.loads(text, object_pairs_hook=_members, **strict)
    except (ValueError, RecursionError):
        return None
    return present(_clean(value)) if _depth(value) <= DEEPEST else None


def _refuse(word: str) -> None:
    raise ValueError(word)


def _integer(digits: str) -> int:
    """An integer of any length: Python's own conversion stops at 4,300 digits."""
    value = 0
    sign, digits = (-1, digits[1:]) if digits.startswith("-") else (1, digits)
    for start in range(0, len(digits), _DIGITS):
        piece = digits[start : start + _DIGITS]
        value = value * 10 ** len(piece) + int(piece)
    return sign * value


def _clean(value: Any) -> Any:
    """U+FFFD for lone surrogates in strings, in place; those in keys are replaced where the object is made."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    waiting = [value]
    while waiting:
        container = waiting.pop()
        if not isinstance(container, dict | list):
            continue
        for place, item in list(container.items() if isinstance(container, dict) else enumerate(container)):
            if isinstance(item, str):
                container[place] = _SURROGATE.sub("\ufffd", item)
            else:
                waiting.append(item)
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {_SURROGATE.sub("\ufffd", key): value for key, value in pairs}


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return depth


def same(a: Any, b: Any, dialect: str) -> bool:
    """Equality: numbers by value, objects unordered; a bool is a number in `python` alone, and NaN in lists NaN."""
    if _is_nan(a):
        return False
    waiting = [(a, b)]
    while waiting:
        left, right = waiting.pop()
        if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
            waiting.extend(zip(left, right, strict=True))
        elif isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
            waiting.extend((left[key], right[key]) for key in left)
        elif isinstance(left, dict | list) or not _same_leaf(left, right, dialect):
            return False
    return True


def _same_leaf(a: Any, b: Any, dialect: str) -> bool:
    if dialect == "strict" and isinstance(a, bool) != isinstance(b, bool):
        return False
    if _is_nan(a):
        return dialect == "python" and _is_nan(b)
    return bool(present(a) == present(b))


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def number(value: Any) -> float | None:
    """The nearest double of a number, where it is finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def vector(value: Any, width: int) -> tuple[float, ...] | None:
    """An array of exactly `width` finite numbers."""
    if not isinstance(value, list) or len(value) != width:
        return None
    numbers = tuple(found for item in value if (found := number(item)) is not None)
    return numbers if len(numbers) == width else None


def decode(value: Any, type_: Type) -> Any:
    """The value as one of the type; None where it is none."""
    element = type_.element
    if type_.axes:
        return _list(value, type_)
    if isinstance(element, RecordElement):
        return record(value, element)
    if element == JSON:
        return None if value is NULL else value
    if element == BOOL:
        return value if isinstance(value, bool) else None
    if element == TEXT:
        return value if isinstance(value, str) else None
    if element in (POINT, BOX):
        return vector(value, element.width)
    found = number(value)
    if found is None or not float(type_.interval.low) <= found <= float(type_.interval.high):
        return None
    if element != INT:
        return found
    return int(found) if found == math.floor(found) and abs(found) <= _INT32 else None


def _list(value: Any, type_: Type) -> list[Any] | None:
    """The entries of an array, cut at the bound of the axis; None where one does not fit, or there are too few."""
    axis = type_.axes[0]
    if not isinstance(value, list) or len(value) < axis.least or axis.size not in (None, len(value)):
        return None
    entry = type_.entry()
    entries = [decode(item, entry) for item in value]
    fits = entry.whole_missing or all(found is not None for found in entries)
    return entries[: axis.most] if fits else None


def record(value: Any, element: RecordElement) -> dict[str, Any] | None:
    """The declared fields of an object; None where a required one is missing or of another type."""
    if not isinstance(value, dict):
        return None
    found = {item.name: decode(value.get(item.name), item.type) for item in element.fields}
    required = (item.name for item in element.fields if not item.type.whole_missing)
    return None if any(found[name] is None for name in required) else found
