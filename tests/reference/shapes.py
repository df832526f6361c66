"""Types as they are written, and values from JSON or from the caller."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rewardlang.syntax import ast
from rewardlang.types import (
    ANY_VEC,
    BOOL,
    BOX,
    ELEMENTS,
    FLOAT,
    INT,
    JSON,
    POINT,
    TEXT,
    Axis,
    Element,
    RecordElement,
    RecordField,
    Type,
    vec_axis,
)
from tests.reference.values import HERE, MISSING, Level, Point, Value, build, domain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rewardlang.check.modules import Module


@dataclass(frozen=True)
class Shape:
    """A written type: its element, its axes in order, and the levels at which it may be missing."""

    element: Element
    axes: tuple[Axis, ...]
    levels: frozenset[Level]

    @property
    def lists(self) -> tuple[Axis, ...]:
        """The axes that are no components of a `vec`."""
        return tuple(axis for axis in self.axes if axis.name != "dim")


def read_shape(
    written: ast.TypeExpression, module: Module, consts: Callable[[str], Any], identity: Callable[[str], str]
) -> Shape:
    dims = list(written.dimensions)
    axes: list[Axis] = []
    if written.element == "vec":
        first = dims.pop(0)
        size = first.size if first.size is not None or first.name == "dim" else consts(first.name or "")
        axes.append(ANY_VEC if size is None else vec_axis(size))
    for dim in dims:
        top = None if dim.bounds is None or dim.bounds.high is None else dim.bounds.high
        most = int(top.value) if isinstance(top, ast.Number) and top.value != float("inf") else None
        axes.append(Axis(identity(str(dim.name)), str(dim.name), (), 0, most))
    levels = set()
    if written.optional:
        levels.add(frozenset(axis.identity for axis in axes if axis.name != "dim"))
    if written.whole_optional:
        levels.add(frozenset())
    return Shape(read_element(written.element, module), tuple(axes), frozenset(levels))


def read_element(name: str, module: Module) -> Element:
    if name in ("score", "vec"):
        return FLOAT
    if name in ELEMENTS:
        return ELEMENTS[name]
    origin, record = module.names[name]
    assert isinstance(record, ast.Record)
    fields = []
    for item in record.fields:

        def name_axis(axis: str, item: ast.Field = item) -> str:
            return f"record:{record.name}.{item.name}.{axis}"

        shape = read_shape(item.type, origin, lambda _: 0, name_axis)
        type_ = Type(shape.element, shape.axes)
        fields.append(RecordField(item.name, type_.lacking(()) if shape.levels else type_))
    return RecordElement(record.name, fields=tuple(fields))


# --- JSON -------------------------------------------------------------------------------------------------------------


def decode(value: Any, element: Element) -> Any:
    """A JSON value as an element, without coercion; None where it is something else."""
    if isinstance(element, RecordElement):
        return decode_record(value, element)
    match element:
        case _ if element == JSON:
            return value
        case _ if element == TEXT:
            return value if isinstance(value, str) else None
        case _ if element == BOOL:
            return value if isinstance(value, bool) else None
        case _ if element == INT:
            return value if isinstance(value, int) and not isinstance(value, bool) else None
        case _ if element == FLOAT:
            return float(value) if is_number(value) else None
        case _ if element in (POINT, BOX):
            size = element.width
            right = isinstance(value, list | tuple) and len(value) == size and all(map(is_number, value))
            return tuple(float(part) for part in value) if right else None
    raise AssertionError(element)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def decode_record(value: Any, element: RecordElement) -> dict[str, Any] | None:
    """The fields by name: a wrong type in a required field makes the record missing, in an optional one the field."""
    if not isinstance(value, dict):
        return None
    found: dict[str, Any] = {}
    for item in element.fields:
        found[item.name] = decode_field(value.get(item.name), item.type)
        if found[item.name] is None and not item.type.optional:
            return None
    return found


def decode_field(value: Any, type_: Type) -> Any:
    if value is None:
        return None
    if not type_.axes:
        return decode(value, type_.element)
    if not isinstance(value, list):
        return None
    inner = replace(type_, axes=type_.axes[1:])
    entries = [decode_field(entry, inner) for entry in value]
    return None if any(entry is None for entry in entries) else entries


# --- what the caller gives ------------------------------------------------------------------------------------------


def clean(value: Any) -> Any:
    """Lone surrogates become U+FFFD at the boundary."""
    match value:
        case str():
            return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in value)
        case list() | tuple():
            return type(value)(clean(entry) for entry in value)
        case dict():
            return {clean(name): clean(entry) for name, entry in value.items()}
        case _:
            return value


def nesting(shape: Shape) -> list[Axis]:
    """The axes as a caller nests lists: components of a `vec` innermost."""
    return sorted(shape.axes, key=lambda axis: axis.name == "dim")


def input_lengths(shapes: Mapping[str, Shape], sample: Mapping[str, Any]) -> dict[str, dict[Point, int]]:
    """The length of each axis of one sample: fields that name one axis agree."""
    lengths: dict[str, dict[Point, int]] = {}
    for name, shape in shapes.items():
        level = [sample.get(name)]
        for axis in nesting(shape):
            for entry in level:
                if entry is not None:
                    known = lengths.setdefault(axis.identity, {}).setdefault(HERE, len(entry))
                    assert known == len(entry), f"{name}: {axis} has two lengths"
            level = [inner for entry in level if entry is not None for inner in entry]
    return lengths


def input_value(shape: Shape, given: Any, lengths: Mapping[str, Mapping[Point, int]]) -> Value:
    if given is None:
        return replace(MISSING, axes=shape.axes, lengths=dict(lengths))
    axes = nesting(shape)
    results = {}
    for point in domain(axes, lengths):
        entry = given
        for axis in axes:
            entry = None if entry is None else entry[dict(point)[axis.identity]]
        results[point] = None if entry is None else decode(clean(entry), shape.element)
    holes = [point for point, entry in results.items() if entry is None]
    # Of a vec, all components are missing together.
    lists = frozenset(axis.identity for axis in shape.lists)
    lacks = {lists: {frozenset(p for p in point if p[0] in lists) for point in holes}} if holes else {}
    present = {point: entry for point, entry in results.items() if entry is not None}
    value = build(shape.axes, present, lacks, lengths)
    assert lists in shape.levels or not holes, "an entry is missing where none may be"
    return value
