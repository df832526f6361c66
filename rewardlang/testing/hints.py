"""What a spec says of the texts and numbers that it is about: its patterns, tags, words and numbers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from rewardlang.check.modules import Loader, read_source
from rewardlang.diagnostics import Sink
from rewardlang.syntax import ast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rewardlang.check.modules import Module

_LONGEST = 200
"""A literal that is longer is a prompt, which no answer contains."""


@dataclass(frozen=True)
class Hints:
    """`tags` are pairs of texts such as `<answer>` and `</answer>`; `records` the fields of records, by name."""

    patterns: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()
    records: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()


def collect(path: Path) -> Hints:
    """The hints of a module, and of what it uses of the modules that it imports from."""
    return hints_of(Loader(Sink()).load(read_source(path), path.parent))


def hints_of(module: Module) -> Hints:
    """As `collect`, of a module that is loaded."""
    nodes = [node for declaration in _reached(module) for node in _nodes(declaration)]
    words = [node.value for node in nodes if isinstance(node, ast.Text) and 0 < len(node.value) <= _LONGEST]
    labels = [
        label for node in nodes if isinstance(node, ast.Block) and node.kind == "choose" for label in _labels(node)
    ]
    return Hints(
        patterns=_unique((node.pattern, node.flags) for node in nodes if isinstance(node, ast.Regex)),
        tags=_unique(pair for node in nodes for pair in _pair(node)),
        words=_unique([*words, *labels]),
        numbers=_unique(float(n.value) for n in nodes if isinstance(n, ast.Number) and abs(n.value) < float("inf")),
        records=_unique(
            (node.name, tuple((field.name, field.type.element) for field in node.fields))
            for node in nodes
            if isinstance(node, ast.Record)
        ),
    )


def _unique(items: Any) -> Any:
    return tuple(dict.fromkeys(items))


def _labels(block: ast.Block) -> Iterator[str]:
    for entry in block.entries:
        yield from (label for label in entry.labels if label != "else")


def _pair(node: ast.Node) -> Iterator[tuple[str, str]]:
    """The two tags of a call such as `between(x, "<a>", "</a>")`."""
    if isinstance(node, ast.Call) and node.function.name.startswith("between"):
        texts = [argument.value.value for argument in node.arguments if isinstance(argument.value, ast.Text)]
        if len(texts) == 2:
            yield texts[0], texts[1]


def _reached(module: Module) -> list[ast.Declaration]:
    """The declarations of a module, and those of others that they use."""
    found: dict[int, ast.Declaration] = {}
    waiting: list[tuple[Module, ast.Declaration]] = [(module, each) for each in module.tree.declarations]
    while waiting:
        place, declaration = waiting.pop()
        if id(declaration) in found:
            continue
        found[id(declaration)] = declaration
        for node in _nodes(declaration):
            name = node.name if isinstance(node, ast.Name) else getattr(node, "element", None)
            if name in place.names:
                waiting.append(place.names[name])
    return list(found.values())


def _nodes(node: ast.Node) -> Iterator[ast.Node]:
    yield node
    for field in fields(node):
        value = getattr(node, field.name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, ast.Node):
                yield from _nodes(item)
