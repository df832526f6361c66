"""The stand-in's server: OpenAI-compatible, deterministic, on this machine only; it fails as real ones do if asked."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rewardlang.models.stub.judging import judge, log_probabilities, tool_call
from rewardlang.models.stub.protocol import Answered, Asked, json_response, read_request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

MODEL = "rewardlang-judge-stub"
HOST = "127.0.0.1"

FAULTS = ("500", "429", "hang", "cut", "drip", "invalid", "not completions", "huge", "redirect", "scale", "empty")
"""Ways to fail: a status; silence; a connection closed in the middle; a body that drips; one that is no JSON, or not
that of a completion, or endless; another address; a score out of every scale; a reply without text."""


class StubServer:
    """A stand-in judge for tests and for trying things out; `with StubServer() as server:` runs it in a thread.

    Attributes:
        latency: seconds before each reply.
        faults: how the first requests fail, None for one that does not; or a function of the request's number and body.
        reply: another judge: the text of a reply from the body of a request, or its message with `tool_calls`.
        follows: obey instructions that stand outside of frames.
        log_probabilities: give them where they are asked for.
        retry_after: what a 429 says.
        requests, bodies, headers, most: how many came, what they held, and how many were under way at once.
    """

    def __init__(
        self, *, latency: float = 0.0,
        faults: Sequence[str | None] | Callable[[int, dict[str, Any]], str | None] = (),
        reply: Callable[[dict[str, Any]], str | dict[str, Any]] | None = None, follows: bool = False,
        log_probabilities: bool = True, retry_after: str | None = None, port: int = 0, keep: bool = True,
    ) -> None:  # fmt: skip
        self.latency = latency
        self.faults = faults
        self.reply = reply
        self.follows = follows
        self.log_probabilities = log_probabilities
        self.retry_after = retry_after
        self.requests = 0
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.most = 0
        self._under_way = 0
        self._keep = keep
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._connections: set[asyncio.Task[Any]] = set()

    @property
    def url(self) -> str:
        """What a chat model takes."""
        return f"http://{HOST}:{self._port}/v1"

    @property
    def root(self) -> str:
        """Where reward servers are."""
        return f"http://{HOST}:{self._port}"

    async def listen(self) -> asyncio.Server:
        """Start to accept connections, in the running loop."""
        server = await asyncio.start_server(self._connection, HOST, self._port, backlog=1024)
        self._port = server.sockets[0].getsockname()[1]
        return server

    def __enter__(self) -> StubServer:  # noqa: PYI034  final by use
        self._server = self._loop.run_until_complete(self.listen())
        self._thread = threading.Thread(target=self._loop.run_forever, name="judge-stub", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await asyncio.sleep(0)  # transports close in the next turn

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        with suppress(OSError, asyncio.CancelledError):
            while (asked := await read_request(reader)) is not None and await self._answer(asked, writer):
                await writer.drain()
        writer.close()

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on."""
        if asked.method == "GET":
            known = {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "rewardlang"}]}
            writer.write((json_response(known) if asked.path == "/v1/models" else _unknown()).encoded())
            return True
        try:
            body = json.loads(asked.body)
        except ValueError:
            writer.write(json_response({"error": {"message": "no JSON"}}, 400).encoded())
            return True
        number = self.requests
        self.requests += 1
        if self._keep:
            self.bodies.append(body)
            self.headers.append(asked.headers)
        self._under_way += 1
        self.most = max(self.most, self._under_way)
        try:
            return await self._respond(asked, body, self._fault(number, body), writer)
        finally:
            self._under_way -= 1

    def _fault(self, number: int, body: dict[str, Any]) -> str | None:
        if callable(self.faults):
            return self.faults(number, body)
        return self.faults[number] if number < len(self.faults) else None

    async def _respond(
        self, asked: Asked, body: dict[str, Any], fault: str | None, writer: asyncio.StreamWriter
    ) -> bool:
        if self.latency:
            await asyncio.sleep(self.latency)
        if fault == "hang":
            await asyncio.sleep(3600)
        if fault in {"cut", "drip", "huge"}:
            await _broken(fault, writer)
            return False
        writer.write(self._response(asked, body, fault).encoded())
        return True

    def _response(self, asked: Asked, body: dict[str, Any], fault: str | None) -> Answered:
        if fault is not None and fault.isdecimal():
            after = {"Retry_After": self.retry_after} if self.retry_after is not None else {}
            return json_response({"error": {"message": "as asked"}}, int(fault), **after)
        if fault == "redirect":
            return json_response({}, 307, Location="http://127.0.0.1:9/v1/chat/completions")
        if fault == "invalid":
            return Answered(b'{"choices": [{"message": {"content": "Sco')
        if fault == "not completions":
            return json_response({"choices": []})
        if asked.path == "/v1/chat/completions":
            try:
                return json_response(self._completion(body, fault))
            except (KeyError, TypeError, AttributeError, IndexError):
                return json_response({"error": {"message": "no chat completion"}}, 400)
        return reward(asked.path, body) or _unknown()

    def _completion(self, body: dict[str, Any], fault: str | None) -> dict[str, Any]:
        message = self._message(body, fault)
        text = message["content"]
        choice: dict[str, Any] = {"index": 0, "message": {"role": "assistant", **message}}
        choice["finish_reason"] = "tool_calls" if message.get("tool_calls") else "stop"
        if body.get("logprobs") and self.log_probabilities:
            choice["logprobs"] = log_probabilities(text)
        sizes = sum(len(str(message.get("content")).split()) for message in body["messages"]), len(text.split())
        used = {"prompt_tokens": sizes[0], "completion_tokens": sizes[1], "total_tokens": sum(sizes)}
        return {"id": "stub", "object": "chat.completion", "model": MODEL, "choices": [choice], "usage": used}

    def _message(self, body: dict[str, Any], fault: str | None) -> dict[str, Any]:
        if fault in {"scale", "empty"}:
            return {"content": "Score: 1000000" if fault == "scale" else ""}
        if self.reply is not None:
            said = self.reply(body)
            return {"content": said} if isinstance(said, str) else said
        call = tool_call(body)
        if call is not None:
            return {"content": "", "tool_calls": [call]}
        return {"content": judge(body, follows=self.follows)}


def reward(path: str, body: dict[str, Any]) -> Answered | None:
    """The reward servers' protocols, with the number of characters as the reward."""
    if path == "/classify" and "input" in body:
        data = [{"index": 0, "label": "LABEL_0", "probs": [len(body["input"][0])], "num_classes": 1}]
        return json_response({"object": "list", "data": data})
    if path == "/classify":
        return json_response([{"embedding": [len(text)]} for text in body["text"]])
    if path == "/score":
        data = [{"index": 0, "object": "score", "score": len(body["text_2"]) - len(body["text_1"])}]
        return json_response({"object": "list", "data": data})
    if path == "/get_reward":
        return json_response({"rewards": [len(query) for query in body["query"]]})
    return None


def _unknown() -> Answered:
    return json_response({"error": {"message": "there is no such path"}}, 404)


async def _broken(fault: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\n\r\n{")
    if fault == "huge":
        for _ in range(1000):
            writer.write(b" " * 100_000)
            await writer.drain()
    while fault == "drip":
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)
