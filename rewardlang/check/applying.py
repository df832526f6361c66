"""Applications of builtins: which axes are consumed, what is missing, and the type that results."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rewardlang.check.annotations import conversion, default_for
from rewardlang.check.core import Apply, Core, ListOf
from rewardlang.check.errors import (
    AxisMismatch,
    ParamReachesHost,
    PossiblyMissing,
    TypeMismatch,
    UnknownAxis,
    WrongArguments,
)
from rewardlang.check.scope import AbandonError
from rewardlang.diagnostics import Label
from rewardlang.diagnostics.suggest import suggest
from rewardlang.facts import FULL
from rewardlang.ops.builtin import Builtin, Gather, Lists, Matrix, Parameter, Reduction
from rewardlang.ops.registry import overloads, signature
from rewardlang.types import BATCH, BOX, GROUP, POINT, Axis, AxisClashError, RecordElement, Type, broadcast, write_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.check.elaborate import Elaborator
    from rewardlang.source import Span
    from rewardlang.types import Element


@dataclass
class Given:
    """Arguments of a call, bound to the parameters of a builtin."""

    operands: list[tuple[Parameter, Core]] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    over: dict[int, tuple[str, ...]] = field(default_factory=dict)
    missing: str = "refuse"


def accepts(parameter: Parameter, type_: Type) -> bool:
    """Whether a parameter takes values of the type."""
    if isinstance(type_.element, RecordElement):
        # What takes anything takes records too; the lowering works field by field.
        return len(parameter.accepts) >= 7
    return type_.element in parameter.accepts


def runs_along(parameter: Parameter, type_: Type, ambient: frozenset[Axis]) -> bool:
    """Whether values of the type are as many lists in each other as a parameter consumes."""
    return sum(axis not in ambient for axis in type_.axes) >= len(parameter.axes)


def apply(
    elaborator: Elaborator,
    builtin: Builtin,
    given: Given,
    span: Span,
    ambient: frozenset[Axis],
    shown: str | None = None,
) -> Core:
    """The typed application of a builtin to its bound arguments."""
    given.operands = [
        (parameter, placed(elaborator, core, parameter.accepts) if not parameter.axes else core)
        for parameter, core in given.operands
    ]
    for parameter, core in given.operands:
        if not accepts(parameter, core.type):
            mismatch(elaborator, builtin, parameter, core)
    operands = tuple(core for _, core in given.operands)
    across = _across(elaborator, builtin, given, span)
    consumed = () if across else _consumed(elaborator, builtin, given, ambient, span)
    _refuse_missing(elaborator, builtin, given, consumed, across)
    types = [core.type for core in operands]
    options = dict(given.options)
    lengths = proved_lengths(consumed[0] if consumed else (), across, given.missing)
    reason = builtin.refuse(types, options)
    if reason is not None:
        elaborator.fail(WrongArguments(span=span, text=f"`{builtin.name}`: {reason}", signature=signature(builtin)))
    axes = _result_axes(elaborator, builtin, operands, consumed, given, span)
    made = _made(builtin, operands, options, consumed, axes)
    type_ = _result_type(builtin, types, options, lengths, axes, made)
    core = Apply(
        type=type_, span=span, builtin=builtin, operands=operands, options=tuple(sorted(options.items())),
        consumed=consumed, made=None, across=across, missing=given.missing,
    )  # fmt: skip
    if made is not None:
        made = replace(made, identity=f"{made.identity}:{core.key}")
        core = replace(core, made=made, type=replace(type_, axes=(*type_.axes[:-1], made)))
    type_ = replace(core.type, missing=_missing(core, types, lengths), traced=_traced(core))
    core = replace(core, type=type_)
    _refuse_traced(elaborator, core, shown or builtin.name)
    return elaborator.fold(core)


def placed(elaborator: Elaborator, core: Core, accepted: Sequence[Element]) -> Core:
    """A list literal of two or four numbers as the point or box that is wanted; anything else as it is."""
    if not isinstance(core, ListOf) or core.type.element in accepted or not core.type.element.numeric:
        return core
    element = {2: POINT, 4: BOX}.get(len(core.items))
    if element is None or element not in accepted:
        return core
    builtin = overloads(element.name)[0]
    numbers = [parameter for parameter in builtin.parameters if not parameter.option]
    words = {parameter.name: parameter.default for parameter in builtin.parameters if parameter.option}
    given = Given(operands=list(zip(numbers, core.items, strict=True)), options=words)
    return apply(elaborator, builtin, given, core.span, frozenset())


def mismatch(elaborator: Elaborator, builtin: Builtin, parameter: Parameter, core: Core) -> None:
    """Report an argument of another element than its parameter takes."""
    expected = " or ".join(f"`{element}`" for element in parameter.accepts)
    where = f"`{builtin.name}`" if len(builtin.parameters) == 1 else f"`{parameter.name}` of `{builtin.name}`"
    advice = next((a for e in parameter.accepts if (a := conversion(core.type.element, e))), None)
    elaborator.fail(
        TypeMismatch(
            span=core.span,
            where=where,
            expected=expected,
            found=f"`{write_type(core.type, ranges=False)}`",
            advice=advice,
        )
    )


def proved_lengths(consumed: tuple[Axis, ...], across: Axis | None, missing: str) -> dict[str, int | None]:
    """The least and the most entries that a consuming builtin sees, as `range` and `may_miss` take them."""
    least, most = 1, 1
    for axis in consumed:
        least *= axis.least
        most = None if most is None or axis.most is None else most * axis.most  # type: ignore[assignment]
    if across is not None:
        return {"least": 0 if missing == "skip" else 1, "most": None}
    return {"least": 0 if missing == "skip" else least, "most": most}


def _across(elaborator: Elaborator, builtin: Builtin, given: Given, span: Span) -> Axis | None:
    for names in given.over.values():
        for axis in (GROUP, BATCH):
            if axis.name in names:
                if not isinstance(builtin, Reduction) or len(names) > 1:
                    text = f"only a reduction alone works over `{axis.name}`, one axis at a time"
                    elaborator.fail(WrongArguments(span=span, text=text, signature=signature(builtin)))
                return axis
    return None


def _consumed(
    elaborator: Elaborator, builtin: Builtin, given: Given, ambient: frozenset[Axis], span: Span
) -> tuple[tuple[Axis, ...], ...]:
    shared = next(iter(given.over.values()), None)
    variables: dict[str, Axis] = {}
    result: list[tuple[Axis, ...]] = []
    for place, (parameter, core) in enumerate(given.operands):
        if not parameter.axes:
            if place in given.over:
                text = f"`{parameter.name}` of `{builtin.name}` is no list: `over` has nothing to remove"
                elaborator.fail(UnknownAxis(span=core.span, text=text))
            result.append(())
            continue
        over = given.over.get(place)
        if over is None and shared and {a.name for a in core.type.axes} >= set(shared):
            over = shared
        known = tuple(variables[v] for v in parameter.axes if v in variables)
        axes = (
            known
            if len(known) == len(parameter.axes)
            else _pick(elaborator, builtin, core, parameter, over, ambient, span)
        )
        if known and not set(known) <= set(core.type.axes):
            text = f"`{parameter.name}` of `{builtin.name}` does not run along `{known[0]}`"
            elaborator.fail(AxisMismatch(span=core.span, text=text))
        _check_inner(elaborator, builtin, core, axes)
        variables.update(zip(parameter.axes, axes, strict=False))
        result.append(axes)
    return tuple(result)


def _check_inner(elaborator: Elaborator, builtin: Builtin, core: Core, axes: tuple[Axis, ...]) -> None:
    """Inner lists are reduced before the list that they are in."""
    for axis in core.type.axes:
        outer = next((parent for parent in axis.parents if parent in axes), None)
        if outer is not None and axis not in axes:
            text = f"`{builtin.name}` over `{outer}` needs the lists along `{axis}`, one in each entry, reduced first"
            elaborator.fail(UnknownAxis(span=core.span, text=text))


def _pick(
    elaborator: Elaborator, builtin: Builtin, core: Core, parameter: Parameter, over: tuple[str, ...] | None,
    ambient: frozenset[Axis], span: Span,
) -> tuple[Axis, ...]:  # fmt: skip
    axes = [axis for axis in core.type.axes if axis not in ambient]
    if over is not None:
        return _named(elaborator, core, axes, over, parameter, builtin, span)
    parents = {parent for axis in axes for parent in axis.parents}
    leaves = [axis for axis in axes if axis not in parents]
    if len(leaves) == len(parameter.axes):
        return tuple(leaves)
    if isinstance(builtin, Lists) and len(axes) == len(parameter.axes):
        # Lists in a list, consumed together.
        return tuple(axes)
    type_ = write_type(core.type, ranges=False)
    if not axes:
        text = f"`{builtin.name}` needs a list, but `{elaborator.brief(core)}` is a single `{type_}`"
        elaborator.fail(UnknownAxis(span=core.span, text=text, suggestion=_hint_elementwise(builtin)))
    names = ", ".join(f"`{axis}`" for axis in axes)
    text = f"`{builtin.name}` could run along {names}: say which"
    suggestion = f"write `{builtin.name}({elaborator.brief(core)} over {axes[-1]})`"
    if builtin.internal:
        # An index has no name that `over` could follow.
        text = f"what is taken could run along {names}"
        suggestion = (
            f"take it from a list along one axis: reduce the others first, `max({elaborator.brief(core)} over …)`"
        )
    elaborator.fail(UnknownAxis(span=core.span, text=text, suggestion=suggestion))
    raise AbandonError


def _hint_elementwise(builtin: Builtin) -> str | None:
    if builtin.name in ("min", "max"):
        return f"`{builtin.name}` with two or more arguments compares them: `{builtin.name}(x, y)`"
    return None


def _named(
    elaborator: Elaborator, core: Core, axes: list[Axis], over: tuple[str, ...], parameter: Parameter, builtin: Builtin,
    span: Span,
) -> tuple[Axis, ...]:  # fmt: skip
    picked = []
    for name in over:
        axis = next((known for known in axes if known.name == name), None)
        if axis is None:
            close = suggest(name, [known.name for known in axes])
            text = f"`{elaborator.brief(core)}` has no axis `{name}`: it is `{write_type(core.type, ranges=False)}`"
            elaborator.fail(
                UnknownAxis(span=core.span, text=text, suggestion=f"did you mean `{close}`?" if close else None)
            )
            raise AbandonError
        picked.append(axis)
    if len(picked) != len(parameter.axes) and not isinstance(builtin, Reduction):
        text = f"`{builtin.name}` runs along {len(parameter.axes)} axes, not {len(picked)}"
        elaborator.fail(WrongArguments(span=span, text=text, signature=signature(builtin)))
    return tuple(picked)


def _refuse_missing(
    elaborator: Elaborator, builtin: Builtin, given: Given, consumed: tuple[tuple[Axis, ...], ...], across: Axis | None
) -> None:
    if given.missing == "skip" and builtin.keeps and not across:
        text = f"`{builtin.name}` keeps the list's axis, so that no entry of it can be skipped"
        advice = "resolve what is missing with `??`, or drop it first: `keep(x, where: present(x), missing: skip)`"
        elaborator.fail(WrongArguments(span=given.operands[0][1].span, text=f"{text}; {advice}", signature=None))
    if given.missing != "refuse":
        return
    for place, (_, core) in enumerate(given.operands):
        if place == 0 and chooses_entries(builtin):
            continue
        inner = set(consumed[place]) if consumed else set()
        if any(level & inner for level in core.type.missing) or (across and core.type.optional and place == 0):
            what = f"over {across}" if across else "of the list"
            elaborator.fail(
                PossiblyMissing(
                    span=core.span, text=f"entries {what} that `{builtin.name}` reduces may be missing",
                    causes=elaborator.missing_causes(core),
                    advice=f"write `{elaborator.brief(core)} ?? {default_for(core.type)}` or `missing: skip`",
                )
            )  # fmt: skip


def chooses_entries(builtin: Builtin) -> bool:
    """Whether entries, and with them their absence, are only moved: `first`, `previous`, `x[i]`."""
    return isinstance(builtin, Gather) and not builtin.keyed


def _result_axes(
    elaborator: Elaborator, builtin: Builtin, operands: tuple[Core, ...], consumed: tuple[tuple[Axis, ...], ...],
    given: Given, span: Span,
) -> tuple[Axis, ...]:  # fmt: skip
    lists: list[Type] = []
    kept: list[Axis] = []
    for place, core in enumerate(operands):
        gone = consumed[place] if consumed else ()
        lists.append(core.type.over(*(axis for axis in core.type.axes if axis not in gone)))
        parameter = given.operands[place][0]
        for variable, axis in zip(parameter.axes, gone, strict=False):
            if variable in builtin.keeps and axis not in kept:
                kept.append(axis)
    try:
        return (*broadcast(lists), *kept)
    except AxisClashError as clash:
        name = clash.left.name
        elaborator.fail(
            AxisMismatch(
                span=span, text=f"these are two different lists, although both call their axis `{name}`",
                causes=tuple(Label(core.span, f"`{write_type(core.type, ranges=False)}`") for core in operands
                             if any(axis.name == name for axis in core.type.axes)),
                advice=f"name one of them to make all pairs: `let other: {operands[0].type.element}[other] = …`",
            )
        )  # fmt: skip
        raise AbandonError from None


def _made(
    builtin: Builtin, operands: Sequence[Core], options: Mapping[str, Any], consumed: tuple[tuple[Axis, ...], ...],
    axes: tuple[Axis, ...],
) -> Axis | None:  # fmt: skip
    if builtin.makes is None:
        return None
    parents = tuple(axis for axis in axes if axis.size is None or axis.name != "dim")
    name, most = builtin.makes.name, builtin.makes.most
    if isinstance(builtin, Gather) and consumed:
        # What is kept of a list is still called as the list.
        name, most = consumed[0][0].name, consumed[0][0].most
    del operands, options
    return Axis("made", name, parents, builtin.makes.least, most)


def _result_type(
    builtin: Builtin, types: Sequence[Type], options: Mapping[str, Any], lengths: Mapping[str, Any],
    axes: tuple[Axis, ...], made: Axis | None,
) -> Type:  # fmt: skip
    element = builtin.element(types, options)
    range_ = None
    if element.numeric:
        known = [type_.range if type_.range is not None else FULL for type_ in types]
        extra = lengths if isinstance(builtin, Reduction | Matrix) else {}
        range_ = builtin.range(*known, **options, **extra)
    return Type(element, (*axes, made) if made is not None else axes, frozenset(), range_)


def _missing(core: Apply, types: Sequence[Type], lengths: Mapping[str, Any]) -> frozenset[frozenset[Axis]]:
    levels: set[frozenset[Axis]] = set()
    for place, type_ in enumerate(types):
        inner = set(core.consumed[place]) if core.consumed else set()
        for level in type_.missing:
            if not level & inner and core.across is None:
                levels.add(level)
            elif place == 0 and chooses_entries(core.builtin) and core.missing == "skip":
                continue
            elif place == 0 and chooses_entries(core.builtin):
                beside = frozenset(
                    axis
                    for other, operand in enumerate(types[1:], 1)
                    for axis in operand.axes
                    if other >= len(core.consumed) or axis not in core.consumed[other]
                )
                moved = (level if core.builtin.keeps else level - inner) | beside
                levels.add(moved | {core.made} if core.made is not None else moved)
            elif core.missing == "spread":
                levels.add(level - inner)
            elif core.across is not None and place > 0:
                levels.add(level)
    options = dict(core.options) | (dict(lengths) if isinstance(core.builtin, Reduction | Matrix | Gather) else {})
    if core.builtin.may_miss(types, options):
        levels.add(frozenset(axis for axis in core.type.axes if axis != core.made))
    return frozenset(levels)


def _traced(core: Apply) -> str | None:
    if core.across is not None:
        return f"a statistic over {core.across}"
    return next((operand.type.traced for operand in core.operands if operand.type.traced), None)


def _refuse_traced(elaborator: Elaborator, core: Apply, name: str) -> None:
    # A list that is made has lengths, which are the host's to know.
    host = core.builtin.host_only or host_element(core.type) or core.made is not None
    host = host or any(host_element(operand.type) for operand in core.operands)
    if core.type.traced and host:
        elaborator.fail(ParamReachesHost(span=core.span, what=f"`{name}`", by=core.type.traced))


def host_element(type_: Type) -> bool:
    """Whether values of the type live on the host alone."""
    return type_.element.host_only
