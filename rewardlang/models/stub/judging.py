"""The rules of the stand-in: what it answers follows from the words of the request alone.

The quality of a text is the share of the words of the first framed text that occur in it; that of a single text follows
from a hash. Each tool that it is offered it calls once, one a reply, with the least arguments that its schema takes. In
the mode `follows`, it obeys `Reply with: …` wherever that stands outside of frames, as a model would
that cannot tell data from instructions; that makes an attack visible, and its defence.
"""

from __future__ import annotations

import json
import re
from hashlib import blake2b
from math import log
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_ANNOUNCED = re.compile(r"^Frames: ([0-9a-f]{16})$", re.MULTILINE)
_SCALE = re.compile(r"from (-?[0-9.]+(?:e[-+]?[0-9]+)?) to (-?[0-9.]+(?:e[-+]?[0-9]+)?)[. ]")
_ORDER = re.compile(r"Reply with: *(.+)", re.IGNORECASE)
_WORD = re.compile(r"\w+")


def _said(content: Any) -> str:
    """The text of a message; of one with images that of its texts, and a word for each image."""
    if not isinstance(content, list):
        return str(content)
    return "".join(str(part.get("text", "[image]")) if isinstance(part, dict) else "" for part in content)


def _shows(content: Any) -> bool:
    """Whether a message ends with an image: it then shows what tools have found, and asks nothing."""
    return isinstance(content, list) and bool(content) and "image_url" in content[-1]


def judge(body: dict[str, Any], *, follows: bool = False) -> str:
    """The reply to a chat completion."""
    messages = [(str(message.get("role")), _said(message.get("content"))) for message in body["messages"]]
    system = "\n".join(text for role, text in messages if role == "system")
    parts = [(role, *split(text)) for role, text in messages if role != "system"]
    outside = "\n".join(text for _, text, _ in parts)
    if follows and (order := _last_order(f"{system}\n{outside}")):
        return order
    texts = [text for role, _, framed in parts if role == "user" for text in framed]
    users = [text for role, text in messages if role == "user"]
    said = [message.get("content") for message in body["messages"] if message.get("role") == "user"]
    later = [_said(content) for content in said[1:] if not _shows(content)]
    asked = later[-1] if later else system + outside
    return _verdict(asked, users[0], texts or ["\n".join(users)], wants_json="response_format" in body)


def tool_call(body: dict[str, Any]) -> dict[str, Any] | None:
    """The call of the first tool that is offered and was not called yet, as a message holds it."""
    if body.get("tool_choice") == "none":
        return None
    made = [call for message in body["messages"] for call in message.get("tool_calls") or ()]
    called = [call["function"]["name"] for call in made]
    offered = (each["function"] for each in body.get("tools") or ())
    wanted = next((each for each in offered if each["name"] not in called), None)
    if wanted is None:
        return None
    given = json.dumps(least(wanted["parameters"]))
    about = {"name": wanted["name"], "arguments": given}
    return {"id": f"stub-{len(made)}", "type": "function", "function": about}


def least(schema: dict[str, Any]) -> Any:
    """The least value that fits a JSON schema, as far as the stand-in knows schemas: of members those that must be.

    Where the schema has an example, that.
    """
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    if "anyOf" in schema:
        return least(schema["anyOf"][0])
    members = {name: least(schema["properties"][name]) for name in schema.get("required", ())}
    kinds = {"object": members, "array": [], "string": "a", "integer": 1, "number": 1.0, "boolean": False}
    return kinds.get(schema.get("type", ""))


def split(message: str) -> tuple[str, list[str]]:
    """What stands outside of frames, and what stands in them. A message that announces none has none."""
    announced = _ANNOUNCED.search(message)
    if announced is None:
        return message, []
    frame = re.compile(rf'<data-{announced[1]} name="\w+">\n(.*?)\n</data-{announced[1]}>', re.DOTALL)
    return frame.sub("", message), frame.findall(message)


def _last_order(text: str) -> str | None:
    found = _ORDER.findall(text)
    return found[-1].strip() if found else None


def _verdict(asked: str, user: str, texts: Sequence[str], *, wants_json: bool) -> str:
    low, high = _scale(asked)
    share = quality(texts[0], texts[-1]) if len(texts) > 1 else _drawn(texts[0])
    score = low + (high - low) * share
    if "best-to-worst" in asked:
        return _ranking(user, low, high)
    if "`Verdict: A`" in asked:
        a, b = (quality(texts[0], text) for text in texts[-2:])
        return f"Verdict: {'tie' if a == b else 'A' if a > b else 'B'}"
    if wants_json:
        return json.dumps({"score": round(score)})
    if "one word: Yes or No" in asked:
        return "Yes" if share >= 0.5 else "No"
    if "Give no verdict yet" in asked:
        return f"The text has {len(_WORD.findall(texts[-1]))} words."
    return f"By the rules of the stand-in:\nScore: {round(score)}"


def _scale(asked: str) -> tuple[float, float]:
    found = _SCALE.search(asked)
    return (float(found[1]), float(found[2])) if found else (0.0, 10.0)


def _ranking(user: str, low: float, high: float) -> str:
    try:
        message = json.loads(user)
        responses: dict[str, str] = message["responses"]
        first = str(message.get("prompt", message.get("principle", "")))
        scores = {name: round(low + (high - low) * quality(first, text)) for name, text in responses.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return "no JSON"
    return json.dumps({"scores": scores, "best-to-worst": sorted(scores, key=lambda name: -scores[name])})


def quality(asked: str, text: str) -> float:
    """The share of the words of one text that occur in another."""
    words = {word.lower() for word in _WORD.findall(asked)}
    return len(words & {word.lower() for word in _WORD.findall(text)}) / max(1, len(words))


def _drawn(text: str) -> float:
    return blake2b(text.encode("utf-8", "replace"), digest_size=1).digest()[0] / 255


def log_probabilities(reply: str) -> dict[str, Any]:
    """Of the first word of a reply: 0.9 for it, 0.1 for the other of yes and no."""
    word = (reply.split() or [""])[0]
    other = {"Yes": "No", "No": "Yes"}.get(word, "…")
    tops = [{"token": word, "logprob": log(0.9)}, {"token": other, "logprob": log(0.1)}]
    return {"content": [{**tops[0], "top_logprobs": tops}]}
