"""The overlap of two boxes: `iou`, `giou`, `diou` and `ciou`."""

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
CONVENTIONS = ("plain", "plus_one", "minus_one")
NARROW = 1
"""An overlap no wider than this counts as none in the `minus_one` convention."""
PIXEL = 1
"""What the `plus_one` convention adds to each side: the pixel of the last coordinate belongs to the box."""


class Areas(NamedTuple):
    """Areas in a unit of their own: of the overlap, of the union, and of the smallest box that holds both."""

    overlap: Array
    union: Array
    hull: Array


def _sides(xp: Xp, a: Array, b: Array, first: int, more: float = 0.0) -> list[Array]:
    """Lengths along one axis of a, b, their overlap and their hull, with `more` added and clamped at 0."""
    low_a, low_b, high_a, high_b = (part[..., i] for i in (first, first + 2) for part in (a, b))
    lengths = (
        high_a - low_a,
        high_b - low_b,
        xp.minimum(high_a, high_b) - xp.maximum(low_a, low_b),
        xp.maximum(high_a, high_b) - xp.minimum(low_a, low_b),
    )
    return [xp.maximum(length + more if more else length, 0.0) for length in lengths]


def _areas(xp: Xp, a: Array, b: Array, more: float = 0.0) -> Areas:
    """The areas of two boxes, `more` added to each side."""
    return _areas_of(xp, [_sides(xp, a, b, first, more) for first in (0, 1)])


def _areas_of(xp: Xp, both: Sequence[Sequence[Array]]) -> Areas:
    """The areas of sides, each axis scaled by a power of two, which changes no ratio: none overflows or vanishes."""
    scaled = []
    for sides in both:
        # A flat hull makes all its sides 0, so that the scale of a subnormal number counts nowhere.
        scale = xp.where(sides[3] < tiny(xp, sides[3]), 0.0, unit_scale(xp, sides[3]))
        scaled.append([side * scale for side in sides])
    area_a, area_b, overlap, hull = (width * height for width, height in zip(*scaled, strict=True))
    # A rounding error must not bring the union below the overlap.
    return Areas(overlap, xp.maximum(area_a + area_b - overlap, overlap), hull)


def _ratio(xp: Xp, part: Array, whole: Array) -> Array:
    """The share that the part is of the whole, 0 where that is 0."""
    empty = whole < tiny(xp, whole)
    # Brought to 8..16 first: a gradient divides by the square of the whole.
    scale = unit_scale(xp, whole)
    return xp.where(empty, 0.0, (part * scale) / xp.where(empty, 1.0, whole * scale))


def _prepared(xp: Xp, a: Array, b: Array) -> list[Array]:
    return [part * REACH for part in alike(xp, as_float(xp, a), as_float(xp, b))]


def _lengths(
    a: Sequence[float], b: Sequence[float], first: int, more: float = 0.0
) -> tuple[float, float, float, float]:
    low_a, high_a, low_b, high_b = (side * REACH for side in (a[first], a[first + 2], b[first], b[first + 2]))
    lengths = (
        high_a - low_a,
        high_b - low_b,
        min(high_a, high_b) - max(low_a, low_b),
        max(high_a, high_b) - min(low_a, low_b),
    )
    exponent = math.frexp(max(lengths) + more)[1]
    wide, high, overlap, hull = (math.ldexp(max(length + more, 0.0), -exponent) for length in lengths)
    return wide, high, overlap, hull


def _one_areas(a: Sequence[float], b: Sequence[float], more: float = 0.0) -> tuple[float, float, float]:
    sides = zip(_lengths(a, b, 0, more), _lengths(a, b, 1, more), strict=True)
    area_a, area_b, overlap, hull = (x * y for x, y in sides)
    return overlap, max(area_a + area_b - overlap, overlap), hull


