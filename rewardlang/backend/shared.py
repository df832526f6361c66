"""Calls that ask about one text are answered together: patterns by one automaton, literals in one pass.

Which calls those are is found when a graph is staged; how they are grouped, when the first of them is evaluated, which
gives all of its group their values.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rewardlang.ir.graph import Call, Constant
from rewardlang.ops.builtin import Rows
from rewardlang.regex.questions import Question, Seek
from rewardlang.types import TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rewardlang.columns.texts import Texts
    from rewardlang.ir.graph import Graph, GraphNode, NodeId
    from rewardlang.regex.product import Product


@dataclass(frozen=True)
class Asking:
    """A call that asks, with its constant texts."""

    node: NodeId
    texts: tuple[str, ...]
    question: Question | Seek


@dataclass(frozen=True)
class Pass:
    """Calls whose questions one pass over their text answers: by an automaton, or else by looking for literals."""

    asking: tuple[Asking, ...]
    product: Product | None

    def answers(self, texts: Texts) -> list[Any]:
        """The answer to each question, a row a text."""
        if self.product is None:
            from rewardlang.kernels.literals import seek_all

            return seek_all(texts, [one.question for one in self.asking if isinstance(one.question, Seek)])
        from rewardlang.regex.machine import ask

        found = ask(self.product, texts.buffer, texts.starts, texts.ends)
        return [(found >> bit & 1).astype(bool) for bit in range(len(self.asking))]


@dataclass(frozen=True, eq=False)
class Shared:
    """All calls that ask about one text."""

    asking: tuple[Asking, ...]

    @cached_property
    def passes(self) -> Mapping[NodeId, Pass]:
        """For each call that is answered together with others, how."""
        found: dict[NodeId, Pass] = {}
        for one in (*_patterns(self.asking), *_literals(self.asking)):
            if len(one.asking) > 1:
                found |= dict.fromkeys((asking.node for asking in one.asking), one)
        return found

    def __str__(self) -> str:
        return ", ".join(f"%{one.node}" for one in self.asking)


def shared(graph: Graph, nodes: Iterable[NodeId]) -> Mapping[NodeId, Shared]:
    """For each of these nodes that asks about a text as others do, all of them."""
    found: dict[tuple[Any, ...], list[Asking]] = {}
    for node in nodes:
        here = graph.nodes[node]
        asking = _asking(graph, node, here)
        if asking is not None:
            found.setdefault((here.arguments[0], here.axes), []).append(asking)
    groups = [Shared(tuple(asking)) for asking in found.values() if len(asking) > 1]
    return {one.node: group for group in groups for one in group.asking}


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


def _patterns(asking: Sequence[Asking]) -> Iterable[Pass]:
    from rewardlang.regex.product import grouped

    mine = {one.question: one for one in asking if isinstance(one.question, Question)}
    for group in grouped(tuple(mine)) if len(mine) > 1 else ():
        found = list(mine.values())
        yield Pass(tuple(found[place] for place in group.places), group.product)


def _literals(asking: Sequence[Asking]) -> Iterable[Pass]:
    from rewardlang.kernels.literals import passes, shareable

    mine = [one for one in asking if isinstance(one.question, Seek) and shareable(one.question)]
    for places in passes([one.question for one in mine if isinstance(one.question, Seek)]):
        yield Pass(tuple(mine[place] for place in places), None)
