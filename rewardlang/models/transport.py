"""One exchange over HTTP: what is sent, how much is read, and what each way to fail is called."""

from __future__ import annotations

import ssl
import time
from email.utils import parsedate_to_datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import msgspec

from rewardlang.diagnostics import CallError
from rewardlang.models import failure
from rewardlang.models.failure import Failure, http_status

if TYPE_CHECKING:
    import httpx

    from rewardlang.models.keys import Secret

_HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
_PACKAGES = ("httpx", "tenacity", "aiolimiter")
_CONNECT = 10.0


def require_packages() -> None:
    """The packages of the extra `models`, or what to do about it."""
    lacking = [name for name in _PACKAGES if find_spec(name) is None]
    if lacking:
        raise CallError(f"calling models needs {', '.join(lacking)}: pip install 'rewardlang[models]'")


class Transport:
    """The connections of one engine, a client each: a pool of many looks through all of them at every request.

    No proxy is used, no environment read, and no redirect followed.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._context = ssl.create_default_context()
        self._idle: list[httpx.AsyncClient] = []
        self._all: list[httpx.AsyncClient] = []

    def _client(self) -> httpx.AsyncClient:
        if self._idle:
            return self._idle.pop()
        import httpx

        client = httpx.AsyncClient(
            verify=self._context,
            timeout=httpx.Timeout(None, connect=_CONNECT),
            limits=httpx.Limits(max_connections=1),
            follow_redirects=False,
            trust_env=False,
        )
        self._all.append(client)
        return client

    async def close(self) -> None:
        """Close all connections; none is in use."""
        for client in self._all:
            await client.aclose()

    async def post(self, url: str, content: bytes, key: Secret | None) -> Any:
        """The JSON that the server answers with."""
        import httpx

        headers = _HEADERS if key is None else _HEADERS | key.header()
        client = self._client()
        try:
            async with client.stream("POST", url, content=content, headers=headers) as response:
                if response.status_code != 200:
                    raise http_status(response.status_code, _retry_after(response.headers.get("Retry-After")))
                return _decoded(await self._body(response))
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise Failure(failure.NO_CONNECTION, again=True) from None
        except (httpx.TransportError, httpx.StreamError):
            raise Failure(failure.CUT, again=True) from None
        except (httpx.InvalidURL, httpx.HTTPError):
            raise Failure(failure.INVALID) from None
        finally:
            client.cookies.clear()
            self._idle.append(client)

    async def _body(self, response: httpx.Response) -> bytes:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise Failure(failure.INVALID)
        body = bytearray()
        async for chunk in response.aiter_raw():
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
