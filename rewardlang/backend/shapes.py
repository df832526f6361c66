"""Shapes of padded batches: few of them, so that little is compiled, and bounded in bytes."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rewardlang.ir.graph import Call
from rewardlang.types import BATCH, GROUP

if TYPE_CHECKING:
    import numpy.typing as npt

    from rewardlang.backend.host import HostRun
    from rewardlang.backend.stage import Staged
    from rewardlang.types import Axis

    Rows = npt.NDArray[np.int64]

LEAST_SAMPLES = 16
LEAST_BYTES = 16 << 20
"""Batches below this are not worth a second call."""
REUSE = 4
"""How many times the bytes a compiled larger shape may take."""
USUAL = 0.9
"""The share of samples that sets the shape when the rest is sent apart."""


def power_of_two(count: int, least: int = 1) -> int:
    """The smallest power of two that is at least `count` and `least`."""
    return int(max(least, 1 << max(0, count - 1).bit_length()))


def axis_size(length: int, most: int | None = None) -> int:
    """The padded size of an axis: 1, 4, 16, 64, …, but not more than its bound."""
    size = 1
    while size < length:
        size *= 4
    return size if most is None else max(1, min(size, most))


@dataclass(frozen=True)
class Shape:
    """Samples, the sizes of the ragged axes, and the groups' table `[groups, samples a group]`."""

    samples: int
    sizes: tuple[int, ...]
    groups: tuple[int, int] = (0, 0)

    def holds(self, other: Shape) -> bool:
        """Whether a batch of the other shape fits into this one."""
        mine, others = (self.samples, *self.sizes, *self.groups), (other.samples, *other.sizes, *other.groups)
        return all(a >= b for a, b in zip(mine, others, strict=True))


@dataclass
class Shapes:
    """The shapes of one reward, those already compiled among them."""

    staged: Staged
    bound: int
    live: list[Shape] = field(default_factory=list)

    @property
    def ragged(self) -> tuple[Axis, ...]:
        """The device's axes whose lengths differ between samples."""
        return self.staged.ragged_axes

    def size_of(self, sizes: tuple[int, ...]) -> dict[Axis, int]:
        """The size of each of the device's axes."""
        return {**self.staged.fixed_sizes, **dict(zip(self.ragged, sizes, strict=True))}

    def bytes(self, shape: Shape) -> int:
        """What a batch of this shape takes: what crosses, and twice the largest array that the device makes."""
        sizes = self.size_of(shape.sizes)

        def width(entries: int, axes: tuple[Axis, ...]) -> int:
            return entries * math.prod(sizes.get(axis, 1) for axis in axes)

        crossing = sum(count * width(*kind) for kind, count in self._crossing.items())
        return shape.samples * (crossing + 2 * max((width(*kind) for kind in self._made), default=0))

    @cached_property
    def _crossing(self) -> Counter[tuple[int, tuple[Axis, ...]]]:
        """How many values of each kind cross: the bytes of an entry, and the axes."""
        return Counter(self._kind(crossing.node) for crossing in self.staged.crossings)

    @cached_property
    def _made(self) -> set[tuple[int, tuple[Axis, ...]]]:
        """The kinds of values that the device makes."""
        return {self._kind(node) for node in self.staged.device}

    def _kind(self, index: int) -> tuple[int, tuple[Axis, ...]]:
        node = self.staged.graph.nodes[index]
        return 4 * node.element.width, node.axes

    def choose(self, needed: Shape) -> Shape:
        """The smallest live shape that holds the needed one at no more than `REUSE` times its bytes, or itself."""
        limit = REUSE * self.bytes(needed)
        fits = [shape for shape in self.live if shape.holds(needed) and self.bytes(shape) <= limit]
        if fits:
            return min(fits, key=self.bytes)
        self.live.append(needed)
        return needed

    def plan(self, run: HostRun, needs: Rows) -> list[Rows]:
        """The samples of each batch, groups unsplit: outliers apart, and none beyond the bound in bytes."""
        if self.bytes(self.shape(needs)) <= min(LEAST_BYTES, self.bound):
            return [np.arange(run.batch.samples)]
        units = self._units(run)
        parts = self._outliers(needs, units)
        return [chunk for part in parts for chunk in self._chunks(needs, units, part)]

    def needs(self, run: HostRun) -> Rows:
        """int64[ragged axes, samples]: the longest list of each sample along each axis."""
        found = np.zeros((len(self.ragged), run.batch.samples), np.int64)
        for longest, axis in zip(found, self.ragged, strict=True):
            lengths = run.domains.lengths[axis]
            if axis.parents:
                np.maximum.at(longest, run.domains.of(axis.parents).sample, lengths)
            else:
                longest[:] = lengths
        return found

    @cached_property
    def across(self) -> frozenset[Axis]:
        """Over which samples the device reduces."""
        operations = (self.staged.graph.nodes[node].operation for node in self.staged.device)
        return frozenset(op.across for op in operations if isinstance(op, Call) and op.across is not None)

    def _units(self, run: HostRun) -> Rows:
        """int64[samples]: samples with equal numbers stay in one batch."""
        if BATCH in self.across:
            return np.zeros(run.batch.samples, np.int64)
        if GROUP in self.across and run.batch.groups is not None:
            groups = run.batch.groups
            return np.concatenate(([0], np.cumsum(groups[1:] != groups[:-1]))).astype(np.int64)[: len(groups)]
        return np.arange(run.batch.samples)

    def shape(self, needs: Rows, groups: tuple[int, int] = (0, 0)) -> Shape:
        """The shape that these samples need."""
        longest = needs.max(axis=1, initial=0)
        sizes = tuple(axis_size(int(n), axis.most) for n, axis in zip(longest, self.ragged, strict=True))
        return Shape(power_of_two(needs.shape[1], LEAST_SAMPLES), sizes, groups)

    def _outliers(self, needs: Rows, units: Rows) -> list[Rows]:
        everything = np.arange(needs.shape[1])
        whole = self.bytes(self.shape(needs))
        if whole <= LEAST_BYTES or not len(needs) or units[-1] == 0:
            return [everything]
        cost = np.prod(np.maximum(needs, 1).astype(np.float64), axis=0)
        limit = np.quantile(cost, USUAL)
        far = np.zeros(units[-1] + 1, np.bool_)
        np.logical_or.at(far, units, cost > limit)
        apart = far[units]
        usual, rest = everything[~apart], everything[apart]
        if not len(usual) or not len(rest):
            return [everything]
        split = self.bytes(self.shape(needs[:, usual])) + self.bytes(self.shape(needs[:, rest]))
        return [usual, rest] if 2 * split < whole else [everything]

    def _chunks(self, needs: Rows, units: Rows, part: Rows) -> list[Rows]:
        shape = self.shape(needs[:, part])
        if self.bytes(shape) <= self.bound:
            return [part]
        one = self.bytes(Shape(1, shape.sizes))
        most = max(1, self.bound // max(one, 1))
        most = 1 << (int(most).bit_length() - 1)
        ends = np.flatnonzero(np.diff(units[part], append=-1)) + 1
        chunks: list[Rows] = []
        begin = 0
        while begin < len(part):
            fitting = ends[(ends > begin) & (ends <= begin + most)]
            end = int(fitting[-1]) if len(fitting) else int(ends[ends > begin][0])
            chunks.append(part[begin:end])
            begin = end
        return chunks
