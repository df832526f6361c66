"""Passes: functions from graph to graph, listed in the order in which they run, each with its reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rewardlang.passes.fold import fold_constants
from rewardlang.passes.fuse import count_elements, fuse_replacements, look_for_keys
from rewardlang.passes.prune import drop_dead
from rewardlang.passes.simplify import simplify

if TYPE_CHECKING:
    from rewardlang.ir.graph import Graph

Pass = Callable[["Graph"], "Graph"]

PIPELINE: tuple[tuple[Pass, str], ...] = (
    (fold_constants, "consts and defs leave arithmetic on constants behind; the other passes look for constants"),
    (simplify, "weights of 1, masks that are true and selections between equals are left by lowering"),
    (fold_constants, "a simplified mask may make a selection constant"),
    (simplify, "selections that have become masks stand beside others now"),
    (
        fuse_replacements,
        "a chain of replacements copies every text once for each; after folding, it is as long as it gets",
    ),
    (look_for_keys, "a list of the keys takes several times as long as a look for one"),
    (count_elements, "to make a list takes several times as long as to count what it would hold"),
    (drop_dead, "what the rewriting left unused would still run on the host"),
)


def optimise(graph: Graph) -> Graph:
    """The graph after all passes. Rebuilding shares equal nodes: there is no pass for common subexpressions."""
    for step, _ in PIPELINE:
        graph = step(graph)
    return graph
