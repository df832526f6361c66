"""The reward tree: blocks, and which of their entries count for how much."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate
from math import prod
from operator import mul
from typing import TYPE_CHECKING, Any

from rewardlang.syntax import ast
from rewardlang.types import BOOL, FLOAT
from tests.reference import calls, expressions, forms
from tests.reference.meaning import Meaning, Scope, as_element, key_of
from tests.reference.values import Value, choose, constant, identities, strictly

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Tree:
    """A value that may be made of named entries: `kind` is a block's, `if`, or `leaf`."""

    meaning: Meaning
    kind: str = "leaf"
    subject: Meaning | None = None
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Entry:
    """`[mark] label: tree [weight weight]`. The branches of `if` are two entries without a label."""

    labels: tuple[str, ...]
    tree: Tree
    weight: Meaning
    mark: str | None = None


def tree_of(expression: ast.Expression, scope: Scope) -> Tree:
    """An expression where labels count: blocks, calls of defs and rewards, branches of `if`."""
    match expression:
        case ast.Block():
            return block(expression, scope)
        case ast.If():
            condition = expressions.denote(expression.condition, scope)
            yes, no = tree_of(expression.yes, scope), tree_of(expression.no, scope)
            meaning = expressions.select(condition, yes.meaning, no.meaning)
            entries = tuple(Entry((), side, expressions.literal(1)) for side in (yes, no))
            return Tree(meaning, "if", condition, entries)
        case ast.Call() if expression.function.name in scope.module.names:
            return calls.call(expression, scope)
        case _:
            return Tree(expressions.denote(expression, scope))


def body_of(body: ast.Body, scope: Scope) -> Tree:
    """A body: its lets are added to the scope."""
    for statement in body.statements:
        if not isinstance(statement, ast.Let):
            raise NotImplementedError("remember")
        meaning = expressions.denote(statement.value, scope)
        if statement.type is not None:
            meaning = annotated(meaning, statement.type, scope)
        scope.names[statement.name] = meaning
    return tree_of(body.result, scope)


def annotated(meaning: Meaning, written: ast.TypeExpression, scope: Scope) -> Meaning:
    """The same value, its axes called as the annotation calls them; lists are cut at its bounds."""
    shape = expressions.shape_of(written, scope, lambda axis: f"let:{axis}")
    mine = [axis for axis in meaning.axes if axis.name != "dim"]
    theirs = list(shape.lists)
    if {axis.name for axis in mine} == {axis.name for axis in theirs}:
        theirs = [next(other for other in theirs if other.name == axis.name) for axis in mine]
    for axis, target in zip(mine, theirs, strict=True):
        if target.most is not None and (axis.most is None or axis.most > target.most):
            meaning = forms.cut(meaning, axis, target)
        else:
            meaning = meaning.renamed(axis, target.name)
    return as_element(meaning, shape.element)


def block(expression: ast.Block, scope: Scope) -> Tree:
    if expression.kind == "principles":
        raise NotImplementedError(expression.kind)
    subject = None if expression.subject is None else expressions.denote(expression.subject, scope)
    entries = []
    for entry in expression.entries:
        weight = expressions.literal(1) if entry.weight is None else expressions.denote(entry.weight, scope)
        entries.append(Entry(entry.labels, tree_of(entry.value, scope), weight, entry.mark))
    return total(expression.kind, subject, tuple(entries))


def lifted(tree: Tree, frame: calls.Frame) -> Tree:
    """A tree inside a call, as the caller sees it."""
    entries = tuple(
        replace(entry, tree=lifted(entry.tree, frame), weight=frame.lift(entry.weight)) for entry in tree.entries
    )
    subject = None if tree.subject is None else frame.lift(tree.subject)
    return Tree(frame.lift(tree.meaning), tree.kind, subject, entries)


def counted(tree: Tree) -> list[Entry]:
    """The entries that count, that is, all but metrics."""
    return [entry for entry in tree.entries if entry.mark != "metric"]


# --- the value of a block ---------------------------------------------------------------------------------------------


def total(kind: str, subject: Meaning | None, entries: tuple[Entry, ...]) -> Tree:
    parts = [entry for entry in entries if entry.mark != "metric"]
    values = [entry.tree.meaning for entry in parts]
    weights = [entry.weight for entry in parts]
    size = len(parts)
    labels = [entry.labels for entry in parts]

    def one(*operands: Any) -> Any:
        return combine(kind, operands[:size], operands[size:])

    def compute(*found: Value) -> Value:
        if kind == "choose":
            return _chosen(labels, found[:size], found[-1])
        value = strictly(one, *found[: 2 * size])
        return choose(found[-1], value, constant(0.0)) if kind == "gate" else value

    operands = [*values, *weights, *([subject] if subject is not None else [])]
    key = key_of(
        "block", kind, None if subject is None else subject.key,
        tuple((entry.labels, entry.tree.meaning.key, entry.weight.key, entry.mark) for entry in entries),
    )  # fmt: skip
    above = identities(subject.axes) if subject is not None else frozenset()
    levels = frozenset(level | above for value in values for level in value.levels)
    element = BOOL if kind in ("all", "any") else FLOAT
    meaning = expressions.combined(compute, element, key, operands, levels)
    return Tree(meaning, kind, subject, entries)


def _chosen(labels: Sequence[tuple[str, ...]], values: Sequence[Value], subject: Value) -> Value:
    """The entry with the subject's label. Folding over `choose` gives it the axes of all entries."""
    result = values[labels.index(("else",))]
    for place, value in enumerate(values):
        if labels[place] != ("else",):
            here = strictly(lambda label, place=place: taken(labels, label) == place, subject)
            result = choose(here, value, result)
    return strictly(float, result)


def combine(kind: str, values: Sequence[Any], weights: Sequence[Any]) -> Any:
    """The value of a block at one point."""
    match kind:
        case "sum" | "gate":
            return float(sum(w * v for w, v in zip(weights, values, strict=True)))
        case "mean":
            mass = sum(weights)
            return float(sum(w * v for w, v in zip(weights, values, strict=True)) / mass) if mass else 0.0
        case "product":
            return float(prod(float(value) ** weight for value, weight in zip(values, weights, strict=True)))
        case "min":
            return float(min(values))
        case "max":
            return float(max(values))
        case "all":
            return all(values)
        case "any":
            return any(values)
        case "tiers":
            reached = accumulate(values, mul)
            return float(sum(weight * part for weight, part in zip(weights, reached, strict=True)))
    raise AssertionError(kind)


def taken(labels: Sequence[tuple[str, ...]], subject: str) -> int:
    """The place of the entry of `choose` that has the label, else that of `else`."""
    found = [place for place, known in enumerate(labels) if subject in known and known != ("else",)]
    return found[0] if found else labels.index(("else",))
