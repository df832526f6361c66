"""What a builtin is: one class that holds signature, range rule, meaning and lowerings together.

A builtin is one subclass of a *form* below (`Scalar`, `Reduction`, `Rows`, `Lists`, `Gather`, `Matrix`), in
`rewardlang/ops/<family>.py`. Its docstring has the fixed headings Shapes, Units, Missing, Errors, Source and Example;
the reference page, the conformance tests and the property tests are made from the class alone.

`one` is the meaning: plain Python on one sample, float64, `None` for a missing result. The reference interpreter and
the constant folder call it; the lowerings must agree with it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from rewardlang.facts import FULL, TRUTH, Interval, Monotone, monotone_range
from rewardlang.types import BOOL, BOX, FLOAT, INT, JSON, POINT, TEXT, Element, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.regex.questions import Question, Seek

Array = Any
"""A NumPy array on the host, a JAX array on the device."""
Xp = Any
"""The array module: `numpy` on the host, `jax.numpy` on the device."""

NUMBER = (BOOL, INT, FLOAT)
ANY = (*NUMBER, TEXT, JSON, POINT, BOX)
REQUIRED = object()


class Role(Enum):
    """What may stand for a parameter."""

    VALUE = "value"  # any expression
    CONST = "const"  # known when compiling; handed to the lowerings as an option
    WORD = "word"  # one of a few bare words; an option
    REGEX = "regex"  # a regex literal; the options `pattern` and `flags` under its name: (pattern, flags)
    RANGE = "range"  # `low..high`: two values
    RECORD = "record"  # the name of a record; an option holding its RecordElement
    GIVEN = "given"  # a constant name; an option holding what the caller gives for it when loading


@dataclass(frozen=True)
class Parameter:
    """One parameter of a builtin.

    `accepts` lists the elements it takes. `axes` names the axis variables that it consumes, innermost last: `("a",)`
    takes a list. Axes of an argument that are not consumed are broadcast.
    """

    name: str
    accepts: tuple[Element, ...] = ANY
    axes: tuple[str, ...] = ()
    role: Role = Role.VALUE
    default: Any = REQUIRED
    words: tuple[str, ...] = ()
    variadic: bool = False

    @property
    def option(self) -> bool:
        """Whether it is known when compiling and handed over by name."""
        return self.role in (Role.CONST, Role.WORD, Role.REGEX, Role.RECORD, Role.GIVEN)


@dataclass(frozen=True)
class Made:
    """A new axis that a builtin makes: its default name and the bounds of its length."""

    name: str
    least: int = 0
    most: int | None = None


class Builtin(ABC):
    """One builtin."""

    name: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]
    result: ClassVar[Element | None] = FLOAT
    """The element of the result; None: that of the first argument, or what `element` says."""
    keeps: ClassVar[tuple[str, ...]] = ()
    """Consumed axis variables that the result still has."""
    makes: ClassVar[Made | None] = None
    partial: ClassVar[bool] = False
    """Whether the result can be missing although every argument is present."""
    monotone: ClassVar[tuple[Monotone, ...]] = ()
    overflows: ClassVar[bool] = False
    """Whether finite arguments can give a result beyond float32: the backend then saturates it."""
    discrete: ClassVar[bool] = False
    """Whether a rounding error in an argument can change the result by a jump (comparisons, `floor`) or many times
    (thin overlaps): such a builtin runs on the host, in float64, where its arguments come from text."""
    timed: ClassVar[bool] = False
    """Whether its work has a time limit, and other processes do it: it is then never computed when compiling."""
    laws: ClassVar[tuple[str, ...]] = ()
    """Laws that conformance tests check: `commutative`, `idempotent`, `involutive`, `self_is_one`."""
    version: ClassVar[int] = 1
    """Goes up when the meaning changes: part of a reward's fingerprint."""
    raw: ClassVar[Element] = JSON
    """What a result that is a record is held as until its fields are taken out: see `ops/records.py`."""
    internal: ClassVar[bool] = False
    """Internal builtins are made by the compiler and cannot be called by name."""

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        """The element of the result."""
        return self.result if self.result is not None else types[0].element

    def range(self, *ranges: Interval, **options: Any) -> Interval:
        """The range of a numeric result from those of the numeric arguments (FULL stands for the others)."""
        if self.result == BOOL:
            return TRUTH
        if self.monotone and len(self.monotone) == len(ranges):
            return monotone_range(lambda *a: self.one(*a, **options), self.monotone, ranges)
        return FULL

    def may_miss(self, types: Sequence[Type], options: Mapping[str, Any]) -> bool:
        """Whether a call with such arguments can be missing although they are present."""
        return self.partial

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        """Why such a call is wrong beyond what the parameters say, in one sentence; None where it is fine."""
        return None

    @abstractmethod
    def one(self, *values: Any, **options: Any) -> Any:
        """The meaning on one sample. Consumed lists come as Python lists, points and boxes as tuples; None is missing.

        A result with kept or new axes is a list. Over several axes of a reduction the list is flat.
        """

    def unbound(self, options: Mapping[str, Any]) -> tuple[str, ...]:
        """The options that still hold the name of what the caller gives: until then there is no `one` to call."""
        given = (parameter.name for parameter in self.parameters if parameter.role is Role.GIVEN)
        return tuple(name for name in given if isinstance(options.get(name), str))

    def folds(self, options: Mapping[str, Any]) -> bool:
        """Whether a call with constants can be computed when compiling."""
        return not self.timed and not self.unbound(options)

    @property
    def host_only(self) -> bool:
        """Whether it cannot run on the device."""
        return isinstance(self, Rows | Lists)


