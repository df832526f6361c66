"""Texts written anew from the matches of a pattern.

A template is a sequence of pieces: row p of `pieces: int64[pieces, 3]` is (group, start, end). A group of -1 stands for
the bytes `start..end` of the literals, any other for what the group matched.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rewardlang.columns.texts import Texts
from rewardlang.kernels.memory import Bytes, Rows, compiled, copy_bytes

Pieces = npt.NDArray[np.int64]
Spans = npt.NDArray[np.int64]

_ROOM = 64
"""Zero bytes after the last text, as much as any kernel reads at once."""


@compiled
def _sizes(starts: Rows, ends: Rows, offsets: Rows, spans: Spans, pieces: Pieces) -> Rows:
    """Where each row ends when the rows are laid end to end, after a 0."""
    bounds = np.zeros(starts.size + 1, dtype=np.int64)
    for row in range(starts.size):
        size = ends[row] - starts[row]
        for match in range(offsets[row], offsets[row + 1]):
            size -= spans[match, 1] - spans[match, 0]
            for piece in range(pieces.shape[0]):
                group = pieces[piece, 0]
                if group < 0:
                    size += pieces[piece, 2] - pieces[piece, 1]
                else:
                    # A group that took no part is -1 up to -1, and so empty.
                    size += spans[match, 2 * group + 1] - spans[match, 2 * group]
        bounds[row + 1] = bounds[row] + size
    return bounds


@compiled
def _put(target: Bytes, at: int, source: Bytes, start: int, end: int) -> int:
    """Copy a span, and give the place after it."""
    copy_bytes(target, at, source, start, end - start)
    return at + end - start


@compiled
def _write(
    buffer: Bytes,
    starts: Rows,
    ends: Rows,
    offsets: Rows,
    spans: Spans,
    pieces: Pieces,
    literals: Bytes,
    target: Bytes,
) -> None:
    at = 0
    for row in range(starts.size):
        done = starts[row]
        for match in range(offsets[row], offsets[row + 1]):
            at = _put(target, at, buffer, done, spans[match, 0])
            done = spans[match, 1]
            for piece in range(pieces.shape[0]):
                group = pieces[piece, 0]
                if group < 0:
                    at = _put(target, at, literals, pieces[piece, 1], pieces[piece, 2])
                elif spans[match, 2 * group] >= 0:
                    at = _put(target, at, buffer, spans[match, 2 * group], spans[match, 2 * group + 1])
        at = _put(target, at, buffer, done, ends[row])
    target[at:] = 0


def rewrite(texts: Texts, offsets: Rows, spans: Spans, pieces: Pieces, literals: Bytes) -> Texts:
    """Put a template in the place of each match.

    Shapes: offsets int64[rows + 1] into the matches; spans int64[matches, 2 * (groups + 1)], byte offsets into the
        buffer of the texts; pieces and literals as above.
    """
    offsets, spans, pieces, literals = (_read_only(array) for array in (offsets, spans, pieces, literals))
    bounds = _sizes(texts.starts, texts.ends, offsets, spans, pieces)
    target = np.empty(int(bounds[-1]) + _ROOM, dtype=np.uint8)
    _write(texts.buffer, texts.starts, texts.ends, offsets, spans, pieces, literals, target)
    return Texts(target, bounds[:-1], bounds[1:])


def _read_only(array: Any) -> Any:
    """A contiguous view that cannot be written: kernels are compiled for nothing else."""
    view = np.ascontiguousarray(array).view()
    view.setflags(write=False)
    return view
