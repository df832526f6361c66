"""Calls of builtins: which overload, which axes, which type."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rewardlang.check.annotations import conversion
from rewardlang.check.core import Apply, Constant, Core, ListOf
from rewardlang.check.errors import (
    AxisMismatch,
    NotConstant,
    ParamReachesHost,
    PossiblyMissing,
    TypeMismatch,
    UnknownAxis,
    UnknownName,
    UnsupportedRegex,
    WrongArguments,
)
from rewardlang.check.scope import AbandonError
from rewardlang.diagnostics import Label
from rewardlang.diagnostics.suggest import suggest
from rewardlang.facts import FULL
from rewardlang.ops.builtin import REQUIRED, Builtin, Gather, Matrix, Parameter, Reduction, Role
from rewardlang.ops.registry import overloads, signature
from rewardlang.regex.syntax import RegexError
from rewardlang.regex.syntax import parse as parse_regex
from rewardlang.source import Span
from rewardlang.syntax import ast
from rewardlang.types import BATCH, BOX, GROUP, POINT, Axis, AxisClashError, RecordElement, Type, broadcast, write_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.check.elaborate import Elaborator
    from rewardlang.check.scope import Scope
    from rewardlang.types import Element

MISSING_WORDS = ("skip", "spread")


@dataclass
class Given:
    """Arguments of a call, bound to the parameters of a builtin."""

    operands: list[tuple[Parameter, Core]] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    over: dict[int, tuple[str, ...]] = field(default_factory=dict)
    missing: str = "refuse"


def call_builtin(elaborator: Elaborator, call: ast.Call, scope: Scope) -> Core:
    """Elaborate a call of a builtin by name."""
    name = call.function.name
    known = [builtin for builtin in overloads(name) if not builtin.internal]
    values = _Values(elaborator, call, scope)
    builtin = choose(elaborator, known, values)
    given = bind(elaborator, builtin, call, values)
    return apply(elaborator, builtin, given, call.span, scope.ambient, name)


class _Values:
    """The arguments of a call, elaborated at most once."""

    def __init__(self, elaborator: Elaborator, call: ast.Call, scope: Scope) -> None:
        self.elaborator, self.call, self.scope = elaborator, call, scope
        self.cores: dict[int, Core] = {}

    def core(self, argument: ast.Argument) -> Core:
        if id(argument) not in self.cores:
            self.cores[id(argument)] = self.elaborator.expression(argument.value, self.scope.inside(tree=False))
        return self.cores[id(argument)]

    def peek(self, argument: ast.Argument) -> Core | None:
        """The value, where the argument is an ordinary expression."""
        if isinstance(argument.value, ast.Regex | ast.Range):
            return None
        if isinstance(argument.value, ast.Name) and self.scope.find(argument.value.name) is None:
            known = self.scope.module.names.get(argument.value.name)
            if known is None or isinstance(known[1], ast.Record):
                return None
        return self.core(argument)


def choose(elaborator: Elaborator, known: Sequence[Builtin], values: _Values) -> Builtin:
    """The overload that fits the arguments by number and element; the likeliest one where none fits."""
    call = values.call
    count = sum(1 for argument in call.arguments if argument.name is None)
    over = any(argument.over for argument in call.arguments)
    if len(known) == 1:
        return known[0]
    fitting = [builtin for builtin in known if _takes(builtin, count)] or list(known)
    if over:
        fitting = [builtin for builtin in fitting if any(p.axes for p in builtin.parameters)] or fitting
    if len(fitting) == 1:
        return fitting[0]
    positional = [argument for argument in call.arguments if argument.name is None]
    for builtin in fitting:
        places = _places(builtin, len(positional))
        cores = [
            (parameter, values.peek(argument))
            for parameter, argument in zip(places, positional, strict=False)
            if not parameter.option and parameter.role is Role.VALUE
        ]
        if all(core is None or accepts(parameter, core.type) for parameter, core in cores):
            return builtin
    return fitting[0]


def _takes(builtin: Builtin, count: int) -> bool:
    least = sum(1 for parameter in builtin.parameters if parameter.default is REQUIRED)
    variadic = any(parameter.variadic for parameter in builtin.parameters)
    return least <= count and (variadic or count <= len(builtin.parameters))


def _places(builtin: Builtin, count: int) -> list[Parameter]:
    places = list(builtin.parameters)
    if places and places[-1].variadic:
        places += [places[-1]] * max(0, count - len(places))
    return places


def accepts(parameter: Parameter, type_: Type) -> bool:
    if isinstance(type_.element, RecordElement):
        # What takes anything takes records too; the lowering works field by field.
        return len(parameter.accepts) >= 7
    return type_.element in parameter.accepts


def bind(elaborator: Elaborator, builtin: Builtin, call: ast.Call, values: _Values) -> Given:
    """Give each argument its parameter."""
    given = Given()
    positional = [argument for argument in call.arguments if argument.name is None]
    places = _places(builtin, len(positional))
    if len(positional) > len(places):
        text = f"`{builtin.name}` takes at most {len(places)} arguments, not {len(positional)}"
        elaborator.fail(WrongArguments(span=call.span, text=text, signature=signature(builtin)))
    pairs = list(zip(places, positional, strict=False))
    named = {parameter.name: parameter for parameter in builtin.parameters}
    for argument in call.arguments:
        if argument.name is None:
            continue
        if argument.name == "missing" and any(parameter.axes for parameter in builtin.parameters):
            given.missing = _word(elaborator, argument.value, MISSING_WORDS, "missing")
        elif argument.name not in named:
            _unknown_argument(elaborator, builtin, argument)
        elif any(parameter.name == argument.name and not parameter.variadic for parameter, _ in pairs):
            text = f"`{builtin.name}` is given `{argument.name}` twice"
            elaborator.fail(WrongArguments(span=argument.span, text=text, signature=signature(builtin)))
        else:
            pairs.append((named[argument.name], argument))
    filled = {parameter.name for parameter, _ in pairs}
    order = [parameter.name for parameter in builtin.parameters]
    for parameter, argument in sorted(pairs, key=lambda pair: order.index(pair[0].name)):
        _give(elaborator, builtin, given, parameter, argument, values)
    for parameter in builtin.parameters:
        if parameter.name not in filled:
            _give_default(elaborator, builtin, given, parameter, call)
    return given


def _unknown_argument(elaborator: Elaborator, builtin: Builtin, argument: ast.Argument) -> None:
    name = argument.name or ""
    close = suggest(name, [parameter.name for parameter in builtin.parameters])
    text = f"`{builtin.name}` has no argument `{name}`"
    advice = f"did you mean `{close}`?" if close else None
    elaborator.fail(WrongArguments(span=argument.span, text=text, signature=signature(builtin), advice=advice))


def _give(
    elaborator: Elaborator,
    builtin: Builtin,
    given: Given,
    parameter: Parameter,
    argument: ast.Argument,
    values: _Values,
) -> None:
    match parameter.role:
        case Role.WORD:
            given.options[parameter.name] = _word(elaborator, argument.value, parameter.words, parameter.name)
        case Role.REGEX:
            given.options[parameter.name] = _regex(elaborator, argument.value, builtin)
        case Role.RECORD:
            given.options[parameter.name] = _record(elaborator, argument.value, values.scope)
        case Role.CONST:
            given.options[parameter.name] = _constant(elaborator, builtin, parameter, values.core(argument))
        case Role.RANGE:
            for end in _ends(elaborator, builtin, argument.value):
                core = elaborator.expression(end, values.scope.inside(tree=False))
                given.operands.append((parameter, core))
        case Role.VALUE:
            core = values.core(argument)
            if argument.over:
                given.over[len(given.operands)] = argument.over
            given.operands.append((parameter, core))


def _give_default(elaborator: Elaborator, builtin: Builtin, given: Given, parameter: Parameter, call: ast.Call) -> None:
    if parameter.variadic and any(known is parameter for known, _ in given.operands):
        return
    if parameter.default is REQUIRED:
        text = f"`{builtin.name}` needs the argument `{parameter.name}`"
        elaborator.fail(WrongArguments(span=call.span, text=text, signature=signature(builtin)))
    if parameter.option:
        given.options[parameter.name] = parameter.default
    elif parameter.default is not None:
        given.operands.append((parameter, elaborator.literal(parameter.default, call.span)))


def _word(elaborator: Elaborator, value: ast.Expression, words: Sequence[str], name: str) -> str:
    word = value.name if isinstance(value, ast.Name) else None
    if word is None or word not in words:
        text = f"`{name}` is one of the words {', '.join(f'`{w}`' for w in words)}"
        close = suggest(word or "", list(words))
        elaborator.fail(
            WrongArguments(span=value.span, text=text, advice=f"did you mean `{close}`?" if close else None)
        )
        raise AbandonError
    return word


def _regex(elaborator: Elaborator, value: ast.Expression, builtin: Builtin) -> tuple[str, str]:
    if not isinstance(value, ast.Regex):
        elaborator.fail(
            TypeMismatch(
                span=value.span, where=f"`{builtin.name}`", expected="a regular expression such as `/\\d+/`",
                found="another expression", advice="write the pattern between slashes",
            )
        )  # fmt: skip
        raise AbandonError
    try:
        parse_regex(value.pattern, value.flags)
    except RegexError as error:
        start = value.span.start + 1 + error.offset
        span = Span(value.span.source, start, min(start + max(error.length, 1), value.span.end))
        elaborator.fail(UnsupportedRegex(span=span, text=error.message, advice=error.help))
    return value.pattern, value.flags


def _record(elaborator: Elaborator, value: ast.Expression, scope: Scope) -> RecordElement:
    found = scope.module.names.get(value.name) if isinstance(value, ast.Name) else None
    if found is None or not isinstance(found[1], ast.Record):
        name = value.name if isinstance(value, ast.Name) else value.span.text
        records = [known for known, (_, named) in scope.module.names.items() if isinstance(named, ast.Record)]
        elaborator.fail(UnknownName(span=value.span, name=name, what="record", suggestion=suggest(name, records)))
        raise AbandonError
    return elaborator.record(found[0], found[1])


def _constant(elaborator: Elaborator, builtin: Builtin, parameter: Parameter, core: Core) -> Any:
    if not isinstance(core, Constant):
        elaborator.fail(NotConstant(span=core.span, what=f"the argument `{parameter.name}` of `{builtin.name}`"))
        raise AbandonError
    if core.type.element not in parameter.accepts:
        _mismatch(elaborator, builtin, parameter, core)
    return core.value


def _ends(elaborator: Elaborator, builtin: Builtin, value: ast.Expression) -> tuple[ast.Expression, ast.Expression]:
    if not isinstance(value, ast.Range):
        text = f"`{builtin.name}` needs a range here, such as `0..1`"
        elaborator.fail(WrongArguments(span=value.span, text=text, signature=signature(builtin)))
        raise AbandonError
    return value.low, value.high


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
            _mismatch(elaborator, builtin, parameter, core)
    operands = tuple(core for _, core in given.operands)
    across = _across(elaborator, builtin, given, span)
    consumed = () if across else _consumed(elaborator, builtin, given, ambient, span)
    _refuse_missing(elaborator, builtin, given, consumed, across, span)
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
    given = Given(operands=list(zip(builtin.parameters, core.items, strict=True)))
    return apply(elaborator, builtin, given, core.span, frozenset())


def _mismatch(elaborator: Elaborator, builtin: Builtin, parameter: Parameter, core: Core) -> None:
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
    result = []
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
        variables.update(zip(parameter.axes, axes, strict=False))
        result.append(axes)
    return tuple(result)


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
    type_ = write_type(core.type, ranges=False)
    if not axes:
        text = f"`{builtin.name}` needs a list, but `{elaborator.brief(core)}` is a single `{type_}`"
        elaborator.fail(UnknownAxis(span=core.span, text=text, suggestion=_hint_elementwise(builtin)))
    names = ", ".join(f"`{axis}`" for axis in axes)
    text = f"`{builtin.name}` could run along {names}: say which"
    elaborator.fail(
        UnknownAxis(
            span=core.span, text=text, suggestion=f"write `{builtin.name}({elaborator.brief(core)} over {axes[-1]})`"
        )
    )
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
    elaborator: Elaborator, builtin: Builtin, given: Given, consumed: tuple[tuple[Axis, ...], ...], across: Axis | None,
    span: Span,
) -> None:  # fmt: skip
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
                    advice=f"write `{elaborator.brief(core)} ?? {0}`, or `missing: skip`, or `missing: spread`",
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
            elif place == 0 and chooses_entries(core.builtin):
                moved = level if core.builtin.keeps else level - inner
                levels.add(moved | {core.made} if core.made is not None else moved)
            elif core.missing == "spread":
                levels.add(level - inner)
            elif core.across is not None and place > 0:
                levels.add(level)
    options = dict(core.options) | (dict(lengths) if isinstance(core.builtin, Reduction | Matrix) else {})
    if core.builtin.may_miss(types, options):
        levels.add(frozenset(axis for axis in core.type.axes if axis != core.made))
    return frozenset(levels)


def _traced(core: Apply) -> str | None:
    if core.across is not None:
        return f"a statistic over {core.across}"
    return next((operand.type.traced for operand in core.operands if operand.type.traced), None)


def _refuse_traced(elaborator: Elaborator, core: Apply, name: str) -> None:
    host = core.builtin.host_only or host_element(core.type)
    host = host or any(host_element(operand.type) for operand in core.operands)
    if core.type.traced and host:
        elaborator.fail(ParamReachesHost(span=core.span, what=f"`{name}`", by=core.type.traced))


def host_element(type_: Type) -> bool:
    """Whether values of the type live on the host alone."""
    return type_.element.host_only
