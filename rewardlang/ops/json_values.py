"""What JSON values are: equal, numbers, texts, points, boxes, and lists of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.ops import json_meaning
from rewardlang.ops.builtin import Lists, Made, Parameter, Rows
from rewardlang.ops.coordinates import FORMAT, corners
from rewardlang.ops.json import DIALECT, VALUE
from rewardlang.types import BOOL, BOX, FLOAT, JSON, POINT, TEXT, Axis, Type

if TYPE_CHECKING:
    from rewardlang.columns.column import JsonColumn

A = Parameter("a", (JSON,))
B = Parameter("b", (JSON,))


def _equal(a: JsonColumn, b: JsonColumn, dialect: str) -> Any:
    from rewardlang.columns.json import equal

    return equal(a.tape, a.nodes, b.tape, b.nodes, dialect)  # type: ignore[arg-type] # one of the words


class JsonEqual(Rows):
    """Whether two JSON values are equal.

    Shapes: a, b: any axes, broadcast by name.
    Units: none.
    Missing: where a or b is.
    Errors: none.
    Source: numbers by value, so 1 is 1.0; objects unordered, the last of repeated keys; a bool is no number; NaN equals
        nothing.
    Example: json("[1]") == json("[1.0]") ?? false
    """

    name = "=="
    slow = True
    parameters = (A, B)
    result = BOOL

    def one(self, a: Any, b: Any) -> bool:
        return json_meaning.same(a, b, "strict")

    def rows(self, a: JsonColumn, b: JsonColumn) -> Any:
        return _equal(a, b, "strict")


class JsonDiffers(Rows):
    """Whether two JSON values differ.

    Shapes: a, b: any axes, broadcast by name.
    Units: none.
    Missing: where a or b is.
    Errors: none.
    Source: not a == b.
    Example: json("[1]") != json("[true]") ?? false
    """

    name = "!="
    slow = True
    parameters = (A, B)
    result = BOOL

    def one(self, a: Any, b: Any) -> bool:
        return not json_meaning.same(a, b, "strict")

    def rows(self, a: JsonColumn, b: JsonColumn) -> Any:
        return ~_equal(a, b, "strict")


class JsonEquals(Rows):
    """Whether two JSON values are equal: `==`, or with `dialect: python` Python's.

    Shapes: a, b: any axes, broadcast by name.
    Units: none.
    Missing: where a or b is.
    Errors: none.
    Source: strict: a bool is no number; python: true is 1, false is 0, and NaN, which equals nothing, is itself where a
        list or an object holds it, as after `json.loads`.
    Example: equals(json("[1]"), json("[true]"), dialect: python) ?? false
    """

    name = "equals"
    slow = True
    parameters = (A, B, DIALECT)
    result = BOOL

    def one(self, a: Any, b: Any, dialect: str = "strict") -> bool:
        return json_meaning.same(a, b, dialect)

    def rows(self, a: JsonColumn, b: JsonColumn, dialect: str = "strict") -> Any:
        return _equal(a, b, dialect)


class IsList(Rows):
    """Whether a JSON value is an array.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: RFC 8259.
    Example: is_list(json("[]")) ?? false
    """

    name = "is_list"
    parameters = (VALUE,)
    result = BOOL

    def one(self, x: Any) -> bool:
        return isinstance(x, list)

    def rows(self, x: JsonColumn) -> Any:
        from rewardlang.columns.json import ARRAY, kinds

        return kinds(x.tape, x.nodes) == ARRAY


class IsObject(Rows):
    """Whether a JSON value is an object.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: RFC 8259.
    Example: is_object(json("{}")) ?? false
    """

    name = "is_object"
    parameters = (VALUE,)
    result = BOOL

    def one(self, x: Any) -> bool:
        return isinstance(x, dict)

    def rows(self, x: JsonColumn) -> Any:
        from rewardlang.columns.json import OBJECT, kinds

        return kinds(x.tape, x.nodes) == OBJECT


class IsInt(Rows):
    """Whether a JSON value is a number that is written as an integer.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: digits with an optional sign, as Python's `json.loads` tells an int from a float: 1.0 and 1e2 are none.
    Example: is_int(json("1")) and not is_int(json("1.0")) ?? false
    """

    name = "is_int"
    parameters = (VALUE,)
    result = BOOL

    def one(self, x: Any) -> bool:
        return isinstance(x, int) and not isinstance(x, bool)

    def rows(self, x: JsonColumn) -> Any:
        from rewardlang.columns.json import is_int

        return is_int(x.tape, x.nodes)


class Conversion(Rows):
    """A JSON value as one of the element `result`, missing where it is none."""

    parameters = (VALUE,)
    partial = True

    def one(self, x: Any) -> Any:
        return json_meaning.decode(x, Type(self.element((), {})))

    def rows(self, x: JsonColumn) -> Any:
        from rewardlang.columns.decode import decode

        return decode(x, Type(self.element((), {})))


class JsonNumber(Conversion):
    """The number that a JSON value is.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is no number, or one beyond all doubles; where x is missing.
    Errors: none.
    Source: the nearest double; no coercion of bools or strings.
    Example: (number(json("1e1")) ?? 0) == 10
    """

    name = "number"
    result = FLOAT


class String(Conversion):
    r"""The text that a JSON string is.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is no string; where x is missing.
    Errors: none.
    Source: RFC 8259; the escape of a surrogate without its pair means U+FFFD.
    Example: (string(json("[\"a\"]")[0]) ?? "") == "a"
    """

    name = "string"
    result = TEXT


class Truth(Conversion):
    """The bool that a JSON value is.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is neither true nor false; where x is missing.
    Errors: none.
    Source: no coercion: neither 1 nor "true" is a bool.
    Example: truth(json("true")) ?? false
    """

    name = "truth"
    result = BOOL


class AsPoint(Conversion):
    """The point that a JSON array `[x, y]` is.

    Shapes: x: any axes.
    Units: those of the coordinates.
    Missing: where x is no array of exactly two finite numbers; where x is missing.
    Errors: none.
    Source: the nearest doubles.
    Example: (as_point(json("[1, 2]")).y ?? 0) == 2
    """

    name = "as_point"
    result = POINT


def with_corners(numbers: Any, format: str) -> Any:  # noqa: A002 - the word of the language
    """Boxes by their corners, of a column of four numbers each; finite."""
    import numpy as np

    if format == "xyxy":
        return numbers
    most = np.finfo(np.float64).max
    return np.clip(np.stack(corners(numbers.T, format), axis=-1), -most, most)


class AsBox(Rows):
    """The box that a JSON array of four numbers is; `format` says what they are, as in `box`.

    Shapes: x: any axes.
    Units: those of the coordinates.
    Missing: where x is no array of exactly four finite numbers; where x is missing.
    Errors: none.
    Source: the nearest doubles; a box may be degenerate or inverted.
    Example: (as_box(json("[1, 2, 3, 4]"), format: xywh).x2 ?? 0) == 4
    """

    name = "as_box"
    parameters = (VALUE, FORMAT)
    result = BOX
    partial = True

    def one(self, x: Any, format: str = "xyxy") -> Any:  # noqa: A002 - the word of the language
        numbers = json_meaning.decode(x, Type(BOX))
        return None if numbers is None else corners(numbers, format)

    def rows(self, x: JsonColumn, format: str = "xyxy") -> Any:  # noqa: A002 - the word of the language
        from rewardlang.columns.decode import decode

        numbers, present = decode(x, Type(BOX))
        return with_corners(numbers, format), present


class ListConversion(Lists):
    """A JSON array as a list of the element `result`, missing as a whole where an element is none."""

    parameters = (VALUE,)
    partial = True

    def one(self, x: Any) -> Any:
        return json_meaning.decode(x, Type(self.element((), {}), (Axis("list", "item"),)))

    def lists(self, x: JsonColumn) -> Any:
        from rewardlang.columns.decode import decode_list

        return decode_list(x, Type(self.element((), {})))


class Floats(ListConversion):
    """The numbers in a JSON array.

    Shapes: x: any axes; the result has the new axis `item`.
    Units: none.
    Missing: as a whole where x is no array of finite numbers alone; where x is missing.
    Errors: none.
    Source: the nearest doubles; no coercion of bools or strings.
    Example: (sum(floats(json("[1, 2]"))) ?? 0) == 3
    """

    name = "floats"
    makes = Made("item")
    result = FLOAT


class TextsOf(ListConversion):
    r"""The strings in a JSON array.

    Shapes: x: any axes; the result has the new axis `item`.
    Units: none.
    Missing: as a whole where x is no array of strings alone; where x is missing.
    Errors: none.
    Source: RFC 8259; no coercion.
    Example: (join(texts(json("[\"a\", \"b\"]")), ",") ?? "") == "a,b"
    """

    name = "texts"
    makes = Made("item")
    result = TEXT


class Points(ListConversion):
    """The points `[x, y]` in a JSON array.

    Shapes: x: any axes; the result has the new axis `point`.
    Units: those of the coordinates.
    Missing: as a whole where x is no array of points alone; where x is missing.
    Errors: none.
    Source: each as `as_point`.
    Example: (sum(points(json("[[1, 2], [3, 4]]")).x) ?? 0) == 4
    """

    name = "points"
    makes = Made("point")
    result = POINT


class Boxes(Lists):
    """The boxes in a JSON array of arrays of four numbers; `format` says what they are, as in `box`.

    Shapes: x: any axes; the result has the new axis `box`.
    Units: those of the coordinates.
    Missing: as a whole where x is no array of boxes alone; where x is missing.
    Errors: none.
    Source: each as `as_box`.
    Example: (sum(boxes(json("[[1, 2, 3, 4]]")).y2) ?? 0) == 4
    """

    name = "boxes"
    parameters = (VALUE, FORMAT)
    makes = Made("box")
    result = BOX
    partial = True

    def one(self, x: Any, format: str = "xyxy") -> Any:  # noqa: A002 - the word of the language
        found = json_meaning.decode(x, Type(BOX, (Axis("list", "item"),)))
        return None if found is None else [corners(numbers, format) for numbers in found]

    def lists(self, x: JsonColumn, format: str = "xyxy") -> Any:  # noqa: A002 - the word of the language
        from rewardlang.columns.column import Ragged
        from rewardlang.columns.decode import decode_list

        found, present = decode_list(x, Type(BOX))
        return Ragged(found.offsets, with_corners(found.column, format)), present


BUILTINS = (
    JsonEqual(), JsonDiffers(), JsonEquals(), IsList(), IsObject(), IsInt(), JsonNumber(), String(), Truth(),
    AsPoint(), AsBox(), Floats(), TextsOf(), Points(), Boxes(),
)  # fmt: skip
