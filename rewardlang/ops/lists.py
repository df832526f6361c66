"""Choosing entries of a list: `first last at lookup`, the neighbours `previous next`, `reverse sort`, `keep unique`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.facts import Interval
from rewardlang.ops.arrays import as_number, is_float
from rewardlang.ops.builtin import ANY, NUMBER, Array, Gather, Made, Matrix, Parameter, Role, Xp
from rewardlang.types import BOOL, INT, JSON, TEXT, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

X = Parameter("x", ANY, axes=("a",))
WHERE = Parameter("where", (BOOL,), axes=("a",))
Chosen = tuple[Array, Array]


def _first_place(xp: Xp, held: Array, position: Array) -> Chosen:
    """The smallest position that holds, and whether there is one."""
    found = xp.any(held, axis=-1)
    places = xp.where(held, position, xp.full_like(position, xp.iinfo(position.dtype).max))
    first = xp.min(places, axis=-1, initial=xp.iinfo(position.dtype).max)
    return xp.where(found, first, xp.zeros_like(first)), found


class First(Gather):
    """The first entry of a list.

    Shapes: x: consumes one axis.
    Units: those of x.
    Missing: where the list is empty, unless it is proved not to be.
    Errors: none.
    Source: the order of the list.
    Example: (first([3, 1, 2]) ?? 0) == 3
    """

    name = "first"
    parameters = (X,)
    partial = True
    whole = True

    def one(self, x: Sequence[Any]) -> Any:
        return x[0] if x else None

    def positions(self, xp: Xp, length: Array, position: Array, where: Array, *arrays: Array, **options: Any) -> Chosen:
        return _first_place(xp, where, position)


class Last(Gather):
    """The last entry of a list.

    Shapes: x: consumes one axis.
    Units: those of x.
    Missing: where the list is empty, unless it is proved not to be.
    Errors: none.
    Source: the order of the list.
    Example: (last([3, 1, 2]) ?? 0) == 2
    """

    name = "last"
    parameters = (X,)
    partial = True
    whole = True

    def one(self, x: Sequence[Any]) -> Any:
        return x[-1] if x else None

    def positions(self, xp: Xp, length: Array, position: Array, where: Array, *arrays: Array, **options: Any) -> Chosen:
        places = xp.where(where, position, xp.zeros_like(position))
        return xp.max(places, axis=-1, initial=0), xp.any(where, axis=-1)


class At(Gather):
    """The entry at a position, counted from 0: `x[i]`.

    Shapes: x: consumes one axis; i: any other axes.
    Units: those of x.
    Missing: outside the list, negative positions too, unless i is proved to be within; where i is.
    Errors: none.
    Source: the order of the list.
    Example: ([3, 1, 2][1] ?? 0) == 1
    """

    name = "at"
    parameters = (X, Parameter("i", (INT,)))
    partial = True
    internal = True

    def may_miss(self, types: Sequence[Type], options: Mapping[str, Any]) -> bool:
        return not types[1].interval.within(Interval(0, options.get("least", 0) - 1))

    def one(self, x: Sequence[Any], i: int) -> Any:
        return x[i] if 0 <= i < len(x) else None

    def positions(self, xp: Xp, length: Array, position: Array, where: Array, *arrays: Array, **options: Any) -> Chosen:
        i = arrays[0].astype(position.dtype)
        held = (i >= 0) & (i < length)
        return xp.where(held, i, xp.zeros_like(i)), held


class Lookup(Gather):
    """The first entry for which a condition holds: `lookup(values, where: keys == key)`.

    Shapes: values: consumes one axis; where: consumes the same one, other axes are broadcast.
    Units: those of values.
    Missing: where the condition holds for no entry.
    Errors: none.
    Source: the order of the list.
    Example: (lookup([3, 1, 2], where: [3, 1, 2] < 3) ?? 0) == 1
    """

    name = "lookup"
    parameters = (Parameter("values", ANY, axes=("a",)), WHERE)
    partial = True

    def one(self, values: Sequence[Any], where: Sequence[bool]) -> Any:
        return next((entry for entry, held in zip(values, where, strict=True) if held), None)

    def positions(self, xp: Xp, length: Array, position: Array, where: Array, *arrays: Array, **options: Any) -> Chosen:
        return _first_place(xp, where & arrays[0], position)


class Neighbour(Gather):
    """The entry some places away from each."""

    single = True
    parameters = (X,)
    keeps = ("a",)
    partial = True

    def one(self, x: Sequence[Any]) -> list[Any]:
        places = range(self.shift, len(x) + self.shift)
        return [x[place] if 0 <= place < len(x) else None for place in places]

    def positions(self, xp: Xp, length: Array, position: Array, where: Array, *arrays: Array, **options: Any) -> Chosen:
        place = position + self.shift
        held = (place >= 0) & (place < length[..., None])
        return xp.where(held, place, xp.zeros_like(place)), held


class Previous(Neighbour):
    """For each entry the one before it.

    Shapes: x: runs along one axis, which the result keeps.
    Units: those of x.
    Missing: at the first position.
    Errors: none.
    Source: the order of the list.
    Example: sum(previous([3, 1, 2]) ?? 0) == 4
    """

    name = "previous"
    shift = -1


class Next(Neighbour):
    """For each entry the one after it.

    Shapes: x: runs along one axis, which the result keeps.
    Units: those of x.
    Missing: at the last position.
    Errors: none.
    Source: the order of the list.
    Example: sum(next([3, 1, 2]) ?? 0) == 3
    """

    name = "next"
    shift = 1


class Reverse(Gather):
    """The list from its end to its beginning.

    Shapes: x: runs along one axis, which the result keeps.
    Units: those of x.
    Missing: where an entry is.
    Errors: none.
    Source: entry i is entry n - 1 - i.
    Example: (reverse([3, 1, 2])[0] ?? 0) == 2
    """

    name = "reverse"
    single = True
    parameters = (X,)
    keeps = ("a",)
    laws = ("involutive",)

    def one(self, x: Sequence[Any]) -> list[Any]:
        return list(reversed(x))

    def positions(self, xp: Xp, length: Array, position: Array, where: Array, *arrays: Array, **options: Any) -> Chosen:
        place = length[..., None] - 1 - position
        held = place >= 0
        return xp.where(held, place, xp.zeros_like(place)), held


def _order(xp: Xp, key: Array, where: Array) -> Array:
    """The positions in the order of the key, stable; those that do not count last."""
    return xp.lexsort((key, ~where), axis=-1)


def _reversing(xp: Xp, key: Array) -> Array:
    # The complement, unlike the negative, is an int for every int.
    return -key if is_float(xp, key) else ~key


class Sort(Gather):
    """The list in order. Entries that are equal stay in theirs, in both orders.

    Shapes: x: runs along one axis, which the result keeps.
    Units: those of x.
    Missing: never; entries must be present.
    Errors: none.
    Source: the order of the reals; of texts, by code points.
    Example: (sort([3, 1, 2], order: descending)[0] ?? 0) == 3
    """

    name = "sort"
    parameters = (
        Parameter("x", (*NUMBER, TEXT), axes=("a",)),
        Parameter("order", (), role=Role.WORD, default="ascending", words=("ascending", "descending")),
    )
    keeps = ("a",)
    keyed = True
    ordered = True
    laws = ("idempotent",)

    def one(self, x: Sequence[Any], order: str = "ascending") -> list[Any]:
        return sorted(x, reverse=order == "descending")

    def positions(self, xp: Xp, length: Array, position: Array, where: Array, *arrays: Array, **options: Any) -> Chosen:
        key = as_number(xp, arrays[-1])
        if options.get("order") == "descending":
            key = _reversing(xp, key)
        return _order(xp, key, where).astype(position.dtype), position < length[..., None]


class Keep(Gather):
    """The entries for which a condition holds: a shorter list, in the same order.

    Shapes: x: consumes one axis; where: consumes the same one. The result has an axis of its own, of the same name.
    Units: those of x.
    Missing: where an entry that is kept is.
    Errors: none.
    Source: the order of the list.
    Example: sum(keep([3, 1, 2], where: [3, 1, 2] > 1)) == 5
    """

    name = "keep"
    single = True
    parameters = (X, WHERE)
    makes = Made("kept")

    def one(self, x: Sequence[Any], where: Sequence[bool]) -> list[Any]:
        return [entry for entry, held in zip(x, where, strict=True) if held]

    def positions(self, xp: Xp, length: Array, position: Array, where: Array, *arrays: Array, **options: Any) -> Chosen:
        position, held = xp.broadcast_arrays(position, where & arrays[0])
        return position, held


class Unique(Gather):
    """The list without repetitions: each entry where it first stands.

    Shapes: x: consumes one axis. The result has an axis of its own, of the same name.
    Units: those of x.
    Missing: never; entries must be present.
    Errors: none.
    Source: the equality of the entries.
    Example: sum(unique([3, 1, 3])) == 4
    """

    name = "unique"
    parameters = (Parameter("x", (*NUMBER, TEXT, JSON), axes=("a",)),)
    makes = Made("unique")
    keyed = True
    laws = ("idempotent",)

    def one(self, x: Sequence[Any]) -> list[Any]:
        return [entry for place, entry in enumerate(x) if entry not in x[:place]]

    def positions(self, xp: Xp, length: Array, position: Array, where: Array, *arrays: Array, **options: Any) -> Chosen:
        key = as_number(xp, arrays[-1])
        order = _order(xp, key, where)
        ordered = xp.take_along_axis(key, order, axis=-1)
        fresh = xp.concatenate((xp.ones_like(where[..., :1]), ordered[..., 1:] != ordered[..., :-1]), axis=-1)
        return position, where & xp.take_along_axis(fresh, xp.argsort(order, axis=-1), axis=-1)


class Occurrence(Matrix):
    """For each entry, how many equal ones stand before it.

    Shapes: x: runs along one axis, which the result keeps.
    Units: none.
    Missing: never; entries must be present.
    Errors: none.
    Source: the equality of the entries.
    Example: (occurrence([3, 1, 3])[2] ?? 0) == 1
    """

    name = "occurrence"
    parameters = (Parameter("x", (*NUMBER, TEXT, JSON), axes=("a",)),)
    keeps = ("a",)
    result = INT
    discrete = True

    def range(self, *ranges: Interval, most: int | None = None, **_: Any) -> Interval:
        return Interval(0, float("inf") if most is None else max(most - 1, 0))

    def one(self, x: Sequence[Any]) -> list[int]:
        return [sum(entry == other for other in x[:place]) for place, entry in enumerate(x)]

    def instance(self, xp: Xp, x: Array, where: Array, **options: Any) -> Array:
        x = as_number(xp, x)
        last = xp.inf if is_float(xp, x) else xp.iinfo(x.dtype).max
        key = xp.where(where, x, xp.full_like(x, last))
        order = _order(xp, key, where)
        ordered = key[order]
        # Equal entries stand together, the earlier ones first: an entry's place among them is its count.
        count = xp.arange(len(key)) - xp.searchsorted(ordered, ordered).astype(xp.arange(0).dtype)
        return xp.where(where, count[xp.argsort(order)], xp.zeros_like(count))


BUILTINS = (
    First(), Last(), At(), Lookup(), Previous(), Next(), Reverse(), Sort(), Keep(), Unique(), Occurrence(),
)  # fmt: skip
