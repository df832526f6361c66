"""The end of a server, another in its place, and the command itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from rewardlang.diagnostics import CallError
from rewardlang.serving.running import listen, url_of
from tests.serving.conftest import COLUMNS, SPEC, running, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewardlang import Reward
    from tests.serving.conftest import Judge

ROOT = Path(__file__).parents[2]
GONE = (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError)


def test_another_server_takes_the_place_of_one_under_load(reward: Reward) -> None:
    """Every answer is right, or there is none because the connection is."""
    expected = reward(COLUMNS, on_invalid="missing").tolist()
    right, refused, wrong = [0] * 3, [0] * 3, []
    over, round_ = threading.Event(), [0]

    def ask(url: str) -> None:
        with httpx.Client(base_url=url, timeout=30, verify=False, trust_env=False) as client:  # noqa: S501 - plain http
            while not over.is_set():
                try:
                    told = client.post("/score", json={"columns": COLUMNS})
                except GONE:
                    refused[round_[0]] += 1
                    time.sleep(0.01)
                    continue
                if (told.status_code, told.json().get("totals")) != (200, expected):
                    wrong.append(told.text)
                right[round_[0]] += 1

    listening = listen("127.0.0.1", 0)
    url, port = url_of(listening), listening.getsockname()[1]
    listening.close()
    threads = [threading.Thread(target=ask, args=(url,)) for _ in range(8)]
    try:
        for number in range(2):
            with running(reward, port=port):
                if number == 0:
                    [thread.start() for thread in threads]  # type: ignore[func-returns-value]
                until(lambda number=number: right[number] >= 40)  # type: ignore[misc]
                round_[0] = number + 1
    finally:
        over.set()
        [thread.join() for thread in threads]  # type: ignore[func-returns-value]
    assert wrong == []
    assert refused[1] > 0


def test_what_was_accepted_is_finished(judged: Reward, judge: Judge) -> None:
    answers: list[Any] = []
    with running(judged) as ending:
        body = {"columns": {"completion": ["abc"]}}
        asking = threading.Thread(target=lambda: answers.append(ending.post("/score", body)))
        asking.start()
        until(lambda: judge.calls == 1)
        ending.server.should_exit = True
        until(lambda: refuses(ending.port))
        judge.may.set()
        asking.join()
    assert answers[0].json()["totals"] == [pytest.approx(0.3)]


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "asked.rwd").write_text(SPEC)
    words = ["serve", "asked.rwd:asked", "--port", "0", "--set", "brevity=0.25", "--token-env", "REWARD_TOKEN"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "REWARD_TOKEN": "s3cret"}
    started = subprocess.Popen(
        [sys.executable, "-m", "rewardlang", *words], cwd=tmp_path, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with started:
        yield started
        started.kill()


def test_the_command_prints_its_url_and_ends_by_a_signal(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stderr is not None
    url = process.stdout.readline().strip()
    assert url.startswith("http://127.0.0.1:")
    with httpx.Client(base_url=url.replace("http://", "http://any:s3cret@"), trust_env=False) as client:
        assert client.post("/score", json={"columns": COLUMNS}).json()["totals"][0] == 1.25
    assert httpx.get(url + "/metrics").status_code == 401
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert process.stdout.read() == ""
    assert process.stderr.read() == ""


def test_an_address_in_use_is_one_error() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(CallError, match="address already in use"):
        listen("127.0.0.1", taken.getsockname()[1])
