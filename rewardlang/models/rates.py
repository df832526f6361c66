"""Requests and tokens a minute."""

from __future__ import annotations

from asyncio import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiolimiter import AsyncLimiter

MINUTE = 60.0


class Rate:
    """At most `rate` of something in any minute, first come first served: a second's worth at once, the rest evenly."""

    def __init__(self, rate: float) -> None:
        from aiolimiter import AsyncLimiter

        self._burst = max(1.0, rate / MINUTE)
        even = rate - self._burst if rate > self._burst else rate
        self._limiter: AsyncLimiter = AsyncLimiter(self._burst, MINUTE * self._burst / even)
        self._turn = Lock()

    async def acquire(self, amount: float = 1.0) -> None:
        """Wait until `amount` more is within the rate."""
        async with self._turn:
            while amount > 0:
                part = min(amount, self._burst)
                await self._limiter.acquire(part)
                amount -= part
