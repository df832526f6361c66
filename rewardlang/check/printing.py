"""The syntax tree and the typed form of a reward, in print."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from rewardlang.check.core import Core, Entry
from rewardlang.ops.builtin import Builtin
from rewardlang.syntax import ast
from rewardlang.types import Axis, Element, Type, write_type

if TYPE_CHECKING:
    from rewardlang.check.core import CheckedReward

HIDDEN = ("span", "source", "type")


def print_tree(tree: ast.Ast) -> str:
    """A syntax tree, a node a line, indented."""
    lines = [] if tree.doc is None else [f"doc {tree.doc!r}"]
    for declaration in tree.declarations:
        _write(declaration, 0, "", lines)
    return "\n".join(lines)


def print_checked(reward: CheckedReward) -> str:
    """A reward as the checker leaves it: fields and the typed body, a node a line, indented."""
    lines = [f"{reward.kind} {reward.name} -> {write_type(reward.result)}"]
    lines += [f"  field {item.name}: {write_type(item.type)}" for item in reward.inputs]
    lines += [f"  param {item.name}: {write_type(item.type)} = {item.default}" for item in reward.params]
    for name, core in reward.lets:
        lines.append(f"  let {name}: {write_type(core.type)}")
    _write(reward.body, 1, "", lines)
    return "\n".join(lines)


def _write(value: Any, depth: int, name: str, lines: list[str]) -> None:
    head = "  " * depth + (f"{name} = " if name else "")
    if isinstance(value, tuple):
        if not value:
            return
        if all(not _nested(item) for item in value):
            lines.append(f"{head}({', '.join(_plain(item) for item in value)})")
            return
        for item in value:
            _write(item, depth, name, lines)
        return
    if not _nested(value):
        lines.append(head + _plain(value))
        return
    parts = [(part.name, getattr(value, part.name)) for part in fields(value) if part.name not in HIDDEN]
    type_ = f": {write_type(value.type)}" if isinstance(value, Core) else ""
    plain = [f"{n}={_plain(v)}" for n, v in parts if not _nested(v) and v not in (None, (), False)]
    lines.append(f"{head}{type(value).__name__}({', '.join(plain)}){type_}")
    for part, inner in parts:
        if _nested(inner):
            _write(inner, depth + 1, part, lines)


def _nested(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(_nested(item) for item in value)
    return isinstance(value, ast.Node | Core | Entry)


def _plain(value: Any) -> str:
    match value:
        case Builtin() | Axis() | Element():
            return value.name
        case Type():
            return write_type(value)
        case tuple():
            return f"({', '.join(_plain(item) for item in value)})"
        case _:
            return repr(value)
