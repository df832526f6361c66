"""FLR."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.parity.claim import DEVICE, Claim, Inputs, renamed

Rows = list[list[float]]


def get_outputs_withprobs(
    n_positive: int, n_negative: int, feedback_token_ids: list[list[int]], last_logits: list[Rows]
) -> list[list[float]]:
    of_all = [
        float(np.float32(rows[-len(tokens)])[tokens].mean())
        for tokens, rows in zip(feedback_token_ids, last_logits, strict=True)
    ]
    return [of_all[:n_positive], of_all[n_positive : n_positive + n_negative]]


def convert_to_messages(utterances: list[str]) -> list[dict[str, str]]:
    kept = utterances[len(utterances) % 2 == 0 :]
    return [{"role": "assistant" if place % 2 else "user", "content": content} for place, content in enumerate(kept)]


def _followups(inputs: Inputs) -> list[Inputs]:
    pairs = zip(inputs["feedback_token_ids"], inputs["last_logits"], strict=True)
    return [{"tokens": tokens, "logits": rows[-len(tokens)]} for tokens, rows in pairs]


def _said(messages: list[dict[str, Any]]) -> str:
    return "\n".join(f"{message['role']}: {message['content']}" for message in messages)


CLAIMS = (
    Claim(
        "get_outputs_withprobs", "logit", _followups, expected=lambda value: [*value[0], *value[1]],
        tolerance=DEVICE, slack=1e-6,
    ),
    Claim("convert_to_messages", "conversation", renamed(utterances="utterances"), expected=_said, part=("utterances: text[turn]", "text")),
)  # fmt: skip
ORIGINALS = {f.__name__: f for f in (get_outputs_withprobs, convert_to_messages)}
SINGLE = ("get_outputs_withprobs",)
