"""Where lists begin and which list an entry is in, as NumPy says it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardlang.kernels.offsets import offsets_of, owners_of

COUNTS = st.lists(st.integers(0, 12), max_size=30)


@settings(deadline=None)
@given(COUNTS)
def test_lists_are_laid_end_to_end(counts: list[int]) -> None:
    lengths = np.array(counts, np.int64)
    offsets = offsets_of(lengths)
    assert offsets.tolist() == [0, *np.cumsum(lengths).tolist()]
    owners, positions = owners_of(offsets)
    assert owners.tolist() == np.repeat(np.arange(len(counts)), lengths).tolist()
    assert positions.tolist() == [place for count in counts for place in range(count)]


def test_flags_count_as_one_or_none() -> None:
    assert offsets_of(np.array([True, False, True])).tolist() == [0, 1, 1, 2]
    assert offsets_of(np.zeros(0, np.bool_)).tolist() == [0]
