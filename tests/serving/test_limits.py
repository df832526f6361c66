"""Bodies that are malformed, huge or slow; callers without the token; more requests than there is room for."""

from __future__ import annotations

import base64
import itertools
import json
import logging
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rewardlang.serving.bodies import Limits
from tests.serving.conftest import COLUMNS, running, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rewardlang import Reward
    from tests.serving.conftest import Judge, Running

DEEP = 100_000
HUGE = 100_000_000
GOOD = {"columns": COLUMNS}


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"", 400, "the body is no JSON: Expecting value: line 1 column 1 (char 0)"),
        (b'{"columns": {', 400, "the body is no JSON: Expecting property name"),
        (b'{"rows": [{"a": 1e5,}]}', 400, "the body is no JSON: "),
        (b"\xff\xfe", 400, "the body is no UTF-8, from byte 0 on"),
        (b'{"rows": ' + b"[" * DEEP + b"]" * DEEP + b"}", 400, "the body is nested too deep"),
        (b'{"rows": [{"word": ' + b"9" * 5000 + b"}]}", 400, "the body is no JSON: Exceeds the limit"),
        (b"[1]", 422, "the body does not fit: Expected `object`, got `array`"),
        (b'{"rows": [{}, 3]}', 422, "the body does not fit: Expected `object`, got `int` - at `$.rows[1]`"),
        (b'{"rowz": []}', 422, "the body does not fit: Object contains unknown field `rowz`"),
        (b"{}", 422, "a request has either `columns` or `rows`"),
        (b'{"rows": [], "columns": {}}', 422, "a request has either `columns` or `rows`"),
        (b'{"columns": {"completion": "cat"}}', 422, "Expected `array`, got `str`"),
        (b'{"rows": [{}]}', 422, "the column `completion` is missing"),
        (b'{"rows": [{"completion": "a", "wrd": "b"}]}', 422, "the column `word` is missing (the column `wrd` is not used"),
        (b'{"columns": {"completion": ["a"], "word": []}}', 422, "column `word` has 0 samples, but column `completion` has 1"),
        (b'{"rows": [{"completion": "a", "word": "b", "x": 1}]}', 422, "`asked` has no field `x`"),
        (b'{"columns": {"completion": ["a", "b"], "word": ["c", 7]}}', 422, "column `word`, sample 1: "),
        (b'{"columns": {"completion": ["a"], "word": ["\\ud800"], "bonus": ["\\ud800"]}}', 422, "column `bonus`, sample 0: "),
    ],
)  # fmt: skip
def test_a_mistake_is_one_clear_error(server: Running, body: bytes, status: int, message: str) -> None:
    told = server.client.post("/score", content=body)
    assert (told.status_code, told.headers["content-type"]) == (status, "application/json")
    assert set(told.json()) == {"error"}
    assert message in told.json()["error"]
    assert len(told.json()["error"]) < 600


@pytest.mark.parametrize("depth", [100, 500, 900])
def test_a_nested_value_is_refused_whether_or_not_it_can_be_read(server: Running, depth: int) -> None:
    value = b"[" * depth + b"]" * depth
    told = server.client.post(
        "/score", content=b'{"columns": {"completion": ["a"], "word": ["b"], "bonus": [' + value + b"]}}"
    )
    assert told.status_code in {400, 422}
    assert len(told.json()["error"]) < 600


def test_numbers_that_are_none_make_missing_scores_and_answers_are_strict(server: Running) -> None:
    body = b'{"columns": {"completion": ["a", "a", "a", "\\ud800"], "word": ["a", "a", "a", "a"], "bonus": [NaN, -Infinity, 1e999, 0]}}'
    told = server.client.post("/score", content=body)

    def refuse(text: str) -> None:
        raise AssertionError(text)

    assert json.loads(told.text, parse_constant=refuse)["totals"] == [None, None, None, 0.5]


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**65), 2**65), st.floats(), st.text(st.characters(), max_size=9)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner), max_leaves=6
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(completion=VALUES, word=VALUES, bonus=VALUES, prompt=VALUES)
def test_no_value_is_a_fault_of_the_server(
    server: Running, completion: Any, word: Any, bonus: Any, prompt: Any
) -> None:
    row = {"completion": completion, "word": word, "bonus": bonus}
    bodies = {
        "/score": {"rows": [row, {"completion": "cat", "word": "cat", "bonus": 0}], "terms": True},
        "/openrlhf": {"query": ["cat"], "prompts": [""], "labels": [row]},
        "/slime": {"prompt": prompt, "response": "cat", "label": row},
    }
    for path, body in bodies.items():
        told = server.client.post(path, content=json.dumps(body).encode())
        assert told.status_code in {200, 422}
        msgspec.json.decode(told.content)


def test_a_mistake_of_one_is_nobody_elses(server: Running) -> None:
    bodies: list[Any] = [GOOD, {"columns": {**COLUMNS, "bonus": ["x"] * 5}}] * 12
    with ThreadPoolExecutor(12) as pool:
        codes = list(pool.map(lambda body: server.post("/score", body).status_code, bodies))
    assert codes == [200, 422] * 12


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/score", 405), ("POST", "/scor", 404)])
def test_other_paths_and_methods(server: Running, method: str, path: str, status: int) -> None:
    told = server.client.request(method, path)
    assert told.status_code == status
    assert "see /openapi.json" in told.json()["error"]


# --- size and time ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(reward: Reward) -> Iterator[Running]:
    with running(reward, body=Limits(10_000, 0.3)) as started:
        yield started


def test_a_large_body_is_refused_by_its_length(small: Running) -> None:
    told = small.client.post("/score", content=b" " * HUGE)
    assert (told.status_code, told.json()) == (413, {"error": "the body is larger than 10,000 bytes"})


