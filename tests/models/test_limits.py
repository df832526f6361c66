"""Concurrency, rates, budgets, and that nothing is paid for twice."""

from __future__ import annotations

import asyncio
import concurrent.futures.thread
import gc
import os
import pickle
import subprocess
import sys
import threading
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from rewardlang.diagnostics import CallError
from rewardlang.models.calling import Calling
from rewardlang.models.engine import engine_of
from rewardlang.models.progress import bar
from rewardlang.models.stub.server import StubServer
from tests.models.judges import ask, calling, columns, judge, said, signature

if TYPE_CHECKING:
    from pathlib import Path

PRICES = {"m": (1.0, 1000.0)}


def test_calls_are_made_at_once_up_to_the_limit() -> None:
    with StubServer(latency=0.1) as server:
        ask(judge(server, calling(server, concurrency=8)), 40)
        assert 4 <= server.most <= 8


def test_models_of_one_calling_share_its_limit() -> None:
    with StubServer(latency=0.05) as server:
        call = calling(server, concurrency=3)
        models = [judge(server, call, seed=seed) for seed in (1, 2)]
        threads = [threading.Thread(target=ask, args=(model, 12)) for model in models]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.requests == 24
        assert server.most <= 3


def test_requests_per_minute_are_kept() -> None:
    with StubServer() as server:
        start = time.monotonic()
        ask(judge(server, calling(server, requests_per_minute=600)), 20)  # ten at once, then one each tenth of a second
        assert time.monotonic() - start >= 0.9


def test_tokens_per_minute_are_kept() -> None:
    with StubServer() as server:
        start = time.monotonic()
        ask(judge(server, calling(server, tokens_per_minute=60_000), max_tokens=1000), 3)
        assert time.monotonic() - start >= 1.9


@pytest.mark.parametrize("most", [0, 1, 7])
def test_calls_never_exceed_their_budget(most: int) -> None:
    with StubServer(faults=["500", "500", None, "500"]) as server:
        call = calling(server, max_calls=most, concurrency=16)
        found = ask(judge(server, call), 20)
        assert server.requests == call.usage.calls == most
    assert found.reasons.count("budget") >= 20 - most


def test_cost_never_exceeds_its_budget_and_is_used_up() -> None:
    with StubServer(latency=0.02) as server:  # a reply costs 0.008, a call is feared to cost 0.1
        call = calling(server, max_cost=0.25, prices=PRICES, concurrency=16)
        found = ask(judge(server, call, max_tokens=100), 60)
    assert call.usage.cost <= 0.25
    assert call.usage.cost == pytest.approx(sum(value is not None for value in found.values) * 0.0081, rel=0.05)
    assert 12 <= call.usage.answered < 60
    assert call.usage.missing == {"budget": 60 - call.usage.answered}


def test_a_call_that_breaks_off_is_counted_at_its_most() -> None:
    with StubServer(faults=lambda _number, _body: "cut") as server:
        call = calling(server, max_cost=0.25, prices=PRICES, attempts=10, deadline=5.0)
        assert ask(judge(server, call, max_tokens=100)).reasons == ["budget"]
        assert server.requests == 2


def test_a_cost_needs_prices() -> None:
    with StubServer() as server, pytest.raises(CallError, match="`max_cost` needs the price of `m`"):
        judge(server, calling(server, max_cost=1.0))


def test_equal_requests_are_sent_once() -> None:
    with StubServer(latency=0.05) as server:
        call = calling(server)
        model = judge(server, call)
        found = model({"prompt": ["p"] * 50, "completion": ["a", "b"] * 25})
        assert server.requests == 2
        assert len(set(found.values)) <= 2
        model({"prompt": ["p"], "completion": ["a"]})
        assert server.requests == 2


def test_samples_of_one_request_are_not_equal() -> None:
    with StubServer() as server:
        ask(judge(server, samples=5))
        assert server.requests == 5
        assert sorted(body["seed"] for body in server.bodies) == [0, 1, 2, 3, 4]
        assert {body["temperature"] for body in server.bodies} == {1.0}


def test_it_works_inside_a_running_loop_and_in_threads() -> None:
    with StubServer() as server:
        model = judge(server)

        async def inside() -> list[float | None]:
            direct = ask(model, 3).values
            others = await asyncio.gather(*(asyncio.to_thread(ask, model, 3) for _ in range(4)))
            assert all(other.values == direct for other in others)
            return list(direct)

        assert None not in asyncio.run(inside())


def test_nothing_asked_is_nothing_answered() -> None:
    with StubServer() as server:
        assert ask(judge(server), 0).values == []
        assert server.requests == 0


