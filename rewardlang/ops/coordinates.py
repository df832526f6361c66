"""Points and boxes of numbers, in the formats in which boxes are written.

On one sample a point is a tuple of 2 floats, a box one of 4: x1, y1, x2, y2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.ops.arrays import alike, as_float
from rewardlang.ops.builtin import NUMBER, Array, Parameter, Role, Scalar, Xp
from rewardlang.types import BOX, POINT

if TYPE_CHECKING:
    from collections.abc import Sequence

Point = tuple[float, float]
Box = tuple[float, float, float, float]
FORMATS = ("xyxy", "xywh", "cxcywh", "yxhw")
"""What four numbers are: two corners; a corner and sides; the centre and sides; a corner and sides, rows first."""
FORMAT = Parameter("format", (), role=Role.WORD, default="xyxy", words=FORMATS)


def corners(parts: Sequence[Any], format: str) -> tuple[Any, Any, Any, Any]:  # noqa: A002 - the word of the language
    """The corners x1, y1, x2, y2 of a box that is given by four numbers, or arrays of them."""
    a, b, c, d = parts
    match format:
        case "xywh":
            return a, b, a + c, b + d
        case "cxcywh":
            return a - c * 0.5, b - d * 0.5, a + c * 0.5, b + d * 0.5
        case "yxhw":
            return b, a, b + d, a + c
    return a, b, c, d


def stacked(xp: Xp, *parts: Array) -> Array:
    """The parts as the components of points or boxes."""
    return _stacked(xp, _floats(xp, parts))


def _floats(xp: Xp, parts: Sequence[Array]) -> list[Array]:
    return alike(xp, *(as_float(xp, part) for part in parts))


def _stacked(xp: Xp, parts: Sequence[Array]) -> Array:
    alone = len({part.shape for part in parts}) == 1
    return xp.stack(parts if alone else xp.broadcast_arrays(*parts), axis=-1)


class MakePoint(Scalar):
    """The point with the coordinates x and y.

    Shapes: x, y: any axes, broadcast by name.
    Units: those of x and y, which must agree.
    Missing: where x or y is.
    Errors: none.
    Source: the pair (x, y).
    Example: point(3, 4).x == 3
    """

    name = "point"
    stepwise = True
    parameters = (Parameter("x", NUMBER), Parameter("y", NUMBER))
    result = POINT

    def one(self, x: float, y: float) -> Point:
        return float(x), float(y)

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        return stacked(xp, x, y)


class MakeBox(Scalar):
    """The box that four numbers are; it may be degenerate or inverted.

    A box is always held by its corners, so that boxes of two formats never meet: what is written otherwise becomes a
    box here, where `format` says what the numbers are: `xyxy` two corners, `xywh` the corner (x, y) and the sides,
    `cxcywh` the centre and the sides, `yxhw` the corner and the sides with the vertical ones first.

    Shapes: x1, y1, x2, y2: any axes, broadcast by name.
    Units: those of the numbers, which must agree.
    Missing: where any of them is.
    Errors: none; a corner beyond float32 saturates.
    Source: the tuple (x1, y1, x2, y2); (x, y, x + w, y + h); (x - w / 2, y - h / 2, x + w / 2, y + h / 2).
    Example: box(3, 4, 2, 6, format: cxcywh) == box(2, 1, 4, 7)
    """

    name = "box"
    stepwise = True
    parameters = (*(Parameter(name, NUMBER) for name in ("x1", "y1", "x2", "y2")), FORMAT)
    result = BOX
    overflows = True

    def one(self, *numbers: float, format: str = "xyxy") -> Box:  # noqa: A002 - the word of the language
        x1, y1, x2, y2 = (float(part) for part in corners(numbers, format))
        return x1, y1, x2, y2

    def value(self, xp: Xp, *numbers: Array, format: str = "xyxy") -> Array:  # noqa: A002 - the word of the language
        return _stacked(xp, corners(_floats(xp, numbers), format))


BUILTINS = (MakePoint(), MakeBox())
