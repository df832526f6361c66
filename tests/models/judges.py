"""Judges for tests: one of two texts, called as a test says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.models.calling import Calling
from rewardlang.models.chat import open_chat
from rewardlang.models.signature import ModelSignature

if TYPE_CHECKING:
    from rewardlang.backend.answers import Answering, Answers
    from rewardlang.models.stub.server import StubServer

FIELDS = (("prompt", "text", False), ("completion", "text", False))


def signature(result: str = "float", low: float = 0, high: float = 5, fields: Any = FIELDS) -> ModelSignature:
    return ModelSignature("judge", fields, result, low, high)


def calling(server: StubServer, **changes: Any) -> Calling:
    return Calling(**{"url": server.url, "progress": False, **changes})


def judge(
    server: StubServer, call: Calling | None = None, of: ModelSignature | None = None, **options: Any
) -> Answering:
    return open_chat(of or signature(), {"model": "m", **options}, call or calling(server))


def columns(count: int, prefix: str = "answer") -> dict[str, list[str]]:
    return {"prompt": ["say one two three"] * count, "completion": [f"{prefix} {at}" for at in range(count)]}


def ask(model: Answering, count: int = 1) -> Answers:
    return model(columns(count))


def said(text: str) -> Any:
    """A judge that always says the same."""
    return lambda _: text
