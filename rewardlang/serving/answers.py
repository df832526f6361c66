"""Answers in strict JSON: no NaN, no lone surrogates."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

LINGER = 1.0
"""Seconds in which the rest of a refused body is thrown away, so that its sender can read why it was refused."""


class Refused(Exception):  # noqa: N818 - what happened, as the caller is told
    """A request is answered with an error.

    `unread`: its body may not have been read to its end.
    """

    def __init__(
        self, status: int, message: str, headers: Mapping[str, str] | None = None, *, unread: bool = False
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.headers, self.unread = status, message, dict(headers or {}), unread

    def response(self) -> Response:
        """What the caller gets."""
        kind = _Unread if self.unread else Answer
        return kind({"error": _clean(self.message)}, self.status, self.headers)


class Answer(Response):
    """A value as JSON; a number that is not finite is null."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The bytes of a value."""
        return msgspec.json.encode(content)


class _Unread(Answer):
    """An answer to a request whose body is still coming: the connection ends with it.

    To close at once would reset the connection, and the sender would not see the answer.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        headers = [*self.raw_headers, (b"connection", b"close")]
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                while (await receive()).get("more_body"):
                    pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _clean(text: str) -> str:
    """A text without what UTF-8 cannot hold: messages quote what callers sent."""
    return text.encode("utf-8", "replace").decode()
