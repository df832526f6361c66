"""The calls of one run: its limits, its one retry layer, its budget, its cache, and no request twice.

A request goes through: the same request under way, the cache, its turn (concurrency, then rates), then the deadline, in
which it is tried until it succeeds; each try is within the budget.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from rewardlang.models import failure
from rewardlang.models.budget import Budget
from rewardlang.models.cache import Cache
from rewardlang.models.failure import Failure
from rewardlang.models.keys import Secret, key_of
from rewardlang.models.loop import background
from rewardlang.models.origins import origin
from rewardlang.models.progress import bar
from rewardlang.models.rates import Rate
from rewardlang.models.request import Reply, Request
from rewardlang.models.transport import Transport, require_packages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence

    from tenacity import RetryCallState

    from rewardlang.models.calling import Calling

    Batches = Callable[[Sequence[Request]], Iterator[Mapping[int, float | Failure]]]

T = TypeVar("T")

FIRST_WAIT, LONGEST_WAIT = 0.25, 10.0
"""Seconds between tries where the server does not say."""

MOST_RECENT, LONGEST_RECENT = 4096, 4096
"""Replies that are kept in memory, and the characters of one: what is asked twice in a run is not paid twice."""


class Engine:
    """Makes the calls of all models that are opened with one `Calling`."""

    def __init__(self, calling: Calling) -> None:
        self.usage = calling.usage
        self._dry = calling.dry_run
        self._deadline = calling.deadline
        self._attempts = calling.attempts
        self._concurrency = calling.concurrency
        self._progress = calling.progress and not calling.dry_run
        self._limited = calling.max_cost is not None
        self._prices = {model: calling.price(model) for model in calling.prices}
        self._keys: dict[str, Secret | None] = {}
        self._key_names, self._origins = calling.key, calling.origins
        self._slots = asyncio.Semaphore(calling.concurrency)
        self._budget = Budget(calling.max_calls, calling.max_cost, calling.usage)
        self._cache = None if calling.cache is None else Cache(calling.cache)
        self._under_way: dict[bytes, asyncio.Task[Reply]] = {}
        self._recent: OrderedDict[bytes, Reply] = OrderedDict()
        self._planned: set[bytes] = set()
        self._here = asyncio.Lock()
        self.process = os.getpid()
        self.loop = background()
        if not calling.dry_run:
            require_packages()
            self._requests = _rate(calling.requests_per_minute)
            self._tokens = _rate(calling.tokens_per_minute)
            self._transport = Transport(calling.response_bytes)
            weakref.finalize(self, _close, self.loop, self._transport, self._cache)

    def open_origin(self, place: str) -> None:
        """Read the key of an origin now, so that one that is not set is known before the first call."""
        if place not in self._keys:
            self._keys[place] = None if self._dry else key_of(place, self._key_names, self._origins)

    def each(self, count: int, one: Callable[[int], Awaitable[T]], label: str) -> list[T]:
        """The results of `one(0)` to `one(count - 1)`, as many under way at once as calls may be."""
        with bar(label, count, wanted=self._progress) as advance:
            return self._finished(self._each(count, one, advance))

    def batched(self, requests: Sequence[Request], run: Batches, label: str) -> list[Reply | Failure]:
        """The replies of a model that runs on this machine, kept ones first.

        `run` gets the other requests, each once, and gives batch after batch what its requests came to, by their
        places. A batch counts its requests as calls; rates and deadlines are of servers.
        """
        with bar(label, len(requests), wanted=self._progress) as advance:
            return self._finished(self._batched(requests, run, advance))

    def _finished(self, work: Coroutine[Any, Any, T]) -> T:
        made = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return made.result()
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        except BaseException:
            made.cancel()
            raise

    async def _each(self, count: int, one: Callable[[int], Awaitable[T]], advance: Callable[[], None]) -> list[T]:
        results: dict[int, T] = {}
        places = iter(range(count))

        async def work(places: Iterator[int]) -> None:
            for place in places:
                results[place] = await one(place)
                advance()

        async with asyncio.TaskGroup() as group:
            for _ in range(min(count, self._concurrency)):
                group.create_task(work(places))
        return [results[place] for place in range(count)]

    async def _batched(
        self, requests: Sequence[Request], run: Batches, advance: Callable[[], None]
    ) -> list[Reply | Failure]:
        outcomes: dict[bytes, Reply | Failure] = {}
        waiting: dict[bytes, Request] = {}
        keys: list[bytes] = []
        async with self._here:  # what two threads ask is computed once
            for request in requests:
                content = request.encoded()
                keys.append(key := request.key(content))
                if key in outcomes or key in waiting:
                    self.usage.shared += 1
                elif (known := await self._before_batch(request, content, key)) is None:
                    waiting[key] = request
                else:
                    outcomes[key] = known
                    advance()
            order = list(waiting)
            batches = run(list(waiting.values()))
            while (batch := await asyncio.to_thread(next, batches, None)) is not None:
                for place, value in batch.items():
                    outcomes[order[place]] = await self._of_batch(waiting[order[place]], order[place], value)
                    advance()
        return [outcomes[key] for key in keys]

    async def _before_batch(self, request: Request, content: bytes, key: bytes) -> Reply | Failure | None:
        """What a request comes to without the model; None where the model has to run."""
        kept = await self._kept(key)
        if kept is not None:
            self.usage.from_cache += 1
            return kept
        if self._dry:
            return self._planning(request, content, key)
        try:
            await self._budget.reserve(0.0)
        except Failure as error:
            return error
        return None

    async def _of_batch(self, request: Request, key: bytes, value: float | Failure) -> Reply | Failure:
        if isinstance(value, Failure):
            return value
        try:
            reply = request.read(value)
        except Failure as error:
            return error
        await self._keep(key, reply)
        return reply

    async def ask(self, request: Request) -> Reply:
        """The reply to one request. Raises `Failure`."""
        content = request.encoded()
        key = request.key(content)
        known = self._under_way.get(key)
        if known is None:
            known = asyncio.create_task(self._ask(request, content, key))
            self._under_way[key] = known
            known.add_done_callback(lambda task: self._forget(key, task))
        else:
            self.usage.shared += 1
        return await asyncio.shield(known)  # a caller that gives up does not take the others' reply away

    def _forget(self, key: bytes, task: asyncio.Task[Reply]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()

    async def _ask(self, request: Request, content: bytes, key: bytes) -> Reply:
        kept = await self._kept(key)
        if kept is not None:
            self.usage.from_cache += 1
            return kept
        if self._dry:
            raise self._planning(request, content, key)
        async with self._slots:
            await self._turn(request, content)
            await self._budget.reserve(self._most(request, content))
            reply = await self._within_deadline(request, content)
        await self._keep(key, reply)
        return reply

    async def _kept(self, key: bytes) -> Reply | None:
        if key in self._recent:
            self._recent.move_to_end(key)
            return self._recent[key]
        if self._cache is None:
            return None
        found = await self.loop.run_in_executor(self._cache.thread, self._cache.get, key)
        try:
            return None if found is None else msgspec.json.decode(found, type=Reply)
        except msgspec.MsgspecError:
            return None

    async def _keep(self, key: bytes, reply: Reply) -> None:
        if reply.size <= LONGEST_RECENT:
            self._recent[key] = reply
            if len(self._recent) > MOST_RECENT:
                self._recent.popitem(last=False)
        if self._cache is not None:
            await self.loop.run_in_executor(self._cache.thread, self._cache.put, key, msgspec.json.encode(reply))
            self.usage.cache_faults = self._cache.faults

    def _planning(self, request: Request, content: bytes, key: bytes) -> Failure:
        """Count a call that would be made, once."""
        if key not in self._planned:
            self._planned.add(key)
            tokens_in, tokens_out = request.likely_tokens(content)
            self.usage.calls += 1
            self._count(request, tokens_in, tokens_out)
            self.usage.cost += self._cost(request, tokens_in, tokens_out)
        return Failure(failure.DRY_RUN)

    async def _turn(self, request: Request, content: bytes) -> None:
        if self._requests is not None:
            await self._requests.acquire()
        if self._tokens is not None:
            await self._tokens.acquire(sum(request.likely_tokens(content)))

    async def _within_deadline(self, request: Request, content: bytes) -> Reply:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._tried(request, content)
        except TimeoutError:
            raise Failure(failure.TIMEOUT) from None

    async def _tried(self, request: Request, content: bytes) -> Reply:
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, stop_before_delay

        tries = AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, Failure) and error.again),
            wait=_Wait(),
            stop=stop_after_attempt(self._attempts) | stop_before_delay(self._deadline),
            reraise=True,
        )
        async for attempt in tries:
            with attempt:
                if attempt.retry_state.attempt_number > 1:
                    self.usage.retries += 1
                    await self._turn(request, content)
                    await self._budget.reserve(self._most(request, content))
                return await self._once(request, content)
        raise AssertionError  # the loop ends with a reply or a failure

    async def _once(self, request: Request, content: bytes) -> Reply:
        most = cost = self._most(request, content)
        try:
            key = self._keys[origin(request.url)]
            reply = request.read(await self._transport.post(request.url, content, key))
            cost = self._settled(request, reply, content)
        except Failure as error:
            if error.reason in _FREE:
                cost = 0.0
            raise
        finally:
            await self._budget.settle(most, cost)
        return reply if key is None else reply.mapped(key.redacted)

    def _settled(self, request: Request, reply: Reply, content: bytes) -> float:
        tokens_in, tokens_out = request.most_tokens(content)
        tokens_in = tokens_in if reply.prompt_tokens is None else reply.prompt_tokens
        tokens_out = tokens_out if reply.completion_tokens is None else reply.completion_tokens
        self._count(request, tokens_in, tokens_out)
        return self._cost(request, tokens_in, tokens_out)

    def _count(self, request: Request, tokens_in: int, tokens_out: int) -> None:
        if request.most_output:
            self.usage.prompt_tokens += tokens_in
            self.usage.completion_tokens += tokens_out

    def _most(self, request: Request, content: bytes) -> float:
        return self._cost(request, *request.most_tokens(content))

    def _cost(self, request: Request, tokens_in: int, tokens_out: int) -> float:
        price = self._prices.get(request.model)
        return 0.0 if price is None else tokens_in * price[0] + tokens_out * price[1]


_FREE = frozenset({failure.NO_CONNECTION, failure.RATE_LIMITED})
"""Ways to fail in which a server has certainly made nothing that costs."""


class _Wait:
    """Seconds until the next try: what the server asks for, else twice as long each time, never in step with others."""

    def __init__(self) -> None:
        from tenacity import wait_random_exponential

        self._grow = wait_random_exponential(FIRST_WAIT, LONGEST_WAIT)

    def __call__(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return max(error.after if isinstance(error, Failure) else 0.0, self._grow(state))


def _rate(rate: float | None) -> Rate | None:
    return None if rate is None else Rate(rate)


def _close(loop: asyncio.AbstractEventLoop, transport: Transport, cache: Cache | None) -> None:
    """The engine is no longer reachable, so that none of its calls is under way.

    The collector of garbage may run this in the middle of anything, such as a lock being held: it only leaves a note.
    """

    def close() -> None:
        _CLOSING.add(task := loop.create_task(transport.close()))
        task.add_done_callback(_CLOSING.discard)
        if cache is not None:
            cache.close()

    if loop.is_running():
        loop.call_soon_threadsafe(close)


_CLOSING: set[asyncio.Task[None]] = set()


_OPENING = threading.Lock()


def engine_of(calling: Calling) -> Engine:
    """The engine of this process for one `Calling`."""
    with _OPENING:
        found: Engine | None = getattr(calling, "_engine", None)
        if found is None or found.process != os.getpid():
            found = Engine(calling)
            object.__setattr__(calling, "_engine", found)  # no field: it is never compared, shown or pickled
        return found
