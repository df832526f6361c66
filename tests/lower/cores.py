"""A few words to write typed expressions by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.check import core as c
from rewardlang.facts import FULL, TRUTH, Interval
from rewardlang.ops import arithmetic
from rewardlang.source import Source, Span
from rewardlang.types import BOOL, FLOAT, INT, TEXT, Axis, Type, broadcast
from rewardlang.types.declared import ParamSpec

if TYPE_CHECKING:
    from rewardlang.ops.builtin import Builtin

SPAN = Span(Source("<test>", "reward"), 0, 6)
BUILTINS: dict[str, Builtin] = {builtin.name: builtin for builtin in arithmetic.BUILTINS}


def const(value: Any) -> c.Constant:
    element = {bool: BOOL, int: INT, float: FLOAT, str: TEXT}[type(value)]
    interval = None if isinstance(value, str) else Interval(value, value)
    return c.Constant(type=Type(element, range=interval), span=SPAN, value=value)


def field(name: str, element: Any = FLOAT, *axes: Axis, within: Any = None, missing: Any = ()) -> c.Input:
    type_ = Type(element, tuple(axes), frozenset(frozenset(level) for level in missing), within)
    return c.Input(type=type_, span=SPAN, name=name)


def param(name: str, low: float = 0.0, high: float = 2.0) -> c.ParamValue:
    return c.ParamValue(type=Type(FLOAT, range=Interval(low, high)), span=SPAN, name=name)


def apply(builtin: Builtin | str, *operands: Any, over: Any = None, made: Any = None, **more: Any) -> c.Apply:
    """A builtin applied; `over` are the axes that the first operand loses, or a tuple of such for each operand."""
    builtin = BUILTINS[builtin] if isinstance(builtin, str) else builtin
    cores = tuple(operand if isinstance(operand, c.Core) else const(operand) for operand in operands)
    consumed = over if over is not None else ()
    across, missing = more.pop("across", None), more.pop("missing", "refuse")
    element, interval = more.pop("element", None), more.pop("within", None)
    types = [core.type for core in cores]
    element = element or builtin.element(types, more)
    if interval is None and element.numeric and not consumed and across is None:
        interval = builtin.range(*(t.range or (TRUTH if t.element == BOOL else FULL) for t in types), **more)
    gone = {axis for axes in consumed for axis in axes}
    axes = [axis for axis in broadcast(types) if axis not in gone]
    kept = [axis for axis in broadcast(types) if axis in gone and builtin.keeps]
    all_axes = (*axes, *kept, made) if made else (*axes, *kept)
    levels = _levels(cores, consumed, missing, across)
    if builtin.may_miss(types, more):
        levels |= {frozenset(all_axes) - {made}}
    return c.Apply(
        type=Type(element, all_axes, frozenset(levels), interval),
        span=SPAN,
        builtin=builtin,
        operands=cores,
        options=tuple(more.items()),
        consumed=tuple(consumed),
        made=made,
        across=across,
        missing=missing,
    )


def _levels(cores: Any, consumed: Any, missing: str, across: Any) -> set[Any]:
    levels = set()
    for index, core in enumerate(cores):
        gone = set(consumed[index]) if index < len(consumed) else set()
        for level in core.type.missing:
            if across is not None and missing == "skip":
                continue
            if not level & gone:
                levels.add(level)
            elif missing == "spread":
                levels.add(level - gone)
    return levels


def coalesce(value: c.Core, default: Any) -> c.Coalesce:
    default = default if isinstance(default, c.Core) else const(default)
    empty = isinstance(default, c.ListOf) and not default.items
    levels = {level for level in value.type.missing if level} if empty else default.type.missing
    axes = broadcast([value.type]) if empty else broadcast([value.type, default.type])
    interval = value.type.range
    if interval is not None and default.type.range is not None:
        interval = interval.hull(default.type.range)
    element = value.type.element
    type_ = Type(element, axes, frozenset(levels), interval)
    return c.Coalesce(type=type_, span=SPAN, value=value, default=default)


def when(condition: c.Core, yes: Any, no: Any) -> c.Select:
    yes, no = (x if isinstance(x, c.Core) else const(x) for x in (yes, no))
    along = frozenset(condition.type.axes)
    levels = frozenset(level | along for level in yes.type.missing | no.type.missing)
    axes = broadcast([condition.type, yes.type, no.type])
    element = yes.type.element if yes.type.element == no.type.element else FLOAT
    interval = yes.type.range.hull(no.type.range) if yes.type.range and no.type.range else None
    return c.Select(type=Type(element, axes, levels, interval), span=SPAN, condition=condition, yes=yes, no=no)


def tree(kind: str, *entries: Any, subject: Any = None, within: Any = None) -> c.Tree:
    """A block; entries are `(label or labels, value[, weight[, mark]])`."""
    made = []
    for label, value, *rest in entries:
        labels = (label,) if isinstance(label, str) else tuple(label)
        core, weight = (x if x is None or isinstance(x, c.Core) else const(x) for x in (value, (*rest, None)[0]))
        made.append(c.Entry(labels if labels != ("",) else (), core, weight, rest[1] if len(rest) > 1 else None))
    levels = frozenset(level for entry in made if entry.mark != "metric" for level in entry.value.type.missing)
    axes = broadcast([entry.value.type for entry in made if entry.mark != "metric"])
    type_ = Type(FLOAT, axes, levels, within)
    return c.Tree(type=type_, span=SPAN, kind=kind, subject=subject, entries=tuple(made), logged=True)


def reward(body: c.Core, **more: Any) -> c.CheckedReward:
    """A reward with this body; its fields and params are those that the body mentions."""
    from rewardlang.lower.expressions import children

    found: dict[str, c.Core] = {}
    waiting: list[c.Core] = [body]
    while waiting:
        core = waiting.pop()
        waiting += children(core)
        if isinstance(core, c.Input | c.ParamValue):
            found[core.name] = core
    inputs = tuple(
        c.InputField(name, core.type, None) for name, core in sorted(found.items()) if isinstance(core, c.Input)
    )
    params = tuple(
        ParamSpec(name, core.type, 1.0) for name, core in sorted(found.items()) if isinstance(core, c.ParamValue)
    )
    result = body.type
    return c.CheckedReward("test", "reward", inputs, result, body, params=params, span=SPAN, **more)
