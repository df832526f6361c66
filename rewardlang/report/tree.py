"""The tree of one score as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics.cells import ELLIPSIS, Style, cell_count, paint, printable
from rewardlang.report.summary import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rewardlang.backend.explain import Leaf

_LINES = ("├── ", "└── ", "│   ", "    ")
_ASCII = ("|-- ", "`-- ", "|   ", "    ")
_EVIDENCE = 200
"""So many code points of a text are shown."""


def draw(nodes: Sequence[Leaf], *, color: bool = False, lines: bool = True) -> Iterator[str]:
    """A line a node, in the order given (each before what is below it), then a line for each piece of its evidence.

    All hang below a root that the caller has written. A node is a `Leaf` of an explanation.
    """
    signs = _LINES if lines else _ASCII
    wide = max((cell_count(node.label) + len(signs[0]) * (node.depth + 1) for node in nodes), default=0)
    for i, node in enumerate(nodes):
        branch, below = _edges(nodes, i, signs)
        room = " " * (wide - len(branch) - cell_count(node.label))
        style = Style.STRONG if node.active else Style.PLAIN
        said = _said(node)
        yield f"{branch}{paint(printable(node.label), style, color=color)}{room}  {said}".rstrip()
        for name, text in node.evidence if node.active else ():
            yield f"{below}{paint(name, Style.ASIDE, color=color)} = {short(text)}"


def _edges(nodes: Sequence[Leaf], i: int, signs: tuple[str, str, str, str]) -> tuple[str, str]:
    """What leads a node, and what leads the lines below it."""
    fork, corner, bar, blank = signs
    depth = nodes[i].depth
    above = "".join(bar if _continues(nodes, i, level) else blank for level in range(depth))
    more = i + 1 < len(nodes) and nodes[i + 1].depth > depth
    stem = bar if more else blank
    last = not _continues(nodes, i, depth)
    return above + (corner if last else fork), above + (blank if last else bar) + stem


def _continues(nodes: Sequence[Leaf], i: int, level: int) -> bool:
    """Whether a later node of this level has the same parent."""
    for node in nodes[i + 1 :]:
        if node.depth <= level:
            return bool(node.depth == level)
    return False


def _said(node: Leaf) -> str:
    if not node.active:
        return "not active"
    mark = "" if node.kind == "entry" else f"  ({node.kind})"
    if not node.present:
        return f"missing{mark}"
    parts = [written(node.raw)]
    if node.weight is not None and node.weight != 1:
        parts.append(f"weight {written(node.weight)}")
    if node.contribution is not None and node.contribution != node.raw:
        parts.append(f"gives {written(node.contribution)}")
    return ", ".join(parts) + mark


def written(value: Any) -> str:
    """A number, or the numbers of a score along an axis."""
    if isinstance(value, list):
        return short(f"[{', '.join(map(written, value))}]")
    return "missing" if value is None else number(float(value))


def short(text: str) -> str:
    """A text on one line, cut where it is long."""
    shown = printable(text.replace("\n", "↵"))
    return shown if len(shown) <= _EVIDENCE else f"{shown[:_EVIDENCE]}{ELLIPSIS}"
