"""Hypothesis strategies for the inputs of properties, made from their types and from what the spec says."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from rewardlang.testing.hints import Hints
from rewardlang.types import BOOL, BOX, FLOAT, IMAGE, INT, JSON, POINT, TEXT, Axis, RecordElement, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hypothesis.strategies import SearchStrategy

_INT32 = 2**31 - 1
_WIDE = 1e6
"""Numbers without bounds lie within this: beyond it, single precision leaves less than a digit after the point."""
_MORE = 4
"""A list has at most so many entries more than it must have."""
IMAGES = tuple(
    f"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42m{end}"
    for end in (
        "NgAAAAAgAB5Sfe/AAAAABJRU5ErkJggg==",
        "NoAAAAggCB2kUIOwAAAABJRU5ErkJggg==",
        "P4DwABAQEAHLCMmQAAAABJRU5ErkJggg==",
    )
)
"""A black, a grey and a white pixel."""
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
_PIECES = 4


def arguments(inputs: Mapping[str, Type], hints: Hints) -> SearchStrategy[dict[str, Any]]:
    """Values for all inputs of one sample; inputs that share an axis have lists of one length."""
    axes = {axis: None for type_ in inputs.values() for axis in type_.axes if axis.name != "dim"}
    lengths = st.fixed_dictionaries({axis: _length(axis) for axis in axes})

    def values(drawn: dict[Axis, int]) -> SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries({name: _value(type_, hints, drawn) for name, type_ in inputs.items()})

    return lengths.flatmap(values) if axes else values({})


def strategy_for(type_: Type, hints: Hints | None = None) -> SearchStrategy[Any]:
    """Values of a type, as the caller of a reward passes them for one sample."""
    return arguments({"value": type_}, hints or Hints()).map(lambda drawn: drawn["value"])


def _length(axis: Axis) -> SearchStrategy[int]:
    most = axis.least + _MORE
    return st.integers(axis.least, most if axis.most is None else min(axis.most, most))


def _value(type_: Type, hints: Hints, lengths: Mapping[Axis, int]) -> SearchStrategy[Any]:
    lists = [axis for axis in type_.axes if axis.name != "dim"]
    value = _entry(type_, hints)
    if lists and any(level for level in type_.missing):
        value = st.none() | value
    for axis in reversed(lists):
        value = st.lists(value, min_size=lengths[axis], max_size=lengths[axis])
    whole = frozenset() in type_.missing or (not lists and type_.optional)
    return st.none() | value if whole else value


def _entry(type_: Type, hints: Hints) -> SearchStrategy[Any]:
    element = type_.element
    dim = next((axis.size for axis in type_.axes if axis.name == "dim"), None)
    if dim is not None:
        return st.lists(_float(type_, hints), min_size=dim, max_size=dim)
    if isinstance(element, RecordElement):
        return record(element, hints)
    kinds: dict[Any, Callable[[], SearchStrategy[Any]]] = {
        BOOL: st.booleans,
        INT: lambda: _int(type_, hints),
        FLOAT: lambda: _float(type_, hints),
        TEXT: lambda: texts(hints),
        JSON: lambda: json_values(hints),
        POINT: lambda: st.lists(_coordinate(), min_size=2, max_size=2),
        BOX: boxes,
        IMAGE: lambda: st.sampled_from(IMAGES),
    }
    return kinds[element]()


# --- numbers ---------------------------------------------------------------------------------------------------------


def _int(type_: Type, hints: Hints) -> SearchStrategy[int]:
    low = max(math.ceil(_finite(type_.interval.low, -_INT32)), -_INT32)
    high = min(math.floor(_finite(type_.interval.high, _INT32)), _INT32)
    near = [value for number in hints.numbers for value in _near(int(number)) if low <= value <= high]
    few = st.integers(max(low, -100), min(high, 100)) if max(low, -100) <= min(high, 100) else st.nothing()
    return st.one_of(few, _sampled(near), st.integers(low, high))


def _near(number: int) -> tuple[int, ...]:
    return number - 1, number, number + 1


def _float(type_: Type, hints: Hints) -> SearchStrategy[float]:
    low, high = _ends(type_)
    near = [number for number in (*hints.numbers, low, high) if low <= number <= high]
    numbers = st.floats(low, high, allow_nan=False, allow_infinity=False, allow_subnormal=False)
    # Numbers that single precision holds: what the reward computes with is then what the counterexample shows.
    rounded = numbers.map(lambda number: min(max(_single(number), low), high))
    return (
        st.one_of(_sampled(near), st.integers(math.ceil(low), math.floor(high)).map(float), rounded)
        if (math.ceil(low) <= math.floor(high))
        else st.one_of(_sampled(near), rounded)
    )


def _ends(type_: Type) -> tuple[float, float]:
    low, high = _finite(type_.interval.low, -math.inf), _finite(type_.interval.high, math.inf)
    low = min(-_WIDE, high - _WIDE) if math.isinf(low) else low
    return low, max(_WIDE, low + _WIDE) if math.isinf(high) else high


def _finite(bound: Any, otherwise: float) -> float:
    return otherwise if math.isinf(bound) else float(bound)


def _single(number: float) -> float:
    import struct

    return float(struct.unpack("f", struct.pack("f", number))[0])


def _sampled(values: list[Any]) -> SearchStrategy[Any]:
    return st.sampled_from(values) if values else st.nothing()


def _coordinate() -> SearchStrategy[float]:
    return st.integers(-20, 1000).map(float) | st.floats(-20, 1000, width=32, allow_subnormal=False)


def boxes() -> SearchStrategy[list[float]]:
    """Boxes as models give them: most in order, some without area, some inverted."""
    sides = st.lists(_coordinate(), min_size=4, max_size=4)
    ordered = sides.map(lambda b: [*map(min, b[:2], b[2:]), *map(max, b[:2], b[2:])])
    degenerate = ordered.map(lambda b: [b[0], b[1], b[0], b[3]])
    return st.one_of(ordered, sides, degenerate)


# --- texts and JSON --------------------------------------------------------------------------------------------------


def texts(hints: Hints) -> SearchStrategy[str]:
    """Any text, and texts put together from what the spec looks for.

    Those are matches of its patterns, its tags around something, its words, and JSON of its records.
    """
    plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    inner = st.one_of(
        _sampled(list(hints.words)), _numerals(hints), boxes().map(_written), plain,
        *(json_objects(fields, hints).map(json.dumps) for _, fields in hints.records),
    )  # fmt: skip
    tagged = [st.tuples(st.just(start), inner, st.just(end)).map("".join) for start, end in hints.tags]
    pieces = st.one_of(plain, inner, *tagged, *_matches(hints))
    return st.one_of(plain, st.lists(pieces, min_size=1, max_size=_PIECES).map("".join))


def _matches(hints: Hints) -> list[SearchStrategy[str]]:
    """Texts that patterns match, as far as Python reads the pattern."""
    found = []
    for pattern, flags in hints.patterns:
        try:
            compiled = re.compile(pattern, sum(_FLAGS.get(flag, 0) for flag in flags))
        except re.error:
            continue
        found.append(st.from_regex(compiled, fullmatch=True).filter(lambda text: text.isascii() or _encodable(text)))
    return found


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _numerals(hints: Hints) -> SearchStrategy[str]:
    known = [_number(number) for number in hints.numbers]
    return st.one_of(st.integers(-20, 1000).map(str), _sampled(known), st.floats(-1000, 1000, width=16).map(_number))


def _number(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(number)


def _written(box: list[float]) -> str:
    return "[" + ", ".join(_number(side) for side in box) + "]"


def json_values(hints: Hints) -> SearchStrategy[Any]:
    """Any JSON value, and objects with the keys of the spec's records. Never `null`, which is missing."""
    words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | _sampled(list(hints.words))
    scalars = st.booleans() | st.integers(-1000, 1000) | st.floats(-1000, 1000, width=16) | words
    keys = _sampled([name for _, fields in hints.records for name, _ in fields]) | words
    nested = st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, st.none() | inner, max_size=3),
        max_leaves=6,
    )
    return st.one_of(nested, *(json_objects(fields, hints) for _, fields in hints.records))


