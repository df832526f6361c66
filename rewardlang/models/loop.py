"""One event loop in a thread of its own: calls can be made from a script, from threads and inside a running loop."""

from __future__ import annotations

import asyncio
import os
import threading


class _Background:
    """The loop of this process; a forked process starts its own."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="rewardlang-calls", daemon=True).start()
            return self._loop


_BACKGROUND = _Background()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_BACKGROUND.forget)


def background() -> asyncio.AbstractEventLoop:
    """The loop in which all calls of this process are made."""
    return _BACKGROUND.loop()
