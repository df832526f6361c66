"""One request to a server and what is kept of its reply."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

_VERSION = 1
"""Of what the cache keeps: another one does not find the replies of this one."""

_TEMPLATE = 64
"""Tokens that a chat template may add of its own: a default system text, the date."""

_CHARACTERS = 4
"""Bytes of a token, about."""

_IMAGE = re.compile(rb'"data:image/[^"]*"')
_TOKENS_OF_IMAGE = 1_500
"""Of an image, about: servers count by its size in pixels, and not by its bytes."""


class ToolCall(msgspec.Struct, frozen=True):
    """A call of a tool that a judge asks for; `arguments` should be a JSON object."""

    name: str
    arguments: str


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a server said: a text, or a number of a reward server.

    `token` and `tops` are the place in the text where a word of yes or no stands: the token that was chosen there, and
    the likeliest ones with their log-probabilities. `calls` are the tools that it asks for before it says more.
    """

    text: str = ""
    number: float | None = None
    token: str | None = None
    tops: list[tuple[str, float]] | None = None
    truncated: bool = False
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    calls: list[ToolCall] | None = None

    @property
    def size(self) -> int:
        """Characters."""
        return len(self.text) + sum(len(call.name) + len(call.arguments) for call in self.calls or ())

    def mapped(self, change: Callable[[str], str]) -> Reply:
        """The same with every text changed."""
        calls = self.calls and [ToolCall(change(call.name), change(call.arguments)) for call in self.calls]
        return msgspec.structs.replace(self, text=change(self.text), calls=calls)


@dataclass(frozen=True, eq=False)
class Request:
    """What is sent to `url`. `kind`, `sample` and `ask` tell requests apart that are equal otherwise.

    `most_output` is the most tokens that the server may write: 0 where it writes no text.
    """

    model: str
    url: str
    body: dict[str, Any]
    kind: str
    read: Callable[[Any], Reply]
    sample: int = 0
    ask: int = 0
    most_output: int = 0

    def encoded(self) -> bytes:
        """The body, as JSON."""
        return msgspec.json.encode(self.body)

    def key(self, content: bytes) -> bytes:
        """All that determines the reply, in 32 bytes."""
        rest = msgspec.json.encode([_VERSION, self.url, self.model, self.kind, self.sample, self.ask])
        return blake2b(len(rest).to_bytes(4, "big") + rest + content, digest_size=32).digest()

    def most_tokens(self, content: bytes) -> tuple[int, int]:
        """Tokens in and out at most: none is shorter than a byte."""
        return len(content) + _TEMPLATE, self.most_output

    def likely_tokens(self, content: bytes) -> tuple[int, int]:
        """Tokens in, about, and out at most."""
        images = _IMAGE.findall(content) if b'"data:image/' in content else []
        texts = len(content) - sum(map(len, images))
        return -(-texts // _CHARACTERS) + _TOKENS_OF_IMAGE * len(images), self.most_output