def test_a_dry_run_counts_and_sends_nothing() -> None:
    with StubServer() as server:
        call = calling(server, dry_run=True, prices=PRICES, key="NOT_SET_ANYWHERE")
        found = ask(judge(server, call, samples=3, critique=True, max_tokens=10), 7)
        assert server.requests == 0
    assert found.reasons == ["dry run"] * 7
    assert call.usage.calls == 7 * 3 * 2
    assert call.usage.completion_tokens == 420
    assert call.usage.cost == pytest.approx((call.usage.prompt_tokens * 1 + 420 * 1000) / 1e6)


def test_a_dry_run_counts_equal_requests_once() -> None:
    with StubServer() as server:
        call = calling(server, dry_run=True)
        judge(server, call)({"prompt": ["p"] * 9, "completion": ["a"] * 9})
    assert call.usage.calls == 1


def test_memory_does_not_grow_with_the_requests() -> None:
    with StubServer(keep=False, reply=said("Score: 3")) as server:
        model = judge(server, calling(server, concurrency=16))
        ask(model, 200)
        tracemalloc.start()
        peaks = []
        for count, name in ((100, "few"), (500, "many")):
            given = columns(count, name)
            gc.collect()
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            model(given)
            peaks.append(tracemalloc.get_traced_memory()[1] - before)
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 400 * 3000  # what is kept of a reply, not its connection or its messages


def test_a_calling_goes_to_other_processes() -> None:
    with StubServer() as server:
        call = calling(server)
        ask(judge(server, call))
        other = pickle.loads(pickle.dumps(call))  # noqa: S301  our own bytes
        assert ask(judge(server, other)).reasons == [None]


@pytest.mark.parametrize(
    "wrong",
    [{"concurrency": 0}, {"deadline": 0}, {"max_calls": -1}, {"max_cost": float("nan")}, {"attempts": "3"},
     {"allow": "https://x.example"}, {"requests_per_minute": 0.5}, {"max_missing": -0.1}],
    ids=str,
)  # fmt: skip
def test_what_a_caller_may_not_ask_for_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises(CallError, match=next(iter(wrong))):
        Calling(**wrong)  # type: ignore[arg-type]


def test_the_signature_of_a_score_needs_a_scale() -> None:
    with StubServer() as server, pytest.raises(CallError, match="needs a scale"):
        judge(server, of=signature(high=float("inf")))


def test_an_own_reader_gives_a_value_a_reply() -> None:
    with StubServer() as server, pytest.raises(CallError, match="made 1 values of 3 replies"):
        ask(judge(server, reply=lambda _: [1.0]), 3)


def test_what_a_caller_interrupts_is_left_and_others_are_not() -> None:
    with StubServer(latency=0.3) as server:
        call = calling(server, concurrency=2)
        model = judge(server, call)
        engine = engine_of(call)

        async def stop(at: int) -> None:
            raise KeyError(at)

        with pytest.raises(KeyError):
            engine.each(3, stop, "x")
        assert ask(model, 2).reasons == [None, None]


def test_a_program_that_ends_says_nothing(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom rewardlang.models.calling import Calling\nfrom tests.models.judges import ask, judge\n"
        "model = judge(None, Calling(url=sys.argv[1], cache=sys.argv[2], progress=True))\nprint(ask(model, 5).reasons)"
    )
    with StubServer() as server:
        command = [sys.executable, "-W", "error", "-c", program, server.url, str(tmp_path / "c")]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout == "[None, None, None, None, None]\n"
    assert run.stderr == ""


def test_a_bar_is_shown_at_a_terminal_only(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with bar("judge", 2, wanted=True) as advance:
        advance()
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with bar("judge", 2, wanted=True) as advance:
        advance()
        advance()
    out, err = capsys.readouterr()
    assert out == ""
    assert "judge" in err


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_makes_its_own_calls() -> None:
    program = (
        "import os, sys\nfrom rewardlang.models.calling import Calling\nfrom tests.models.judges import ask, judge\n"
        "model = judge(None, Calling(url=sys.argv[1]))\nask(model)\n"
        "child = os.fork()\n"
        "if child == 0:\n    os._exit(0 if ask(model, 3).reasons == [None] * 3 else 1)\n"
        "print(os.waitpid(child, 0)[1])"
    )
    with StubServer() as server:
        command = [sys.executable, "-c", program, server.url]
        run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        assert run.stdout == "0\n"
        assert server.requests == 4  # what was asked before is asked again, by a process that has its own connections


def test_an_engine_is_collected_wherever_the_collector_runs(tmp_path: Path) -> None:
    """Also where a pool of threads holds its lock: closing the cache there and then would wait for ever."""
    with StubServer() as server:
        model = judge(server, calling(server, cache=tmp_path / "c"))
        held = [model]
        del model
        ask(held[0])

        def collect() -> None:
            with concurrent.futures.thread._global_shutdown_lock:  # type: ignore[attr-defined]
                held.clear()
                gc.collect()

        thread = threading.Thread(target=collect, daemon=True)
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
