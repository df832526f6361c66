"""What was answered once is not asked again: by another run, after a run that was killed, or by another process."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from rewardlang.diagnostics import CallError
from rewardlang.models.cache import Cache
from rewardlang.models.stub.server import StubServer
from tests.models.judges import ask, calling, judge, said, signature

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import json, sys
from rewardlang.models.calling import Calling
from tests.models.judges import ask, signature
from rewardlang.models.chat import open_chat
call = Calling(url=sys.argv[1], cache=sys.argv[2], concurrency=4)
found = ask(open_chat(signature(), {"model": "m"}, call), int(sys.argv[3]))
print(json.dumps([list(found.values), call.usage.calls, call.usage.from_cache]))
"""


def start(server: StubServer, cache: Path, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, server.url, str(cache), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_second_run_makes_no_call(tmp_path: Path) -> None:
    with StubServer() as server:
        first = calling(server, cache=tmp_path / "deep" / "cache.sqlite")
        values = ask(judge(server, first), 30).values
        second = calling(server, cache=tmp_path / "deep" / "cache.sqlite")
        assert ask(judge(server, second), 30).values == values
        assert server.requests == 30
        assert (second.usage.calls, second.usage.from_cache) == (0, 30)


def test_failures_are_asked_again_by_a_second_run(tmp_path: Path) -> None:
    with StubServer(faults=["404"]) as server:
        assert ask(judge(server, calling(server, cache=tmp_path / "c"))).reasons == ["http 404"]
        assert ask(judge(server, calling(server, cache=tmp_path / "c"))).reasons == [None]
        assert server.requests == 2


def test_a_reply_that_cannot_be_read_is_kept_as_the_answer_that_it_is(tmp_path: Path) -> None:
    with StubServer(reply=said("no")) as server:
        for _ in range(2):
            assert ask(judge(server, calling(server, cache=tmp_path / "c"))).reasons == ["unreadable reply"]
        assert server.requests == 2


@pytest.mark.parametrize(
    "changed",
    [{"model": "n"}, {"seed": 1}, {"temperature": 0.5}, {"max_tokens": 7}, {"reply": "json"}, {"frame": "none"},
     {"critique": True}],
    ids=str,
)  # fmt: skip
def test_whatever_determines_the_reply_is_in_the_key(changed: dict[str, object], tmp_path: Path) -> None:
    with StubServer() as server:
        for options in ({}, changed):
            ask(judge(server, calling(server, cache=tmp_path / "c"), **options))  # type: ignore[arg-type]
        assert server.requests == 2 + bool(changed.get("critique"))


def test_another_server_is_another_judge(tmp_path: Path) -> None:
    with StubServer() as one, StubServer() as other:
        for server in (one, other):
            ask(judge(server, calling(server, cache=tmp_path / "c")))
        assert (one.requests, other.requests) == (1, 1)


def test_a_run_that_was_killed_goes_on(tmp_path: Path) -> None:
    cache, count = tmp_path / "c", 60
    with StubServer(latency=0.1) as server:
        run = start(server, cache, count)
        while server.requests < count // 3:
            time.sleep(0.02)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        server.latency = 0.0
        paid = server.requests
        output, _ = start(server, cache, count).communicate(timeout=60)
        values, calls, from_cache = json.loads(output)
        assert server.requests == paid + calls
        assert None not in values
        assert from_cache + calls == count
        assert from_cache >= paid - 2 * 4  # all but what was under way


def test_processes_share_a_file(tmp_path: Path) -> None:
    cache = tmp_path / "c"
    with StubServer(latency=0.01) as server:
        runs = [start(server, cache, 40) for _ in range(2)]
        told = [run.communicate(timeout=60)[0] for run in runs]
        outputs = [json.loads(each) for each in told]
        asked = server.requests
        assert outputs[0][0] == outputs[1][0]
        last = json.loads(start(server, cache, 40).communicate(timeout=60)[0])
        assert (last[0], last[1]) == (outputs[0][0], 0)
        assert server.requests == asked <= 80


def test_many_open_a_new_file_at_once(tmp_path: Path) -> None:
    count, rounds = 8, 50
    begin = Barrier(count, timeout=60)

    def opened(path: Path) -> Cache:
        begin.wait()
        return Cache(path)

    with ThreadPoolExecutor(count) as threads:
        for number in range(rounds):
            caches = list(threads.map(opened, [tmp_path / f"{number}"] * count))
            for cache in caches:
                cache.close()


def test_a_file_that_another_keeps_locked_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rewardlang.models.cache._BUSY", 0.1)
    with closing(sqlite3.connect(tmp_path / "c", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CallError, match="cannot be used: database is locked"):
            Cache(tmp_path / "c")


def test_a_file_that_is_no_cache_is_named(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("no database, but long enough to be taken for the head of one" * 9)
    with StubServer() as server, pytest.raises(CallError, match="cannot be used"):
        judge(server, calling(server, cache=tmp_path / "c"))


def test_a_cache_that_breaks_costs_calls_and_not_answers(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with StubServer() as server:
        call = calling(server, cache=tmp_path / "c")
        model = judge(server, call)
        with sqlite3.connect(tmp_path / "c") as other:
            other.execute("DROP TABLE replies")
        other.close()
        assert ask(model, 5).reasons == [None] * 5
    assert call.usage.cache_faults >= 5
    assert len([record for record in caplog.records if "the cache of replies" in record.message]) == 1


def test_a_damaged_reply_is_asked_for_again(tmp_path: Path) -> None:
    with StubServer() as server:
        ask(judge(server, calling(server, cache=tmp_path / "c")))
        with sqlite3.connect(tmp_path / "c") as other:
            other.execute("UPDATE replies SET reply = x'7b22'")
        other.close()
        assert ask(judge(server, calling(server, cache=tmp_path / "c"))).reasons == [None]
        assert server.requests == 2


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    Cache(tmp_path / "c").close()
    assert (tmp_path / "c").stat().st_mode & 0o077 == 0


def test_signatures_do_not_change_what_is_sent() -> None:
    with StubServer(reply=said("Score: 4")) as server:
        call = calling(server)
        assert ask(judge(server, call, signature("int"))).values == [4]
        assert ask(judge(server, call, signature(high=9))).values == [4.0]
        assert server.requests == 2  # another scale is another prompt