class Scalar(Builtin):
    """Elementwise on numbers, points and boxes: one lowering for host and device.

    Arrays arrive broadcast against each other; points and boxes have their 2 and 4 components in a last dimension.
    Where the result is a float, ints arrive as floats.
    """

    settles: ClassVar[Mapping[bool, int]] = MappingProxyType({})
    """Which argument is the result where the first is true everywhere, or false: the host computes no other."""

    stepwise: ClassVar[bool] = False
    """Whether `value` is made of the functions of `backend.recording` alone, and gives floats, bools, points or boxes
    of floats and bools: the host takes the steps of several such calls together."""

    rounds_once: ClassVar[bool] = False
    """Whether a float of it is one of the arguments, or the result of real arithmetic on them, rounded once."""

    @abstractmethod
    def value(self, xp: Xp, *arrays: Array, **options: Any) -> Array:
        """The values; anything finite where missing."""

    def holds(self, xp: Xp, *arrays: Array, **options: Any) -> Array:
        """Where the result is present; needed only where `partial`."""
        raise NotImplementedError(self.name)


class Reduction(Builtin):
    """Removes the axes of its one list: one lowering for host and device.

    `range`, `element` and `may_miss` are given the options `least` and `most`: how many entries there are, proved;
    `most` is None where nothing is known.
    """

    @abstractmethod
    def reduce(self, xp: Xp, x: Array, where: Array, axis: tuple[int, ...]) -> Array:
        """Reduce `axis` of `x` where `where` (same shape) holds; finite everywhere.

        Where the result is a float, ints arrive as floats. `x` is None for elements that live on the host alone.
        """

    flat = False
    """Whether `segments` is implemented."""

    def segments(self, x: Array | None, where: Array | None, offsets: Array) -> Array:
        """As `reduce`, of flat host columns: list i has the entries `offsets[i]` up to `offsets[i + 1]`."""
        raise NotImplementedError(self.name)

    def holds(self, xp: Xp, where: Array, axis: tuple[int, ...]) -> Array:
        """Where the result is present."""
        return xp.any(where, axis=axis)

    def may_miss(self, types: Sequence[Type], options: Mapping[str, Any]) -> bool:
        """Missing for an empty list, where `partial`; `least` is the proved length of the shortest list."""
        return self.partial and not options.get("least", 0)


