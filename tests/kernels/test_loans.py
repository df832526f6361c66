"""Memory that is used again, but never while anything can see it."""

from __future__ import annotations

import numpy as np
from json_reference import column, parse, strings

from rewardlang.columns import json as columns
from rewardlang.columns.loans import borrow


def test_memory_is_used_again_when_no_view_is_left() -> None:
    array = borrow(1 << 18, np.int64)
    address = array.ctypes.data
    view = array[5:].view(np.float64)
    del array
    assert borrow(1 << 18, np.int64).ctypes.data != address
    del view
    assert borrow(1 << 18, np.int64).ctypes.data == address


def test_an_array_has_the_shape_that_was_asked_for() -> None:
    for count in (0, 1, 511, 512, 513):
        array = borrow(count, np.int64)
        array[:] = 7
        assert (array.shape, array.dtype, array.flags.c_contiguous) == ((count,), np.int64, True)


def test_texts_outlive_their_tape() -> None:
    spans, _ = columns.texts(*parse(['"kept\\n"'] * 500))
    hashes = columns.hashes(*parse(["[1]"] * 500))
    for _ in range(3):
        columns.hashes(*columns.parse(*column(['"other\\t"'] * 500)))
        columns.texts(*columns.parse(*column(['"other\\t"'] * 500)))
    assert strings(spans) == ["kept\n"] * 500
    assert (hashes == hashes[0]).all()
