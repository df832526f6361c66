"""How well boxes with labels and scores find the ones that are wanted: `average_precision`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.facts import TRUTH, Interval
from rewardlang.ops.arrays import as_float
from rewardlang.ops.builtin import NUMBER, Array, Matrix, Parameter, Role, Xp
from rewardlang.types import JSON, TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.types import Type

RECALLS = (*(place * 0.01 for place in range(100)), 1.0)
"""Where precision is read: as doubles, since a share of the boxes may or may not reach 0.07 * 100 hundredths."""
STEEP = tuple(place for place in range(101) if place / 100 < RECALLS[place])
"""Hundredths whose double is above the share that they are."""
BARS = (*(0.5 + place * ((0.95 - 0.5) / 9) for place in range(9)), 0.95)
"""The overlaps from which COCO's ten evaluations count a detection."""
ALMOST = 1 - 1e-10
"""Overlaps from here on are whole, whatever the bar."""
LABELS = (TEXT, JSON, *NUMBER)


def _bars(threshold: float | None) -> tuple[float, ...]:
    return tuple(min(bar, ALMOST) for bar in (BARS if threshold is None else (float(threshold),)))


class AveragePrecision(Matrix):
    """The average precision of detections, as COCO counts it for one image: the mean over labels and thresholds.

    In the order of their scores, equal ones as they stand, the detections of a label take the free box of the label
    that they overlap most, the last of equals, if they overlap it by the threshold. The precision after each, made
    non-increasing, is read at the recalls 0, 0.01 to 1, and is 0 where one is not reached. Without `threshold` the mean
    is over the ten from 0.5 to 0.95. At most `limit` detections of a label count. Labels that are not wanted count
    nothing.

    The work is the product of both lengths, for up to `limit` detections of a label.

    Shapes: overlaps: consumes two axes, detections first; scores, labels: consume that of the detections; wanted:
        consumes the other.
    Units: overlaps have none; those of scores do not matter.
    Missing: where nothing is wanted, unless both lists are proved not to be empty.
    Errors: labels and what is wanted must both be texts, JSON values or numbers; `threshold` must be in 0..1.
    Source: the evaluation of COCO (Lin et al., Microsoft COCO, 2014), areas of all sizes, one image, no crowds.
    Example: round(average_precision(length(lines("a")) * length(words("a")), length(lines("a")), lines("a"),
        words("a")) ?? 0) == 1
    """

    name = "average_precision"
    parameters = (
        Parameter("overlaps", NUMBER, axes=("a", "b")),
        Parameter("scores", NUMBER, axes=("a",)),
        Parameter("labels", LABELS, axes=("a",)),
        Parameter("wanted", LABELS, axes=("b",)),
        Parameter("threshold", NUMBER, role=Role.CONST, default=None),
        Parameter("limit", NUMBER, role=Role.CONST, default=100),
    )
    partial = True
    discrete = True
    stacked = True

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        kinds = {element if element in (TEXT, JSON) else None for element in (type_.element for type_ in types[2:])}
        if len(kinds) > 1:
            return "compare texts with texts, JSON values with JSON values, or numbers with numbers"
        threshold = options.get("threshold")
        return None if threshold is None or 0 <= threshold <= 1 else "`threshold` must be in 0..1"

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return TRUTH

    def may_miss(self, types: Sequence[Type], options: Mapping[str, Any]) -> bool:
        return not options.get("least", 0)

    def one(
        self, overlaps: list[list[float]], scores: list[float], labels: list[Any], wanted: list[Any],
        threshold: float | None = None, limit: int = 100,
    ) -> float | None:  # fmt: skip
        order = sorted(range(len(scores)), key=lambda place: -scores[place])
        areas = []
        for label in dict.fromkeys(wanted):
            golds = [place for place, other in enumerate(wanted) if other == label]
            made = [overlaps[place] for place in order if labels[place] == label][:limit]
            areas += [_area(_found(made, golds, bar), len(golds)) for bar in _bars(threshold)]
        return sum(areas) / len(areas) if areas else None

    def instance(
        self, xp: Xp, *arrays: Array, threshold: float | None = None, limit: int = 100, most: int | None = None
    ) -> Array:
        overlaps, _, scores, made, labels, _, wanted, golds = arrays
        if 0 in overlaps.shape:
            return xp.zeros(()), xp.any(golds)
        order = xp.argsort(xp.where(made, -as_float(xp, scores), xp.inf))
        overlaps, labels, made = as_float(xp, overlaps)[order], labels[order], made[order]
        fits = (labels[:, None] == wanted[None, :]) & golds[None, :]
        alike = (labels[:, None] == labels[None, :]) & made[:, None] & made[None, :]
        upto = xp.tril(alike)
        rank = xp.sum(upto, axis=1)
        counted = made & (rank <= limit)
        hits = _take(xp, xp.where(fits & counted[:, None], overlaps, -xp.ones_like(overlaps)), _bars(threshold))
        right = xp.sum((upto & counted[None, :])[:, :, None] & hits[None, :, :], axis=1)
        precision = right / xp.maximum(rank, 1)[:, None]
        later = xp.triu(alike) & counted[None, :]
        best = xp.max(xp.where(later[:, :, None], precision[None, :, :], xp.zeros_like(precision[None])), axis=1)
        number = xp.maximum(xp.sum(fits, axis=1), 1)[:, None]
        share = (_reached(xp, right, number) - _reached(xp, right - 1, number)) / len(RECALLS)
        total = xp.sum(xp.where(hits, share.astype(best.dtype) * best, xp.zeros_like(best)))
        twins = xp.tril(wanted[:, None] == wanted[None, :], -1) & golds[None, :]
        kinds = xp.sum(golds & ~xp.any(twins, axis=1))
        value = total / (xp.maximum(kinds, 1) * len(_bars(threshold))).astype(total.dtype)
        return xp.minimum(value, xp.ones_like(value)), kinds > 0

    def stack(self, *arrays: Array, threshold: float | None = None, limit: int = 100, most: int | None = None) -> Array:
        import numpy as np

        from rewardlang.kernels import detection

        overlaps, _, scores, made, labels, _, wanted, golds = arrays
        _, numbers = np.unique(np.concatenate((labels.ravel(), wanted.ravel())), return_inverse=True)
        labels, wanted = numbers[: labels.size].reshape(labels.shape), numbers[labels.size :].reshape(wanted.shape)
        of = detection.Detections(
            np.ascontiguousarray(overlaps, np.float64), np.ascontiguousarray(scores, np.float64),
            labels.astype(np.int64), wanted.astype(np.int64), made.sum(1, dtype=np.int64), golds.sum(1, dtype=np.int64),
        )  # fmt: skip
        rules = detection.Rules(np.array(_bars(threshold)), np.array(RECALLS), int(limit))
        values = detection.average_precision(of, rules)
        return np.maximum(values, 0.0), values >= 0


