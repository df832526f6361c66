"""Judges with tools for tests: what they call is scripted, and what the tools told them is read off their requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rewardlang.models.chat import open_chat
from rewardlang.models.stub.server import StubServer
from tests.models.judges import calling, signature

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rewardlang.models.calling import Calling

DOCUMENT = (("prompt", "text", False), ("completion", "text", False), ("document", "text", False))
ROW = {"prompt": ["say one two"], "completion": ["one two"], "document": ["first\fsecond\fthird"]}


def judge(server: StubServer, *, call: Calling | None = None, **options: Any) -> Any:
    return open_chat(signature(fields=DOCUMENT), {"model": "m", "tools": ("page",), **options}, call or calling(server))


def calls(*made: tuple[str, Any]) -> dict[str, Any]:
    """A reply that calls tools."""
    return {"content": "", "tool_calls": [
        {"id": f"id{at}", "type": "function", "function": {
            "name": name, "arguments": given if isinstance(given, str) else json.dumps(given)}}
        for at, (name, given) in enumerate(made)
    ]}  # fmt: skip


def script(*replies: Any) -> Callable[[dict[str, Any]], Any]:
    """A judge that says one reply after the other; the last one for ever."""
    return lambda body: replies[min(sum(m["role"] == "assistant" for m in body["messages"]), len(replies) - 1)]


PAGE_2 = calls(("page", {"field": "document", "number": 2}))


def told(server: StubServer) -> list[str]:
    """What the tools told the judge, over the whole last conversation."""
    return [m["content"] for m in server.bodies[-1]["messages"] if m["role"] == "tool"]


def asked(
    reply: Any, *, tools: Mapping[str, Callable[..., Any]] | None = None, **options: Any
) -> tuple[Any, list[str]]:
    """The answers of a judge that calls as told and then gives 4, and what the tools told it."""
    named = tuple(tools or ("page", "text_check"))
    with StubServer(reply=script(reply, "Score: 4")) as server:
        answers = judge(server, call=calling(server, tools=tools or {}), **{"tools": named, **options})(ROW)
        return answers, told(server)
