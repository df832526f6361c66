"""Real servers on free ports of this machine, in threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import rewardlang
from rewardlang.serving.app import Service, Settings
from rewardlang.serving.bodies import Limits
from rewardlang.serving.running import listen, server_of, url_of
from rewardlang.serving.trainers import Naming

if TYPE_CHECKING:
    import uvicorn

SPEC = """\
param brevity: float in 0..1 = 0.5

reward asked(completion: text, word: text, bonus: float? = 0) -> float? in 0..3 {
    return sum {
        outcome right: if contains(completion, word) then 1 else 0
        short: if length(completion) < 20 then 1 else 0 weight brevity
        extra: clip(bonus, 0..1)
    }
}
"""
GROUPED = """\
reward best(completion: text) -> score { sum { longest: length(completion) >= max(length(completion) over group) } }
"""
BATCHED = """\
reward best(completion: text) -> score { sum { longest: length(completion) >= max(length(completion) over batch) } }
"""
JUDGED = """\
model judge(completion: text) -> score?
reward judged(completion: text) -> float? { sum { mark: judge(completion) } }
"""
COLUMNS: dict[str, list[Any]] = {
    "completion": ["a cat", "a dog", "", "there are cats and dogs and birds here", "cat"],
    "word": ["cat", "cat", "cat", "cat", "dog"],
    "bonus": [0.0, 0.5, 0.0, 1.0, None],
}
"""The last has no score: its bonus is missing."""


@dataclass(frozen=True)
class Running:
    """A server that runs."""

    url: str
    service: Service
    server: uvicorn.Server
    client: httpx.Client

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def post(self, path: str, value: Any, **options: Any) -> httpx.Response:
        return self.client.post(path, json=value, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)


Serving = Callable[..., AbstractContextManager[Running]]


@contextmanager
def running(reward: rewardlang.Reward, *, port: int = 0, **options: Any) -> Iterator[Running]:
    """A server; `options` are those of `Settings`."""
    given: dict[str, Any] = {
        "params": {}, "group": None, "naming": Naming(), "queue": 1024, "body": Limits(2**20, 10.0), "token": None,
    }  # fmt: skip
    service = Service(reward, Settings(**{**given, **options}))
    listening = listen("127.0.0.1", port)
    url, server = url_of(listening), server_of(service.app())
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="server")
    thread.start()
    try:
        with httpx.Client(base_url=url, timeout=30, verify=False, trust_env=False) as client:  # noqa: S501 - plain http
            yield Running(url, service, server, client)
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


def until(holds: Callable[[], bool]) -> None:
    """Wait for what happens in another thread."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


class Judge:
    """A model that waits until it may answer."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.calls = 0

    def __call__(self, completion: list[str]) -> list[float | None]:
        self.calls += 1
        assert self.may.wait(20)
        return [min(len(text) / 10, 1.0) for text in completion]


@pytest.fixture(scope="package")
def reward() -> rewardlang.Reward:
    return rewardlang.compile(SPEC)


@pytest.fixture(scope="package")
def server(reward: rewardlang.Reward) -> Iterator[Running]:
    """One that all tests may ask."""
    with running(reward) as started:
        yield started


@pytest.fixture
def judge() -> Iterator[Judge]:
    found = Judge()
    yield found
    found.may.set()


@pytest.fixture
def judged(judge: Judge) -> rewardlang.Reward:
    return rewardlang.compile(JUDGED, models={"judge": judge})
