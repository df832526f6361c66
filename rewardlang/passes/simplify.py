"""Algebra: a table of exact rewrites. Each row is a builtin, the equation, and the rule.

Nothing in a graph is NaN or infinite, and no builtin tells -0.0 from 0.0; that is what makes `x + 0 -> x` exact.
Sums are never reordered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rewardlang.facts import point
from rewardlang.ir.graph import Call, Constant
from rewardlang.ops.arithmetic import TIMES
from rewardlang.ops.internal import CHOOSE
from rewardlang.ops.powers import POWER
from rewardlang.passes.rebuild import rebuild

if TYPE_CHECKING:
    from rewardlang.ir.builder import Builder
    from rewardlang.ir.graph import Graph, GraphNode, NodeId

Rewrite = Callable[["Builder", Sequence["NodeId"]], "NodeId | None"]


def simplify(graph: Graph) -> Graph:
    """The graph with the rows of the table applied to each node."""
    return rebuild(graph, _simplify)


def _simplify(builder: Builder, node: GraphNode) -> NodeId | None:
    call = node.operation
    if not isinstance(call, Call) or call.across is not None or any(call.consumed) or call.masked:
        return None
    for name, _, rule in TABLE:
        if name == call.builtin.name and len(node.arguments) == _ARITY.get(name, len(node.arguments)):
            found = rule(builder, node.arguments)
            if found is not None:
                return found
    return None


def _is(builder: Builder, node: NodeId, value: Any) -> bool:
    operation = builder[node].operation
    return isinstance(operation, Constant) and not isinstance(operation.value, str) and operation.value == value


def _neutral(value: float, *, left: bool) -> Rewrite:
    """The other argument, where one is the neutral element."""

    def rule(builder: Builder, arguments: Sequence[NodeId]) -> NodeId | None:
        x, y = arguments
        if _is(builder, y, value):
            return x
        return y if left and _is(builder, x, value) else None

    return rule


def _absorbing(value: Any) -> Rewrite:
    """The absorbing element itself, where it is an argument."""

    def rule(builder: Builder, arguments: Sequence[NodeId]) -> NodeId | None:
        return next((argument for argument in arguments if _is(builder, argument, value)), None)

    return rule


def _same(_: Builder, arguments: Sequence[NodeId]) -> NodeId | None:
    return arguments[0] if len(set(arguments)) == 1 else None


def _absorbed(outer: str, inner: str) -> Rewrite:
    """One argument, where the other one is made of it by the same operation or by its dual."""

    def rule(builder: Builder, arguments: Sequence[NodeId]) -> NodeId | None:
        for x, y in (arguments, arguments[::-1]):
            if _calls(builder, y, inner) and x in builder[y].arguments:
                return x if inner != outer else y
        return None

    return rule


def _twice(name: str) -> Rewrite:
    def rule(builder: Builder, arguments: Sequence[NodeId]) -> NodeId | None:
        return builder[arguments[0]].arguments[0] if _calls(builder, arguments[0], name) else None

    return rule


def _square(builder: Builder, arguments: Sequence[NodeId]) -> NodeId | None:
    """A power is slow, and asks about signs and zeros."""
    x, power = arguments
    if not _is(builder, power, 2):
        return None
    reach = POWER.range(builder.type_of(x).interval, point(2))
    return builder.call(TIMES, (x, x), range=reach)


def _chosen(builder: Builder, arguments: Sequence[NodeId]) -> NodeId | None:
    condition, yes, no = arguments
    if _is(builder, condition, value=True):
        return yes
    return no if _is(builder, condition, value=False) else None


def _equal_branches(_: Builder, arguments: Sequence[NodeId]) -> NodeId | None:
    return arguments[1] if arguments[1] == arguments[2] else None


def _swapped(builder: Builder, arguments: Sequence[NodeId]) -> NodeId | None:
    condition, yes, no = arguments
    return builder.select(builder[condition].arguments[0], no, yes) if _calls(builder, condition, "not") else None


def _truth(builder: Builder, arguments: Sequence[NodeId]) -> NodeId | None:
    condition, yes, no = arguments
    bools = all(isinstance(_value(builder, node), bool) for node in (yes, no))
    if not bools:
        return None
    return condition if _value(builder, yes) else builder.opposite(condition)


def _value(builder: Builder, node: NodeId) -> Any:
    operation = builder[node].operation
    return operation.value if isinstance(operation, Constant) else None


def _masked(builder: Builder, arguments: Sequence[NodeId]) -> NodeId | None:
    """A selection between a mask and true or false is a conjunction or disjunction."""
    condition, yes, no = arguments
    if _value(builder, no) is False:
        return builder.both((condition, yes))
    if _value(builder, no) is True:
        return builder.either((builder.opposite(condition), yes))
    if _value(builder, yes) is True:
        return builder.either((condition, no))
    if _value(builder, yes) is False:
        return builder.both((builder.opposite(condition), no))
    return None


def _nested(builder: Builder, arguments: Sequence[NodeId]) -> NodeId | None:
    condition, yes, no = arguments
    inner_yes, inner_no = _branches(builder, yes, condition), _branches(builder, no, condition)
    if inner_yes is None and inner_no is None:
        return None
    new = (condition, inner_yes[0] if inner_yes else yes, inner_no[1] if inner_no else no)
    return builder.select(*new)


def _branches(builder: Builder, node: NodeId, condition: NodeId) -> tuple[NodeId, NodeId] | None:
    here = builder[node]
    same = isinstance(here.operation, Call) and here.operation.builtin is CHOOSE and here.arguments[0] == condition
    return (here.arguments[1], here.arguments[2]) if same else None


TABLE: tuple[tuple[str, str, Rewrite], ...] = (
    ("+", "x + 0 -> x", _neutral(0, left=True)),
    ("-", "x - 0 -> x", _neutral(0, left=False)),
    ("*", "x * 1 -> x", _neutral(1, left=True)),
    ("*", "x * 0 -> 0", _absorbing(0)),
    ("/", "x / 1 -> x", _neutral(1, left=False)),
    ("**", "x ** 1 -> x", _neutral(1, left=False)),
    ("**", "x ** 2 -> x * x", _square),
    ("negate", "-(-x) -> x", _twice("negate")),
    ("abs", "abs(abs(x)) -> abs(x)", lambda b, a: a[0] if _calls(b, a[0], "abs") else None),
    ("min", "min(x, x) -> x", _same),
    ("max", "max(x, x) -> x", _same),
    ("both", "true and x -> x", _neutral(True, left=True)),  # noqa: FBT003 - the element itself
    ("both", "false and x -> false", _absorbing(False)),  # noqa: FBT003 - the element itself
    ("both", "x and x -> x", _same),
    ("both", "x and (x or y) -> x", _absorbed("both", "either")),
    ("both", "x and (x and y) -> x and y", _absorbed("both", "both")),
    ("either", "false or x -> x", _neutral(False, left=True)),  # noqa: FBT003 - the element itself
    ("either", "true or x -> true", _absorbing(True)),  # noqa: FBT003 - the element itself
    ("either", "x or x -> x", _same),
    ("either", "x or (x and y) -> x", _absorbed("either", "both")),
    ("either", "x or (x or y) -> x or y", _absorbed("either", "either")),
    ("not", "not not x -> x", _twice("not")),
    ("select", "if true then x else y -> x", _chosen),
    ("select", "if c then x else x -> x", _equal_branches),
    ("select", "if not c then x else y -> if c then y else x", _swapped),
    ("select", "if c then true else false -> c", _truth),
    ("select", "if c then x else false -> c and x", _masked),
    ("select", "if c then (if c then x else y) else z -> if c then x else z", _nested),
)
_ARITY = {"+": 2, "-": 2, "*": 2, "/": 2, "**": 2}


def _calls(builder: Builder, node: NodeId, name: str) -> bool:
    operation = builder[node].operation
    return isinstance(operation, Call) and operation.builtin.name == name
