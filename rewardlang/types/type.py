"""A type: an element over axes, possibly missing, possibly ranged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rewardlang.facts import FULL, TRUTH, Interval
from rewardlang.types.axes import ANY_VEC, Axis
from rewardlang.types.elements import BOOL, FLOAT, INT, Element

if TYPE_CHECKING:
    from collections.abc import Iterable

Level = frozenset[Axis]
INT32 = Interval(-(2**31), 2**31 - 1)
"""The values of an `int`."""
_USUAL = {BOOL: TRUTH, INT: INT32}


@dataclass(frozen=True)
class Type:
    """What the compiler knows of a value.

    `missing` holds the levels at which it may be missing, each the set of axes along which that differs:
    `float[time]?` has the level {} (all or nothing), `float?[time]` the level {time}.
    `range` is None for what is no number. `traced` names what keeps the value from the host (a param, a group
    statistic, a model, memory); it does not count when types are compared.
    """

    element: Element
    axes: tuple[Axis, ...] = ()
    missing: frozenset[Level] = frozenset()
    range: Interval | None = None
    traced: str | None = None

    def __post_init__(self) -> None:
        if self.element.numeric and self.range is None:
            object.__setattr__(self, "range", TRUTH if self.element == BOOL else FULL)

    @property
    def optional(self) -> bool:
        """Whether it may be missing at any level."""
        return bool(self.missing)

    @property
    def whole_missing(self) -> bool:
        """Whether it may be missing as a whole."""
        return frozenset() in self.missing

    def entry(self) -> Type:
        """The type of one entry of the first axis."""
        first = self.axes[0]
        levels = frozenset(level - {first} for level in self.missing if first in level)
        return replace(self, axes=self.axes[1:], missing=levels)

    @property
    def interval(self) -> Interval:
        """The range of a number."""
        if self.range is None:
            raise TypeError(f"{self} has no range")
        return self.range

    def over(self, *axes: Axis) -> Type:
        """The same, over these axes."""
        return replace(self, axes=axes)

    def lacking(self, *levels: Iterable[Axis]) -> Type:
        """The same, possibly missing at these levels too."""
        return replace(self, missing=self.missing | {frozenset(level) for level in levels})

    def present(self) -> Type:
        """The same, never missing."""
        return replace(self, missing=frozenset())

    def within(self, interval: Interval) -> Type:
        """The same, with this range."""
        return replace(self, range=interval)

    def __str__(self) -> str:
        return write_type(self)


def write_type(type_: Type, *, ranges: bool = True, bounds: bool = False) -> str:
    """A type as the language writes it; with `bounds` the declared lengths of its lists too."""
    dims = [axis for axis in type_.axes if axis == ANY_VEC or (axis.name == "dim" and axis.size is not None)]
    lists = [axis for axis in type_.axes if axis not in dims]
    vec = bool(dims) and type_.element == FLOAT
    size = f"[{dims[0].size or 'dim'}]" if vec else ""
    whole = frozenset() in type_.missing
    each = any(level for level in type_.missing)
    alone = "?" if whole and not lists else ""
    text = ("vec" if vec else str(type_.element)) + ("?" if each else "") + size + alone
    if lists:
        text += (
            "[" + ", ".join(_bounded(axis) if bounds else axis.name for axis in lists) + "]" + ("?" if whole else "")
        )
    if ranges and type_.range is not None and type_.range not in (FULL, _USUAL.get(type_.element, FULL)):
        text += f" in {type_.range}"
    return text


def _bounded(axis: Axis) -> str:
    if axis.least == 0 and axis.most is None:
        return axis.name
    return f"{axis.name} {axis.least}..{'' if axis.most is None else axis.most}"


class AxisClashError(Exception):
    """Two axes of one name and two identities met."""

    def __init__(self, left: Axis, right: Axis) -> None:
        super().__init__(left.name)
        self.left, self.right = left, right


def broadcast(types: Iterable[Type]) -> tuple[Axis, ...]:
    """The axes of a value made from these elementwise: all of theirs, in order of first appearance.

    Raises:
        AxisClashError: two different axes have one name.
    """
    axes: list[Axis] = []
    for type_ in types:
        for axis in type_.axes:
            if axis in axes:
                continue
            clash = next((known for known in axes if known.name == axis.name), None)
            if clash is not None:
                raise AxisClashError(clash, axis)
            axes.append(axis)
    return tuple(axes)