class Rows(Builtin):
    """Row by row on host columns: texts, JSON values, numbers. All columns have one row an entry of the result."""

    slow: ClassVar[bool] = False
    """Whether a row takes longer than to look whether it counts: those that do not are left out. The result is a number
    or bool."""

    @abstractmethod
    def rows(self, *columns: Any, **options: Any) -> Any:
        """The result column; `(column, present)` where `partial`."""

    def question(self, texts: Sequence[str], options: Mapping[str, Any]) -> Question | Seek | None:
        """What it asks of its first argument, a text, where others' questions can be answered in the same pass.

        `texts` are its further arguments, all of them constant. None where it asks nothing of the kind.
        """
        return None

    def answered(self, x: Any, answer: Any, texts: Sequence[str], options: Mapping[str, Any]) -> Any:
        """As `rows`, from the answer to its question."""
        raise NotImplementedError(self.name)


class Lists(Builtin):
    """Host columns in which lists are consumed or made, or both.

    A consumed list arrives as `Ragged(offsets, column)`: `offsets: int64[rows + 1]` into `column`; of lists in a list
    the column is a `Ragged` in turn. Where `makes` is set the result is a `Ragged`, or `(Ragged, present)` where
    `partial`.
    """

    @abstractmethod
    def lists(self, *columns: Any, **options: Any) -> Any:
        """The result, as for `Rows.rows`, or with a new axis."""

    sliced: ClassVar[bool] = False
    """Whether consumed lists may arrive as `Slices` too, where rows share them."""


class Gather(Builtin):
    """Chooses entries along one axis by their position: works for every element, on host and device.

    Consumes axis `a` of its first argument. `keeps == ("a",)` gives an entry for each position, `()` one. Where `makes`
    is set, the result is a shorter list with an axis of its own, called as the old one.
    """

    result = None

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return ranges[0]

    def may_miss(self, types: Sequence[Type], options: Mapping[str, Any]) -> bool:
        """As for a reduction: one entry of a list that is proved not to be empty is present, where `whole` says so."""
        return self.partial and not (self.whole and options.get("least", 0))

    @abstractmethod
    def positions(
        self, xp: Xp, length: Array, position: Array, where: Array, *arrays: Array, **options: Any
    ) -> tuple[Array, Array]:
        """Positions to take, and where the result is present; any position where it is not.

        `length`: `[...]`, `position` and `where`: `[..., n]` along the axis. `arrays`: the further arguments, lists
        along the axis as `[..., n]`, others as `[...]`, and the sort key of the first argument last where `keyed`.
        Where `makes` is set, both results are `[..., n]`, and the backend cuts the entries that are not present out.
        """

    single: ClassVar[bool] = False
    """Whether an entry's place depends on no other entry: it may stand in a list of its own, at its position."""
    keyed: ClassVar[bool] = False
    """Whether it looks at the entries, by a number for each that is equal where they are."""
    ordered: ClassVar[bool] = False
    """Whether these numbers are in the order of the entries, texts by code points."""
    whole: ClassVar[bool] = False
    """Whether it is missing for an empty list alone."""
    shift: ClassVar[int] = 0
    """Where not 0, it takes for each entry the one so many places on, if there is one."""


class Matrix(Builtin):
    """One instance at a time over consumed axes, vectorised by the backend with `vmap`; runs on the device."""

    @abstractmethod
    def instance(self, xp: Xp, *arrays: Array, **options: Any) -> Array:
        """The result for one instance. Each array is followed by its mask over the consumed axes.

        Lists of texts or JSON values come as numbers that are equal where the entries are. The backend adds the option
        `most`, the declared bound of the shortest consumed axis, None where there is none.
        """

    tabled: ClassVar[bool] = False
    """Whether `tables` is implemented."""

    def tables(self, entries: Array, rows: Array, columns: Array, **options: Any) -> Array:
        """As `instance`, of a flat host column in which no entry is masked.

        Instance i has a table of `rows[i]` by `columns[i]` of the entries, row by row, behind that of the one before.
        So has the result where the axes are kept; `(column, present)` where `partial`.
        """
        raise NotImplementedError(self.name)

    stacked: ClassVar[bool] = False
    """Whether `stack` is implemented."""

    def stack(self, *arrays: Array, **options: Any) -> Array:
        """As `instance`, for a stack of instances on the host: NumPy arrays, whose first dimension is the stack."""
        raise NotImplementedError(self.name)
