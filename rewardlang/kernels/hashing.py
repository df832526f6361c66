"""Hashes of texts, and equal texts as equal small integers.

The hash mixes each word with a secret and multiplies pairs of them to 128 bits, whose halves are combined: two lanes of
16 bytes, then what is left. The secrets come from a seed of the process, so that nobody can prepare texts that collide.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.memory import Bytes, Rows, common_prefix, compiled, fold, load_word, low_bits

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts

Hashes = npt.NDArray[np.uint64]

SEED = secrets.randbits(62)
"""The seed of this process."""
_TRIED = 256

# Constants with about half of their bits set: fractional parts of the golden ratio and of square roots of primes.
_GOLDEN = 0x1E3779B97F4A7C15
_ROOT_3 = 0x3B67AE8584CAA73B
_ROOT_7 = 0x254FF53A5F1D36F1


@compiled
def _secrets(seed: int) -> tuple[int, int, int]:
    first = fold(seed ^ _GOLDEN, _ROOT_3)
    second = fold(first ^ seed, _ROOT_7)
    return first, second, fold(second ^ first, _GOLDEN)


@compiled
def _span_hash(buffer: Bytes, start: int, end: int, words: tuple[int, int, int]) -> int:
    first, second, third = words
    left = first
    right = second
    at = start
    while end - at > 32:
        left = fold(load_word(buffer, at) ^ first, load_word(buffer, at + 8) ^ left)
        right = fold(load_word(buffer, at + 16) ^ third, load_word(buffer, at + 24) ^ right)
        at += 32
    while end - at > 0:
        rest = end - at
        high = load_word(buffer, at + 8) & low_bits(8 * (rest - 8)) if rest > 8 else 0
        left = fold((load_word(buffer, at) & low_bits(8 * rest)) ^ second, high ^ left)
        at += 16
    return fold(left ^ third ^ (end - start), right ^ first)


@compiled
def _hash(buffer: Bytes, starts: Rows, ends: Rows, seed: int) -> Rows:
    result = np.empty(starts.size, dtype=np.int64)
    words = _secrets(seed)
    for row in range(starts.size):
        result[row] = _span_hash(buffer, starts[row], ends[row], words)
    return result


def hash64(texts: Texts, seed: int = SEED) -> Hashes:
    """Hash each row: `uint64[rows]`, equal for equal texts; another seed (0 up to 2**63) gives unrelated hashes."""
    return _hash(texts.buffer, texts.starts, texts.ends, seed).view(np.uint64)


@compiled
def _intern_rows(
    left: Bytes, starts: Rows, ends: Rows, right: Bytes, firsts: Rows, lasts: Rows, seed: int, owners: Rows,
    hashes: Rows, ids: Rows, fresh: Rows,
) -> int:  # fmt: skip
    rows = starts.size
    slots = owners.size
    count = 0
    words = _secrets(seed)
    for row in range(ids.size):
        ours = row < rows
        buffer = left if ours else right
        start = starts[row] if ours else firsts[row - rows]
        size = (ends[row] if ours else lasts[row - rows]) - start
        code = _span_hash(buffer, start, start + size, words)
        hashes[row] = code
        slot = code & (slots - 1)
        ids[row] = -1
        while owners[slot] >= 0:
            owner = owners[slot]
            if hashes[owner] == code:
                its = owner < rows
                other = starts[owner] if its else firsts[owner - rows]
                its_size = (ends[owner] if its else lasts[owner - rows]) - other
                if its_size == size == common_prefix(buffer, start, left if its else right, other, min(size, its_size)):
                    ids[row] = ids[owner]
                    break
            slot = (slot + 1) & (slots - 1)
        if ids[row] < 0:
            owners[slot] = row
            fresh[count] = row
            ids[row] = count
            count += 1
    return count


def _intern(left: Bytes, starts: Rows, ends: Rows, right: Bytes, firsts: Rows, lasts: Rows) -> tuple[Rows, Rows]:
    """(fresh, ids): the row that each number first stands in, and the number of each row."""
    total = len(starts) + len(firsts)
    # Made here: a kernel that makes arrays counts the references to all, each time that it chooses between two.
    owners = np.full(max(16, 1 << (2 * total - 1).bit_length()), -1, np.int64)
    hashes, ids, fresh = (np.empty(total, np.int64) for _ in range(3))
    return fresh[: _intern_rows(left, starts, ends, right, firsts, lasts, SEED, owners, hashes, ids, fresh)], ids


def intern(texts: Texts) -> Rows:
    """Give equal rows equal ids: `int64[rows]`, from 0 in the order of first appearance."""
    return distinct(texts)[1]


def distinct(texts: Texts) -> tuple[Rows, Rows]:
    """The rows that differ from all before them, and for each row the place of its text among those: int64."""
    return _distinct(texts.buffer, texts.starts, texts.ends)


def intern2(left: Texts, right: Texts) -> tuple[Rows, Rows]:
    """Give equal rows of two columns equal ids, from 0 in the order of first appearance, `left` before `right`."""
    _, ids = _intern(left.buffer, left.starts, left.ends, right.buffer, right.starts, right.ends)
    return ids[: len(left)], ids[len(left) :]


def repeats(buffer: Bytes, starts: Rows, ends: Rows) -> tuple[Rows, Rows] | None:
    """Which spans of a buffer are distinct, if many repeat others: the first row of each, and for each row its number.

    None where less than a quarter of the first ones do, or there are few: then to look for more costs more than it
    saves. Needs 16 bytes behind the last span.
    """
    if len(starts) < 2 * _TRIED or 4 * len(_distinct(buffer, starts[:_TRIED], ends[:_TRIED])[0]) > 3 * _TRIED:
        return None
    return _distinct(buffer, starts, ends)


def _distinct(buffer: Bytes, starts: Rows, ends: Rows) -> tuple[Rows, Rows]:
    return _intern(buffer, starts, ends, buffer, starts[:0], ends[:0])
