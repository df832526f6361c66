"""Draws `docs/score_tree.svg`: the tree of one real score, from an example spec and its data.

Boxes carry their own colours, so that the picture reads on light and dark pages.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import rewardlang

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewardlang import Explanation

ROOT = Path(__file__).parents[1]
SPEC, ROW = "shop", 2
WIDE, HIGH, STEP_X, STEP_Y, EDGE = 196, 46, 236, 58, 12
COUNTED, METRIC, INACTIVE = ("#1f6feb", "#ffffff"), ("#6e5494", "#ffffff"), ("#57606a", "#d8dee4")
"""Fill and text of a box."""


@dataclass
class Box:
    """One term, placed. `row` is its place from the top, in rows; half rows for parents between their children."""

    label: str
    sum: str
    column: int
    row: float
    colours: tuple[str, str]
    parent: Box | None

    @property
    def x(self) -> float:
        """The left side, in pixels."""
        return EDGE + self.column * STEP_X

    @property
    def y(self) -> float:
        """The top, in pixels."""
        return EDGE + self.row * STEP_Y


def boxes(explanation: Explanation) -> list[Box]:
    """The total and every term, leaves one a row, parents amid their children; nothing below a dead branch."""
    total = "missing" if explanation.total is None else _number(explanation.total)
    placed = [Box(explanation.reward, f"total = {total}", 0, 0, COUNTED, None)]
    above = {"": placed[0]}
    row = 0
    dead = tuple(f"{leaf.path}/" for leaf in explanation.tree if not leaf.active)
    shown = [leaf for leaf in explanation.tree if not leaf.path.startswith(dead)]
    for leaf in shown:
        colours = INACTIVE if not leaf.active else METRIC if leaf.kind == "metric" else COUNTED
        parent = above[leaf.path.rpartition("/")[0]]
        box = Box(leaf.label, _sum(leaf.raw, leaf.weight, leaf.contribution), leaf.depth + 1, row, colours, parent)
        row += not any(other.path.startswith(f"{leaf.path}/") for other in shown)
        above[leaf.path] = box
        placed.append(box)
    for box in reversed(placed):
        rows = [child.row for child in placed if child.parent is box]
        box.row = (min(rows) + max(rows)) / 2 if rows else box.row
    return placed


def _sum(raw: float | None, weight: float | None, contribution: float | None) -> str:
    if raw is None:
        return "not active"
    times = "" if weight in (None, 1) else f" × {_number(weight)}"
    return f"{_number(raw)}{times}" + (f" = {_number(contribution)}" if times and contribution is not None else "")


def _number(value: float | None) -> str:
    return f"{value:.3g}"


def draw(explanation: Explanation) -> str:
    """The picture as SVG."""
    placed = boxes(explanation)
    width = max(box.x for box in placed) + WIDE + EDGE
    height = max(box.y for box in placed) + HIGH + EDGE
    title = escape(f"The score of row {explanation.row} as a tree: {explanation.reward}")
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">'
    style = "text{font:13px ui-sans-serif,system-ui,sans-serif}.name{font-weight:600}path{fill:none;stroke:#8b949e}"
    return "\n".join((head, f"<title>{title}</title>", f"<style>{style}</style>", *_shapes(placed), "</svg>", ""))


def _shapes(placed: list[Box]) -> Iterator[str]:
    for box in placed:
        if box.parent is not None:
            start, end = box.parent.x + WIDE, box.x
            from_, to, middle = box.parent.y + HIGH / 2, box.y + HIGH / 2, (start + end) / 2
            yield f'<path d="M{start:g} {from_:g}C{middle:g} {from_:g} {middle:g} {to:g} {end:g} {to:g}"/>'
    for box in placed:
        fill, text = box.colours
        yield f'<rect x="{box.x:g}" y="{box.y:g}" width="{WIDE}" height="{HIGH}" rx="6" fill="{fill}"/>'
        yield f'<text class="name" x="{box.x + 10:g}" y="{box.y + 19:g}" fill="{text}">{escape(box.label)}</text>'
        yield f'<text x="{box.x + 10:g}" y="{box.y + 36:g}" fill="{text}">{escape(box.sum)}</text>'


def main() -> None:
    """Draw the score of one row."""
    reward = rewardlang.load(ROOT / "examples" / f"{SPEC}.rwd")
    rows = [json.loads(line) for line in (ROOT / "examples" / f"{SPEC}.jsonl").read_text("utf-8").splitlines()]
    columns = {name: [row[name] for row in rows] for name in reward.inputs}
    svg = draw(reward.explain(columns, ROW))
    (ROOT / "docs" / "score_tree.svg").write_text(svg, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
