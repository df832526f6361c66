"""Kernels that count no references to arrays: which those are, and that none gives an array back uncounted."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numba.core import runtime
from numba.core.dispatcher import Dispatcher
from numba.core.registry import cpu_target
from test_compiling import CALLS

import rewardlang.kernels
import rewardlang.regex
from rewardlang.columns.texts import Texts
from rewardlang.kernels.compiling import compiled, counts_references
from rewardlang.kernels.memory import load_byte

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewardlang.kernels.memory import Bytes, Rows


def kernels() -> Iterator[Any]:
    """Those that the package defines."""
    for package in (rewardlang.kernels, rewardlang.regex):
        for found in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{found.name}")
            for value in vars(module).values():
                if isinstance(value, Dispatcher) and value.py_func.__module__ == module.__name__:
                    yield value


@compiled
def _first(buffer: Bytes) -> int:
    return load_byte(buffer, 0)


@compiled
def _whole(buffer: Bytes) -> Bytes:
    return buffer


@compiled
def _room(size: int) -> int:
    return np.empty(size, np.int64).size


@compiled
def _by_both(buffer: Bytes) -> int:
    return _first(_whole(buffer))


def _unsaid(buffer):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - without a word on what it gives
    return buffer


def _pairs(rows: Rows) -> tuple[int, float]:
    return rows.size, 0.5


@pytest.mark.parametrize(
    ("function", "counts"),
    [
        (_first.py_func, False),
        (_pairs, False),
        (_whole.py_func, True),
        (_room.py_func, True),
        (_by_both.py_func, True),
        (_unsaid, True),
    ],
)
def test_a_kernel_counts_references_if_it_makes_arrays_or_gives_some(function: Any, *, counts: bool) -> None:
    assert counts_references(function) == counts


def test_most_kernels_only_look_at_what_they_are_given() -> None:
    lean = [kernel for kernel in kernels() if not counts_references(kernel.py_func)]
    assert len(lean) > 200
    assert {"find_first", "bytes_in_range", "character", "class_step"} <= {kernel.__name__ for kernel in lean}


def test_what_a_kernel_is_given_is_freed_once() -> None:
    """A count that is off by one shows as a buffer that is never freed, or is freed too early."""
    buffer = np.arange(64, dtype=np.uint8)
    before = sys.getrefcount(buffer)
    for _ in range(100):
        assert _first(buffer) == 0
        assert _by_both(buffer) == 0
        assert _room(10) == 10
        assert _whole(buffer) is not None
    assert sys.getrefcount(buffer) == before


def test_the_arrays_that_kernels_make_are_freed() -> None:
    memory = pytest.importorskip("numba.core.runtime._nrt_python")
    runtime.rtsys.initialize(cpu_target.target_context)
    memory.memsys_enable_stats()
    values = Texts.of(["a <b>1.5</b> c", "", "\u00c9t\u00e9", "x" * 99])
    for call in CALLS:
        call(values)
    before = runtime.rtsys.get_allocation_stats()
    for call in CALLS:
        call(values)
    gc.collect()
    after = runtime.rtsys.get_allocation_stats()
    assert after.alloc > before.alloc
    assert after.alloc - before.alloc == after.free - before.free
