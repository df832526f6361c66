"""JSON texts as one tape of nodes.

Two dialects. "strict" is RFC 8259: any number is a node (one beyond the doubles has no finite value). "python" is what
`json.loads` accepts: also NaN, Infinity and -Infinity, and no integer of more than 4,300 digits. In both a text nested
more than 900 deep is no value (`json.loads` gives up at about 990 levels, less what its caller's stack holds), and the
escape of a surrogate without its pair means U+FFFD, since texts are valid UTF-8.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from rewardlang.columns.loans import borrow
from rewardlang.kernels.hashing import repeats
from rewardlang.kernels.json import MAX_DEPTH, parse_rows
from rewardlang.kernels.json_lines import split_lines
from rewardlang.kernels.json_scalars import (
    DECODED,
    HARD,
    INTEGER,
    LARGEST,
    LONG,
    NODES,
    SIDE,
    Bytes,
    Ints,
    Spans,
    Store,
)
from rewardlang.kernels.json_values import Equality, KeyTable, Nodes, hash_nodes
from rewardlang.kernels.offsets import offsets_of
from rewardlang.kernels.threads import in_parts
from rewardlang.kernels.words import PADDING

if TYPE_CHECKING:
    from collections.abc import Sequence

Dialect = Literal["strict", "python"]
Bools = npt.NDArray[np.bool_]
Hashes = npt.NDArray[np.uint64]
_NANOSECONDS = 10
"""About how long the hash of a node takes."""
_LINES = 4
"""Room for so many lines a text; where there are more, they are split again."""
_BYTES_PER_NODE = 4  # of a list of short numbers; the store grows where there are fewer
A = TypeVar("A", bound=npt.NDArray[Any])

# Equality by hash must not be predictable from outside; odd, so that no seed is zero.
_SEEDS = np.frombuffer(secrets.token_bytes(64), dtype=np.uint64) | np.uint64(1)


@dataclass(frozen=True, eq=False)
class Tape:
    """The values of a column of JSON texts; a value is the index of its node, or -1 where there is none."""

    nodes: Nodes
    texts: Ints
    """Where each text begins that is JSON: int64[texts]."""
    largest: int
    """No object has more members."""
    compared: list[tuple[tuple[Hashes, Ints, Hashes, Ints], Ints]] = field(default_factory=list)
    """The last pairs of objects that were compared, if any were, and what was counted: see `columns.json`."""

    @cached_property
    def strict_hashes(self) -> Hashes:
        """A 128-bit hash of each node's value (uint64[nodes, 2]); (0, 0) equals nothing."""
        return self._hashed(python=False)

    @cached_property
    def python_hashes(self) -> Hashes:
        """As `strict_hashes`, by Python's `==`: true is 1, false is 0."""
        return self._hashed(python=True)

    @property
    def key_hashes(self) -> Hashes:
        """The hashes of either kind: those of texts are the same."""
        return self.python_hashes if "python_hashes" in self.__dict__ else self.strict_hashes

    def _hashed(self, *, python: bool) -> Hashes:
        count, equality = len(self.nodes.kind), Equality(_SEEDS, python)
        hashes = borrow(2 * count, np.uint64).reshape(-1, 2)
        cuts = np.append(self.texts, count)

        def hash_texts(first: int, last: int) -> None:
            hash_nodes(self.nodes, self.key_table(hashes), equality, cuts[first], cuts[last])

        in_parts(len(self.texts), _NANOSECONDS * count, hash_texts)
        return hashes

    def key_table(self, hashes: Hashes) -> KeyTable:
        """These hashes, and scratch for the members of an object."""
        size = 4 * self.largest + 4
        keys, values, slots = (np.empty(size, np.int64) for _ in range(3))
        return KeyTable(hashes, keys, values, np.full(size, -1, np.int64), slots)

    def hashes(self, dialect: Dialect) -> Hashes:
        """The hashes of all nodes by the equality of `dialect`, computed once; only good within this process."""
        return self.python_hashes if _is_python(dialect) else self.strict_hashes


def _is_python(dialect: Dialect) -> bool:
    if dialect not in ("strict", "python"):
        raise ValueError(f"dialect must be 'strict' or 'python', not {dialect!r}")
    return dialect == "python"


def frozen(array: A) -> A:
    """A read-only view, so that each kernel is compiled once, not for writable and for read-only arrays."""
    view = array.view()
    view.flags.writeable = False
    return view


def indices(column: npt.ArrayLike) -> Ints:
    """A column of positions or nodes as the one kind of array that the kernels are compiled for."""
    return frozen(np.ascontiguousarray(column, dtype=np.int64))


def padded(content: bytes) -> Bytes:
    """Bytes as a buffer that kernels may read past the end of."""
    return np.frombuffer(content + bytes(PADDING), dtype=np.uint8)


def _store(nodes: int, side: int, *, python: bool) -> Store:
    payload = borrow(nodes, np.int64)
    return Store(
        kind=borrow(nodes, np.uint8),
        start=borrow(nodes, np.int64),
        end=borrow(nodes, np.int64),
        stop=borrow(nodes, np.int64),
        payload=payload,
        value=payload.view(np.float64),
        decoded=borrow(2 * nodes, np.int64).reshape(-1, 2),
        hard=borrow(nodes, np.int64),
        side=borrow(side + 2 * PADDING, np.uint8),
        used=np.zeros(LARGEST + 1, np.int64),
        stack=np.empty(MAX_DEPTH, np.int64),
        python=python,
    )


