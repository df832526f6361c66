"""The tree of one score as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics.cells import ELLIPSIS, Style, cell_count, paint, printable
from rewardlang.report.summary import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LINES = ("├── ", "└── ", "│   ", "    ")
_ASCII = ("|-- ", "`-- ", "|   ", "    ")
_EVIDENCE = 200
"""So many code points of a text are shown."""


def draw(nodes: Sequence[Any], *, color: bool = False, lines: bool = True) -> Iterator[str]:
    """A line a node, in the order given (each before what is below it), then a line for each piece of its evidence.

    A node has `depth` (from 0), `label`, `kind`, `raw`, `weight`, `contribution`, `active`, `present` and `evidence`.
    """
    signs = _LINES if lines else _ASCII
    wide = max((cell_count(node.label) + len(signs[0]) * node.depth for node in nodes), default=0)
    for i, node in enumerate(nodes):
        branch, below = _edges(nodes, i, signs)
        room = " " * (wide - len(branch) - cell_count(node.label))
        style = Style.STRONG if node.active else Style.PLAIN
        said = _said(node)
        yield f"{branch}{paint(printable(node.label), style, color=color)}{room}  {said}".rstrip()
        for name, text in node.evidence:
            yield f"{below}{paint(name, Style.ASIDE, color=color)} = {_short(text)}"


def _edges(nodes: Sequence[Any], i: int, signs: tuple[str, str, str, str]) -> tuple[str, str]:
    """What leads a node, and what leads the lines below it."""
    fork, corner, bar, blank = signs
    depth = nodes[i].depth
    above = "".join(bar if _continues(nodes, i, level) else blank for level in range(1, depth))
    more = i + 1 < len(nodes) and nodes[i + 1].depth > depth
    stem = bar if more else blank
    if depth == 0:
        return "", stem
    last = not _continues(nodes, i, depth)
    return above + (corner if last else fork), above + (blank if last else bar) + stem


def _continues(nodes: Sequence[Any], i: int, level: int) -> bool:
    """Whether a later node of this level has the same parent."""
    for node in nodes[i + 1 :]:
        if node.depth <= level:
            return bool(node.depth == level)
    return False


def _said(node: Any) -> str:
    if not node.active:
        return "not active"
    mark = "" if node.kind == "entry" else f"  ({node.kind})"
    if not node.present:
        return f"missing{mark}"
    parts = [number(_scalar(node.raw))]
    if node.weight is not None and _scalar(node.weight) != 1:
        parts.append(f"weight {number(_scalar(node.weight))}")
    if node.contribution is not None and _scalar(node.contribution) != _scalar(node.raw):
        parts.append(f"gives {number(_scalar(node.contribution))}")
    return ", ".join(parts) + mark


def _scalar(value: Any) -> float:
    return float(value)


def _short(text: str) -> str:
    shown = printable(text.replace("\n", "↵"))
    return shown if len(shown) <= _EVIDENCE else f"{shown[:_EVIDENCE]}{ELLIPSIS}"
