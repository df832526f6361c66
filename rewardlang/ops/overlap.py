"""The overlap of two boxes: `iou` and `giou`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from rewardlang.facts import TRUTH, Interval
from rewardlang.ops.arrays import REACH, alike, as_float, tiny, unit_scale
from rewardlang.ops.builtin import Array, Parameter, Role, Scalar, Xp
from rewardlang.types import BOX

if TYPE_CHECKING:
    from collections.abc import Sequence

Box = tuple[float, float, float, float]
BOXES = (Parameter("a", (BOX,)), Parameter("b", (BOX,)))
NARROW = 1
"""An overlap no wider than this counts as none in the `minus_one` convention."""


class Areas(NamedTuple):
    """Areas in a unit of their own: of the overlap, of the union, and of the smallest box that holds both."""

    overlap: Array
    union: Array
    hull: Array


def _sides(xp: Xp, a: Array, b: Array, first: int) -> list[Array]:
    """Lengths along one axis of a, b, their overlap and their hull, clamped at 0."""
    low_a, low_b, high_a, high_b = (part[..., i] for i in (first, first + 2) for part in (a, b))
    lengths = (
        high_a - low_a,
        high_b - low_b,
        xp.minimum(high_a, high_b) - xp.maximum(low_a, low_b),
        xp.maximum(high_a, high_b) - xp.minimum(low_a, low_b),
    )
    return [xp.maximum(length, xp.zeros_like(length)) for length in lengths]


def _areas(xp: Xp, a: Array, b: Array) -> Areas:
    """The areas, each axis scaled by a power of two, which changes no ratio, so that none overflows or vanishes."""
    scaled = []
    for first in (0, 1):
        sides = _sides(xp, a, b, first)
        scale = unit_scale(xp, sides[3])
        flat = sides[3] < tiny(xp, a)
        scaled.append([xp.where(flat, xp.zeros_like(side), side * scale) for side in sides])
    area_a, area_b, overlap, hull = (width * height for width, height in zip(*scaled, strict=True))
    # A rounding error must not bring the union below the overlap.
    return Areas(overlap, xp.maximum(area_a + area_b - overlap, overlap), hull)


def _ratio(xp: Xp, part: Array, whole: Array) -> Array:
    """The share that the part is of the whole, 0 where that is 0."""
    empty = whole < tiny(xp, whole)
    # Brought to 8..16 first: a gradient divides by the square of the whole.
    scale = unit_scale(xp, whole)
    ratio = (part * scale) / xp.where(empty, xp.ones_like(whole), whole * scale)
    return xp.where(empty, xp.zeros_like(whole), ratio)


def _prepared(xp: Xp, a: Array, b: Array) -> list[Array]:
    return [part * REACH for part in alike(xp, as_float(xp, a), as_float(xp, b))]


def _lengths(a: Sequence[float], b: Sequence[float], first: int) -> tuple[float, float, float, float]:
    low_a, high_a, low_b, high_b = (side * REACH for side in (a[first], a[first + 2], b[first], b[first + 2]))
    lengths = (
        high_a - low_a,
        high_b - low_b,
        min(high_a, high_b) - max(low_a, low_b),
        max(high_a, high_b) - min(low_a, low_b),
    )
    exponent = math.frexp(max(lengths))[1]
    wide, high, overlap, hull = (math.ldexp(max(length, 0.0), -exponent) for length in lengths)
    return wide, high, overlap, hull


def _one_areas(a: Sequence[float], b: Sequence[float]) -> tuple[float, float, float]:
    area_a, area_b, overlap, hull = (x * y for x, y in zip(_lengths(a, b, 0), _lengths(a, b, 1), strict=True))
    return overlap, max(area_a + area_b - overlap, overlap), hull


class Iou(Scalar):
    """The intersection over union of two boxes; 0 where the union is empty. Inverted boxes are empty.

    With `convention: minus_one`, as in rewards that count pixels, an overlap of width or height up to 1 is none.

    Shapes: a, b: any axes, broadcast by name.
    Units: those of a and b, which must agree; the result has none.
    Missing: where a or b is.
    Errors: none.
    Source: area(a and b) / area(a or b), sides clamped at 0. `minus_one`: the corners of the overlap are at
        (min(x2) - 1, min(y2) - 1) and must lie beyond the others; then 1 is added to its sides, as VLM-R1 does.
    Example: iou(box(0, 0, 10, 10), box(0, 0, 10, 5)) == 0.5
    """

    name = "iou"
    parameters = (*BOXES, Parameter("convention", (), role=Role.WORD, default="plain", words=("plain", "minus_one")))
    discrete = True  # Jumps to 0 in `minus_one`; a thin overlap is a difference of nearly equal numbers.
    laws = ("commutative",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return TRUTH

    def one(self, a: Box, b: Box, convention: str = "plain") -> float:
        if convention == "minus_one" and any(min(a[i + 2], b[i + 2]) - max(a[i], b[i]) <= NARROW for i in (0, 1)):
            return 0.0
        overlap, union, _ = _one_areas(a, b)
        return overlap / union if union > 0 else 0.0

    def value(self, xp: Xp, a: Array, b: Array, convention: str = "plain") -> Array:
        a, b = _prepared(xp, a, b)
        areas = _areas(xp, a, b)
        ratio = _ratio(xp, areas.overlap, areas.union)
        if convention == "plain":
            return ratio
        wide = [_sides(xp, a, b, first)[2] > NARROW * REACH for first in (0, 1)]
        return xp.where(wide[0] & wide[1], ratio, xp.zeros_like(ratio))


class Giou(Scalar):
    """The generalised intersection over union of two boxes: below 0 where they are far apart. Inverted boxes are empty.

    Shapes: a, b: any axes, broadcast by name.
    Units: those of a and b, which must agree; the result has none.
    Missing: where a or b is.
    Errors: none; 0 where the smallest box that holds both is empty.
    Source: iou(a, b) - (hull - union) / hull, with the area of the smallest box that holds both (Rezatofighi et al.,
        2019, algorithm 1).
    Example: giou(box(0, 0, 1, 1), box(2, 0, 3, 1)) == -1 / 3
    """

    name = "giou"
    parameters = BOXES
    discrete = True  # As `iou`.
    laws = ("commutative",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return Interval(-1, 1)

    def one(self, a: Box, b: Box) -> float:
        overlap, union, hull = _one_areas(a, b)
        if hull <= 0:
            return 0.0
        return (overlap / union if union > 0 else 0.0) - max(hull - union, 0.0) / hull

    def value(self, xp: Xp, a: Array, b: Array) -> Array:
        areas = _areas(xp, *_prepared(xp, a, b))
        rest = xp.maximum(areas.hull - areas.union, xp.zeros_like(areas.hull))
        return _ratio(xp, areas.overlap, areas.union) - _ratio(xp, rest, areas.hull)


BUILTINS = (Iou(), Giou())
