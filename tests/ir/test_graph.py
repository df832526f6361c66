"""Building, printing and checking graphs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rewardlang.diagnostics import InternalError
from rewardlang.ir.builder import Builder
from rewardlang.ir.graph import Call, Graph, GraphNode, Holds, Relabel, Stack
from rewardlang.ir.text import print_graph
from rewardlang.ir.verify import verify
from rewardlang.lower.trees import ADD, DIVIDE
from rewardlang.ops.internal import EVERY
from rewardlang.ops.powers import POWER
from rewardlang.types import BOOL, FLOAT, INT, TEXT, Axis, Type

A = Axis("a", "a")


def built() -> tuple[Builder, Graph]:
    builder = Builder()
    x = builder.input("x", Type(FLOAT, (A,)))
    quotient = builder.call(DIVIDE, (builder.constant(1.0), x))
    held = builder.call(EVERY, (builder.holds(quotient),), consumed=((A,),))
    return builder, Graph(tuple(builder.nodes), quotient, held, name="r")


def test_equal_nodes_are_one_and_zeros_are_two() -> None:
    builder = Builder()
    x, y = builder.input("x", Type(FLOAT)), builder.constant(0.0)
    assert builder.call(ADD, (x, y)) == builder.call(ADD, (x, y))
    assert builder.constant(0.0) == y != builder.constant(-0.0)
    assert len({builder.constant(value) for value in (1, 1.0, True, "1")}) == 4


def test_a_graph_is_written_a_node_a_line() -> None:
    _, graph = built()
    assert print_graph(graph) == (
        "graph r\n"
        "  %0: float[a] = input x\n"
        "  %1: float in 1..1 = constant 1.0\n"
        "  %2: float[a] = /(%1, %0)\n"
        "  %3: bool[a] = holds(%2)\n"
        "  %4: bool = every(%3) [over (a)]\n"
        "  total %2 present %4\n"
    )
    verify(graph)


@pytest.mark.parametrize(
    ("node", "why"),
    [
        (GraphNode(Call(ADD), (0, 9), FLOAT, (A,), Type(FLOAT).range), "does not come before"),
        (GraphNode(Call(ADD), (0, 1), FLOAT, (), Type(FLOAT).range), "do not follow from its arguments"),
        (GraphNode(Holds(), (0,), BOOL, (A,), Type(BOOL).range), "cannot be missing"),
        (GraphNode(Call(EVERY, consumed=((A,),)), (1,), BOOL, (), Type(BOOL).range), "lacks an axis"),
        (GraphNode(Call(EVERY, consumed=((A,),)), (0,), BOOL, (), Type(BOOL).range), "takes no float"),
        (GraphNode(Call(ADD), (0, 1), FLOAT, (Axis("b", "b"),), Type(FLOAT).range), "nothing defines"),
        (GraphNode(Stack(Axis("s", "s", (), 2, 2)), (1,), FLOAT, (), Type(FLOAT).range), "1 items"),
        (GraphNode(Relabel(Axis("b", "b"), A), (0,), FLOAT, (A,), Type(FLOAT).range), "not an axis"),
        (GraphNode(Call(ADD), (0, 1), TEXT, (A,), Type(FLOAT).range), "a number has a range"),
        (GraphNode(Call(ADD, masked=True), (0, 1, 1), FLOAT, (A,), Type(FLOAT).range), "a mask is a bool"),
    ],
)
def test_what_is_wrong_is_named(node: GraphNode, why: str) -> None:
    _, graph = built()
    with pytest.raises(InternalError, match=why):
        verify(replace(graph, nodes=(*graph.nodes, node)))


def test_outputs_are_masks_and_scores() -> None:
    _, graph = built()
    with pytest.raises(InternalError, match="a mask is a bool"):
        verify(replace(graph, total_present=0))
    builder = Builder()
    text, true = builder.input("t", Type(TEXT)), builder.true()
    with pytest.raises(InternalError, match="a score is no text"):
        verify(Graph(tuple(builder.nodes), text, true))


def folded(build: Any) -> str:
    from rewardlang.passes import optimise

    builder = Builder()
    x = builder.input("x", Type(FLOAT))
    c = builder.input("c", Type(BOOL))
    node, true = build(builder, x, c), builder.true()
    graph = optimise(Graph(tuple(builder.nodes), node, true))
    verify(graph)
    return print_graph(graph).split("\n  total")[0].split("\n", 1)[1].strip()


X_ALONE = "%0: float = input x"
C_ALONE = "%0: bool = input c"


@pytest.mark.parametrize(
    ("build", "left"),
    [
        (lambda b, x, _: b.call(ADD, (x, b.constant(0.0))), X_ALONE),
        (lambda b, x, _: b.call(DIVIDE, (x, b.constant(1.0))), X_ALONE),
        (lambda b, x, _: b.call(POWER, (x, b.constant(2))), f"{X_ALONE}\n%1: float in 0..inf = *(%0, %0)"),
        (lambda b, x, c: b.select(c, x, b.select(c, b.constant(1.0), x)), X_ALONE),
        (lambda b, _, c: b.select(c, b.true(), b.constant(value=False)), C_ALONE),
        (lambda b, _, c: b.opposite(b.opposite(c)), C_ALONE),
        (lambda b, _, c: b.both((c, b.opposite(b.constant(value=False)))), C_ALONE),
        (lambda b, x, c: b.select(b.either((c, b.true())), x, b.constant(3.0)), X_ALONE),
    ],
)
def test_the_passes_leave_what_matters(build: Any, left: str) -> None:
    found = [line for line in folded(build).split("\n") if "constant" not in line]
    assert "\n".join(line.strip() for line in found) == left


def test_constants_fold_unless_the_result_is_missing_or_infinite() -> None:
    def quotient(divisor: float) -> Any:
        return lambda b, _x, _c: b.call(DIVIDE, (b.constant(1.0), b.constant(divisor)))

    assert "constant 0.25" in folded(quotient(4.0))
    assert "/(" in folded(quotient(0.0))
    assert "constant 3" in folded(lambda b, _x, _c: b.call(ADD, (b.constant(1), b.constant(2))))
    assert "constant False" in folded(lambda b, x, c: b.holds(quotient(0.0)(b, x, c)))
    huge = folded(lambda b, _x, _c: b.call(ADD, (b.constant(1.7e308), b.constant(1.7e308))))
    assert "+(" in huge


def test_ints_and_floats_do_not_replace_each_other() -> None:
    def mixed(b: Builder, _x: int, _c: int) -> int:
        n = b.input("n", Type(INT))
        return b.call(DIVIDE, (n, b.constant(1.0)))

    assert "/(" in folded(mixed)
