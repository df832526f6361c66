"""Calls that ask about one text are answered together: patterns by one automaton, literals in one pass.

Which calls those are is found once a graph. The first of them that is evaluated gives all of them their values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.ir.graph import Call, Constant
from rewardlang.ops.builtin import Rows
from rewardlang.types import TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rewardlang.columns.texts import Texts
    from rewardlang.ir.graph import Graph, GraphNode, NodeId
    from rewardlang.kernels.literals import Seek
    from rewardlang.regex.product import Product, Question


@dataclass(frozen=True)
class Asking:
    """A call that asks, with its constant texts."""

    node: NodeId
    texts: tuple[str, ...]
    question: Question | Seek


@dataclass(frozen=True, eq=False)
class Shared:
    """Calls whose questions one pass over their text answers: by an automaton, or else by looking for literals."""

    asking: tuple[Asking, ...]
    product: Product | None

    def __str__(self) -> str:
        how = "one pass for literals" if self.product is None else f"an automaton of {self.product.states} states"
        return ", ".join(f"%{one.node}" for one in self.asking) + f": {how}"

    def answers(self, texts: Texts) -> list[Any]:
        """The answer to each question, a row a text."""
        if self.product is None:
            from rewardlang.kernels.literals import seek_all

            return seek_all(texts, [asking.question for asking in self.asking])  # type: ignore[misc]  # they seek
        from rewardlang.regex.machine import ask

        found = ask(self.product, texts.buffer, texts.starts, texts.ends)
        return [(found >> bit & 1).astype(np.bool_) for bit in range(len(self.asking))]


def shared(graph: Graph, nodes: Iterable[NodeId]) -> Mapping[NodeId, Shared]:
    """For each of these nodes that is answered together with others, with which and how."""
    found: dict[NodeId, Shared] = {}
    for asking in _by_text(graph, nodes):
        if len(asking) > 1:
            for group in (*_patterns(asking), *_literals(asking)):
                found |= dict.fromkeys((one.node for one in group.asking), group)
    return found


def _by_text(graph: Graph, nodes: Iterable[NodeId]) -> Sequence[Sequence[Asking]]:
    found: dict[tuple[Any, ...], list[Asking]] = {}
    for node in nodes:
        here = graph.nodes[node]
        asking = _asking(graph, node, here)
        if asking is not None:
            found.setdefault((here.arguments[0], here.axes), []).append(asking)
    return list(found.values())


def _asking(graph: Graph, index: NodeId, node: GraphNode) -> Asking | None:
    call = node.operation
    if not isinstance(call, Call) or not isinstance(call.builtin, Rows):
        return None
    first, *rest = (graph.nodes[argument] for argument in node.arguments)
    constants = [argument.operation for argument in rest if isinstance(argument.operation, Constant)]
    if first.element != TEXT or isinstance(first.operation, Constant) or len(constants) < len(rest):
        return None
    texts = tuple(str(constant.value) for constant in constants)
    question = call.builtin.question(texts, dict(call.options))
    return None if question is None else Asking(index, texts, question)


def _patterns(asking: Sequence[Asking]) -> Iterable[Shared]:
    from rewardlang.regex.product import Question, grouped

    mine = [one for one in asking if isinstance(one.question, Question)]
    if len(mine) > 1:
        for group in grouped(tuple(one.question for one in mine if isinstance(one.question, Question))):
            if len(group.places) > 1:
                yield Shared(tuple(mine[place] for place in group.places), group.product)


def _literals(asking: Sequence[Asking]) -> Iterable[Shared]:
    from rewardlang.kernels.literals import Seek, passes, shareable

    mine = [one for one in asking if isinstance(one.question, Seek) and shareable(one.question)]
    for places in passes([one.question for one in mine if isinstance(one.question, Seek)]):
        if len(places) > 1:
            yield Shared(tuple(mine[place] for place in places), None)
