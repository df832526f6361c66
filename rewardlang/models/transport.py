"""One exchange over HTTP: what is sent, how much is read, and what each way to fail is called."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterable
from email.utils import parsedate_to_datetime
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import msgspec

from rewardlang.diagnostics import CallError
from rewardlang.models import failure
from rewardlang.models.failure import Failure, http_status

if TYPE_CHECKING:
    import httpx

    from rewardlang.models.keys import Secret

_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # what is small on the wire cannot grow here
    "User-Agent": "rewardlang",
}
_PACKAGES = ("httpx", "tenacity", "aiolimiter")
_TIMEOUTS = {"connect": 10.0, "read": None, "write": None, "pool": None}
"""Seconds. A request has one deadline for all that follows; the engine keeps it."""

_IDLE = 30.0
"""Seconds for which an unused connection stays open."""


def require_packages() -> None:
    """Load the packages of the extra `models`, before a deadline runs; or say how to get those that are missing."""
    lacking = [name for name in _PACKAGES if find_spec(name) is None]
    if lacking:
        raise CallError(f"calling models needs {', '.join(lacking)}: pip install 'rewardlang[models]'")
    for name in _PACKAGES:
        import_module(name)


class Transport:
    """The connections of one engine, each with a transport of its own: a pool of many looks through all each time.

    Below httpx's client nothing follows redirects, uses proxies, keeps cookies or reads the environment.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._context = ssl.create_default_context()
        self._idle: list[httpx.AsyncHTTPTransport] = []
        self._all: list[httpx.AsyncHTTPTransport] = []
        self._urls: dict[str, httpx.URL] = {}

    def _connection(self) -> httpx.AsyncHTTPTransport:
        if self._idle:
            return self._idle.pop()
        import httpx

        made = httpx.AsyncHTTPTransport(
            verify=self._context, trust_env=False, limits=httpx.Limits(max_connections=1, keepalive_expiry=_IDLE)
        )
        self._all.append(made)
        return made

    async def close(self) -> None:
        """Close all connections; none is in use."""
        for connection in self._all:
            await connection.aclose()

    async def post(self, url: str, content: bytes, key: Secret | None) -> Any:
        """The JSON that the server answers with."""
        import httpx

        connection = self._connection()
        try:
            response = await connection.handle_async_request(self._request(url, content, key))
            try:
                if response.status_code != 200:
                    raise http_status(response.status_code, _retry_after(response.headers.get("Retry-After")))
                return _decoded(await self._body(response))
            finally:
                await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise Failure(failure.NO_CONNECTION, again=True) from None
        except httpx.TransportError:
            raise Failure(failure.CUT, again=True) from None
        except httpx.InvalidURL:
            raise Failure(failure.INVALID) from None
        finally:
            self._idle.append(connection)

    def _request(self, url: str, content: bytes, key: Secret | None) -> httpx.Request:
        import httpx

        parsed = self._urls.get(url)
        if parsed is None:
            parsed = self._urls[url] = httpx.URL(url)
        headers = _HEADERS if key is None else _HEADERS | key.header()
        return httpx.Request("POST", parsed, headers=headers, content=content, extensions={"timeout": _TIMEOUTS})

    async def _body(self, response: httpx.Response) -> bytes:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise Failure(failure.INVALID)
        body = bytearray()
        assert isinstance(response.stream, AsyncIterable)  # noqa: S101  what an asynchronous transport gives
        async for chunk in response.stream:
            body += chunk
            if len(body) > self._most_bytes:
                raise Failure(failure.TOO_LARGE)
        return bytes(body)


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Failure(failure.INVALID, again=True) from None


def _retry_after(value: str | None) -> float:
    """Seconds to wait, from the two forms of the header; 0 where there is none that can be read."""
    if value is None:
        return 0.0
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0
