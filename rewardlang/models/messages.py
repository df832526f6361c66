"""The messages that a judge gets: the spec's templates with fields in frames, and what form the reply must have."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from rewardlang.models import listwise
from rewardlang.models.frames import HEAD, NOTE, framed, identity
from rewardlang.models.signature import Field, Template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.models.signature import ModelSignature

Message = dict[str, Any]


@dataclass(frozen=True)
class Image:
    """An image in a prompt, as a `data:` URL."""

    url: str


_SURROGATE = re.compile("[\ud800-\udfff]")

CRITIQUE = (
    "First write a critique of what is judged: what is good in it, what is wrong, with evidence. Give no verdict yet."
)
NOW = "Now give your verdict, which follows from the critique."


def instruction(kind: str, signature: ModelSignature) -> str:
    """How the reply must be written so that it can be read."""
    if kind == "score":
        return f"End your reply with one line `Score: N`, where N is {_scale(signature)}."
    if kind == "verdict":
        a, b = signature.texts[-2:]
        either = f"A is `{a}` and B is `{b}`."
        return f"{either} End your reply with one line: `Verdict: A`, `Verdict: B` or `Verdict: tie`."
    if kind == "yes_no":
        return "Reply with one word: Yes or No."
    if kind == "json":
        if signature.result == "json":
            return "Reply with one JSON object and nothing else."
        return f'Reply with one JSON object and nothing else: {{"score": N}}, where N is {_scale(signature)}.'
    return listwise.instruction(signature.low, signature.high) if kind == "listwise" else ""


def _scale(signature: ModelSignature) -> str:
    named = {"int": "a whole number", "float": "a number", "bool": "true or false", "text": "a text"}[signature.result]
    if signature.result in {"bool", "text"} or not (isfinite(signature.low) and isfinite(signature.high)):
        return named
    return f"{named} from {signature.low:g} to {signature.high:g}"


def plain(value: Any) -> str:
    """A field as text; a lone surrogate is no character, and U+FFFD stands in its place."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


class Prompts:
    """Makes the messages of one model; `note` stands in the system text, before what form the reply must have."""

    def __init__(
        self, signature: ModelSignature, kind: str, prompt: Template | None, system: Template | None,
        *, frames: bool, seed: int, note: str = "",
    ) -> None:  # fmt: skip
        self._signature = signature
        self._kind = kind
        self._seed = seed
        self._frames = frames and not (kind == "listwise" and prompt is None)
        self._prompt = prompt or _all_fields(signature)
        self._listed = kind == "listwise" and prompt is None
        self._system = system
        self._note = note
        self.instruction = instruction(kind, signature) if frames or prompt is None else ""

    def messages(self, fields: Mapping[str, Any], *, critique: bool) -> list[Message]:
        """The conversation up to the first reply, which is the critique or the verdict."""
        if self._listed:
            listed = listwise.message(_plain(fields, self._signature.groups), self._signature.groups[0], self._seed)
            return self._with_system("", listed, critique=critique)
        rendered = {name: self._member(name, value) for name, value in fields.items()}
        images = self._signature.images
        judged = (text for name, texts in rendered.items() if name not in images for text in texts)
        word = identity(judged) if self._frames else ""
        head = HEAD.format(word) if self._frames else ""
        system = "" if self._system is None else _text(self._filled(self._system, rendered, word))
        in_system = self._system is not None and bool(self._system.fields)
        user = content(["" if in_system else head, *self._filled(self._prompt, rendered, word)])
        return self._with_system((head if in_system else "") + system, user, critique=critique)

    def _with_system(self, system: str, user: str | list[Message], *, critique: bool) -> list[Message]:
        parts = [NOTE if self._frames else "", system, self._note, CRITIQUE if critique else self.instruction]
        text = "\n\n".join(part for part in parts if part)
        return [*([{"role": "system", "content": text}] if text else []), {"role": "user", "content": user}]

    def after_critique(self, messages: Sequence[Message], critique: str) -> list[Message]:
        """The conversation up to the verdict."""
        ask = f"{NOW} {self.instruction}".strip()
        return [*messages, {"role": "assistant", "content": critique}, {"role": "user", "content": ask}]

    def _member(self, name: str, value: Any) -> list[str]:
        group = name in self._signature.groups
        if name in self._signature.images:
            return _urls(value)
        if group and self._kind == "listwise":
            return [json.dumps(listwise.masked([plain(each) for each in value], self._seed), ensure_ascii=False)]
        return [plain(each) for each in value] if group else [plain(value)]

    def _filled(self, template: Template, rendered: Mapping[str, list[str]], word: str) -> list[str | Image]:
        parts: list[str | Image] = []
        for part in template.parts:
            if not isinstance(part, Field):
                parts.append(part)
            elif part.name in self._signature.images:
                parts += [Image(url) for url in rendered[part.name]]
            else:
                texts = rendered[part.name]
                parts.append("\n".join(framed(part.name, text, word) if word else text for text in texts))
        return parts


def _urls(value: Any) -> list[str]:
    """An image, or all of a list, in order."""
    return [value] if isinstance(value, str) else [url for entry in value for url in _urls(entry)]


def _text(parts: Sequence[str | Image]) -> str:
    """The texts among the parts."""
    return "".join(part for part in parts if isinstance(part, str))


def content(parts: Sequence[str | Image]) -> str | list[Message]:
    """The content of a message: a text, or where there are images a list of both in their order."""
    if not any(isinstance(part, Image) for part in parts):
        return _text(parts)
    made: list[Message] = []
    for part in parts:
        if isinstance(part, Image):
            made.append({"type": "image_url", "image_url": {"url": part.url}})
        elif made and "text" in made[-1]:
            made[-1]["text"] += part
        elif part:
            made.append({"type": "text", "text": part})
    return made


def _all_fields(signature: ModelSignature) -> Template:
    """The prompt of a model that has none: every field under its name."""
    parts: list[str | Field] = []
    for field in signature.fields:
        parts += [f"{field.name}:\n", Field(field.name), "\n\n"]
    return Template(tuple(parts[:-1]))


def _plain(fields: Mapping[str, Any], groups: Sequence[str]) -> dict[str, Any]:
    return {name: [plain(each) for each in value] if name in groups else plain(value) for name, value in fields.items()}