def _found(overlaps: list[list[float]], golds: list[int], bar: float) -> list[bool]:
    free, found = list(golds), []
    for row in overlaps:
        most = max((row[gold] for gold in free), default=-1.0)
        found.append(most >= bar)
        if most >= bar:
            free.remove(max(gold for gold in free if row[gold] == most))
    return found


def _area(found: list[bool], golds: int) -> float:
    right = [sum(found[: place + 1]) for place in range(len(found))]
    total = 0.0
    for recall in RECALLS:
        total += max((hits / (place + 1) for place, hits in enumerate(right) if hits / golds >= recall), default=0.0)
    return total / len(RECALLS)


def _take(xp: Xp, overlaps: Array, bars: tuple[float, ...]) -> Array:
    """Which detections find a box, at each bar: bool[made, bars]."""
    from jax import lax

    needed = xp.asarray(bars, dtype=overlaps.dtype)[:, None]
    places = xp.arange(overlaps.shape[1])

    def step(free: Array, row: Array) -> tuple[Array, Array]:
        can = free & (row[None, :] >= needed)
        held = xp.where(can, row[None, :], -xp.ones_like(row)[None, :])
        chosen = len(row) - 1 - xp.argmax(held[:, ::-1], axis=1)
        return free & ~((places[None, :] == chosen[:, None]) & can), xp.any(can, axis=1)

    return lax.scan(step, xp.ones((len(bars), overlaps.shape[1]), dtype=bool), overlaps)[1]


def _reached(xp: Xp, right: Array, number: Array) -> Array:
    """How many recalls `right` of `number` boxes reach, counted without rounding; none where nothing is right."""
    hundredths, rest = xp.divmod(right * 100, number)
    steep = xp.asarray([place in STEEP for place in range(101)])
    missed = (rest == 0) & steep[xp.clip(hundredths, 0, 100)]
    return xp.where(right > 0, hundredths + 1 - missed.astype(hundredths.dtype), xp.zeros_like(hundredths))


BUILTINS = (AveragePrecision(),)