def test_a_large_body_without_a_length_is_refused_and_not_kept(small: Running) -> None:
    told = small.client.post("/score", content=itertools.repeat(b" " * 10_000, HUGE // 10_000))
    assert told.status_code == 413
    assert held(small) == 0


def test_a_huge_body_within_the_limit_is_scored(reward: Reward) -> None:
    with running(reward, body=Limits(2 * HUGE, 60.0)) as large:
        text = b"a dog " * (HUGE // 6) + b"cat"
        told = large.client.post("/score", content=b'{"rows": [{"completion": "%s", "word": "cat"}]}' % text)
        assert (told.status_code, told.json()["totals"]) == (200, [1.0])
        assert large.post("/score", GOOD).status_code == 200


def test_a_body_of_the_largest_size_is_read(small: Running) -> None:
    body = json.dumps(GOOD).encode()
    assert small.client.post("/score", content=body + b" " * (10_000 - len(body))).status_code == 200
    assert small.client.post("/score", content=body + b" " * (10_001 - len(body))).status_code == 413


def test_a_slow_body_is_given_up(small: Running) -> None:
    with socket.create_connection(("127.0.0.1", small.port)) as slow:
        slow.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        start = time.monotonic()
        answer = b"".join(iter(lambda: slow.recv(4096), b""))
        assert 0.2 < time.monotonic() - start < 5
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert answer.endswith(b'{"error":"the body did not arrive within 0.3 seconds"}')
    assert held(small) == 0


def test_a_caller_that_leaves_holds_nothing(small: Running) -> None:
    with socket.create_connection(("127.0.0.1", small.port)) as left:
        left.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        until(lambda: small.service._admission.under_way == 1)
    until(lambda: small.service._admission.under_way == 0)
    assert held(small) == 0


def held(server: Running) -> int:
    until(lambda: server.service._admission.under_way == 0)
    return server.service._admission._held


# --- back-pressure ---------------------------------------------------------------------------------------------------


@contextmanager
def waiting(server: Running, requests: int, body: Callable[[int], Any]) -> Iterator[list[Any]]:
    """Requests under way, whose answers are there when it ends."""
    with ThreadPoolExecutor(requests) as pool:
        asked = [pool.submit(server.post, "/score", body(number)) for number in range(requests)]
        until(lambda: server.service._admission.under_way == requests)
        answers: list[Any] = []
        yield answers
        answers += [one.result() for one in asked]


def test_a_full_queue_says_when_to_come_again(judged: Reward, judge: Judge) -> None:
    with running(judged, queue=3) as full:
        with waiting(full, 3, lambda number: {"columns": {"completion": ["a" * number]}}) as answers:
            refused = full.post("/score", {"columns": {"completion": ["b"]}})
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert refused.json() == {"error": "the server is full: 3 requests are waiting"}
            assert full.get("/health").json() == {"status": "ok"}
            assert "rewardlang_queue_requests 3.0" in full.get("/metrics").text
            judge.may.set()
        assert [answer.json()["totals"] for answer in answers] == [[0], [pytest.approx(0.1)], [pytest.approx(0.2)]]
        assert full.post("/score", {"columns": {"completion": ["b"]}}).status_code == 200


def test_bodies_that_wait_are_bounded_together(judged: Reward, judge: Judge) -> None:
    size = 2_000
    with running(judged, queue=100, body=Limits(size, 10.0)) as full:
        with waiting(full, 32, lambda _: {"columns": {"completion": ["a" * (size - 60)]}}) as answers:
            refused = full.post("/score", {"columns": {"completion": ["a" * (size - 60)]}})
            assert refused.status_code == 503
            assert "the requests that wait hold" in refused.json()["error"]
            judge.may.set()
        assert {answer.status_code for answer in answers} == {200}
    assert judge.calls < 32


# --- the token -------------------------------------------------------------------------------------------------------


def test_a_token_is_asked_for_and_told_to_nobody(reward: Reward, caplog: pytest.LogCaptureFixture) -> None:
    secret = "s3cret-tökén"  # noqa: S105 - of this test alone
    token = secret.encode().decode("latin-1")
    with caplog.at_level(logging.DEBUG), running(reward, token=secret) as guarded:
        basic = base64.b64encode(f"any:{secret}".encode()).decode()
        ways = {
            f"Bearer {token}": 200, f"bearer {token}": 200, f"Basic {basic}": 200, f"Bearer {token}x": 401, "Bearer": 401,
            "Basic ???": 401, token: 401, f"Digest {token}": 401,
        }  # fmt: skip
        for header, status in ways.items():
            told = guarded.post("/score", GOOD, headers={b"authorization": header.encode("latin-1")})
            assert told.status_code == status, header
            assert "s3cret" not in told.text
        codes = {path: guarded.get(path).status_code for path in ("/", "/openapi.json", "/metrics", "/health", "/x")}
        assert codes == {"/": 401, "/openapi.json": 401, "/metrics": 401, "/health": 200, "/x": 401}
        assert guarded.post("/score", GOOD).headers["www-authenticate"] == "Bearer"
    assert "s3cret" not in caplog.text


def test_a_fault_of_the_server_is_logged_and_told_without_its_inside(
    reward: Reward, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with running(reward) as faulty:
        monkeypatch.setattr(type(faulty.service.scoring), "ask", lambda *_: 1 / 0)
        told = faulty.post("/score", GOOD)
    assert (told.status_code, told.json()) == (500, {"error": "this is a fault of the server, which has logged it"})
    assert "ZeroDivisionError" in caplog.text
