"""The server as a process: its socket, its signals, its end."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

import uvicorn

from rewardlang.diagnostics import CallError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

BACKLOG = 2048
KEEP_ALIVE = 75
"""Seconds that a connection may be idle: longer than clients keep theirs, who would lose a request that they send just
when the server closes it."""
GRACE = 60
"""Seconds in which what was accepted is finished when the server ends."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that accepts connections; port 0 is one that is free.

    Raises:
        CallError: the address is in use, or is none of this machine.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CallError(f"cannot listen on `{host}`, port {port}: {reason}") from None


def url_of(listening: socket.socket) -> str:
    """Where it is."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server_of(app: ASGIApp) -> uvicorn.Server:
    """The server; `run(sockets=[…])` serves until `should_exit`, and then finishes what was accepted."""
    return uvicorn.Server(
        uvicorn.Config(
            app, http="h11", ws="none", lifespan="off", log_config=None, access_log=False, server_header=False,
            proxy_headers=False, backlog=BACKLOG, timeout_keep_alive=KEEP_ALIVE, timeout_graceful_shutdown=GRACE,
        )
    )  # fmt: skip


def run(app: ASGIApp, listening: socket.socket, announce: Callable[[], None]) -> None:
    """Serve until SIGTERM or Ctrl+C; `announce` is called as soon as either ends the server in order."""
    server = server_of(app)

    def end(*_: object) -> None:
        server.should_exit = True

    # uvicorn has its own handler while it serves, and raises the signal again when it has finished.
    before = signal.signal(signal.SIGTERM, end)
    try:
        announce()
        server.run(sockets=[listening])
    finally:
        signal.signal(signal.SIGTERM, before)