class Iou(Scalar):
    """The intersection over union of two boxes; 0 where the union is empty. Inverted boxes are empty.

    With `convention: plus_one` coordinates are pixels, of which the last belongs to the box: each side is longer by 1.
    With `minus_one`, as in rewards that count pixels, an overlap of width or height up to 1 is none.

    Shapes: a, b: any axes, broadcast by name.
    Units: those of a and b, which must agree; the result has none.
    Missing: where a or b is.
    Errors: none.
    Source: area(a and b) / area(a or b), sides clamped at 0. `plus_one`: sides x2 - x1 + 1, as PASCAL VOC's
        evaluation (Everingham et al., 2010). `minus_one`: the corners of the overlap are at
        (min(x2) - 1, min(y2) - 1) and must lie beyond the others; then 1 is added to its sides, as VLM-R1 does.
    Example: iou(box(0, 0, 10, 10), box(0, 0, 10, 5)) == 0.5
    """

    name = "iou"
    stepwise = True
    parameters = (*BOXES, Parameter("convention", (), role=Role.WORD, default="plain", words=CONVENTIONS))
    discrete = True  # Jumps to 0 in `minus_one`; a thin overlap is a difference of nearly equal numbers.
    laws = ("commutative",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return TRUTH

    def one(self, a: Box, b: Box, convention: str = "plain") -> float:
        if convention == "minus_one" and any(min(a[i + 2], b[i + 2]) - max(a[i], b[i]) <= NARROW for i in (0, 1)):
            return 0.0
        overlap, union, _ = _one_areas(a, b, PIXEL * REACH if convention == "plus_one" else 0.0)
        return overlap / union if union > 0 else 0.0

    def value(self, xp: Xp, a: Array, b: Array, convention: str = "plain") -> Array:
        a, b = _prepared(xp, a, b)
        more = PIXEL * REACH if convention == "plus_one" else 0.0
        both = [_sides(xp, a, b, first, more) for first in (0, 1)]
        areas = _areas_of(xp, both)
        ratio = _ratio(xp, areas.overlap, areas.union)
        if convention != "minus_one":
            return ratio
        wide, high = (sides[2] > NARROW * REACH for sides in both)
        return xp.where(wide & high, ratio, 0.0)


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
    stepwise = True
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


def _apart(xp: Xp, a: Array, b: Array) -> Array:
    """The squared distance of the centres by the squared diagonal of the smallest box that holds all four corners."""
    low = xp.minimum(xp.minimum(a[..., :2], a[..., 2:]), xp.minimum(b[..., :2], b[..., 2:]))
    high = xp.maximum(xp.maximum(a[..., :2], a[..., 2:]), xp.maximum(b[..., :2], b[..., 2:]))
    hull = high - low
    size = xp.max(hull, axis=-1)
    flat, scale = (size < tiny(xp, size))[..., None], unit_scale(xp, size)[..., None]
    between = ((a[..., :2] - b[..., :2]) + (a[..., 2:] - b[..., 2:])) * 0.5
    hull, between = (xp.where(flat, xp.zeros_like(part), part * scale) for part in (hull, between))
    diagonal, apart = (xp.sum(part * part, axis=-1) for part in (hull, between))
    ratio = apart / xp.where(flat[..., 0], xp.ones_like(diagonal), diagonal)
    return xp.minimum(ratio, xp.ones_like(ratio))


def _one_apart(a: Sequence[float], b: Sequence[float]) -> float:
    corners = [[part * REACH for part in (a[i], a[i + 2], b[i], b[i + 2])] for i in (0, 1)]
    hull = [max(places) - min(places) for places in corners]
    if not max(hull):
        return 0.0
    exponent = math.frexp(max(hull))[1]
    between = [((x1 - u1) + (x2 - u2)) / 2 for x1, x2, u1, u2 in corners]
    diagonal, apart = (sum(math.ldexp(part, -exponent) ** 2 for part in parts) for parts in (hull, between))
    return min(apart / diagonal, 1.0)


class Diou(Scalar):
    """The distance intersection over union of two boxes: `iou`, less where their centres are apart.

    Shapes: a, b: any axes, broadcast by name.
    Units: those of a and b, which must agree; the result has none.
    Missing: where a or b is.
    Errors: none; where all corners are one point, the distance counts as 0.
    Source: iou(a, b) - d**2 / c**2 with the distance d of the centres and the diagonal c of the smallest box that holds
        both, inverted ones with all their corners (Zheng et al., Distance-IoU loss, 2020, equation 6).
    Example: diou(box(0, 0, 1, 1), box(2, 0, 3, 1)) == -0.4
    """

    name = "diou"
    stepwise = True
    parameters = BOXES
    discrete = True  # As `iou`.
    laws = ("commutative",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return Interval(-1, 1)

    def one(self, a: Box, b: Box) -> float:
        overlap, union, _ = _one_areas(a, b)
        return (overlap / union if union > 0 else 0.0) - _one_apart(a, b)

    def value(self, xp: Xp, a: Array, b: Array) -> Array:
        a, b = _prepared(xp, a, b)
        areas = _areas(xp, a, b)
        return _ratio(xp, areas.overlap, areas.union) - _apart(xp, a, b)


def _slant(xp: Xp, b: Array) -> Array:
    """The angle of a box's diagonal, from 0 for a flat box to pi / 2 for a thin one; 0 for an empty one."""
    width, height = (xp.maximum(b[..., i + 2] - b[..., i], xp.zeros_like(b[..., i])) for i in (0, 1))
    size = xp.maximum(width, height)
    empty, scale = size < tiny(xp, size), unit_scale(xp, size)
    angle = xp.arctan2(width * scale, xp.where(empty, xp.ones_like(height), height * scale))
    return xp.where(empty, xp.zeros_like(angle), angle)


def _one_slant(b: Sequence[float]) -> float:
    width, height = (max(b[i + 2] * REACH - b[i] * REACH, 0.0) for i in (0, 1))
    return math.atan2(width, height) if width else 0.0


SLANT = 4 / math.pi**2
"""Brings the square of a difference of two slants into 0..1."""


class Ciou(Scalar):
    """The complete intersection over union of two boxes: `diou`, less where their proportions differ.

    Its gradient is that of the formula as a whole; the authors hold alpha constant.

    Shapes: a, b: any axes, broadcast by name.
    Units: those of a and b, which must agree; the result has none.
    Missing: where a or b is.
    Errors: none; a box without height slants by pi / 2, one without width or without both by 0.
    Source: diou(a, b) - alpha * v with v = 4 / pi**2 * (atan(w_a / h_a) - atan(w_b / h_b))**2 and
        alpha = v / ((1 - iou(a, b)) + v), 0 where v is (Zheng et al., Distance-IoU loss, 2020, equations 8 to 11).
    Example: ciou(box(0, 0, 2, 1), box(0, 0, 2, 1)) == 1
    """

    name = "ciou"
    stepwise = True
    parameters = BOXES
    discrete = True  # As `iou`.
    laws = ("commutative",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        # alpha * v is at most 1 / (2 - iou).
        return Interval(-1.5, 1)

    def one(self, a: Box, b: Box) -> float:
        overlap, union, _ = _one_areas(a, b)
        ratio = overlap / union if union > 0 else 0.0
        differ = SLANT * (_one_slant(a) - _one_slant(b)) ** 2
        return ratio - _one_apart(a, b) - (differ**2 / ((1 - ratio) + differ) if differ else 0.0)

    def value(self, xp: Xp, a: Array, b: Array) -> Array:
        a, b = _prepared(xp, a, b)
        areas = _areas(xp, a, b)
        ratio = _ratio(xp, areas.overlap, areas.union)
        slants = _slant(xp, a) - _slant(xp, b)
        differ = SLANT * (slants * slants)
        rest = (1 - ratio) + differ
        # Below this the square of what differs is no normal number.
        alike_ = rest < tiny(xp, rest) ** 0.5
        penalty = differ / xp.where(alike_, xp.ones_like(rest), rest) * differ
        return ratio - _apart(xp, a, b) - xp.where(alike_, xp.zeros_like(penalty), penalty)


BUILTINS = (Iou(), Giou(), Diou(), Ciou())
