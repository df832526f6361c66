"""Against a server that fails as real ones do: each request is answered or missing with its reason, in time."""

from __future__ import annotations

import socket
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardlang.diagnostics import CallError
from rewardlang.models.calling import Calling
from rewardlang.models.stub.server import FAULTS, StubServer
from rewardlang.models.transport import _retry_after
from tests.models.judges import ask, calling, judge, said, signature

if TYPE_CHECKING:
    from collections.abc import Callable

REASONS = {
    "500": "http 500",
    "404": "http 404",
    "429": "rate limited",
    "hang": "timeout",
    "cut": "connection cut",
    "drip": "timeout",
    "invalid": "invalid response",
    "not completions": "invalid response",
    "huge": "response too large",
    "redirect": "not allowed: redirected",
    "scale": "out of scale",
    "empty": "empty reply",
}


def always(fault: str | None) -> Callable[[int, dict[str, Any]], str | None]:
    return lambda _number, _body: fault


def test_every_fault_has_its_reason() -> None:
    assert set(FAULTS) <= set(REASONS)


@pytest.mark.parametrize("fault", REASONS)
def test_a_fault_that_stays_is_missing_with_its_reason_in_time(fault: str) -> None:
    with StubServer(faults=always(fault)) as server:
        call = calling(server, deadline=1.0, attempts=2)
        start = time.monotonic()
        found = ask(judge(server, call))
        took = time.monotonic() - start
    assert found.values == [None]
    assert found.reasons == [REASONS[fault]]
    assert took < 1.5 * judge_asks(fault)
    assert call.usage.missing == {REASONS[fault]: 1}


def judge_asks(fault: str) -> int:
    return 2 if fault == "empty" else 1  # a reply that cannot be read is asked for once more, with its own deadline


@pytest.mark.parametrize("fault", ["500", "429", "cut", "invalid", "not completions"])
def test_a_fault_that_passes_is_tried_again(fault: str) -> None:
    with StubServer(faults=[fault]) as server:
        call = calling(server)
        assert ask(judge(server, call)).reasons == [None]
        assert server.requests == call.usage.calls == 2
        assert call.usage.retries == 1


@pytest.mark.parametrize("fault", ["404", "huge", "redirect"])
def test_a_fault_that_stays_is_not_tried_again(fault: str) -> None:
    with StubServer(faults=[fault]) as server:
        assert ask(judge(server)).values == [None]
        assert server.requests == 1


def test_a_server_says_when_to_come_again() -> None:
    with StubServer(faults=["429"], retry_after="1") as server:
        start = time.monotonic()
        assert ask(judge(server)).reasons == [None]
        assert time.monotonic() - start >= 1


def test_a_wait_beyond_the_deadline_is_not_waited_for() -> None:
    with StubServer(faults=always("429"), retry_after="3600") as server:
        start = time.monotonic()
        assert ask(judge(server, calling(server, deadline=20))).reasons == ["rate limited"]
        assert time.monotonic() - start < 10
        assert server.requests == 1


def test_all_faults_together_leave_every_request_answered_or_explained() -> None:
    kinds = ["500", "429", "cut", "invalid", "scale", "empty", "hang", None, None]
    with StubServer(faults=lambda number, _body: kinds[number % len(kinds)]) as server:
        call = calling(server, deadline=1.0, attempts=3)
        found = ask(judge(server, call), 90)
    assert all(
        (value is None) == (reason is not None) for value, reason in zip(found.values, found.reasons, strict=True)
    )
    assert {reason for reason in found.reasons if reason} <= set(REASONS.values())
    assert call.usage.answered == sum(value is not None for value in found.values) > 0
    assert call.usage.missing == Counter(reason for reason in found.reasons if reason)


def test_no_server_is_a_reason() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with StubServer() as server:
        model = judge(server, Calling(url=url, attempts=1, deadline=2.0))
        assert ask(model).reasons == ["no connection"]


def test_waiting_for_a_turn_is_not_part_of_the_deadline() -> None:
    with StubServer(latency=0.2) as server:
        found = ask(judge(server, calling(server, concurrency=1, deadline=0.6)), 8)
    assert found.reasons == [None] * 8


def test_too_many_missing_are_the_callers_to_know() -> None:
    with StubServer(faults=always("404")) as server:
        with pytest.raises(CallError, match=r"3 of 3 requests.*most often: http 404 \(3\)"):
            ask(judge(server, calling(server, max_missing=0.5)), 3)
        assert ask(judge(server, calling(server, max_missing=1.0)), 3).values == [None] * 3


def test_a_reply_that_cannot_be_read_is_asked_for_once_more_and_no_oftener() -> None:
    with StubServer(reply=said("I cannot say.")) as server:
        assert ask(judge(server)).reasons == ["unreadable reply"]
        assert server.requests == 2
        assert ask(judge(server, attempts=5, seed=None)).reasons == ["unreadable reply"]
        assert server.requests == 7


def test_a_score_out_of_the_scale_is_not_asked_away() -> None:
    with StubServer(reply=said("Score: 7")) as server:
        assert ask(judge(server)).reasons == ["out of scale"]
        assert server.requests == 1


def test_an_own_reader_is_asked_in_batches_until_it_can_read() -> None:
    seen: list[int] = []

    def read(texts: Any) -> list[float | None]:
        seen.append(len(texts))
        return [float(text) if text != "?" else None for text in texts]

    def reply(body: dict[str, Any]) -> str:
        return "<think>hm</think> 3" if body["seed"] > 0 or body["messages"][-1]["content"].count("answer 0") else "?"

    with StubServer(reply=reply) as server:
        found = ask(judge(server, of=signature(low=-9, high=9), reply=read, attempts=3), 4)
    assert found.values == [3.0] * 4
    assert seen == [4, 3]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(None, 0), ("120", 120), ("9" * 50, 999_999_999), ("soon", 0), ("-5", 0), ("١", 0), ("", 0), ("1.5", 0),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("Wed, 99 Oct 2015 07:28:00 GMT", 0)],
)  # fmt: skip
def test_when_to_come_again(value: str | None, seconds: float) -> None:
    assert _retry_after(value) == seconds


def test_when_to_come_again_as_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert _retry_after(later) == pytest.approx(100, abs=5)


@given(st.text())
def test_every_header_is_a_time(value: str) -> None:
    assert _retry_after(value) >= 0
