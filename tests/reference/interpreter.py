"""`evaluate`: a reward on a batch, one sample at a time, from the syntax tree alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rewardlang.syntax import ast
from rewardlang.types import FLOAT
from tests.reference import expressions, trees
from tests.reference.meaning import Meaning, Run, Scope, World, as_element, key_of
from tests.reference.shapes import input_lengths, input_value
from tests.reference.values import LARGEST, Level, Value, constant, length, leniently, ordered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rewardlang.check.checked import Checked

Number = Any
"""A bool or float, None where missing; a list of them along an axis."""


@dataclass(frozen=True)
class Term:
    """One logged entry of one sample.

    `raw` is its value, `weight` what is written behind it (1 where nothing is). `contribution` is in units of the
    total; None where there is none: metrics, whatever stands below `product`, `all` or `any`, missing entries. `counts`
    says that contributions are defined here at all. Of an inactive term only `active` means anything.
    """

    raw: Number
    weight: Number
    contribution: Number
    active: Number
    present: Number
    counts: bool


@dataclass(frozen=True)
class Result:
    """What one sample earns: `total` is None where missing, a list (of lists) where the reward has axes.

    `scale` is the largest absolute number that arose on the way, in any sample: what rounding errors are measured by.
    """

    total: Number
    terms: dict[str, Term] = field(default_factory=dict)
    scale: float = 1.0


def evaluate(
    checked: Checked, reward_name: str, batch: Sequence[Mapping[str, Any]], params: Mapping[str, Any] | None = None,
    groups: Sequence[Any] | None = None,
) -> list[Result]:  # fmt: skip
    """The results of a reward, property or example (by its title) for each sample of a batch.

    `batch` holds one mapping of field names to values a sample: numbers, texts, JSON values, sequences for points,
    boxes and vecs, mappings for records, lists along axes; None is missing. `params` default to those of the spec.
    `groups` holds an id for each sample.
    """
    declaration = declared(checked, reward_name)
    close = not isinstance(declaration, ast.Reward)
    scope = Scope(checked.module, checked, close=close)
    fields = () if isinstance(declaration, ast.Example) else declaration.fields
    shapes = {f.name: expressions.shape_of(f.type, scope, lambda axis: f"input:{axis}") for f in fields}
    outside = Scope(checked.module, checked)
    for item in fields:
        default = None if item.default is None else expressions.denote(item.default, outside)
        scope.names[item.name] = _input(item.name, shapes, default)
    tree = trees.body_of(declaration.body, scope)
    if isinstance(declaration, ast.Reward) and declaration.result is not None:
        tree = replace(tree, meaning=trees.annotated(tree.meaning, declaration.result, outside))
    if isinstance(declaration, ast.Reward):
        tree = replace(tree, meaning=as_element(tree.meaning, FLOAT))
    defaults = {name: spec.default for name, spec in checked.params.items()} | _imported_params(checked, reward_name)
    run = Run(checked, batch, {**defaults, **(params or {})}, groups)
    found = [_result(tree, World(run, sample)) for sample in range(len(batch))]
    return [replace(result, scale=_scale(run)) for result in found]


def _scale(run: Run) -> float:
    numbers = (entry for value in run.memo.values() for entry in value.entries.values())
    return max((abs(n) for n in numbers if isinstance(n, int | float)), default=1.0)


def declared(checked: Checked, name: str) -> ast.Reward | ast.Property | ast.Example:
    for declaration in checked.module.tree.declarations:
        known = declaration.title if isinstance(declaration, ast.Example) else getattr(declaration, "name", None)
        if isinstance(declaration, ast.Reward | ast.Property | ast.Example) and known == name:
            return declaration
    return next(
        declaration
        for known, (_, declaration) in checked.module.names.items()
        if known == name and isinstance(declaration, ast.Reward)
    )


def _imported_params(checked: Checked, name: str) -> dict[str, Any]:
    specs = {**checked.rewards, **checked.properties, **checked.examples}[name].params
    return {spec.name: spec.default for spec in specs}


def _input(name: str, shapes: Mapping[str, Any], default: Meaning | None) -> Meaning:
    shape = shapes[name]

    def compute(world: World) -> Value:
        sample = world.run.batch[world.sample]
        if name not in sample and default is not None:
            return as_element(default, shape.element).value(world)
        return input_value(shape, sample.get(name), input_lengths(shapes, sample))

    return Meaning(shape.element, shape.axes, key_of("input", name), compute, shape.levels)


# --- terms ------------------------------------------------------------------------------------------------------------


ALWAYS = constant(value=True)


@dataclass(frozen=True)
class _Place:
    """Where the walk is: the path, what a unit here is worth in the total, whether the place is active."""

    path: tuple[str, ...]
    scale: Value
    active: Value
    counts: bool = True


def _result(tree: trees.Tree, world: World) -> Result:
    total = tree.meaning.value(world)
    beyond = any(isinstance(entry, float) and abs(entry) >= LARGEST for entry in total.entries.values())
    if beyond:
        total = leniently(lambda v: None if v is None or abs(v) >= LARGEST else v, total)
    terms: dict[str, Term] = {}
    for path, term in _walk(tree, _Place((), constant(1.0), ALWAYS), world):
        known = terms.get(path)
        # Both branches of an `if` may hold a path: the taken one counts.
        if known is None or known.active is False:
            terms[path] = term
    return Result(plain(total), terms)


def _walk(tree: trees.Tree, place: _Place, world: World) -> Iterator[tuple[str, Term]]:
    for entry, weight, inside in _places(tree, place, world):
        if entry.labels:
            yield "/".join(inside.path), _term(entry, weight, inside, world)
        yield from _walk(entry.tree, inside, world)


def _term(entry: trees.Entry, weight: Value, place: _Place, world: World) -> Term:
    raw = entry.tree.meaning.value(world)
    present = leniently(lambda v: v is not None, raw)

    def share(value: Any, scale: Any, active: Any) -> float | None:
        if not active:
            return 0.0
        return None if value is None or scale is None else float(value * scale)

    worth = leniently(share, raw, place.scale, place.active) if place.counts else constant(None)
    return Term(plain(raw), plain(weight), plain(worth), plain(place.active), plain(present), place.counts)


def _places(tree: trees.Tree, place: _Place, world: World) -> list[tuple[trees.Entry, Value, _Place]]:
    """Each entry with its weight and its own place."""
    parts = trees.counted(tree)
    values = [part.tree.meaning.value(world) for part in parts]
    weights = [part.weight.value(world) for part in parts]
    subject = [] if tree.subject is None else [tree.subject.value(world)]
    labels = [part.labels for part in parts]
    found = []
    for entry in tree.entries:
        path = (*place.path, ",".join(entry.labels)) if entry.labels else place.path
        weight = entry.weight.value(world)
        if entry.mark == "metric":
            open_ = place.active
            if tree.kind == "gate":
                open_ = leniently(lambda active, held: bool(active) and held is not False, place.active, *subject)
            found.append((entry, weight, _Place(path, place.scale, open_, counts=False)))
            continue
        at, size = parts.index(entry), len(parts)

        def ratio(scale: Any, *rest: Any, at: int = at, size: int = size) -> float | None:
            own = share_of(tree.kind, labels, at, rest[:size], rest[size : 2 * size], rest[2 * size :])
            return None if scale is None or own is None else scale * own

        def lives(active: Any, *rest: Any, at: int = at, size: int = size) -> bool:
            return bool(active) and counts_for(tree.kind, labels, at, rest[size : 2 * size], rest[2 * size :])

        counts = place.counts and tree.kind not in ("product", "all", "any")
        known = _needed(tree.kind, at, values, weights)
        scale = leniently(ratio, place.scale, *known, *subject) if counts else constant(None)
        active = leniently(lives, place.active, *known, *subject)
        found.append((entry, weight, _Place(path, scale, active, counts)))
    return found


def _untaken(kind: str, labels: Sequence[tuple[str, ...]], at: int, subject: Sequence[Any]) -> bool:
    """Whether the subject (None: unknown) sends the value elsewhere."""
    if subject[0] is None:
        return False
    if kind == "choose":
        return trees.taken(labels, subject[0]) != at
    return bool(subject[0]) != (at == 0 or kind == "gate")


def _needed(kind: str, at: int, values: Sequence[Value], weights: Sequence[Value]) -> list[Value]:
    """The values and weights that decide what the entry at `at` is worth; nothing stands for the others."""
    for_values = {"tiers": range(at), "min": range(len(values)), "max": range(len(values))}.get(kind, range(0))
    for_weights = range(len(values)) if kind == "mean" else range(at, at + 1)
    nothing = constant(None)
    return [
        *(value if place in for_values else nothing for place, value in enumerate(values)),
        *(weight if place in for_weights else nothing for place, weight in enumerate(weights)),
    ]


def counts_for(
    kind: str, labels: Sequence[tuple[str, ...]], at: int, weights: Sequence[Any], subject: Sequence[Any]
) -> bool:
    """Whether the entry at `at` is active where its block is."""
    if kind in ("choose", "if", "gate"):
        return not _untaken(kind, labels, at, subject)
    return kind != "mean" or None in weights or bool(sum(weights))


def share_of(
    kind: str, labels: Sequence[tuple[str, ...]], at: int, values: Sequence[Any], weights: Sequence[Any],
    subject: Sequence[Any],
) -> float | None:  # fmt: skip
    """What a unit of the entry at `at` is worth in its block; None where there is no telling."""
    if kind in ("choose", "if", "gate") and _untaken(kind, labels, at, subject):
        return 0.0
    match kind:
        case "sum" | "gate":
            return weights[at]
        case "mean":
            return None if None in weights else weights[at] / sum(weights) if sum(weights) else 0.0
        case "tiers":
            before = values[:at]
            return None if None in before or weights[at] is None else float(weights[at] * trees.prod(before))
        case "min" | "max":
            if None in values:
                return None
            best = {"min": min, "max": max}[kind](values)
            return 1.0 if values.index(best) == at else 0.0
        case "choose" | "if":
            return 1.0
        case _:
            return None


# --- plain results ----------------------------------------------------------------------------------------------------


def plain(value: Value) -> Number:
    """Entries as numbers or bools, nested along the axes; None is missing."""
    if value.axes and value.lacks.get(frozenset()):
        return None
    return _nested(value, ordered(value.axes), frozenset())


def _nested(value: Value, axes: Sequence[Any], point: Any) -> Number:
    if not axes:
        return value.get(point)
    level: Level = frozenset(identity for identity, _ in point)
    if any(
        known <= level and value.lacks[known] & {frozenset(p for p in point if p[0] in known)} for known in value.lacks
    ):
        return None
    size = length(value.lengths, axes[0], point)
    return [_nested(value, axes[1:], point | {(axes[0].identity, i)}) for i in range(size)]
