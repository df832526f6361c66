"""Domains: which rows a flat host column over ragged axes has.

The domain of axes (a, b) has a row for each sample, each position along a in it, each position along b in that:
samples first, in order, without padding. It is built from the lengths of each axis over the domain of the axes that
it depends on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rewardlang.diagnostics import InternalError
from rewardlang.kernels.offsets import offsets_of, owners_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import numpy.typing as npt

    from rewardlang.types import Axis

    Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Domain:
    """The rows of columns over `axes`, in this order.

    `parent` is the domain without the last axis, `offsets: int64[parent.rows + 1]` where each of its rows begins here.
    """

    axes: tuple[Axis, ...]
    rows: int
    parent: Domain | None
    offsets: Rows

    @cached_property
    def _owners(self) -> tuple[Rows, Rows]:
        return owners_of(self.offsets)

    @property
    def owner(self) -> Rows:
        """int64[rows]: the parent's row of each row."""
        return self._owners[0]

    @property
    def position(self) -> Rows:
        """int64[rows]: the position along the last axis."""
        return self._owners[1]

    @cached_property
    def sample(self) -> Rows:
        """int64[rows]: the sample of each row."""
        return np.arange(self.rows) if self.parent is None else self.parent.sample[self.owner]

    @cached_property
    def block(self) -> tuple[int, ...] | None:
        """The samples and the lengths along the axes where those are the same in all; None where they are not."""
        if self.parent is None:
            return (self.rows,)
        above = self.parent.block
        lengths = np.diff(self.offsets)
        if above is None or not len(lengths) or (lengths != lengths[0]).any():
            return None
        return (*above, int(lengths[0]))

    def local(self, axis: Axis) -> Rows:
        """int64[rows]: the position along one of the axes."""
        if self.parent is None:
            raise InternalError(f"the axis `{axis}` is not in the domain")
        return self.position if axis == self.axes[-1] else self.parent.local(axis)[self.owner]


class Domains:
    """All domains of one batch. `lengths` grows as lists are made."""

    def __init__(self, samples: int, order: Iterable[Axis], lengths: Mapping[Axis, Rows]) -> None:
        self.samples = samples
        self.order = {axis: place for place, axis in enumerate(order)}
        self.lengths: dict[Axis, Rows] = {}
        self._domains: dict[tuple[Axis, ...], Domain] = {(): Domain((), samples, None, np.zeros(1, np.int64))}
        self._canonical: dict[tuple[Axis, ...], Domain] = {}
        self._projections: dict[tuple[tuple[Axis, ...], tuple[Axis, ...]], Rows] = {}
        self._runs: dict[tuple[tuple[Axis, ...], tuple[Axis, ...] | None], tuple[Rows, bool]] = {}
        for axis, counts in lengths.items():
            self.define(axis, counts)

    def define(self, axis: Axis, lengths: Rows) -> None:
        """Set the lengths of an axis: `int64[rows of its parents' domain]`.

        Raises:
            InternalError: It has other lengths already.
        """
        known = self.lengths.get(axis)
        if known is None:
            self.lengths[axis] = np.ascontiguousarray(lengths, np.int64)
        elif not np.array_equal(known, lengths):
            raise InternalError(f"the axis `{axis}` was made twice, with different lengths")

    def sorted(self, axes: Iterable[Axis]) -> tuple[Axis, ...]:
        """The axes in canonical order."""
        return tuple(sorted(axes, key=self.order.__getitem__))

    def of(self, axes: Iterable[Axis]) -> Domain:
        """The domain of these axes in canonical order."""
        if not isinstance(axes, tuple):
            return self.along(self.sorted(axes))
        known = self._canonical.get(axes)
        if known is None:
            known = self._canonical[axes] = self.along(self.sorted(axes))
        return known

    def along(self, axes: tuple[Axis, ...]) -> Domain:
        """The domain of these axes in this order, in which parents come before children."""
        known = self._domains.get(axes)
        if known is None:
            parent, axis = self.along(axes[:-1]), axes[-1]
            counts = self._lengths(axis, parent)
            offsets = offsets_of(counts)
            known = self._domains[axes] = Domain(axes, int(offsets[-1]), parent, offsets)
        return known

    def _lengths(self, axis: Axis, parent: Domain) -> Rows:
        if axis not in self.lengths:
            if axis.size is None:
                raise InternalError(f"the lengths of the axis `{axis}` are not known yet")
            return np.full(parent.rows, axis.size, np.int64)
        depends = self.of(axis.parents)
        counts = self.lengths[axis]
        rows = self.rows(parent, depends)
        return counts if rows is None else counts[rows]

    def rows(self, source: Domain, target: Domain) -> Rows | None:
        """For each row of `source` the row of `target`, whose axes are among its own; None where they are the same."""
        if source.axes == target.axes:
            return None
        if not target.axes:
            return source.sample
        key = (source.axes, target.axes)
        known = self._projections.get(key)
        if known is None:
            known = self._projections[key] = self._project(source, target)
        return known

    def _project(self, source: Domain, target: Domain) -> Rows:
        if source.axes[: len(target.axes)] == target.axes and source.parent is not None:
            above = self.rows(source.parent, target)
            return source.owner if above is None else above[source.owner]
        return self.locate(target.axes, source.sample, source.local)

    def runs(self, source: Domain, axes: tuple[Axis, ...] | None) -> tuple[Rows, bool]:
        """Where the entries of each run of `source`, along its last axis, begin in a column over some of its axes.

        The first result is int64[rows of the parent], the second says whether the column goes along the run, or has one
        entry for all of it. `axes` are in canonical order, None for a column of one row.
        """
        key = (source.axes, axes)
        known = self._runs.get(key)
        if known is None:
            known = self._runs[key] = self._begins(source, axes)
        return known

    def _begins(self, source: Domain, axes: tuple[Axis, ...] | None) -> tuple[Rows, bool]:
        parent = source.parent
        if parent is None:
            raise InternalError("samples have no runs")
        if axes is None:
            return np.zeros(parent.rows, np.int64), False
        target = self.of(axes)
        if target.parent is not None and axes[-1] == source.axes[-1]:
            above = self.rows(parent, target.parent)
            begins = target.offsets[:-1]
            return begins if above is None else begins[above], True
        above = self.rows(parent, target)
        return np.arange(parent.rows) if above is None else above, False

    def locate(self, axes: tuple[Axis, ...], sample: Rows, local: Callable[[Axis], Rows]) -> Rows:
        """The rows, in the domain of `axes` in this order, of entries given by sample and position along each axis."""
        row = sample
        for place, axis in enumerate(axes):
            row = self.along(axes[: place + 1]).offsets[row] + local(axis)
        return row

    def filled(self, axes: tuple[Axis, ...], sizes: tuple[int, ...]) -> npt.NDArray[np.bool_]:
        """bool[samples, sizes]: where an array padded to these sizes holds entries; `axes` are in canonical order."""
        domain = self.along(axes)
        where = np.zeros((self.samples, *sizes), np.bool_)
        if domain.block is not None:
            where[tuple(map(slice, domain.block))] = True
            return where
        where.reshape(-1)[self.flat(domain, dict(zip(axes, sizes, strict=True)))] = True
        return where

    def flat(self, domain: Domain, sizes: Mapping[Axis, int], places: Rows | None = None) -> Rows:
        """For each row its place in a padded array `[samples, sizes]` that is laid out flat.

        `places: int64[samples]`: where each sample stands in the array; by default in their order.
        """
        if domain.parent is None:
            return domain.sample if places is None else places
        return self.flat(domain.parent, sizes, places)[domain.owner] * sizes[domain.axes[-1]] + domain.position
