"""Tokenizers that the caller gives by name: how many tokens the rows of a column have, and which.

A spec names a tokenizer and opens no file; what stands for the name is given when the spec is loaded. `bytes` is always
there: each byte of UTF-8 is a token.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.columns.texts import Texts
from rewardlang.diagnostics import CallError
from rewardlang.kernels.offsets import offsets_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rewardlang.kernels.memory import Rows

BYTES = "bytes"
"""The name of the tokenizer that needs no file."""

AT_ONCE = 4 << 20
"""How many bytes are tokenized at once: an encoding needs about a hundred bytes for each of them."""


@dataclass(frozen=True)
class Tokenizer(ABC):
    """A tokenizer under the name that specs call it by. Equal ones have one name and one digest."""

    name: str

    @abstractmethod
    def counts(self, texts: Texts) -> Rows:
        """How many tokens each row has: `int64[rows]`."""

    @abstractmethod
    def tokens(self, texts: Texts) -> tuple[Rows, Texts]:
        """The tokens of each row, as the vocabulary writes them, with the offsets of the lists."""


@dataclass(frozen=True)
class ByteTokenizer(Tokenizer):
    """Each byte is a token, written as two hexadecimal digits."""

    def counts(self, texts: Texts) -> Rows:
        """The lengths in bytes."""
        sizes: Rows = texts.ends - texts.starts
        return sizes

    def tokens(self, texts: Texts) -> tuple[Rows, Texts]:
        """The bytes."""
        offsets = offsets_of(self.counts(texts))
        places = np.arange(offsets[-1]) + np.repeat(texts.starts - offsets[:-1], np.diff(offsets))
        return offsets, Texts.of([f"{byte:02x}" for byte in range(256)]).take(texts.buffer[places].astype(np.int64))


@dataclass(frozen=True)
class FileTokenizer(Tokenizer):
    """A tokenizer of Hugging Face's `tokenizers`, without special tokens, truncation and padding."""

    digest: str
    backend: Any = field(compare=False, repr=False)

    def counts(self, texts: Texts) -> Rows:
        """The lengths of the encodings."""
        return np.array([len(encoding) for encoding in self._encodings(texts)], np.int64)

    def tokens(self, texts: Texts) -> tuple[Rows, Texts]:
        """The entries of the vocabulary that the encodings name."""
        ids = [np.array(encoding.ids, np.int64) for encoding in self._encodings(texts)]
        flat = np.concatenate(ids) if ids else np.zeros(0, np.int64)
        return offsets_of(np.array([len(row) for row in ids], np.int64)), self._vocabulary.take(flat)

    def _encodings(self, texts: Texts) -> Iterator[Any]:
        """The encodings of all rows, made by all cores; of about `AT_ONCE` bytes at a time."""
        batch_of = np.cumsum(texts.ends - texts.starts) // AT_ONCE
        cuts = [0, *(np.flatnonzero(np.diff(batch_of)) + 1).tolist(), len(texts)]
        rows = texts.to_list()
        for first, last in pairwise(cuts):
            yield from self.backend.encode_batch_fast(rows[first:last], add_special_tokens=False)

    @cached_property
    def _vocabulary(self) -> Texts:
        known = self.backend.get_vocab(with_added_tokens=True)
        words = [""] * (max(known.values(), default=-1) + 1)
        for word, number in known.items():
            words[number] = word
        return Texts.of(words)


def given_tokenizers(given: Mapping[str, Any] | None) -> dict[str, Tokenizer]:
    """The tokenizers that a caller gives by name, and `bytes`.

    Args:
        given: for each name the path of a `tokenizer.json`, or a `tokenizers.Tokenizer`, which is copied.

    Raises:
        CallError: the package `tokenizers` is not installed, there is no such file, or it is none of a tokenizer.
    """
    found: dict[str, Tokenizer] = {BYTES: ByteTokenizer(BYTES)}
    for name, value in (given or {}).items():
        if name == BYTES:
            raise CallError(f"the tokenizer `{BYTES}` counts bytes and is always there; give yours another name")
        found[name] = _from_file(name, value)
    return found


def _from_file(name: str, value: Any) -> Tokenizer:
    try:
        import tokenizers
    except ImportError as error:
        raise CallError(
            f"the tokenizer `{name}` needs the package `tokenizers`: pip install 'rewardlang[tokenizers]'"
        ) from error
    if isinstance(value, tokenizers.Tokenizer):
        written = value.to_str()
    elif isinstance(value, str | PathLike):
        written = _read(name, Path(value))
    else:
        raise CallError(f"the tokenizer `{name}` is a path or a `tokenizers.Tokenizer`, not {type(value).__name__}")
    try:
        backend = tokenizers.Tokenizer.from_str(written)
    except Exception as error:  # the package raises nothing narrower
        raise CallError(f"the tokenizer `{name}` cannot be read: {error}") from error
    # The caller's settings for training would cut long texts and lengthen short ones.
    backend.no_truncation()
    backend.no_padding()
    return FileTokenizer(name, blake2b(backend.to_str().encode(), digest_size=16).hexdigest(), backend)


def _read(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CallError(f"the tokenizer `{name}`: {path} cannot be read: {error}") from error
