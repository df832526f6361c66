"""Whole programs that use workers: no guard, forks, interrupts, sudden ends; nothing is left of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.workers.test_pool import gone

ASK = """
import logging
logging.getLogger("rewardlang").setLevel(logging.ERROR)  # Kernels may have to be compiled, which it warns of.
from rewardlang.workers import answers
def pids():
    return [worker._process.pid for worker in answers._answers.pool._workers]
HANGS = ("equal", "$9^{9^{9^{9}}}$", "any", "$3$", "any")
assert answers.ask([("equal", "1/2", "any", "0.5", "any")]) == [True]
print(*pids(), flush=True)
"""
FORKS = """
import os, threading
import jax.numpy as jnp
(jnp.ones(10) + 1).block_until_ready()
import warnings
warnings.simplefilter("ignore")
child = os.fork()
assert answers.ask([("equal", "1/2", "any", "1/4", "any")]) == [False]
if child:
    assert os.waitpid(child, 0)[1] == 0
else:
    answers._kill()
    os._exit(0)  # JAX itself crashes where a forked process ends.
"""
INTERRUPTED = """
import time
from rewardlang.workers.pool import Pool
pool = Pool("tests.workers.toy", 2, 1.0)
assert pool.ask([["echo", 1]]) == [1]
print("asks", flush=True)
try:
    pool.ask([["sleep", 60]] * 200)
except KeyboardInterrupt:
    start = time.monotonic()
    assert pool.ask([["echo", 2]]) == [2]
    # What a worker is at ends at its limit; the other requests are nobody's any more.
    assert time.monotonic() - start < 30
    pool.kill()
    print("goes on")
"""
SCRIPT = """
import rewardlang
reward = rewardlang.compile('reward r(x: text) -> score? { math_equal("$x+1$", x) }')
assert reward({"x": ["$1+x$", "$x$"] * 50}).tolist() == [1.0, 0.0] * 50
"""


def started(program: str) -> tuple[subprocess.Popen[str], list[int]]:
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, [int(pid) for pid in process.stdout.readline().split()]


@pytest.mark.parametrize("rest", ["", SCRIPT, FORKS], ids=["one question", "a reward, no guard", "a fork beside JAX"])
def test_nothing_is_left_of_a_program(rest: str) -> None:
    process, pids = started(ASK + rest)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert errors == ""
    assert pids
    assert all(map(gone, pids))


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_their_program_also_at_work(end: signal.Signals) -> None:
    process, pids = started(ASK + "answers.ask([HANGS] * 1)")
    time.sleep(0.5)
    process.send_signal(end)
    process.communicate(timeout=60)
    assert process.returncode != 0
    # One that is deep in C ends at its own timer, a second after the limit of the caller.
    assert all(gone(pid, 10) for pid in pids)


def test_workers_ignore_the_interrupt_that_the_terminal_sends_to_all() -> None:
    process, pids = started(ASK + "assert answers.ask([('equal', '$x$', 'any', '$y$', 'any')]) == [False]\n")
    for pid in pids:
        os.kill(pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors


def test_an_interrupt_takes_back_what_waits() -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "asks\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=200)
    assert (said, errors) == ("goes on\n", "")
