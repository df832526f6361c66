"""All builtins, by family. A new family is one line here."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rewardlang.facts import FULL, Interval
from rewardlang.ops import (
    arithmetic,
    bleu,
    brackets,
    comparison,
    coordinates,
    counts,
    curves,
    detection,
    functions,
    geometry,
    graphs,
    json,
    json_parts,
    json_values,
    lists,
    logic,
    matching,
    mathematics,
    norms,
    overlap,
    powers,
    ranks,
    reductions,
    regexes,
    repetition,
    rewriting,
    rouge,
    rounding,
    sentences,
    sets,
    similarity,
    substrings,
    sums,
    text,
    text_compare,
    text_counts,
    text_lists,
    text_numbers,
    text_parts,
    tokenizers,
    tokens,
    warping,
)
from rewardlang.ops.builtin import ANY, NUMBER, REQUIRED, Builtin, Parameter, Role
from rewardlang.ops.internal import INTERNAL
from rewardlang.ops.records import CAPTURE, DECODE, ITEMS, PART
from rewardlang.ops.rewriting import REPLACE_IN_TURN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.types import Element

FAMILIES = (
    arithmetic,
    powers,
    rounding,
    comparison,
    logic,
    functions,
    reductions,
    norms,
    counts,
    coordinates,
    geometry,
    overlap,
    lists,
    ranks,
    matching,
    detection,
    curves,
    warping,
    graphs,
    text,
    text_parts,
    text_compare,
    text_counts,
    text_lists,
    text_numbers,
    sentences,
    regexes,
    rewriting,
    brackets,
    json,
    json_parts,
    json_values,
    sets,
    tokenizers,
    bleu,
    repetition,
    mathematics,
    substrings,
    tokens,
    rouge,
    similarity,
    sums,
)

_COMPILED = (DECODE, ITEMS, CAPTURE, PART, REPLACE_IN_TURN)
BUILTINS: tuple[Builtin, ...] = tuple(builtin for family in FAMILIES for builtin in family.BUILTINS)


@cache
def _by_name() -> dict[str, tuple[Builtin, ...]]:
    table: dict[str, tuple[Builtin, ...]] = {}
    for builtin in BUILTINS:
        table[builtin.name] = (*table.get(builtin.name, ()), builtin)
    return table


def overloads(name: str) -> tuple[Builtin, ...]:
    """The builtins of a name, in the order in which their families stand; empty where there are none."""
    return _by_name().get(name, ())


@cache
def _by_kind() -> dict[tuple[str, str], Builtin]:
    every = (*BUILTINS, *INTERNAL, *_COMPILED)
    return {(builtin.name, type(builtin).__name__): builtin for builtin in every}


def builtin_of(name: str, kind: str) -> Builtin | None:
    """The builtin of a name and class, those that only the compiler makes among them."""
    return _by_kind().get((name, kind))


def signature(builtin: Builtin) -> str:
    """A builtin's signature as the language writes it: `sqrt(x: float) -> float? in 0..inf`."""
    written = ", ".join(_parameter(parameter) for parameter in builtin.parameters)
    return f"{builtin.name}({written}) -> {_result(builtin)}"


def _parameter(parameter: Parameter) -> str:
    match parameter.role:
        case Role.WORD:
            kind = " | ".join(parameter.words)
        case Role.REGEX:
            kind = "/regex/"
        case Role.RANGE:
            kind = f"{_elements(parameter.accepts)}..{_elements(parameter.accepts)}"
        case Role.RECORD:
            kind = "record"
        case Role.CONST | Role.GIVEN:
            kind = f"const {_elements(parameter.accepts)}"
        case _:
            kind = _elements(parameter.accepts)
    if parameter.axes:
        kind = _listed(kind, parameter.axes)
    default = "" if parameter.default is REQUIRED else f" = {_literal(parameter)}"
    return f"{parameter.name}{'...' if parameter.variadic else ''}: {kind}{default}"


def _listed(kind: str, axes: Sequence[str]) -> str:
    return f"({kind})[{', '.join(axes)}]" if " | " in kind else f"{kind}[{', '.join(axes)}]"


def _elements(elements: tuple[Element, ...]) -> str:
    """A number is written `float`, since bools and ints may stand for one; T is any element."""
    if set(elements) >= set(ANY):
        return "T"
    if set(elements) >= set(NUMBER):
        return " | ".join(["float", *(element.name for element in elements if not element.numeric)])
    return " | ".join(element.name for element in elements)


def _literal(parameter: Parameter) -> str:
    value = parameter.default
    if value is None:
        return "missing"
    if isinstance(value, str) and parameter.role is Role.CONST:
        return f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else str(value)


def _result(builtin: Builtin) -> str:
    first = builtin.parameters[0]
    text = builtin.result.name if builtin.result is not None else _elements(first.accepts)
    text += "?" if builtin.partial else ""
    axes = [*builtin.keeps, *([builtin.makes.name] if builtin.makes else [])]
    text = _listed(text, axes) if axes else text
    interval = _promised(builtin)
    return f"{text} in {interval}" if interval is not None else text


def _promised(builtin: Builtin) -> Interval | None:
    """The range of a numeric result whatever the arguments are, where it is narrower than its element."""
    if builtin.result is None or not builtin.result.numeric or builtin.result.name == "bool":
        return None
    interval = builtin.range(*(FULL for p in builtin.parameters for _ in range(_values(p))))
    return None if interval == FULL else interval


def _values(parameter: Parameter) -> int:
    if parameter.option:
        return 0
    return 2 if parameter.role is Role.RANGE else 1
