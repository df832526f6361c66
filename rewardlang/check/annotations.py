"""Types as they are written, resolved; and whether a value fits one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from rewardlang.check.core import Core, Cut, ListOf, Tree
from rewardlang.check.errors import AxisMismatch, PossiblyMissing, RangeNotProved, TypeMismatch, WrongArguments
from rewardlang.check.name_errors import DuplicateName, RecursiveDefinition, UnknownName
from rewardlang.diagnostics.suggest import suggest
from rewardlang.facts import FULL, Interval
from rewardlang.syntax import ast
from rewardlang.types import (
    ANY_VEC,
    BOOL,
    BOX,
    ELEMENTS,
    FLOAT,
    INT,
    INT32,
    JSON,
    POINT,
    TEXT,
    Axis,
    RecordElement,
    RecordField,
    Type,
    vec_axis,
    write_type,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewardlang.check.elaborate import Elaborator
    from rewardlang.check.modules import Module
    from rewardlang.types import Element

NUMERIC_ORDER = (BOOL, INT, FLOAT)


def resolve_type(
    elaborator: Elaborator, module: Module, written: ast.TypeExpression, identity: Callable[[str], str], *,
    any_size: bool = False,
) -> Type:  # fmt: skip
    """The type that is written. `identity` gives the identity of an axis from its name.

    With `any_size` it may be `vec[dim]`, a vec of any size.
    """
    element, range_ = _element(elaborator, module, written)
    dimensions = list(written.dimensions)
    axes: list[Axis] = []
    components: list[Axis] = []
    if written.element == "vec":
        free = any_size and bool(dimensions) and dimensions[0].name == "dim" and dimensions[0].bounds is None
        components.append(ANY_VEC if free else vec_axis(_size(elaborator, module, written, dimensions)))
        dimensions.pop(0)
    for dimension in dimensions:
        axes.append(_axis(elaborator, module, dimension, identity, [*components, *axes]))
    if written.bounds is not None:
        if not element.numeric:
            text = f"`{element}` has no range"
            elaborator.fail(WrongArguments(span=written.bounds.span, text=text))
        range_ = _interval(elaborator, module, written.bounds).meet(range_ or FULL)
    # Components are the innermost dimension of what callers pass.
    type_ = Type(element, (*axes, *components), frozenset(), range_)
    if written.optional:
        type_ = type_.lacking(axes)
    return type_.lacking(()) if written.whole_optional else type_


def _element(elaborator: Elaborator, module: Module, written: ast.TypeExpression) -> tuple[Element, Interval | None]:
    name = written.element
    if name == "score":
        return FLOAT, Interval(0, 1)
    if name == "vec":
        return FLOAT, None
    if name == "int":
        return INT, INT32
    if name in ELEMENTS:
        return ELEMENTS[name], None
    found = module.names.get(name)
    if found is not None and isinstance(found[1], ast.Record):
        return elaborator.record(*found), None
    records = [known for known, (_, named) in module.names.items() if isinstance(named, ast.Record)]
    suggestion = suggest(name, [*ELEMENTS, "score", "vec", *records])
    raise elaborator.unknown(UnknownName(span=written.span, name=name, what="type", suggestion=suggestion), module)


def _size(elaborator: Elaborator, module: Module, written: ast.TypeExpression, dimensions: list[ast.Dimension]) -> int:
    size: object = None
    if dimensions:
        first = dimensions[0]
        size = first.size if first.size is not None else elaborator.constant_named(module, first.name or "")
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= 2**16:
        text = "a `vec` needs its size first, a whole number from 1 to 65536: `vec[64]`"
        elaborator.fail(WrongArguments(span=written.span, text=text))
    return int(size)  # type: ignore[call-overload,no-any-return] # checked above


def _axis(
    elaborator: Elaborator,
    module: Module,
    dimension: ast.Dimension,
    identity: Callable[[str], str],
    known: list[Axis],
) -> Axis:
    name = dimension.name
    if name is None:
        text = "only a `vec` has a size; a list has a named axis: `float[time]`"
        elaborator.fail(WrongArguments(span=dimension.span, text=text))
        raise AssertionError
    if name == "dim":
        text = "`dim` is the axis of the components of a `vec`: give the list another name"
        elaborator.fail(WrongArguments(span=dimension.span, text=text))
    if any(axis.name == name for axis in known):
        elaborator.fail(DuplicateName(span=dimension.span, name=name, what="axis"))
    least, most = 0, None
    if dimension.bounds is not None:
        interval = _interval(elaborator, module, dimension.bounds)
        least = max(0, math.ceil(interval.low)) if not math.isinf(interval.low) else 0
        most = None if math.isinf(interval.high) else math.floor(interval.high)
    return Axis(identity(name), name, (), least, most)


def _interval(elaborator: Elaborator, module: Module, bounds: ast.Bounds) -> Interval:
    low = -math.inf if bounds.low is None else elaborator.number(module, bounds.low)
    high = math.inf if bounds.high is None else elaborator.number(module, bounds.high)
    if low > high:
        elaborator.fail(WrongArguments(span=bounds.span, text=f"the range {low}..{high} is empty"))
    return Interval(low, high)


def resolve_record(elaborator: Elaborator, module: Module, record: ast.Record) -> RecordElement:
    """The element that a record declares. Records do not contain themselves."""
    if record in elaborator.records_in_progress:
        elaborator.fail(RecursiveDefinition(span=record.span, name=record.name, path=f"{record.name} -> {record.name}"))
    elaborator.records_in_progress.append(record)
    try:
        fields: list[RecordField] = []
        for item in record.fields:
            if any(known.name == item.name for known in fields):
                elaborator.fail(DuplicateName(span=item.span, name=item.name, what="field"))
            fields.append(RecordField(item.name, _field_type(elaborator, module, record, item)))
    finally:
        elaborator.records_in_progress.pop()
    return RecordElement(record.name, fields=tuple(fields))


def _field_type(elaborator: Elaborator, module: Module, record: ast.Record, item: ast.Field) -> Type:
    type_ = resolve_type(elaborator, module, item.type, lambda name: f"record:{record.name}.{item.name}.{name}")
    decodable = type_.element in (BOOL, INT, FLOAT, TEXT, JSON, POINT, BOX) or isinstance(type_.element, RecordElement)
    lists = [axis for axis in type_.axes if axis.name != "dim"]
    if not decodable or item.default is not None or len(lists) > 1 or any(level for level in type_.missing):
        kinds = "a bool, int, float, text, json, point, box or record, or a list of them, perhaps followed by `?`"
        text = f"the field `{item.name}` cannot be decoded from JSON: a field is {kinds}, without a default"
        elaborator.fail(WrongArguments(span=item.span, text=text))
    return type_


def join_elements(left: Element, right: Element) -> Element | None:
    """The element of both branches of a choice; None where there is none."""
    if left == right:
        return left
    if left.numeric and right.numeric:
        return max(left, right, key=NUMERIC_ORDER.index)
    return None


def as_components(core: Core, wanted: Type) -> Core:
    """A list literal as the vec of its length that is wanted; anything else as it is."""
    dim = next((axis for axis in wanted.axes if axis.name == "dim"), None)
    if dim == ANY_VEC and isinstance(core, ListOf) and core.items:
        dim = vec_axis(len(core.items))
    if not isinstance(core, ListOf) or len(wanted.axes) != 1 or dim is None or dim.size != len(core.items):
        return core
    axes = tuple(dim if axis == core.axis else axis for axis in core.type.axes)
    return replace(core, axis=dim, type=core.type.over(*axes))


def conform(elaborator: Elaborator, core: Core, wanted: Type, what: str, *, annotated: bool = True) -> Core:
    """`core` as a value of the type `wanted`, its axes named as there; what does not fit is reported.

    `annotated`: an optional `wanted` makes a present value optional in type.
    """
    core = as_components(core, wanted)
    found = core.type
    _check_element(elaborator, core, wanted, what)
    if len(found.axes) != len(wanted.axes) or any(
        (a.name == "dim") != (b.name == "dim") or (a.name == "dim" and a != b)
        for a, b in zip(_dims_first(found.axes), _dims_first(wanted.axes), strict=False)
    ):
        text = f"{what} is `{write_type(found, ranges=False)}`, not `{write_type(wanted, ranges=False)}`"
        elaborator.fail(
            AxisMismatch(span=core.span, text=text, advice="reduce the list, or write its axes in the type")
        )
    check_missing(elaborator, core, wanted, what)
    if wanted.range is not None:
        check_range(elaborator, core, wanted.interval, what)
    core = _name_axes(elaborator, core, wanted)
    element = wanted.element if wanted.element.numeric and found.element != INT else found.element
    missing = core.type.missing | wanted.missing if annotated and not wanted.axes else core.type.missing
    return replace(core, type=replace(core.type, element=element, missing=missing))


def _check_element(elaborator: Elaborator, core: Core, wanted: Type, what: str) -> None:
    found = core.type.element
    fits = join_elements(found, wanted.element) == wanted.element or (
        # A whole-valued float is no int, but every int and bool is a float.
        found == wanted.element
    )
    if not fits:
        elaborator.fail(
            TypeMismatch(
                span=core.span, where=what, expected=f"`{wanted.element}`",
                found=f"`{write_type(core.type, ranges=False)}`", advice=conversion(found, wanted.element),
            )
        )  # fmt: skip


def check_missing(elaborator: Elaborator, core: Core, wanted: Type, what: str) -> None:
    """Report a value that may be missing where `wanted` is not optional."""
    if core.type.optional and not wanted.optional:
        promise = f"a `{write_type(wanted, ranges=False)}` is promised"
        label, core = missing_entry(core)
        if label is not None:
            what, promise = f"`{label}`", f"{what} promises a `{write_type(wanted, ranges=False)}`"
        elaborator.fail(
            PossiblyMissing(
                span=core.span,
                text=f"{what} may be missing, but {promise}",
                causes=elaborator.missing_causes(core),
                advice=f"say what then counts: `{elaborator.brief(core)} ?? {default_for(core.type)}`",
            )
        )


def missing_entry(core: Core) -> tuple[str | None, Core]:
    """The entry of a tree because of which it may be missing, with its label; the value itself where it is no tree."""
    label = None
    while isinstance(core, Tree):
        entry = next(e for e in core.entries if e.mark != "metric" and e.value.type.optional)
        label, core = (entry.labels[0] if entry.labels else label), entry.value
    return label, core


def check_range(elaborator: Elaborator, core: Core, wanted: Interval, what: str) -> None:
    """Report a number whose proved range is not within `wanted`."""
    found = core.type.range
    if found is not None and not found.within(wanted):
        widest = elaborator.widest_entry(core, wanted)
        elaborator.fail(RangeNotProved(span=core.span, what=what, found=str(found), needed=str(wanted), causes=widest))


def default_for(type_: Type) -> str:
    """What a person would write after `??`."""
    if any(axis.name != "dim" for axis in type_.axes) and frozenset() in type_.missing:
        return "[]"
    return {BOOL: "false", TEXT: '""'}.get(type_.element, "0")


def conversion(found: Element, wanted: Element) -> str | None:
    """How one element becomes another, where a builtin does it."""
    if wanted.numeric and found in (TEXT, JSON):
        return "read the number first: `number(…)`, which is missing where there is none"
    if wanted == TEXT and (found.numeric or found in (POINT, BOX)):
        return "write it as text with `str(…)`"
    if wanted == TEXT and found == JSON:
        return "take the text of a JSON string with `string(…)`"
    if wanted == JSON and found == TEXT:
        return "parse it with `json(…)`"
    if wanted == BOOL and found.numeric:
        return "compare it: `… > 0`"
    return None


def _dims_first(axes: tuple[Axis, ...]) -> list[Axis]:
    return sorted(axes, key=lambda axis: axis.name != "dim")


def _name_axes(elaborator: Elaborator, core: Core, wanted: Type) -> Core:
    """The same value, its axes called as in `wanted`, cut where that bounds them."""
    mine = [axis for axis in core.type.axes if axis.name != "dim"]
    theirs = [axis for axis in wanted.axes if axis.name != "dim"]
    # Two lists keep their names where the names agree in another order: axes are unordered.
    if {a.name for a in mine} == {b.name for b in theirs}:
        theirs = [next(b for b in theirs if b.name == a.name) for a in mine]
    for axis, target in zip(mine, theirs, strict=True):
        if target.least > axis.least:
            text = f"`{target.name}` must have at least {target.least} entries, but only {axis.least} are proved"
            elaborator.fail(AxisMismatch(span=core.span, text=text))
        if target.most is not None and (axis.most is None or axis.most > target.most):
            new = replace(axis, identity=f"cut:{axis.identity}:{target.most}", name=target.name, most=target.most)
            core = Cut(type=swap_axis(core.type, axis, new), span=core.span, of=core, old=axis, new=new)
        elif axis.name != target.name:
            core = replace(core, type=swap_axis(core.type, axis, axis.named(target.name)))
    return core


def swap_axis(type_: Type, old: Axis, new: Axis) -> Type:
    """The type with one axis replaced by another."""
    axes = tuple(new if axis == old else axis for axis in type_.axes)
    missing = frozenset(frozenset(new if axis == old else axis for axis in level) for level in type_.missing)
    return replace(type_, axes=axes, missing=missing)
