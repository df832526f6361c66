"""Completions and prompts as texts: plain ones, or the messages of a chat."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

KEEP, STRIP = "keep", "strip"

_SPECIAL = re.compile(
    r"<\|[^<>|\s]{1,40}\|>"  # <|im_end|>, <|eot_id|>, <|endoftext|>
    r"|<\uff5c[^<>\uff5c\s]{1,40}\uff5c>"  # the same in fullwidth signs
    r"|</?s>|<(?:pad|bos|eos|unk)>|\[(?:PAD|CLS|SEP|BOS|EOS)\]|</?(?:start|end)_of_turn>"
)
"""Tokens by which tokenizers mark turns and ends. No tag that a model is asked to write is among them."""


def said(completion: Any) -> Any:
    """What the model wrote: the text of its messages in their order, a line each; never that of a tool.

    A text stays what it is. What is neither stays too: the reward's types say what is wrong with it.
    """
    if not _is_chat(completion):
        return completion
    messages = [completion] if isinstance(completion, Mapping) else completion
    own = [content(message) for message in messages if message.get("role", "assistant") == "assistant"]
    return "\n".join(text for text in own if text)


def asked(prompt: Any) -> Any:
    """What the model was asked: a text, or the text of the last message of the user."""
    if not _is_chat(prompt):
        return prompt
    messages = [prompt] if isinstance(prompt, Mapping) else prompt
    users = [content(message) for message in messages if message.get("role", "user") == "user"]
    return users[-1] if users else ""


def content(message: Mapping[str, Any]) -> str:
    """The text of one message; of a content in parts, that of the parts which are text."""
    found = message.get("content")
    if isinstance(found, str):
        return found
    if not isinstance(found, Sequence):
        return ""
    parts = [part if isinstance(part, str) else _part(part) for part in found]
    return "".join(part for part in parts if part)


def without_special(text: Any) -> Any:
    """A text without the tokens by which tokenizers mark turns and ends."""
    return _SPECIAL.sub("", text) if isinstance(text, str) else text


def _part(part: Any) -> str:
    text = part.get("text") if isinstance(part, Mapping) else None
    return text if isinstance(text, str) else ""


def _is_chat(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "content" in value or "role" in value
    chat = isinstance(value, Sequence) and not isinstance(value, str | bytes)
    return chat and all(isinstance(message, Mapping) for message in value)