def _columns(store: Store) -> tuple[npt.NDArray[Any], ...]:
    """The arrays that grow with the nodes."""
    return store.kind, store.start, store.end, store.stop, store.payload, store.decoded, store.hard


def _grown(store: Store) -> Store:
    larger = _store(2 * len(store.kind), 0, python=store.python)._replace(side=store.side, used=store.used)
    filled = (*[store.used[NODES]] * 5, store.used[DECODED], store.used[HARD])
    for old, new, count in zip(_columns(store), _columns(larger), filled, strict=True):
        new[:count] = old[:count]
    return larger


def _resolve_hard(store: Store, buffer: Bytes) -> None:
    """Give the numbers that the kernel left open their values, with Python's correctly rounded conversions."""
    for node in store.hard[: store.used[HARD]]:
        literal = buffer[store.start[node] : store.end[node]].tobytes()
        value = float(literal)
        store.value[node] = value
        if store.kind[node] == INTEGER and not (np.isfinite(value) and int(value) == int(literal)):
            store.kind[node] = LONG


def _tape(store: Store, buffer: Bytes, roots: Ints) -> Tape:
    nodes = int(store.used[NODES])
    side = store.side[: store.used[SIDE] + PADDING]
    side[store.used[SIDE] :] = 0
    return Tape(
        Nodes(
            kind=store.kind[:nodes],
            start=store.start[:nodes],
            end=store.end[:nodes],
            stop=store.stop[:nodes],
            payload=store.payload[:nodes],
            value=store.value[:nodes],
            decoded=store.decoded[: store.used[DECODED]],
            buffer=buffer,
            side=frozen(side),
        ),
        roots[roots >= 0],
        int(store.used[LARGEST]),
    )


def parse(buffer: Bytes, starts: Ints, ends: Ints, dialect: Dialect = "strict") -> tuple[Tape, Ints]:
    """Parse a column of JSON texts: the tape, and each text's root node, -1 where it is no JSON value.

    Equal texts may share their nodes.

    Shapes: buffer uint8[bytes], valid UTF-8 in every span, 16 bytes of padding; starts, ends, root int64[rows].
    """
    source = Spans(frozen(buffer), indices(starts), indices(ends))
    found = repeats(*source)
    if found is None:
        return _parse(source, dialect)
    # As where the replies of a group make the same calls.
    firsts, ids = found
    tape, roots = _parse(Spans(source.buffer, frozen(source.starts[firsts]), frozen(source.ends[firsts])), dialect)
    return tape, roots[ids]


def _parse(source: Spans, dialect: Dialect) -> tuple[Tape, Ints]:
    size = int((source.ends - source.starts).sum())
    rows = len(source.starts)
    store = _store(size // _BYTES_PER_NODE + rows + 64, size, python=_is_python(dialect))
    roots = np.empty(rows, np.int64)
    row = parse_rows(source, store, roots, 0)
    while row < rows:
        store = _grown(store)
        row = parse_rows(source, store, roots, row)
    _resolve_hard(store, source.buffer)
    return _tape(store, source.buffer, roots), roots


def parse_lines(buffer: Bytes, starts: Ints, ends: Ints, dialect: Dialect = "python") -> tuple[Tape, Bools, Ints, Ints]:
    r"""Parse each text as JSON lines, `[json.loads(line) for line in text.strip().split("\n")]`.

    A text is present where all its lines parse (an empty text is one empty line, so it is not); others have no nodes.

    Returns:
        The tape, present bool[rows], offsets int64[rows + 1] and nodes int64[lines]: row i has
        `nodes[offsets[i]:offsets[i + 1]]`.
    """
    buffer = frozen(buffer)
    starts, ends = indices(starts), indices(ends)
    counts = np.empty(len(starts), np.int64)
    lines = np.empty((3, _LINES * len(starts)), np.int64)
    total = split_lines(buffer, starts, ends, counts, lines)
    if total > lines.shape[1]:
        lines = np.empty((3, total), np.int64)
        split_lines(buffer, starts, ends, counts, lines)
    lines = lines[:, :total]
    owner = lines[2]
    tape, roots = parse(buffer, lines[0], lines[1], dialect)
    present = np.ones(len(starts), np.bool_)
    present[owner[roots < 0]] = False
    offsets = offsets_of(np.where(present, counts, 0))
    return tape, present, offsets, roots[present[owner]]


def _keys_are_texts(value: object) -> bool:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if not all(isinstance(key, str) for key in item):
                return False
            waiting.extend(item.values())
        elif isinstance(item, (list, tuple)):
            waiting.extend(item)
    return True


def _serialised(value: object, row: int, *, python: bool) -> bytes:
    try:
        text = json.dumps(value, allow_nan=python)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"row {row}: not a JSON value: {error}") from error
    if not _keys_are_texts(value):
        raise ValueError(f"row {row}: not a JSON value: the keys of an object must be texts")
    return text.encode("ascii")


def of_values(values: Sequence[object], dialect: Dialect = "strict") -> tuple[Tape, Ints]:
    """Python values (dict with text keys, list, tuple, str, int, float, bool, None) as a tape; None is JSON's null.

    Errors: ValueError naming the row where a value is none of these, is nested too deep, or in "strict" is not finite.
    """
    python = _is_python(dialect)
    texts = [_serialised(value, row, python=python) for row, value in enumerate(values)]
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1])) if texts else ends
    tape, roots = parse(padded(b"".join(texts)), starts, ends, dialect)
    if (roots < 0).any():
        raise ValueError(f"row {int(np.argmin(roots))}: not a JSON value: nested too deep")
    return tape, roots
