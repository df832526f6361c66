"""The reward tree: `KIND { label: value weight w … }`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rewardlang.check import special
from rewardlang.check.core import Constant, Core, Entry, Tree
from rewardlang.check.errors import BadWeight, RangeNotProved, TypeMismatch, WrongArguments
from rewardlang.check.evidence import brief
from rewardlang.check.name_errors import DuplicateName
from rewardlang.check.scope import AbandonError
from rewardlang.check.warnings import UnloggedLabels
from rewardlang.facts import TRUTH, Interval, point
from rewardlang.syntax import ast
from rewardlang.types import BOOL, FLOAT, TEXT, RecordElement, Type, write_type

if TYPE_CHECKING:
    from rewardlang.check.elaborate import Elaborator
    from rewardlang.check.scope import Scope

UNWEIGHTED = ("min", "max", "all", "any")
POSITIVE = ("mean", "product")
ONE = point(1)
ZERO = point(0)
SCORE = Interval(0, 1)


def block(elaborator: Elaborator, expression: ast.Block, scope: Scope) -> Core:
    """A block, typed."""
    labelled = any(entry.labels for entry in expression.entries)
    if not scope.tree and labelled and expression.kind != "choose":
        elaborator.sink.report(UnloggedLabels(span=expression.span))
    subject, inner = _subject(elaborator, expression, scope)
    _check_labels(elaborator, expression)
    entries = []
    failed = False
    for entry in expression.entries:
        try:
            entries.append(_entry(elaborator, expression, entry, inner))
        except AbandonError:
            failed = True
    if failed:
        raise AbandonError
    if expression.kind == "choose" and isinstance(subject, Constant) and not scope.tree:
        return _named(entries, str(subject.value))
    kind = "mean" if expression.kind == "principles" else expression.kind
    return tree(elaborator, kind, subject, tuple(entries), expression, logged=scope.tree)


def _named(entries: list[Entry], label: str) -> Core:
    """The entry that is chosen whatever the sample: where nothing is logged, no other has a say in its type."""
    rest = next(entry for entry in entries if "else" in entry.labels)
    return next((entry for entry in entries if label in entry.labels), rest).value


def _subject(elaborator: Elaborator, expression: ast.Block, scope: Scope) -> tuple[Core | None, Scope]:
    plain = scope.inside(tree=False)
    if expression.kind == "gate" and expression.subject is not None:
        core = elaborator.expression(expression.subject, plain)
        elaborator.need_bool(core, "the condition of `gate`")
        elaborator.need_present(core, "the condition of `gate`", "false")
        return core, special.narrow(elaborator, core, scope, holds=True)
    if expression.kind == "choose" and expression.subject is not None:
        core = elaborator.expression(expression.subject, plain)
        if core.type.element != TEXT or core.type.axes:
            found = f"`{write_type(core.type, ranges=False)}`"
            elaborator.fail(TypeMismatch(span=core.span, where="`choose`", expected="one `text`", found=found))
        elaborator.need_present(core, "the subject of `choose`", '""')
        return core, scope
    return None, scope


def _check_labels(elaborator: Elaborator, expression: ast.Block) -> None:
    seen: set[str] = set()
    for entry in expression.entries:
        for label in entry.labels:
            if label in seen:
                elaborator.sink.report(DuplicateName(span=entry.span, name=label, what="label"))
            seen.add(label)
    if expression.kind == "choose" and "else" not in seen:
        text = "`choose` needs an `else` entry: a label of another task would have no value"
        elaborator.fail(WrongArguments(span=expression.span, text=text, advice="add `else: 0`"))
    if expression.kind != "choose" and "else" in seen:
        text = f"`else` is the rest of a `choose`; `{expression.kind}` has none"
        elaborator.fail(WrongArguments(span=expression.span, text=text))


def _entry(elaborator: Elaborator, expression: ast.Block, entry: ast.Entry, scope: Scope) -> Entry:
    if not entry.labels and not isinstance(entry.value, ast.Block):
        text = "an entry needs a label: `format: …`"
        elaborator.fail(WrongArguments(span=entry.span, text=text))
    value = _value(elaborator, expression, entry, scope)
    if entry.mark == "metric":
        _check_metric(elaborator, entry, value)
        return Entry(entry.labels, value, None, entry.mark)
    if expression.kind in ("all", "any"):
        elaborator.need_bool(value, f"an entry of `{expression.kind}`")
    elif not value.type.element.numeric or isinstance(value.type.element, RecordElement):
        found = f"`{write_type(value.type, ranges=False)}`"
        elaborator.fail(TypeMismatch(span=value.span, where="an entry", expected="a number or bool", found=found))
    _check_value(elaborator, expression.kind, value)
    return Entry(entry.labels, value, _weight(elaborator, expression, entry, scope), entry.mark)


def _value(elaborator: Elaborator, expression: ast.Block, entry: ast.Entry, scope: Scope) -> Core:
    if expression.kind != "principles":
        return elaborator.expression(entry.value, scope)
    from rewardlang.check import model_calls

    judge = expression.subject
    found = scope.module.names.get(judge.function.name) if isinstance(judge, ast.Call) else None
    if not isinstance(judge, ast.Call) or found is None or not isinstance(found[1], ast.Model):
        text = "`principles` is followed by the call of a model: `principles judge(prompt, completion) { … }`"
        elaborator.fail(WrongArguments(span=expression.span, text=text))
        raise AbandonError
    sentence = elaborator.expression(entry.value, scope.inside(tree=False))
    if sentence.type.element != TEXT or sentence.type.axes:
        found_type = f"`{write_type(sentence.type, ranges=False)}`"
        elaborator.fail(TypeMismatch(span=sentence.span, where="a principle", expected="a sentence", found=found_type))
    core = model_calls.call_model(elaborator, found[0], found[1], judge, scope.inside(tree=False), sentence)
    return replace(core, span=entry.span)


def _check_metric(elaborator: Elaborator, entry: ast.Entry, value: Core) -> None:
    if entry.weight is not None:
        text = "a metric is logged and never counted: it has no weight"
        elaborator.fail(BadWeight(span=entry.weight.span, text=text, advice="leave out `weight`, or `metric`"))
    if not value.type.element.numeric:
        found = f"`{write_type(value.type, ranges=False)}`"
        elaborator.fail(TypeMismatch(span=value.span, where="a metric", expected="a number or bool", found=found))


def _check_value(elaborator: Elaborator, kind: str, value: Core) -> None:
    range_ = value.type.interval
    if kind == "product" and range_.low < 0:
        needed = Interval(0, float("inf"))
        what = "an entry of `product`"
        advice = "scale it to be at least 0, or use `sum`"
        elaborator.fail(
            RangeNotProved(span=value.span, what=what, found=str(range_), needed=str(needed), advice=advice)
        )
    if kind == "tiers" and not range_.within(SCORE):
        what = "an entry of `tiers`"
        elaborator.fail(RangeNotProved(span=value.span, what=what, found=str(range_), needed=str(SCORE)))


def _weight(elaborator: Elaborator, expression: ast.Block, entry: ast.Entry, scope: Scope) -> Core | None:
    if entry.weight is None:
        return None
    kind = expression.kind
    if kind in UNWEIGHTED or kind == "choose":
        text = f"the entries of `{kind}` have no weights"
        advice = f"scale the value itself: `{entry.labels[0] if entry.labels else 'label'}: 2 * …`"
        elaborator.fail(BadWeight(span=entry.weight.span, text=text, advice=advice))
    core = elaborator.expression(entry.weight, scope.inside(tree=False))
    if not core.type.element.numeric:
        text = f"a weight is a number, not `{write_type(core.type, ranges=False)}`"
        elaborator.fail(BadWeight(span=core.span, text=text))
    elaborator.need_present(core, "a weight", "0")
    if (kind in POSITIVE or kind == "principles") and core.type.interval.low < 0:
        text = f"a weight in `{kind}` must be at least 0, but lies in {core.type.interval}"
        elaborator.fail(BadWeight(span=core.span, text=text, advice=f"clip it: `clip({brief(core)}, 0..inf)`"))
    return core


# --- the type of a tree ----------------------------------------------------------------------------------------------


def tree(
    elaborator: Elaborator, kind: str, subject: Core | None, entries: tuple[Entry, ...], expression: ast.Block, *,
    logged: bool,
) -> Core:  # fmt: skip
    """The typed tree of these entries."""
    counted = [entry for entry in entries if entry.mark != "metric"]
    if not counted and kind != "sum":
        text = f"`{kind}` has nothing to count"
        elaborator.fail(WrongArguments(span=expression.span, text=text))
    parts = [core for entry in counted for core in (entry.value, entry.weight) if core is not None]
    cores = [*parts, *([subject] if subject is not None else [])]
    axes = elaborator.broadcast(cores, expression.span)
    gate = frozenset(subject.type.axes) if subject is not None else frozenset()
    missing = frozenset(level | gate for entry in counted for level in entry.value.type.missing)
    traced = next((core.type.traced for core in cores if core.type.traced), None)
    element = BOOL if kind in ("all", "any") else FLOAT
    range_ = TRUTH if element == BOOL else tree_range(kind, subject, counted)
    type_ = Type(element, axes, missing, range_, traced)
    return Tree(type=type_, span=expression.span, kind=kind, subject=subject, entries=entries, logged=logged)


def _weighted(entry: Entry) -> Interval:
    weight = ONE if entry.weight is None else entry.weight.type.interval
    return entry.value.type.interval * weight


def tree_range(kind: str, subject: Core | None, entries: list[Entry]) -> Interval:
    """The interval of a tree from those of its entries and weights."""
    values = [entry.value.type.interval for entry in entries]
    match kind:
        case "sum":
            return _sum([_weighted(entry) for entry in entries])
        case "gate":
            decided = subject is not None and subject.type.interval == ONE
            total = _sum([_weighted(entry) for entry in entries])
            return total if decided else total.hull(ZERO)
        case "mean":
            weights = [ONE if entry.weight is None else entry.weight.type.interval for entry in entries]
            hull = _hull(values)
            return hull if any(weight.low > 0 for weight in weights) else hull.hull(ZERO)
        case "product":
            return _product(entries)
        case "min":
            return Interval(min(v.low for v in values), min(v.high for v in values))
        case "max":
            return Interval(max(v.low for v in values), max(v.high for v in values))
        case "tiers":
            return _tiers(entries)
        case _:
            return _hull(values)


def _sum(parts: list[Interval]) -> Interval:
    total = ZERO
    for part in parts:
        total = total + part
    return total


def _hull(parts: list[Interval]) -> Interval:
    hull = parts[0]
    for part in parts[1:]:
        hull = hull.hull(part)
    return hull


def _product(entries: list[Entry]) -> Interval:
    from rewardlang.ops.powers import POWER

    result = ONE
    for entry in entries:
        value = entry.value.type.interval
        weight = ONE if entry.weight is None else entry.weight.type.interval
        result = result * (value if weight == ONE else POWER.range(value, weight))
    return result


def _tiers(entries: list[Entry]) -> Interval:
    result, reached = ZERO, ONE
    for entry in entries:
        reached = reached * entry.value.type.interval
        weight = ONE if entry.weight is None else entry.weight.type.interval
        result = result + weight * reached
    return result
