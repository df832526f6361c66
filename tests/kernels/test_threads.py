"""Rows in parts: each once, in threads where that pays, and never waited for in vain."""

from __future__ import annotations

import subprocess
import sys
from threading import Barrier, get_ident

import numpy as np
import pytest

from rewardlang.columns.texts import Texts
from rewardlang.kernels import threads
from rewardlang.kernels.literals import seek_all
from rewardlang.kernels.threads import in_parts, pool
from rewardlang.regex.questions import Kind, Seek

ENOUGH = 1e15


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 7, 1000])
@pytest.mark.parametrize("parts", [0, 1, 2, 3, 4, 1e9])
def test_each_row_is_in_one_part(rows: int, parts: float) -> None:
    seen = np.zeros(rows, int)

    def work(first: int, last: int) -> None:
        seen[first:last] += 1

    in_parts(rows, parts * threads.LEAST, work)
    assert (seen == 1).all()


def test_parts_are_done_at_the_same_time() -> None:
    both = Barrier(2, timeout=60)
    in_parts(2, 2 * threads.LEAST, lambda *_: both.wait())


@pytest.mark.parametrize(("rows", "most"), [(1000, 1), (1, ENOUGH)])
def test_little_work_is_one_part(rows: int, most: float) -> None:
    parts: list[tuple[int, int, int]] = []
    in_parts(rows, most * threads.LEAST, lambda first, last: parts.append((first, last, get_ident())))
    assert parts == [(0, rows, get_ident())]


def test_a_thread_of_the_pool_does_its_rows_alone() -> None:
    parts: list[tuple[int, int]] = []
    pool().submit(in_parts, 1000, ENOUGH, lambda *part: parts.append(part)).result(60)
    assert parts == [(0, 1000)]


@pytest.mark.parametrize("where", range(4))
def test_an_error_of_any_part_is_told(where: int) -> None:
    def work(first: int, last: int) -> None:
        if first <= where < last:
            raise ValueError(str(where))

    with pytest.raises(ValueError, match=str(where)):
        in_parts(4, ENOUGH, work)


def test_texts_in_parts_are_answered_as_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = Texts.of([f"<a>{'x' * (row % 91)}</a><a>{row}</a>" * 9 for row in range(4000)])
    seeks = [Seek(kind, b"<a>", b"</a>") for kind in Kind]
    together = seek_all(texts, seeks)
    monkeypatch.setattr("rewardlang.kernels.threads.cores", lambda: 1)
    for one, other in zip(together, seek_all(texts, seeks), strict=True):
        np.testing.assert_array_equal(one, other)


FORKED = """
import os, sys, time
from rewardlang.kernels.threads import pool

pool().submit(time.sleep, 0).result()
# An idle thread, which the child lacks.
time.sleep(0.2)
child = os.fork()
if child == 0:
    os._exit(pool().submit(int).result(60))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_forked_child_has_threads_of_its_own() -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED], check=True, timeout=120)
