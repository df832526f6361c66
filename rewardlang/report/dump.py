"""The first two stages of the compiler as text: the syntax tree, and a reward as the checker leaves it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from rewardlang.check.core import Constant, Core, Entry, Input, MemoryValue, ParamValue, Symbol
from rewardlang.ops.builtin import Builtin
from rewardlang.types import Axis, write_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewardlang.check.core import CheckedReward
    from rewardlang.syntax.ast import Ast

_STEP = "  "
_LEAVES = (Constant, Input, MemoryValue, ParamValue, Symbol)


def dump_ast(tree: Ast) -> str:
    """A syntax tree, a node a line, with the line of the text at which each declaration starts."""
    lines = [] if tree.doc is None else [f"doc: {tree.doc!r}"]
    for declaration in tree.declarations:
        line, _ = declaration.span.source.position(declaration.span.start)
        lines += [f"# line {line}", *_node("", declaration, "")]
    return "\n".join(lines)


def _node(name: str, value: Any, indent: str) -> Iterator[str]:
    lead = f"{indent}{name}: " if name else indent
    if isinstance(value, tuple):
        yield f"{lead}[]" if not value else lead.rstrip()
        for item in value:
            yield from _node("-", item, indent + _STEP)
    elif is_dataclass(value):
        parts = [(f.name, getattr(value, f.name)) for f in fields(value) if f.name != "span"]
        flat = [f"{key}={part!r}" for key, part in parts if _is_plain(part) and _is_said(key, part)]
        yield f"{lead}{' '.join((type(value).__name__, *flat))}"
        for key, part in parts:
            if not _is_plain(part) and part != ():
                yield from _node(key, part, indent + _STEP)
    else:
        yield f"{lead}{value!r}"


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _is_said(key: str, value: Any) -> bool:
    return value is not None and (value is not False or key == "value")


def dump_reward(reward: CheckedReward) -> str:
    """A checked reward: its inputs and params, its named values and its body, every node with its type.

    A value that is used several times is written where it is first used, as `%1 = …`, and is `%1` after that.
    """
    lines = [f"{reward.kind} {reward.name} -> {write_type(reward.result)}"]
    lines += [f"{_STEP}input {field.name}: {write_type(field.type)}" for field in reward.inputs]
    lines += [f"{_STEP}param {param.name}: {write_type(param.type)} = {param.default!r}" for param in reward.params]
    lines += [f"{_STEP}model {model.name} -> {write_type(model.result)}" for model in reward.models]
    lines += [f"{_STEP}memory {memory.name}: {write_type(memory.type)}" for memory in reward.memories]
    printer = _CorePrinter([*(core for _, core in reward.lets), reward.body])
    for name, core in reward.lets:
        lines += printer.lines(f"let {name}: ", core, _STEP)
    lines += printer.lines("return ", reward.body, _STEP)
    return "\n".join(lines)


class _CorePrinter:
    def __init__(self, roots: list[Core]) -> None:
        self._uses: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        for root in roots:
            self._count(root)

    def _count(self, core: Core) -> None:
        self._uses[core.key] = self._uses.get(core.key, 0) + 1
        if self._uses[core.key] == 1:
            for _, part in _parts(core):
                self._count(part)

    def lines(self, lead: str, core: Core, indent: str) -> Iterator[str]:
        """A node and what it is made of."""
        if core.key in self._numbers:
            yield f"{indent}{lead}%{self._numbers[core.key]}"
            return
        if self._uses[core.key] > 1 and not isinstance(core, _LEAVES):
            self._numbers[core.key] = len(self._numbers) + 1
            lead += f"%{self._numbers[core.key]} = "
        yield f"{indent}{lead}{_title(core)}: {write_type(core.type)}"
        for name, part in _parts(core):
            yield from self.lines(f"{name}: " if name else "", part, indent + _STEP)


def _parts(core: Core) -> Iterator[tuple[str, Core]]:
    """The typed expressions that a node is made of, each with its role; operands have none."""
    for field in fields(core):
        value = getattr(core, field.name)
        if isinstance(value, Core):
            yield field.name, value
        elif isinstance(value, tuple):
            for item in value:
                if isinstance(item, Core):
                    yield "", item
                elif isinstance(item, Entry):
                    yield " ".join(filter(None, (item.mark, *map(repr, item.labels)))), item.value
                    if item.weight is not None:
                        yield "weight", item.weight


def _title(core: Core) -> str:
    words = [type(core).__name__]
    for field in fields(core):
        if field.name not in ("type", "span"):
            words += _words(field.name, getattr(core, field.name))
    return " ".join(words)


def _words(name: str, value: Any) -> list[str]:
    """What a node says beside its parts."""
    match value:
        case Builtin():
            return [value.name]
        case Axis():
            return [f"{name}={value}"]
        case bool() | int() | float():
            return [repr(value)]
        case "skip" | "spread" if name == "missing":
            return [f"missing={value}"]
        case str():
            return [repr(value)] if name != "missing" else []
        case tuple() if value and name == "options":
            return [f"{key}={option!r}" for key, option in value]
        case tuple() if value and name == "consumed":
            return [f"over {'/'.join(map(str, axes))}" for axes in value if axes]
    return []
