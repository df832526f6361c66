"""What may be under way at once: what is beyond it is told to come again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rewardlang.serving.answers import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

RETRY_AFTER = 1
"""Seconds: the queue is short, so that it is soon another."""
BODIES = 32
"""Bodies of the largest size that are held at once."""


class Admission:
    """Counts the requests that were accepted and not yet answered, and the bytes of their bodies.

    Args:
        requests: how many there may be.
        size: the largest size of a body; all bodies together may have `BODIES` times that.
    """

    def __init__(self, requests: int, size: int) -> None:
        self._most, self._held_at_most = requests, size * BODIES
        self._held = self.under_way = 0

    @contextmanager
    def place(self) -> Iterator[Place]:
        """A place for a request, as long as it is under way.

        Raises:
            Refused: 503, there is none.
        """
        if self.under_way >= self._most:
            raise _full(f"{self.under_way:,} requests are waiting")
        self.under_way += 1
        place = Place(self)
        try:
            yield place
        finally:
            self.under_way -= 1
            self._held -= place.size

    def hold(self, size: int) -> None:
        """Count bytes of a body.

        Raises:
            Refused: 503, those that wait hold too many.
        """
        if self._held + size > self._held_at_most:
            raise _full(f"the requests that wait hold {self._held:,} bytes")
        self._held += size


class Place:
    """That of one request."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self.size = 0

    def grow(self, size: int) -> None:
        """Count bytes of the request's body."""
        self._admission.hold(size)
        self.size += size


def _full(why: str) -> Refused:
    return Refused(503, f"the server is full: {why}", {"Retry-After": str(RETRY_AFTER)}, unread=True)
