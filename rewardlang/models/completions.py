"""The protocol of chat completions: the body of a request, and what its response says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rewardlang.models import failure
from rewardlang.models.failure import Failure
from rewardlang.models.replies import is_answer
from rewardlang.models.request import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.models.messages import Message
    from rewardlang.models.options import ChatOptions

MOST_TOPS = 20
"""Log-probabilities of a place that servers give at most."""


def body(
    options: ChatOptions, messages: Sequence[Message], sample: int, ask: int, *, final: bool,
    tools: Sequence[dict[str, Any]] = (), offered: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """What is sent. Sampling is always said in full: a server's own defaults are not known to the cache.

    Tools that are not `offered` are named all the same: servers need them to read the calls that were made before.
    """
    made: dict[str, Any] = {"model": options.model, "messages": list(messages), "max_tokens": options.max_tokens}
    if options.temperature is not None:
        made["temperature"] = options.temperature
    if options.seed is not None:
        made["seed"] = options.seed + sample + ask * options.samples
    if final and options.kind == "yes_no":
        made |= {"logprobs": True, "top_logprobs": MOST_TOPS}
    if final and options.kind == "json":
        made["response_format"] = {"type": "json_object"}
    if tools:
        made |= {"tools": list(tools), "tool_choice": "auto" if offered else "none"}
    return made


def read(response: Any) -> Reply:
    """The reply in a response."""
    try:
        choice = response["choices"][0]
        message = choice["message"]
        text, calls = _text(message.get("content")), _calls(message.get("tool_calls"))
        token, tops = _place(choice.get("logprobs"))
        used = response.get("usage") or {}
        refused = bool(message.get("refusal")) or choice.get("finish_reason") == "content_filter"
        counts = _count(used.get("prompt_tokens")), _count(used.get("completion_tokens"))
    except (TypeError, KeyError, IndexError, AttributeError, ValueError):
        raise Failure(failure.INVALID, again=True) from None
    if refused:
        raise Failure(failure.REFUSED)
    return Reply(
        text=text, token=token, tops=tops, truncated=choice.get("finish_reason") == "length",
        prompt_tokens=counts[0], completion_tokens=counts[1], calls=calls,
    )  # fmt: skip


def _text(content: Any) -> str:
    """The text of a message: a text, or blocks, of which the first may be thinking or empty."""
    if content is None or isinstance(content, str):
        return content or ""
    texts = [block["text"] for block in content if block.get("type") in {"text", "output_text"}]
    return "".join(text for text in texts if isinstance(text, str))


def _calls(given: Any) -> list[ToolCall] | None:
    """The tool calls of a message. Arguments are a text by the protocol; some servers give the object itself."""
    made = []
    for call in given or ():
        name, arguments = call["function"]["name"], call["function"].get("arguments") or "{}"
        made.append(ToolCall(str(name), arguments if isinstance(arguments, str) else json.dumps(arguments)))
    return made or None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 <= value < 2**40 else None


def _place(logprobs: Any) -> tuple[str | None, list[tuple[str, float]] | None]:
    """The last place of the text where yes or no was chosen, or else the last one where either was likely."""
    places = [(place["token"], _tops(place)) for place in (logprobs or {}).get("content") or ()]
    for token, tops in reversed(places):
        if is_answer(token):
            return token, tops
    for token, tops in reversed(places):
        if any(is_answer(name) for name, _ in tops):
            return token, tops
    return (places[-1][0], places[-1][1]) if places else (None, None)


def _tops(place: Any) -> list[tuple[str, float]]:
    tops = [(str(top["token"]), float(top["logprob"])) for top in place.get("top_logprobs") or ()]
    return tops or [(str(place["token"]), float(place["logprob"]))]
