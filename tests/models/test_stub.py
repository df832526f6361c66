"""The stand-in as a command, and the calling side where its packages are not installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from rewardlang.diagnostics import CallError
from rewardlang.models import transport
from rewardlang.models.calling import Calling
from rewardlang.models.stub.server import MODEL, StubServer
from tests.models.judges import ask, calling, judge

ROOT = Path(__file__).parents[2]


def test_the_command_serves_until_it_is_ended() -> None:
    command = [sys.executable, "-u", "-m", "rewardlang", "judge-stub"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().strip()
        with urllib.request.urlopen(f"{url}/models") as response:  # noqa: S310  the stand-in's own
            assert [model["id"] for model in json.load(response)["data"]] == [MODEL]
        with StubServer() as server:
            found = ask(judge(server, Calling(url=url)), 3)
        assert found.reasons == [None] * 3
        process.terminate()
        assert "knows nothing" in process.stderr.read()


def test_the_same_request_has_the_same_reply() -> None:
    with StubServer() as one, StubServer() as other:
        assert ask(judge(one), 5).values == ask(judge(other), 5).values


@pytest.mark.parametrize(
    "sent", [b"", b"\x00\xff\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"GET\r\n\r\n"]
)
def test_what_is_no_request_ends_its_connection(sent: bytes) -> None:
    import socket

    with StubServer() as server:
        with socket.create_connection(("127.0.0.1", int(server.root.rpartition(":")[2])), timeout=5) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100) == b""
        assert ask(judge(server)).reasons == [None]


def test_packages_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "find_spec", lambda name: None if name == "tenacity" else name)
    with StubServer() as server:
        with pytest.raises(CallError, match=r"needs tenacity: pip install 'rewardlang\[models\]'"):
            judge(server)
        assert ask(judge(server, calling(server, dry_run=True))).reasons == ["dry run"]


def test_neither_the_models_nor_the_stand_in_load_what_calls() -> None:
    program = (
        "import sys, rewardlang.models.chat, rewardlang.models.http, rewardlang.models.stub.server\n"
        "print([name for name in ('httpx', 'tenacity', 'aiolimiter', 'rich', 'jax') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
