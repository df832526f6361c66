from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from text_strategies import Layout, batches, columns, layouts, tight

from rewardlang.columns.texts import Texts
from rewardlang.kernels.hashing import hash64, intern, intern2

repeating = st.lists(st.text(alphabet="ab\0é", max_size=3), max_size=60)


@given(batches, st.integers(0, 2**63 - 1))
def test_a_hash_depends_on_the_text_and_the_seed_alone(values: list[str], seed: int) -> None:
    hashes = hash64(Texts.of(values), seed)
    assert hashes.dtype == np.uint64
    assert hashes.tolist() == hash64(tight(values), seed).tolist()
    assert len(set(hashes.tolist())) == len(set(values))
    assert not (hashes == hash64(Texts.of(values), seed ^ 1)).any()


def test_each_bit_of_a_text_changes_half_of_the_hash() -> None:
    for size in (1, 7, 8, 9, 16, 17, 31, 32, 33, 64, 65, 200):
        original = bytes(size)
        flipped = [bytes(at) + bytes([1 << bit]) + bytes(size - at - 1) for at in range(size) for bit in range(7)]
        hashes = hash64(Texts.of([original.decode(), *(text.decode() for text in flipped)]), 7)
        changed = np.bitwise_count(hashes[1:] ^ hashes[0])
        assert changed.min() > 10
        assert 28 < changed.mean() < 36


def test_texts_of_zeros_differ_by_their_length() -> None:
    assert len(set(hash64(Texts.of(["\0" * size for size in range(300)])).tolist())) == 300


def test_many_texts_spread_evenly() -> None:
    hashes = hash64(Texts.of([str(number) for number in range(1 << 16)]), 1)
    for shift in (0, 20, 56):
        counts = np.bincount(((hashes >> np.uint64(shift)) & np.uint64(255)).astype(np.int64), minlength=256)
        # 256 expected in each; six standard deviations.
        assert counts.min() > 160
        assert counts.max() < 352


@given(st.one_of(columns(), columns(repeating)))
def test_equal_texts_get_equal_ids_in_order_of_appearance(column: tuple[list[str], Texts]) -> None:
    values, texts = column
    known: dict[str, int] = {}
    assert intern(texts).tolist() == [known.setdefault(value, len(known)) for value in values]


@given(repeating, repeating, layouts)
def test_two_columns_share_their_ids(lefts: list[str], rights: list[str], layout: Layout) -> None:
    known: dict[str, int] = {}
    ids = intern2(layout(lefts), tight(rights))
    assert [part.tolist() for part in ids] == [
        [known.setdefault(value, len(known)) for value in values] for values in (lefts, rights)
    ]


def test_many_rows_are_interned() -> None:
    values = [str(number % 70_000) for number in range(200_000)]
    assert intern(Texts.of(values)).tolist() == [number % 70_000 for number in range(200_000)]
