"""Budgets that are never exceeded: what a call can cost at most is set aside before it is sent."""

from __future__ import annotations

from asyncio import Condition
from typing import TYPE_CHECKING

from rewardlang.models.failure import BUDGET, Failure

if TYPE_CHECKING:
    from rewardlang.models.usage import Usage


class Budget:
    """Calls and cost of a run. Where a call would fit if those under way cost less than they might, it waits."""

    def __init__(self, max_calls: int | None, max_cost: float | None, usage: Usage) -> None:
        self._max_calls = max_calls
        self._max_cost = max_cost
        self._usage = usage
        self._reserved = 0.0
        self._settled = Condition()

    async def reserve(self, most: float) -> None:
        """Set a call and `most` of the cost aside, or fail."""
        async with self._settled:
            while True:
                if self._max_calls is not None and self._usage.calls >= self._max_calls:
                    raise Failure(BUDGET)
                if self._max_cost is None or self._usage.cost + self._reserved + most <= self._max_cost:
                    break
                if not self._reserved:
                    raise Failure(BUDGET)
                await self._settled.wait()
            self._usage.calls += 1
            self._reserved += most

    async def settle(self, most: float, cost: float) -> None:
        """The call for which `most` was set aside came to `cost`."""
        self._usage.cost += cost
        self._reserved = max(0.0, self._reserved - most)
        async with self._settled:
            self._settled.notify_all()
