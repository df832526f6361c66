"""An array module that computes nothing: it writes down the steps of a lowering, for `kernels.steps` to take.

`Scalar.value` is written once, for NumPy and JAX. Called with a `Recorder` in their place, on `Lanes` in place of
arrays, it says which steps it is made of.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.kernels.steps import Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

BOOLS, REALS = np.dtype(bool), np.dtype(np.float64)
_EXACT = 1000
"""Powers of two with smaller exponents have reciprocals that are normal numbers."""


Outer = tuple[Any, tuple[int, ...], int]
"""A function of NumPy, the numbers of what it takes, and that of what it gives."""
_OUTER = {-1: np.log, -2: np.exp, -3: np.tanh, -4: np.sin, -5: np.cos, -6: np.arctan2}
"""What stands in place of a step: no kernel gives the same to the last bit."""
_LOG, _EXP, _TANH, _SIN, _COS, _ARCTAN2 = _OUTER


@dataclass(frozen=True)
class Pass:
    """Steps that are taken together, shapes as in `kernels.steps`, and functions that are then taken of what they give.

    `sources` are the numbers that stand in the lanes after the constants, `targets` those that are stored, with their
    lanes, and whether these functions or later passes take them.
    """

    code: npt.NDArray[np.int64]
    sources: tuple[int, ...]
    targets: tuple[tuple[int, int, bool], ...]
    outer: tuple[Outer, ...]


LaidOut = tuple["npt.NDArray[np.int64]", tuple[int, ...], dict[int, int]]


class Recorder:
    """The steps so far; a lane is named by its number, a constant by -1, -2, ... in the order of `constants`."""

    __name__ = "steps"
    zeros = staticmethod(np.zeros)
    arange = staticmethod(np.arange)
    finfo = staticmethod(np.finfo)

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        self.steps: list[tuple[int, ...]] = []
        self.constants: list[float] = []
        self._known: dict[tuple[int, ...], int] = {}

    def asarray(self, x: Any) -> Lanes:
        """A number as lanes."""
        if isinstance(x, Lanes):
            return x
        value = float(x)
        # By its bits: 0.0 and -0.0 are two constants.
        places = [place for place, known in enumerate(self.constants) if known.hex() == value.hex()]
        if not places:
            self.constants.append(value)
        return Lanes(self, (-1 - (places or [len(self.constants) - 1])[0],), REALS)

    def constant(self, column: Any) -> Lanes:
        """The one row of a column as lanes."""
        numbers = tuple(self.asarray(part).numbers[0] for part in column.ravel().tolist())
        return Lanes(self, numbers, column.dtype)

    def given(self, widths: Iterable[int], dtypes: Iterable[Any]) -> list[Lanes]:
        """The lanes that the program is given, for arguments of so many components."""
        ends = accumulate(widths)
        first, found = 0, []
        for end, dtype in zip(ends, dtypes, strict=True):
            found.append(Lanes(self, tuple(range(first, end)), np.dtype(dtype)))
            first = end
        return found

    def take(self, step: int, *operands: Any, dtype: np.dtype[Any]) -> Lanes:
        """The lanes that a step gives, component by component."""
        taken = [self.asarray(operand).numbers for operand in operands]
        width = max(map(len, taken))
        parts = [numbers * (width // len(numbers)) for numbers in taken]
        return Lanes(self, tuple(self._lane((step, *part)) for part in zip(*parts, strict=True)), dtype)

    def _lane(self, step: tuple[int, ...]) -> int:
        if step not in self._known:
            self._known[step] = self.lanes + len(self.steps)
            self.steps.append(step)
        return self._known[step]

    def passes(self, read: Iterable[int]) -> list[Pass]:
        """The steps in passes, each on as few lanes as it needs; the numbers in `read` are stored."""
        wanted = set(read)
        of = self._passes_of()
        later = {one for n, (step, *taken) in self._numbered for one in taken if step < 0 or of.get(one, 0) < of[n]}
        found = []
        for here in range(1 + max(of.get(one, 0) for one in wanted)):
            steps = [(n, step) for n, step in self._numbered if step[0] >= 0 and of[n] == here]
            outer = [(n, step) for n, step in self._numbered if step[0] < 0 and of[n] == here + 1]
            stored = sorted(one for one in later | wanted if of.get(one, 0) == here)
            code, sources, lane = self._laid_out(steps, set(stored))
            targets = tuple((one, lane[one], one in later) for one in stored)
            found.append(Pass(code, sources, targets, tuple((_OUTER[f], tuple(x), n) for n, (f, *x) in outer)))
        return found

    @property
    def _numbered(self) -> Iterable[tuple[int, tuple[int, ...]]]:
        return enumerate(self.steps, self.lanes)

    def _passes_of(self) -> dict[int, int]:
        """The pass of what each step gives: what a function of NumPy gives is there in the one behind."""
        of: dict[int, int] = {}
        for number, (step, *taken) in self._numbered:
            of[number] = max(of.get(one, 0) for one in taken) + (step < 0)
        return of

    def _laid_out(self, steps: Sequence[tuple[int, tuple[int, ...]]], stored: set[int]) -> LaidOut:
        """The code of steps, the numbers that they are given, and the lane of each number.

        As few lanes as there need be, so that these stay in the first cache; those in `stored` are held to the end.
        """
        made = {number for number, _ in steps}
        taken = {one for _, (_, *numbers) in steps for one in numbers}
        sources = tuple(sorted(one for one in taken | stored if one >= 0 and one not in made))
        fixed = range(-1, -1 - len(self.constants), -1)
        lane = {number: place for place, number in enumerate((*fixed, *sources))}
        last = {one: place for place, (_, (_, *numbers)) in enumerate(steps) for one in numbers}
        free: list[int] = []
        count = len(lane)
        code = np.zeros((len(steps), 5), np.int64)
        for place, (own, (step, *numbers)) in enumerate(steps):
            if free:
                lane[own] = free.pop()
            else:
                lane[own], count = count, count + 1
            code[place, : 2 + len(numbers)] = step, lane[own], *(lane[number] for number in numbers)
            # Not before: a step may read twice what it takes.
            free += [lane[n] for n in {*numbers, own} if n >= 0 and n not in stored and last.get(n, place) == place]
        return code, sources, lane

    # --- NumPy's functions ---
    # ruff: noqa: D102 - they are NumPy's, and documented there

    def add(self, x: Any, y: Any) -> Lanes:
        return self.take(Step.ADD, x, y, dtype=REALS)

    def subtract(self, x: Any, y: Any) -> Lanes:
        return self.take(Step.SUBTRACT, x, y, dtype=REALS)

    def multiply(self, x: Any, y: Any) -> Lanes:
        return self.take(Step.MULTIPLY, x, y, dtype=REALS)

    def divide(self, x: Any, y: Any) -> Lanes:
        if isinstance(y, float) and math.frexp(y)[0] == 0.5 and abs(math.frexp(y)[1]) < _EXACT:
            # By a power of two, both give the same.
            return self.multiply(x, 1 / y)
        return self.take(Step.DIVIDE, x, y, dtype=REALS)

    def minimum(self, x: Any, y: Any) -> Lanes:
        return self.take(Step.MINIMUM, x, y, dtype=REALS)

    def maximum(self, x: Any, y: Any) -> Lanes:
        return self.take(Step.MAXIMUM, x, y, dtype=REALS)

    def clip(self, x: Any, low: Any, high: Any) -> Lanes:
        # Of equal numbers, 0.0 and -0.0, NumPy's `clip` takes x, and `maximum` the second.
        return self.minimum(high, self.maximum(low, x))

    def abs(self, x: Any) -> Lanes:
        return self.take(Step.ABSOLUTE, x, dtype=REALS)

    def negative(self, x: Any) -> Lanes:
        return self.take(Step.NEGATIVE, x, dtype=REALS)

    def hypot(self, x: Any, y: Any) -> Lanes:
        return self.take(Step.HYPOT, x, y, dtype=REALS)

    def sqrt(self, x: Any) -> Lanes:
        return self.take(Step.SQUARE_ROOT, x, dtype=REALS)

    def log(self, x: Any) -> Lanes:
        return self.take(_LOG, x, dtype=REALS)

    def exp(self, x: Any) -> Lanes:
        return self.take(_EXP, x, dtype=REALS)

    def tanh(self, x: Any) -> Lanes:
        return self.take(_TANH, x, dtype=REALS)

    def sin(self, x: Any) -> Lanes:
        return self.take(_SIN, x, dtype=REALS)

    def cos(self, x: Any) -> Lanes:
        return self.take(_COS, x, dtype=REALS)

    def arctan2(self, y: Any, x: Any) -> Lanes:
        return self.take(_ARCTAN2, y, x, dtype=REALS)

    def logical_and(self, x: Any, y: Any) -> Lanes:
        return self.take(Step.AND, x, y, dtype=BOOLS)

    def logical_or(self, x: Any, y: Any) -> Lanes:
        return self.take(Step.OR, x, y, dtype=BOOLS)

    def logical_not(self, x: Any) -> Lanes:
        return self.take(Step.NOT, x, dtype=BOOLS)

    def where(self, condition: Any, yes: Any, no: Any) -> Lanes:
        return self.take(Step.WHERE, condition, yes, no, dtype=self.asarray(yes).dtype)

    def ones_like(self, x: Lanes) -> Lanes:
        return Lanes(self, self.asarray(1.0).numbers, x.dtype)

    def full_like(self, x: Lanes, value: float) -> Lanes:
        return Lanes(self, self.asarray(value).numbers, x.dtype)

    def zeros_like(self, x: Lanes) -> Lanes:
        return Lanes(self, self.asarray(0.0).numbers, x.dtype)

    def broadcast_arrays(self, *arrays: Any) -> list[Lanes]:
        return [self.asarray(array) for array in arrays]

    def all(self, x: Lanes, axis: int) -> Lanes:  # noqa: ARG002 - the last one, of components
        return reduce(self.logical_and, x.parts)

    def max(self, x: Lanes, axis: int) -> Lanes:  # noqa: ARG002 - as above
        return reduce(self.maximum, x.parts)

    def sum(self, x: Lanes, axis: int) -> Lanes:  # noqa: ARG002 - as above
        return reduce(self.add, x.parts)

    def stack(self, parts: Sequence[Lanes], axis: int) -> Lanes:  # noqa: ARG002 - the last one, of components
        return Lanes(self, tuple(number for part in parts for number in part.numbers), parts[0].dtype)

    # --- what is one step here ---

    def saturate(self, x: Any) -> Lanes:
        """The numbers, those beyond the floats as the largest."""
        return self.take(Step.SATURATE, x, dtype=REALS)

    def unit_scale(self, x: Any) -> Lanes:
        """As `ops.arrays.unit_scale`."""
        return self.take(Step.SCALE, x, dtype=REALS)


@dataclass(frozen=True, eq=False)
class Lanes:
    """What stands for an array: a lane, or one for each component of a point or a box."""

    recorder: Recorder
    numbers: tuple[int, ...]
    dtype: np.dtype[Any]
    shape = ()

    def astype(self, dtype: Any) -> Lanes:
        """The same lanes: true is 1."""
        return Lanes(self.recorder, self.numbers, np.dtype(dtype))

    @property
    def parts(self) -> list[Lanes]:
        """The components."""
        return [Lanes(self.recorder, (number,), self.dtype) for number in self.numbers]

    def __getitem__(self, place: tuple[Any, int | slice | None]) -> Lanes:
        which = place[-1]
        if which is None:
            return self
        parts = self.numbers[which]
        return Lanes(self.recorder, parts if isinstance(parts, tuple) else (parts,), self.dtype)

    def __add__(self, other: Any) -> Lanes:
        return self.recorder.add(self, other)

    def __sub__(self, other: Any) -> Lanes:
        return self.recorder.subtract(self, other)

    def __neg__(self) -> Lanes:
        return self.recorder.negative(self)

    def __radd__(self, other: Any) -> Lanes:
        return self.recorder.add(other, self)

    def __mul__(self, other: Any) -> Lanes:
        return self.recorder.multiply(self, other)

    def __rmul__(self, other: Any) -> Lanes:
        return self.recorder.multiply(other, self)

    def __truediv__(self, other: Any) -> Lanes:
        return self.recorder.divide(self, other)

    def __rsub__(self, other: Any) -> Lanes:
        return self.recorder.subtract(other, self)

    def __and__(self, other: Any) -> Lanes:
        return self.recorder.logical_and(self, other)

    def __invert__(self) -> Lanes:
        return self.recorder.logical_not(self)

    def __eq__(self, other: object) -> Lanes:  # type: ignore[override]  # as an array
        return self.recorder.take(Step.EQUAL, self, other, dtype=BOOLS)

    def __ne__(self, other: object) -> Lanes:  # type: ignore[override]  # as above
        return self.recorder.take(Step.UNEQUAL, self, other, dtype=BOOLS)

    def __lt__(self, other: Any) -> Lanes:
        return self.recorder.take(Step.LESS, self, other, dtype=BOOLS)

    def __le__(self, other: Any) -> Lanes:
        return self.recorder.take(Step.LESS_EQUAL, self, other, dtype=BOOLS)

    def __gt__(self, other: Any) -> Lanes:
        return self.recorder.take(Step.LESS, other, self, dtype=BOOLS)

    def __ge__(self, other: Any) -> Lanes:
        return self.recorder.take(Step.LESS_EQUAL, other, self, dtype=BOOLS)

    __hash__ = None  # type: ignore[assignment]  # as an array
