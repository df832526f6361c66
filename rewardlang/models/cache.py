"""Replies of earlier runs, in a file that several processes may share. Each is written when it arrives."""

from __future__ import annotations

import logging
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rewardlang.diagnostics import CallError

_LOGGER = logging.getLogger("rewardlang")
_BUSY = 5.0
"""Seconds that one process waits for another to finish writing."""
_PAUSE = 0.01
"""Seconds between two tries to open a file."""


class Cache:
    """A table of replies by key. A fault of it costs calls, not answers; it is logged once and counted.

    SQLite is used from one thread of its own, so that a slow disk does not stop the calls under way.
    """

    def __init__(self, path: str | Path) -> None:
        self.faults = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rewardlang-cache")
        try:
            self._connection = self._thread.submit(_opened, Path(path)).result()
        except (sqlite3.Error, OSError) as error:
            self._thread.shutdown()
            raise CallError(f"the cache `{path}` cannot be used: {error}") from None

    @property
    def thread(self) -> ThreadPoolExecutor:
        """Where `get` and `put` run."""
        return self._thread

    def get(self, key: bytes) -> bytes | None:
        """What was put there, by this or another process."""
        try:
            row = self._connection.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error as error:
            self._note(error)
            return None
        return row[0] if row is not None and isinstance(row[0], bytes) else None

    def put(self, key: bytes, reply: bytes) -> None:
        """Keep a reply; once this returns, it outlives the process."""
        try:
            self._connection.execute("INSERT OR REPLACE INTO replies VALUES (?, ?)", (key, reply))
        except sqlite3.Error as error:
            self._note(error)

    def close(self) -> None:
        """Let the file go, after what is still to be written."""
        try:
            self._thread.submit(self._connection.close)
        except RuntimeError:  # the interpreter ends, and its threads have ended before
            self._connection.close()
        self._thread.shutdown(wait=False)

    def _note(self, error: sqlite3.Error) -> None:
        self.faults += 1
        if self.faults == 1:
            _LOGGER.warning("the cache of replies does not work, and calls are made again: %s", error)


def _opened(path: Path) -> sqlite3.Connection:
    """The table, though other processes open it too: SQLite does not wait where several make a new file their own."""
    until = time.monotonic() + _BUSY
    while True:
        try:
            return _connect(path)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(_PAUSE)


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # replies quote what was judged
    connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("CREATE TABLE IF NOT EXISTS replies (key BLOB PRIMARY KEY, reply BLOB) WITHOUT ROWID")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