def json_objects(fields: tuple[tuple[str, str], ...], hints: Hints) -> SearchStrategy[Any]:
    """Objects with the keys of a record, mostly of the right kind."""
    words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | _sampled(list(hints.words))
    kinds: dict[str, SearchStrategy[Any]] = {
        "text": words,
        "bool": st.booleans(),
        "int": st.integers(-20, 1000),
        "float": st.integers(-20, 1000) | st.floats(-1000, 1000, width=16),
        "box": boxes(),
    }
    other = st.none() | st.integers(0, 9) | words | st.dictionaries(words, st.integers(0, 9) | words, max_size=2)
    return st.fixed_dictionaries({}, optional={name: kinds.get(kind, other) | other for name, kind in fields})


def record(element: RecordElement, hints: Hints) -> SearchStrategy[dict[str, Any]]:
    """Records that decode: required fields are there and of their type, others may be left out."""
    required = {f.name: _field(f.type, hints) for f in element.fields if not f.type.optional}
    optional = {f.name: _field(f.type, hints) for f in element.fields if f.type.optional}
    return st.fixed_dictionaries(required, optional=optional)


def _field(type_: Type, hints: Hints) -> SearchStrategy[Any]:
    return arguments({"value": type_}, hints).map(lambda drawn: drawn["value"])
