"""From the device's arrays to `Scores`: masks, reasons and names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.dtypes import LARGEST
from rewardlang.backend.scores import ABSENT, INVALID, OVERFLOW, Scores, TermScores
from rewardlang.diagnostics import InternalError

if TYPE_CHECKING:
    from rewardlang.backend.columns import Columns
    from rewardlang.backend.device import Device
    from rewardlang.backend.device import Scores as DeviceScores
    from rewardlang.backend.host import HostRun
    from rewardlang.backend.scores import Flags
    from rewardlang.ir.graph import Term
    from rewardlang.types import Axis, Type

_OVERFLOWED = LARGEST["float32"]


def scores_of(
    device: Device, result: Type, gathered: Columns, run: HostRun, arrays: DeviceScores, signature: str
) -> Scores:
    """The scores of a call; `result` is the type of the total."""
    total, present = np.asarray(arrays.total), np.asarray(arrays.total_present)
    overflow = present & (np.abs(total) >= _OVERFLOWED)
    missing, lengths = ~present | overflow, None
    gone = missing
    if total.ndim > 1:
        where = _where(run, device.total_axes, total)
        lengths = where.sum(axis=1)
        # An empty list is missing only where its whole is, of which the mask is the same in every place.
        nothing = ~present.any(axis=1) & result.whole_missing
        missing = missing | ~where
        gone = np.where(lengths > 0, missing.all(axis=1), nothing)
    valid = np.ones(gathered.samples, np.bool_) if run.batch.valid is None else run.batch.valid
    gone = gone | ~valid
    masked = np.ma.array(np.where(missing, 0, total).astype(np.float32), mask=missing)
    terms = {term.path: _term(device, term, run, valid, arrays) for term in device.graph.terms}
    return Scores(masked, gone, _reasons(gathered, gone, overflow), terms, lengths, signature)


def _reasons(gathered: Columns, gone: Flags, overflow: Flags) -> tuple[str | None, ...]:
    invalid = gathered.reasons()
    told: list[str | None] = [None] * gathered.samples
    for row in np.flatnonzero(gone):
        fault = invalid.get(int(row))
        told[row] = f"{INVALID}: {fault}" if fault else OVERFLOW if np.any(overflow[row]) else ABSENT
    return tuple(told)


def _where(run: HostRun, axes: tuple[Axis, ...], padded: Any) -> Flags:
    return run.domains.filled(axes, padded.shape[1 : 1 + len(axes)])


def _term(device: Device, term: Term, run: HostRun, valid: Flags, arrays: DeviceScores) -> TermScores:
    """One term; nothing of it is told of an invalid sample, whose inputs have been replaced."""
    where = None
    counted = valid
    if term in device.wide:
        parts: Any = arrays.wide[device.wide.index(term)]
        where = _where(run, device.axes_of(term), np.asarray(parts[0]))
        counted = where & valid.reshape(-1, *(1 for _ in where.shape[1:]))
    elif term in device.narrow:
        row = device.narrow.index(term)
        parts = [stack[row] for stack in (arrays.raw, arrays.weight, arrays.contribution, arrays.active, arrays.present)]
    else:
        raise InternalError(f"the device does not compute the term {term.path}")
    raw, weight, contribution, active, present = (np.asarray(part) for part in parts)
    active, present = active & counted, present & counted
    hidden = ~(active & present)
    return TermScores(
        term.kind,
        np.ma.array(raw, mask=hidden),
        np.ma.array(weight, mask=~active),
        None if term.contribution is None else np.ma.array(contribution, mask=hidden),
        active,
        present,
        where,
    )
