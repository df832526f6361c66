"""The server as an ASGI application."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from rewardlang.diagnostics import CallError
from rewardlang.serving.admission import Admission
from rewardlang.serving.answers import Answer, Refused
from rewardlang.serving.bodies import Limits, decode, read
from rewardlang.serving.metrics import Metrics
from rewardlang.serving.openapi import document, page
from rewardlang.serving.plain import Plain
from rewardlang.serving.scoring import Scoring
from rewardlang.serving.trainers import Naming, of_trainers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from rewardlang.backend.reward import Reward
    from rewardlang.serving.endpoints import Endpoint
    from rewardlang.serving.scoring import Block

LARGE = 2**18
"""Bytes: a larger body is read in a thread, because all other requests would wait for it."""

HEALTH, METRICS, DOCUMENT, PAGE = "/health", "/metrics", "/openapi.json", "/"


@dataclass(frozen=True)
class Settings:
    """How a reward is served.

    Attributes:
        params: values of params other than their defaults.
        group: the column of `/score` that is equal for the samples of one prompt.
        naming: what holds for the trainers' paths.
        queue: requests that may be under way at once.
        body: the limits of a body.
        token: what callers must show; None: nothing.
    """

    params: Mapping[str, Any]
    group: str | None
    naming: Naming
    queue: int
    body: Limits
    token: str | None


class Service:
    """A reward behind paths. `refused` says of paths that are not served why.

    Raises:
        CallError: the reward cannot be served, or a setting does not fit it.
    """

    def __init__(self, reward: Reward, settings: Settings) -> None:
        self._settings = settings
        self._admission = Admission(settings.queue, settings.body.size)
        self.metrics = Metrics(reward, lambda: self._admission.under_way)
        self.scoring = Scoring(reward, settings.params, self.metrics.scored)
        plain = Plain(reward, settings.group, compares=self.scoring.compares)
        of_their_own, self.refused = of_trainers(reward, settings.naming)
        self._endpoints: list[Endpoint] = [plain, *of_their_own]
        self._document = document(reward, self._endpoints)

    def app(self) -> ASGIApp:
        """The application."""
        scoring = [Route(one.path, partial(self._score, one), methods=["POST"]) for one in self._endpoints]
        absent = [
            Route(path, partial(_absent, reason), methods=["POST"], name=path) for path, reason in self.refused.items()
        ]
        own = [
            Route(HEALTH, self._health), Route(METRICS, self._metrics), Route(DOCUMENT, self._openapi),
            Route(PAGE, self._page),
        ]  # fmt: skip
        inner = Starlette(
            routes=[*scoring, *absent, *own],
            exception_handlers={
                HTTPException: _no_route,
                Refused: _refused,
                ClientDisconnect: _left,
                Exception: _failed,
            },
        )
        paths = {*(one.path for one in self._endpoints), *self.refused, HEALTH, METRICS, DOCUMENT, PAGE}
        return Front(inner, self.metrics, self._settings.token, paths)

    async def _score(self, endpoint: Endpoint, request: Request) -> Response:
        with self._admission.place() as place:
            body = await read(request, self._settings.body, place)
            try:
                if len(body) > LARGE:
                    asked, block = await asyncio.to_thread(_read, endpoint, body)
                else:
                    asked, block = _read(endpoint, body)
                return Answer(endpoint.told(asked, await self.scoring.ask(block)))
            except CallError as error:
                raise Refused(422, str(error)) from None
            except RecursionError:
                raise Refused(400, "the body is nested too deep") from None

    async def _health(self, _: Request) -> Response:
        return Answer({"status": "ok"})

    async def _metrics(self, _: Request) -> Response:
        return Response(self.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    async def _openapi(self, _: Request) -> Response:
        return Answer(self._document)

    async def _page(self, _: Request) -> Response:
        nothing = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return HTMLResponse(page(self._document), headers=nothing)


class Front:
    """What every request passes first and last: the token, and the count of what is answered."""

    def __init__(self, inner: ASGIApp, metrics: Metrics, token: str | None, paths: set[str]) -> None:
        self._inner, self._metrics, self._token, self._paths = inner, metrics, token, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        start = time.perf_counter()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                path = scope["path"] if scope["path"] in self._paths else "other"
                self._metrics.answered(path, message["status"], time.perf_counter() - start)
            await send(message)

        await self._chosen(scope)(scope, receive, sending)

    def _chosen(self, scope: Scope) -> ASGIApp:
        if self._token is None or scope["path"] == HEALTH or _shows(Request(scope), self._token):
            return self._inner
        return Refused(
            401, "show the token: `Authorization: Bearer TOKEN`", {"WWW-Authenticate": "Bearer"}, unread=True
        ).response()


def _shows(request: Request, token: str) -> bool:
    """Whether a request has the token: as a bearer's, or as the password of a url, which trainers can be given."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    given = shown.strip().encode("latin-1", "replace")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).partition(b":")[2]
        except binascii.Error:
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given, token.encode())


def _read(endpoint: Endpoint, body: bytes) -> tuple[Any, Block]:
    asked = decode(body, endpoint.asked)
    return asked, endpoint.block(asked)


async def _absent(reason: str, _: Request) -> Response:
    raise Refused(404, reason, unread=True)


async def _no_route(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = {404: "there is no such path", 405: "this path takes another method"}.get(status, "it is refused")
    headers = error.headers if isinstance(error, HTTPException) else None
    return Refused(status, f"{message}; see {DOCUMENT}", headers, unread=True).response()


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - registered for it alone
    return error.response()


async def _left(_request: Request, _error: Exception) -> Response:
    """Nobody reads this; the number, which is no standard's, is for the metrics."""
    return Answer({}, 499)


async def _failed(_request: Request, _error: Exception) -> Response:
    """The server logs what it was."""
    return Refused(500, "this is a fault of the server, which has logged it", unread=True).response()
