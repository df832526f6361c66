"""Points and boxes: their parts and sizes, distances.

On one sample a point is a tuple of 2 floats, a box one of 4: x1, y1, x2, y2. Sides of an inverted box count as 0.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from rewardlang.facts import Interval
from rewardlang.ops.arrays import REACH, alike, on_host, tiny, unit_scale
from rewardlang.ops.builtin import NUMBER, Array, Parameter, Scalar, Xp
from rewardlang.ops.coordinates import Box, Point, stacked
from rewardlang.ops.functions import safe_sqrt
from rewardlang.types import BOOL, BOX, POINT

P, B = Parameter("p", (POINT,)), Parameter("b", (BOX,))
SX, SY = Parameter("sx", NUMBER), Parameter("sy", NUMBER)
POSITIVE = Interval(0, math.inf)


class Component(Scalar):
    """A coordinate of a point or a box."""

    stepwise = True
    internal = True
    index: ClassVar[int]

    def one(self, of: tuple[float, ...]) -> float:
        return of[self.index]

    def value(self, xp: Xp, of: Array) -> Array:
        return of[..., self.index]


class PointX(Component):
    """The x of a point.

    Shapes: p: any axes.
    Units: those of p.
    Missing: where p is.
    Errors: none.
    Source: component 0.
    Example: point(3, 4).x == 3
    """

    name = ".x"
    parameters = (P,)
    index = 0


class PointY(Component):
    """The y of a point.

    Shapes: p: any axes.
    Units: those of p.
    Missing: where p is.
    Errors: none.
    Source: component 1.
    Example: point(3, 4).y == 4
    """

    name = ".y"
    parameters = (P,)
    index = 1


class BoxX1(Component):
    """The x of a box's first corner.

    Shapes: b: any axes.
    Units: those of b.
    Missing: where b is.
    Errors: none.
    Source: component 0.
    Example: box(1, 2, 3, 4).x1 == 1
    """

    name = ".x1"
    parameters = (B,)
    index = 0


class BoxY1(Component):
    """The y of a box's first corner.

    Shapes: b: any axes.
    Units: those of b.
    Missing: where b is.
    Errors: none.
    Source: component 1.
    Example: box(1, 2, 3, 4).y1 == 2
    """

    name = ".y1"
    parameters = (B,)
    index = 1


class BoxX2(Component):
    """The x of a box's second corner.

    Shapes: b: any axes.
    Units: those of b.
    Missing: where b is.
    Errors: none.
    Source: component 2.
    Example: box(1, 2, 3, 4).x2 == 3
    """

    name = ".x2"
    parameters = (B,)
    index = 2


class BoxY2(Component):
    """The y of a box's second corner.

    Shapes: b: any axes.
    Units: those of b.
    Missing: where b is.
    Errors: none.
    Source: component 3.
    Example: box(1, 2, 3, 4).y2 == 4
    """

    name = ".y2"
    parameters = (B,)
    index = 3


def _side(xp: Xp, b: Array, first: int) -> Array:
    """A side, clamped at 0; finite, so that one times another side of 0 is 0."""
    most = xp.finfo(b.dtype).max
    return xp.clip(b[..., first + 2] - b[..., first], 0, most)


class Width(Scalar):
    """The width of a box.

    Shapes: b: any axes.
    Units: those of b.
    Missing: where b is.
    Errors: none; a width beyond float32 saturates.
    Source: max(x2 - x1, 0).
    Example: width(box(1, 2, 4, 4)) == 3
    """

    name = "width"
    stepwise = True
    parameters = (B,)
    overflows = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return POSITIVE

    def one(self, b: Box) -> float:
        return max(b[2] - b[0], 0.0)

    def value(self, xp: Xp, b: Array) -> Array:
        return _side(xp, b, 0)


class Height(Scalar):
    """The height of a box.

    Shapes: b: any axes.
    Units: those of b.
    Missing: where b is.
    Errors: none; a height beyond float32 saturates.
    Source: max(y2 - y1, 0).
    Example: height(box(1, 2, 4, 4)) == 2
    """

    name = "height"
    stepwise = True
    parameters = (B,)
    overflows = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return POSITIVE

    def one(self, b: Box) -> float:
        return max(b[3] - b[1], 0.0)

    def value(self, xp: Xp, b: Array) -> Array:
        return _side(xp, b, 1)


class Area(Scalar):
    """The area of a box.

    Shapes: b: any axes.
    Units: the square of those of b.
    Missing: where b is.
    Errors: none; an area beyond float32 saturates.
    Source: max(x2 - x1, 0) * max(y2 - y1, 0).
    Example: area(box(1, 2, 4, 4)) == 6
    """

    name = "area"
    stepwise = True
    parameters = (B,)
    overflows = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return POSITIVE

    def one(self, b: Box) -> float:
        width, height = max(b[2] - b[0], 0.0), max(b[3] - b[1], 0.0)
        return width * height if width and height else 0.0

    def value(self, xp: Xp, b: Array) -> Array:
        return _side(xp, b, 0) * _side(xp, b, 1)


class Center(Scalar):
    """The centre of a box.

    Shapes: b: any axes.
    Units: those of b.
    Missing: where b is.
    Errors: none.
    Source: ((x1 + x2) / 2, (y1 + y2) / 2).
    Example: center(box(0, 0, 2, 4)) == point(1, 2)
    """

    name = "center"
    stepwise = True
    parameters = (B,)
    result = POINT

    def one(self, b: Box) -> Point:
        return b[0] / 2 + b[2] / 2, b[1] / 2 + b[3] / 2

    def value(self, xp: Xp, b: Array) -> Array:
        # Not as a sum: XLA takes the common factor out of it, and the sum of two extremes is beyond the floats.
        return b[..., :2] * 0.5 - b[..., 2:] * -0.5


class Inside(Scalar):
    """Whether a point lies in a box or on its edge.

    Shapes: p, b: any axes, broadcast by name.
    Units: those of p and b, which must agree.
    Missing: where p or b is.
    Errors: none.
    Source: x1 <= x <= x2 and y1 <= y <= y2; nothing lies in an inverted box.
    Example: inside(point(1, 1), box(0, 0, 1, 1))
    """

    name = "inside"
    stepwise = True
    parameters = (P, B)
    result = BOOL
    discrete = True

    def one(self, p: Point, b: Box) -> bool:
        return b[0] <= p[0] <= b[2] and b[1] <= p[1] <= b[3]

    def value(self, xp: Xp, p: Array, b: Array) -> Array:
        p, b = alike(xp, p, b)
        within = (b[..., :2] <= p) & (p <= b[..., 2:])
        # NumPy is slow at reducing an axis of two.
        return within[..., 0] & within[..., 1]


class Distance(Scalar):
    """The Euclidean distance of two points. Its gradient where they meet, which has no direction, counts as 0.

    Shapes: p, q: any axes, broadcast by name.
    Units: those of p and q, which must agree.
    Missing: where p or q is.
    Errors: none; a distance beyond float32 saturates.
    Source: sqrt((p.x - q.x) ** 2 + (p.y - q.y) ** 2).
    Example: distance(point(0, 0), point(3, 4)) == 5
    """

    name = "distance"
    stepwise = True
    parameters = (P, Parameter("q", (POINT,)))
    overflows = True
    laws = ("commutative",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return POSITIVE

    def one(self, p: Point, q: Point) -> float:
        return math.hypot(p[0] * REACH - q[0] * REACH, p[1] * REACH - q[1] * REACH) / REACH

    def value(self, xp: Xp, p: Array, q: Array) -> Array:
        p, q = (part * REACH for part in alike(xp, p, q))
        # Each coordinate on its own: NumPy is slow at reducing an axis of two.
        x, y = (p[..., place] - q[..., place] for place in (0, 1))
        if on_host(xp):
            return xp.hypot(x, y) / REACH
        size = xp.maximum(xp.abs(x), xp.abs(y))
        scale = unit_scale(xp, size)
        none = size < tiny(xp, p)
        x, y = (xp.where(none, xp.zeros_like(part), part * scale) for part in (x, y))
        return safe_sqrt(xp, x * x + y * y) / scale / REACH


class ScalePoint(Scalar):
    """A point with its coordinates multiplied by sx and sy.

    Shapes: p, sx, sy: any axes, broadcast by name.
    Units: those of p times those of sx and sy.
    Missing: where any argument is.
    Errors: none; a coordinate beyond float32 saturates.
    Source: (x * sx, y * sy).
    Example: scale(point(1, 2), 2, 3) == point(2, 6)
    """

    name = "scale"
    stepwise = True
    parameters = (P, SX, SY)
    result = POINT
    overflows = True

    def one(self, p: Point, sx: float, sy: float) -> Point:
        return p[0] * sx, p[1] * sy

    def value(self, xp: Xp, p: Array, sx: Array, sy: Array) -> Array:
        p, factors = alike(xp, p, stacked(xp, sx, sy))
        return p * factors


class ScaleBox(Scalar):
    """A box with its horizontal coordinates multiplied by sx, the vertical ones by sy.

    Shapes: b, sx, sy: any axes, broadcast by name.
    Units: those of b times those of sx and sy.
    Missing: where any argument is.
    Errors: none; a coordinate beyond float32 saturates.
    Source: (x1 * sx, y1 * sy, x2 * sx, y2 * sy).
    Example: scale(box(1, 1, 2, 2), 2, 3) == box(2, 3, 4, 6)
    """

    name = "scale"
    stepwise = True
    parameters = (B, SX, SY)
    result = BOX
    overflows = True

    def one(self, b: Box, sx: float, sy: float) -> Box:
        return b[0] * sx, b[1] * sy, b[2] * sx, b[3] * sy

    def value(self, xp: Xp, b: Array, sx: Array, sy: Array) -> Array:
        b, factors = alike(xp, b, stacked(xp, sx, sy, sx, sy))
        return b * factors


BUILTINS = (
    PointX(), PointY(), BoxX1(), BoxY1(), BoxX2(), BoxY2(), Width(), Height(), Area(), Center(), Inside(), Distance(),
    ScalePoint(), ScaleBox(),
)  # fmt: skip
