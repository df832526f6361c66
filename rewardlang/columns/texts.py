"""A column of texts: spans of one flat UTF-8 buffer.

Rows are `buffer[starts[i]:ends[i]]`. They may overlap, repeat, and share the buffer with other columns, so that a part
of a text is a pair of positions and never a copy. Positions are byte offsets; spans begin and end between characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.kernels.memory import Bytes, Rows, copy_spans, fixed
from rewardlang.kernels.strings import lay_strings

if TYPE_CHECKING:
    from collections.abc import Sequence

PADDING = 16
"""How many zero bytes follow the last text at least, so that eight bytes can be loaded from any place in it."""

_ROOM = 64
"""The padding of the buffers made here: with it kernels can load 64 bytes from any place."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """A column of texts.

    Shapes:
        `buffer: uint8[bytes]`, valid UTF-8 in every span, with at least `PADDING` zero bytes after the last span;
        `starts: int64[rows]`, `ends: int64[rows]`, byte offsets with `0 <= starts <= ends`.
        All three are kept as contiguous read-only views, copied only where their type or layout is another.

    Raises:
        ValueError: The padding is missing, or the numbers of starts and ends differ.
    """

    buffer: Bytes
    starts: Rows
    ends: Rows

    def __post_init__(self) -> None:
        object.__setattr__(self, "buffer", fixed(self.buffer, np.uint8))
        object.__setattr__(self, "starts", fixed(self.starts))
        object.__setattr__(self, "ends", fixed(self.ends))
        if self.starts.shape != self.ends.shape:
            raise ValueError(f"starts and ends differ in shape: {self.starts.shape} and {self.ends.shape}")
        # Kernels check no bounds: this is the one mistake that is easily made, and it would crash the process.
        if self.ends.size and self.ends.max() + PADDING > self.buffer.size:
            raise ValueError(f"{self.buffer.size} bytes hold no {PADDING} bytes of padding after {self.ends.max()}")

    @classmethod
    def of(cls, values: Sequence[str]) -> Texts:
        """Lay strings end to end; lone surrogates become U+FFFD.

        Raises:
            TypeError: A value is not a string; names its index.
        """
        rows = values if isinstance(values, list) else list(values)
        ends = np.empty(len(rows), np.int64)
        laid, buffer = lay_strings(id(rows), ends, _ROOM)
        if laid < len(rows):
            for index in range(laid, len(rows)):
                if not isinstance(rows[index], str):
                    kind = type(rows[index]).__name__
                    raise TypeError(f"texts must be str, but the value at index {index} is {kind}")
            rows = [_SURROGATE.sub(_REPLACEMENT, row) for row in rows]
            _, buffer = lay_strings(id(rows), ends, _ROOM)
        starts = np.zeros(len(rows), np.int64)
        starts[1:] = ends[:-1]
        return cls(buffer, starts, ends)

    @classmethod
    def from_arrow(cls, array: Any) -> Texts:
        """Take an Arrow column of strings, without copying where its buffer has the padding; nulls become empty texts.

        Args:
            array: A `pa.Array` or `pa.ChunkedArray` of `string`, `large_string`, `string_view` or a dictionary of them.

        Raises:
            TypeError: The column is of another type.
        """
        import pyarrow as pa

        if isinstance(array, pa.ChunkedArray):
            # Wide offsets first: several chunks may hold more than 2 GiB together.
            wide = array.cast(pa.large_string()) if array.type == pa.string() else array
            array = array.chunk(0) if array.num_chunks == 1 else wide.combine_chunks()
        if isinstance(array, pa.DictionaryArray):
            return _from_dictionary(array)
        if pa.types.is_string_view(array.type):
            array = array.cast(pa.large_string())
        if pa.types.is_large_string(array.type):
            return _from_offsets(array, np.int64)
        if pa.types.is_string(array.type):
            return _from_offsets(array, np.int32)
        raise TypeError(f"expected an Arrow column of strings, but got {array.type}")

    @classmethod
    def concatenate(cls, parts: Sequence[Texts]) -> Texts:
        """Join columns of the same length row by row: row i is `parts[0][i] + parts[1][i] + ...`, in a new buffer.

        Raises:
            ValueError: There are no parts, or their lengths differ.
        """
        if len({len(part) for part in parts}) != 1:
            raise ValueError(f"columns of one length are needed, but got lengths {[len(part) for part in parts]}")
        sizes = [part.ends - part.starts for part in parts]
        ends = np.cumsum(sum(sizes), dtype=np.int64)
        starts = ends - sum(sizes)
        total = int(ends[-1]) if ends.size else 0
        buffer = np.empty(total + _ROOM, dtype=np.uint8)
        buffer[total:] = 0
        at = starts
        for part, size in zip(parts, sizes, strict=True):
            copy_spans(part.buffer, part.starts, part.ends, buffer, fixed(at))
            at = at + size
        return cls(buffer, starts, ends)

    def __len__(self) -> int:
        return int(self.starts.size)

    def __getitem__(self, row: int) -> str:
        return str(self.buffer[self.starts[row] : self.ends[row]].data, "utf-8")

    def to_list(self) -> list[str]:
        """Give the rows as strings."""
        view = self.buffer.data
        pairs = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return [str(view[start:end], "utf-8") for start, end in pairs]

    def take(self, rows: Rows) -> Texts:
        """Give the rows at `rows: int64[any]`, in that order, in the same buffer."""
        return self.within(self.starts.take(rows), self.ends.take(rows))

    def within(self, starts: Rows, ends: Rows) -> Texts:
        """Give spans of this column's rows, `int64[any]` each: those lie in the buffer, so that nothing is checked."""
        texts = object.__new__(Texts)
        set_field = object.__setattr__
        set_field(texts, "buffer", self.buffer)
        set_field(texts, "starts", fixed(starts))
        set_field(texts, "ends", fixed(ends))
        return texts


def _from_offsets(array: Any, width: type[np.signedinteger[Any]]) -> Texts:
    count = len(array)
    _, offsets, blob = array.buffers()
    if count == 0:
        return Texts.of([])
    places = np.frombuffer(offsets, dtype=width)[array.offset : array.offset + count + 1].astype(np.int64)
    first, last = int(places[0]), int(places[-1])
    buffer = np.frombuffer(blob, dtype=np.uint8) if blob is not None else np.empty(0, dtype=np.uint8)
    if buffer.size < last + PADDING:
        buffer = np.concatenate([buffer[first:last], np.zeros(_ROOM, dtype=np.uint8)])
        places -= first
    return Texts(buffer, places[:-1], places[1:])


def _from_dictionary(array: Any) -> Texts:
    words = Texts.from_arrow(array.dictionary)
    present = np.asarray(array.is_valid())
    if not len(words):
        return Texts(words.buffer, np.zeros(len(array), dtype=np.int64), np.zeros(len(array), dtype=np.int64))
    rows = np.asarray(array.indices.fill_null(0)).astype(np.int64)
    chosen = words.take(rows)
    return Texts(words.buffer, chosen.starts, np.where(present, chosen.ends, chosen.starts))
