"""Builtins that the compiler makes and no spec can call: masks, selection, casts, and what reward trees need."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rewardlang.facts import FULL, TRUTH, Interval
from rewardlang.ops.builtin import ANY, NUMBER, Array, Parameter, Reduction, Role, Rows, Scalar, Xp
from rewardlang.types import BOOL, FLOAT, INT, TEXT, Element, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.texts import Texts

_LEFT = Parameter("x", (BOOL,))
_RIGHT = Parameter("y", (BOOL,))


class Both(Scalar):
    """Whether x and y hold: of two bools that are present, or of two masks.

    Shapes: x, y: any axes, broadcast by name.
    Units: none.
    Missing: never.
    Errors: none.
    Source: Boolean conjunction.
    """

    name = "both"
    stepwise = True
    parameters = (_LEFT, _RIGHT)
    result = BOOL
    settles = MappingProxyType({False: 0})
    laws = ("commutative", "idempotent")
    internal = True

    def one(self, x: bool, y: bool) -> bool:  # noqa: FBT001 - the language's own order of arguments
        return x and y

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        return xp.logical_and(x, y)


class Either(Scalar):
    """Whether x or y holds.

    Shapes: x, y: any axes, broadcast by name.
    Units: none.
    Missing: never.
    Errors: none.
    Source: Boolean disjunction.
    """

    name = "either"
    stepwise = True
    parameters = (_LEFT, _RIGHT)
    result = BOOL
    settles = MappingProxyType({True: 0})
    laws = ("commutative", "idempotent")
    internal = True

    def one(self, x: bool, y: bool) -> bool:  # noqa: FBT001 - the language's own order of arguments
        return x or y

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        return xp.logical_or(x, y)


class Choose(Scalar):
    """The second argument where the first holds, else the third.

    Shapes: any axes, broadcast by name; the backend takes rows of columns where the element is no number.
    Units: those of the branches, which must agree.
    Missing: never.
    Errors: none.
    Source: the conditional.
    """

    name = "select"
    stepwise = True
    rounds_once = True
    parameters = (Parameter("condition", (BOOL,)), Parameter("yes", ANY), Parameter("no", ANY))
    result = None
    settles = MappingProxyType({True: 1, False: 2})
    internal = True

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        yes, no = types[1].element, types[2].element
        if yes == no:
            return yes
        return FLOAT if FLOAT in (yes, no) else INT

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return ranges[1].hull(ranges[2])

    def one(self, condition: bool, yes: Any, no: Any) -> Any:  # noqa: FBT001 - the language's own order of arguments
        return yes if condition else no

    def value(self, xp: Xp, condition: Array, yes: Array, no: Array) -> Array:
        return xp.where(condition, yes, no)


class Every(Reduction):
    """Whether all entries hold: how `missing: spread` reduces a mask.

    Shapes: x: consumes its axes.
    Units: none.
    Missing: never; an empty list is true.
    Errors: none.
    Source: Boolean conjunction.
    """

    name = "every"
    parameters = (Parameter("x", (BOOL,), axes=("a",)),)
    result = BOOL
    internal = True

    def one(self, x: list[bool]) -> bool:
        return all(x)

    def reduce(self, xp: Xp, x: Array, where: Array, axis: tuple[int, ...]) -> Array:
        return xp.all(xp.logical_or(x, xp.logical_not(where)), axis=axis)


class Real(Scalar):
    """A number as a float.

    Shapes: x: any axes.
    Units: those of x.
    Missing: never.
    Errors: none.
    Source: false is 0, true is 1.
    """

    name = "real"
    stepwise = True
    parameters = (Parameter("x", NUMBER),)
    internal = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return ranges[0]

    def one(self, x: float) -> float:
        return float(x)

    def value(self, xp: Xp, x: Array) -> Array:
        return xp.asarray(x)


class Wins(Scalar):
    """Whether the entry `which` is the smallest (`kind: min`) or largest of all, the first of equals.

    Shapes: any axes, broadcast by name.
    Units: those of the entries, which must agree.
    Missing: never.
    Errors: none.
    Source: the order of the reals.
    """

    name = "wins"
    parameters = (
        Parameter("x", NUMBER, variadic=True),
        Parameter("which", (INT,), role=Role.CONST),
        Parameter("kind", (), role=Role.WORD, words=("min", "max")),
    )
    result = BOOL
    discrete = True
    internal = True

    def one(self, *values: float, which: int, kind: str) -> bool:
        best = min(values) if kind == "min" else max(values)
        return values.index(best) == which

    def value(self, xp: Xp, *arrays: Array, which: int, kind: str) -> Array:
        strictly, weakly = (xp.less, xp.less_equal) if kind == "min" else (xp.greater, xp.greater_equal)
        mine, held = arrays[which], xp.ones_like(arrays[which], dtype=bool)
        for index, other in enumerate(arrays):
            if index != which:
                held = xp.logical_and(held, (strictly if index < which else weakly)(mine, other))
        return held


class Choice(Rows):
    """The index of the first of `labels` (tuples of texts) that holds the subject; how many there are where none does.

    Shapes: subject: any axes.
    Units: none.
    Missing: never.
    Errors: none.
    Source: equality of texts, code point by code point.
    """

    name = "choice"
    parameters = (Parameter("subject", (TEXT,)), Parameter("labels", (), role=Role.CONST))
    result = INT
    internal = True

    def range(self, *ranges: Interval, **options: Any) -> Interval:
        return Interval(0, len(options["labels"]))

    def one(self, subject: str, labels: tuple[tuple[str, ...], ...]) -> int:
        return next((index for index, words in enumerate(labels) if subject in words), len(labels))

    def rows(self, subject: Texts, labels: tuple[tuple[str, ...], ...]) -> Any:
        import numpy as np

        from rewardlang.columns.texts import Texts
        from rewardlang.kernels.text import equal

        found = np.full(len(subject), len(labels), np.int64)
        here = np.zeros(len(subject), np.int64)
        for index in range(len(labels) - 1, -1, -1):
            for word in labels[index]:
                found[equal(subject, Texts.of([word]).take(here))] = index
        return found


class Chosen(Scalar):
    """Whether a `choice` is the branch `which`.

    Shapes: x: any axes.
    Units: none.
    Missing: never.
    Errors: none.
    Source: equality of ints.
    """

    name = "chosen"
    parameters = (Parameter("x", (INT,)), Parameter("which", (INT,), role=Role.CONST))
    result = BOOL
    discrete = True
    internal = True

    def one(self, x: int, which: int) -> bool:
        return x == which

    def value(self, xp: Xp, x: Array, which: int) -> Array:
        return xp.equal(x, which)


BOTH, EITHER, CHOOSE, EVERY = Both(), Either(), Choose(), Every()
REAL, WINS, CHOICE, CHOSEN = Real(), Wins(), Choice(), Chosen()
INTERNAL = (BOTH, EITHER, CHOOSE, EVERY, REAL, WINS, CHOICE, CHOSEN)


def range_of(type_: Type) -> Interval:
    """The range that a builtin's rule is given for an argument of this type."""
    if type_.range is not None:
        return type_.range
    return TRUTH if type_.element == BOOL else FULL
