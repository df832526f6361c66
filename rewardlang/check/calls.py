"""Calls of builtins as they are written: which overload, and which argument is which parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.check.applying import Given, accepts, apply, mismatch, runs_along
from rewardlang.check.core import Constant, Core
from rewardlang.check.errors import NotConstant, TypeMismatch, UnsupportedRegex, WrongArguments
from rewardlang.check.name_errors import UnknownName
from rewardlang.check.scope import AbandonError
from rewardlang.diagnostics.suggest import suggest
from rewardlang.ops.builtin import REQUIRED, Builtin, Parameter, Role
from rewardlang.ops.registry import overloads, signature
from rewardlang.regex.escapes import RegexError
from rewardlang.regex.syntax import parse as parse_regex
from rewardlang.source import Span
from rewardlang.syntax import ast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.check.elaborate import Elaborator
    from rewardlang.check.scope import Scope
    from rewardlang.types import RecordElement

MISSING_WORDS = ("skip", "spread")


def call_builtin(elaborator: Elaborator, call: ast.Call, scope: Scope) -> Core:
    """Elaborate a call of a builtin by name."""
    name = call.function.name
    known = [builtin for builtin in overloads(name) if not builtin.internal]
    values = _Values(elaborator, call, scope)
    builtin = choose(known, values)
    given = bind(elaborator, builtin, call, values)
    return apply(elaborator, builtin, given, call.span, scope.ambient, name)


class _Values:
    """The arguments of a call, elaborated at most once."""

    def __init__(self, elaborator: Elaborator, call: ast.Call, scope: Scope) -> None:
        self.elaborator, self.call, self.scope = elaborator, call, scope
        self.cores: dict[int, Core] = {}

    def core(self, argument: ast.Argument) -> Core:
        """The value of an argument."""
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


def choose(known: Sequence[Builtin], values: _Values) -> Builtin:
    """The overload that fits the arguments by number, element and lists; the likeliest one where none fits."""
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
    taking = []
    for builtin in fitting:
        places = _places(builtin, len(positional))
        cores = [
            (parameter, core.type)
            for parameter, argument in zip(places, positional, strict=False)
            if not parameter.option and parameter.role is Role.VALUE and (core := values.peek(argument)) is not None
        ]
        if all(accepts(parameter, type_) for parameter, type_ in cores):
            taking.append(builtin)
            if all(runs_along(parameter, type_, values.scope.ambient) for parameter, type_ in cores):
                return builtin
    return (taking or fitting)[0]


def _takes(builtin: Builtin, count: int) -> bool:
    least = sum(1 for parameter in builtin.parameters if parameter.default is REQUIRED)
    variadic = any(parameter.variadic for parameter in builtin.parameters)
    return least <= count and (variadic or count <= len(builtin.parameters))


def _places(builtin: Builtin, count: int) -> list[Parameter]:
    places = list(builtin.parameters)
    if places and places[-1].variadic:
        places += [places[-1]] * max(0, count - len(places))
    return places


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
        case Role.CONST | Role.GIVEN:
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
        close = suggest(name, records)
        raise elaborator.unknown(UnknownName(span=value.span, name=name, what="record", suggestion=close), scope.module)
    return elaborator.record(found[0], found[1])


def _constant(elaborator: Elaborator, builtin: Builtin, parameter: Parameter, core: Core) -> Any:
    if not isinstance(core, Constant):
        elaborator.fail(NotConstant(span=core.span, what=f"the argument `{parameter.name}` of `{builtin.name}`"))
        raise AbandonError
    if core.type.element not in parameter.accepts:
        mismatch(elaborator, builtin, parameter, core)
    return core.value


def _ends(elaborator: Elaborator, builtin: Builtin, value: ast.Expression) -> tuple[ast.Expression, ast.Expression]:
    if not isinstance(value, ast.Range):
        text = f"`{builtin.name}` needs a range here, such as `0..1`"
        elaborator.fail(WrongArguments(span=value.span, text=text, signature=signature(builtin)))
        raise AbandonError
    return value.low, value.high
