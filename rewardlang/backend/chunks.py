"""The host's part in several threads: chunks of samples of about equal bytes, each a run of its own, joined again.

Kernels release the interpreter's lock, so chunks overlap on as many cores as there are. Every host node works sample by
sample (what reduces over samples runs on the device), so that a chunk's rows are those of the whole.

Threads pay where kernels work long; where a reward has many short steps, handing the lock over costs more than a second
core gains. Which it is depends on the reward and on the machine, so it is measured in the first calls.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.host import HostRun
from rewardlang.backend.host_values import NOTHING, HostBatch, HostColumn, HostValue
from rewardlang.backend.repeats import run_once
from rewardlang.backend.sparing import stand_in
from rewardlang.columns.column import take
from rewardlang.columns.texts import Texts
from rewardlang.kernels.threads import cores, pool

if TYPE_CHECKING:
    import numpy.typing as npt

    from rewardlang.backend.host import Decide
    from rewardlang.backend.host_values import Spared
    from rewardlang.backend.stage import Staged

    Rows = npt.NDArray[np.int64]

LEAST_SAMPLES = 512
LEAST_BYTES = 1 << 18
"""Smaller batches are done before a second thread would have begun."""


class Pace:
    """How fast a reward was with one thread and with all, by the size of the batch: nothing but speed depends on it.

    Other work on the machine makes single runs slow, never fast: the fastest of some tells. Runs in threads come one
    after another, as the first ones wake a core that sleeps. Where the two ways are close, the other one is tried again
    from time to time.
    """

    TRIALS = 4
    FEW = 2
    """Trials in threads that are enough where the ways are not close."""
    AGAIN = 32
    """Two tries after so many runs of the other way."""
    CLOSE = 1.5
    """Not where it takes that many times as long."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[int, bool], deque[float]] = defaultdict(lambda: deque(maxlen=self.TRIALS))
        self._runs: Counter[int] = Counter()

    def threaded(self, samples: int) -> bool:
        """Whether the next batch of about this size is run in threads: both ways in turn, then the faster one."""
        size = samples.bit_length()
        alone, together = (self._seconds[size, threaded] for threaded in (False, True))
        if len(alone) < self.TRIALS or len(together) < self.FEW:
            return len(alone) == self.TRIALS
        better = min(together) < min(alone)
        close = max(min(together), min(alone)) < self.CLOSE * min(*together, *alone)
        if close and len(together) < self.TRIALS:
            return True
        return better != (close and self._runs[size] % self.AGAIN < 2)

    def measured(self, samples: int, *, threaded: bool, seconds: float) -> None:
        """Keep how long each sample of a batch took; the first run of a size compiles, and does not count."""
        size = samples.bit_length()
        if self._runs[size]:
            self._seconds[size, threaded].append(seconds / samples)
        self._runs[size] += 1


def run_host(
    staged: Staged, batch: HostBatch, pace: Pace, left_out: Spared = NOTHING, decide: Decide | None = None
) -> HostRun:
    """Run the host's nodes on all samples, but what is left out, in chunks where that pays.

    `decide` says where a model is asked if the device must. Models are asked of the whole batch at once, and networks
    get all its texts.
    """
    sizes = None if staged.demands or staged.encoding else _sizes(batch)
    if sizes is None:
        return _run(staged, batch, left_out, decide)
    threaded = pace.threaded(batch.samples)
    start = time.perf_counter()
    if threaded:
        runs = list(pool().map(lambda rows: _run(staged, _chunk(batch, *rows), left_out), _parts(sizes)))
        run = _joined(staged, batch, runs)
    else:
        run = _run(staged, batch, left_out)
    pace.measured(batch.samples, threaded=threaded, seconds=time.perf_counter() - start)
    return run


def _run(
    staged: Staged, batch: HostBatch, left_out: Spared, decide: Decide | None = None
) -> HostRun:  # fmt: skip
    run = HostRun(staged, batch, decide, left_out)
    if not staged.demands:
        run_once(run)
    run.run(node for node in staged.roots if node not in left_out.nodes)
    run.name_axes()
    stand_in(run)
    return run


def _sizes(batch: HostBatch) -> Rows | None:
    """The bytes of each sample's texts; None for a batch that is not cut: a small one, or one with input lists.

    Without those a row is a sample.
    """
    if cores() == 1 or batch.samples < LEAST_SAMPLES or batch.lengths:
        return None
    sizes = np.zeros(batch.samples, np.int64)
    for column in batch.columns.values():
        if column.uniform:
            continue
        if isinstance(column.values, Texts):
            sizes += column.values.ends - column.values.starts
        elif len(column.values) != batch.samples:
            return None
    return sizes if sizes.sum() >= LEAST_BYTES else None


def _parts(sizes: Rows) -> list[tuple[int, int]]:
    """First and last sample of each chunk, by the bytes of each sample."""
    reached = np.cumsum(sizes)
    cuts = np.searchsorted(reached, reached[-1] * np.arange(1, cores()) / cores())
    ends = np.unique(np.concatenate(([0], cuts, [len(sizes)])))
    return list(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))


def _chunk(batch: HostBatch, first: int, last: int) -> HostBatch:
    columns = {
        name: column
        if column.uniform
        else HostColumn(_slice(column.values, first, last), _slice(column.present, first, last))
        for name, column in batch.columns.items()
    }
    return HostBatch(last - first, columns)


def _slice(column: Any, first: int, last: int) -> Any:
    match column:
        case None:
            return None
        case Texts():
            return column.within(column.starts[first:last], column.ends[first:last])
        case np.ndarray():
            return column[first:last]
    return take(column, np.arange(first, last))


def _joined(staged: Staged, batch: HostBatch, runs: list[HostRun]) -> HostRun:
    """A run of all samples that holds what crosses to the device, and the lengths of every list."""
    whole = HostRun(staged, batch)
    for axis in (axis for axis in runs[0].domains.lengths if all(axis in run.domains.lengths for run in runs)):
        whole.domains.define(axis, np.concatenate([run.domains.lengths[axis] for run in runs]))
    for crossing in staged.crossings:
        values = [run.value(crossing.node) for run in runs]
        if not values[0].uniform:
            column = np.concatenate([value.column for value in values])
            whole.values[crossing.node] = HostValue(column, values[0].axes)
    return whole
