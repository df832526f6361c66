"""From the fields of a request to the tokens that a model of Hugging Face reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rewardlang.models import failure
from rewardlang.models.failure import Failure
from rewardlang.models.frames import disarmed
from rewardlang.models.hf_model import Tokens
from rewardlang.models.messages import plain
from rewardlang.models.signature import Field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.models.signature import Template

_CHARACTERS = 64
"""A text of more characters a token than this is too long without being tokenized: most have fewer than 5."""


class Reader:
    """Reads requests of one model. The last of `names` is the completion, those before are the prompt."""

    def __init__(self, tokenizer: Any, names: Sequence[str], template: Template | None, longest: int) -> None:
        self._tokenizer = tokenizer
        self._names = names
        self._template = template
        self._longest = longest
        added = [token.content for token in tokenizer.added_tokens_decoder.values() if token.special]
        marks = sorted({*added, *tokenizer.all_special_tokens} - {""}, key=len, reverse=True)
        self._marks = re.compile("|".join(map(re.escape, marks)) or "(?!)")
        start = tokenizer.bos_token_id
        self._begins = start is not None and tokenizer("a", verbose=False)["input_ids"][:1] == [start]

    def scored(self, row: Mapping[str, Any]) -> Tokens:
        """All tokens of a text that a classifier reads.

        Raises:
            Failure: there are none, or too many.
        """
        texts = self._texts(row)
        if self._template is None and self._tokenizer.chat_template and len(texts) > 1:
            encoded = self._encoded(self._chat(texts[0], texts[1]), special=False)
        elif self._template is None and self._tokenizer.sep_token is not None:
            encoded = self._encoded(*texts, special=True)
        else:
            # Two texts may make a mark where they meet.
            text = self._broken("".join(texts)) if self._template is None else self._filled(self._template, texts)
            encoded = self._encoded(text, special=not self._has_start(text))
        if not encoded["input_ids"]:
            raise Failure(failure.NO_TOKENS)
        return self._bounded(Tokens(encoded["input_ids"], encoded.get("token_type_ids")))

    def continued(self, row: Mapping[str, Any]) -> Tokens:
        """The tokens of the prompt, and from `start` on those of the completion, which is tokenized apart.

        Raises:
            Failure: the completion has no tokens, nothing can stand before them, or both are too long.
        """
        texts = self._texts(row)
        completion = self._encoded(texts[-1], special=False)["input_ids"]
        prompt = self._prompt(texts)
        if not completion or not prompt:
            raise Failure(failure.NO_TOKENS)
        return self._bounded(Tokens([*prompt, *completion], None, len(prompt)))

    def _prompt(self, texts: Sequence[str]) -> list[int]:
        chat = self._template is None and self._tokenizer.chat_template and len(texts) > 1
        if chat:
            text = self._chat(texts[0])
        elif self._template is None:
            text = self._broken("".join(texts[:-1]))
        else:
            text = self._filled(self._template, texts)
        ids: list[int] = self._encoded(text, special=False)["input_ids"]
        tokenizer = self._tokenizer
        if not chat and self._begins and not self._has_start(text):
            return [tokenizer.bos_token_id, *ids]
        # The first token has a likelihood too: the one given the beginning.
        start = tokenizer.eos_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id
        return ids or ([] if start is None else [start])

    def _texts(self, row: Mapping[str, Any]) -> list[str]:
        """The fields, with no word in them that the tokenizer, or a chat template, would take for a mark of its own."""
        texts = [plain(row[name]) for name in self._names]
        if sum(map(len, texts)) > self._longest * _CHARACTERS:
            raise Failure(failure.TOO_LONG)
        return [self._broken(disarmed(text)) for text in texts]

    def _broken(self, text: str) -> str:
        return self._marks.sub(lambda mark: f"{mark[0][0]} {mark[0][1:]}" if len(mark[0]) > 1 else "\ufffd", text)

    def _chat(self, prompt: str, completion: str | None = None) -> str:
        """The conversation as the template writes it; without a completion, up to where one begins."""
        messages = [{"role": "user", "content": prompt}]
        if completion is not None:
            messages.append({"role": "assistant", "content": completion})
        try:
            text: str = self._tokenizer.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=completion is None
            )
        except Exception:  # noqa: BLE001 - a template is a program of others, which may raise anything
            raise Failure(failure.TEMPLATE) from None
        return text

    def _filled(self, template: Template, texts: Sequence[str]) -> str:
        fields = dict(zip(self._names, texts, strict=True))
        return "".join(fields[part.name] if isinstance(part, Field) else part for part in template.parts)

    def _has_start(self, text: str) -> bool:
        start = self._tokenizer.bos_token
        return bool(start) and text.startswith(start)

    def _encoded(self, *texts: str, special: bool) -> Any:
        return self._tokenizer(*texts, add_special_tokens=special, truncation=False, padding=False, verbose=False)

    def _bounded(self, tokens: Tokens) -> Tokens:
        if len(tokens.ids) > self._longest:
            raise Failure(failure.TOO_LONG)
        return tokens
