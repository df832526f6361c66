"""Published systems that ask a model: what they make of its answers, and that one that fails gives no score at all."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

import rewardlang

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rewardlang import Reward, Scores

Columns = dict[str, Sequence[Any]] if TYPE_CHECKING else dict
TABLE: dict[str, Any] = {}
"""What every bound model gives to a request, by its last field; None to all others."""


def answers(**fields: Sequence[Any]) -> list[Any]:
    """One request at a time, by the last of its fields; a list is answered entry by entry."""
    return [
        [TABLE.get(str(entry)) for entry in last] if isinstance(last, list) else TABLE.get(str(last))
        for last in list(fields.values())[-1]
    ]


def breaks(**_: Sequence[Any]) -> list[Any]:
    raise TimeoutError("the server hangs")


def embedding(x: Sequence[str]) -> list[list[float]]:
    """Texts of one length look the same way, others at right angles."""
    return [[2.0 * (place == len(text)) for place in range(384)] for text in x]


@dataclass(frozen=True)
class Case:
    """A reward whose `models` are answered by `table` gives `scores`; `sure` where they are never missing."""

    reward: str
    models: str
    table: dict[str, Any]
    columns: dict[str, list[Any]]
    scores: list[Any]
    group: int | None = None
    ask: Callable[..., Any] = answers
    sure: tuple[int, ...] = ()
    """The samples that need no answer."""


THINKS = "<|im_start|>assistant\n<think>so</think><answer>"
CASES = (
    Case(
        "rlbff:judged", "holds", {"short": 3.5, "kind": -50},
        {"prompt": ["p"] * 3, "completion": ["c"] * 3, "principle": ["short", "kind", "new"]}, [3.5, -50, None],
    ),
    Case(
        "flr:judged", "log_likelihood", {"thanks": -1, "great": -2, "what?": -4},
        {
            "utterances": [["a"], ["b"]], "positive": [["thanks", "great"], ["thanks", "well"]],
            "negative": [["what?"], ["what?"]],
        },
        [2.5, None],
    ),
    Case(
        "prompt_echo:likelihood", "echo", {"a cat": [-1, -0.5], "a dog": [-1, 0.5], "a bat": "none"},
        {"image": ["i"] * 4, "prompt": ["a cat", "a dog", "a bat", "a cow"]}, [-0.75, None, None, None],
    ),
    Case(
        "yojo:scores", "rate", {"a": 1, "b": 2, "c": 4},
        {"prompt": ["p"] * 2, "image": ["i"] * 2, "responses": [["a", "b"], ["c", "d", "a"]]}, [[1, 2], [4, None, 1]],
    ),
    Case(
        "yojo:agreement", "rate", {"a": 1, "b": 2, "c": 2},
        {
            "prompt": ["p"] * 4, "image": ["i"] * 4, "responses": [["a", "b", "c"], ["a", "b", "c"], ["c", "d"], ["a"]],
            "best": [1, 2, 0, 0],
        },
        [1, 0, None, 1],
    ),
    Case(
        "yojo:rollout", "rate_group", {"a": 1, "b": 2},
        {"prompt": ["p", "p", "q", "q"], "image": ["i"] * 4, "response": ["a", "b", "b", "c"]}, [1, 2, 2, None], group=2,
    ),
    Case(
        "skywork_reward_v2:pair", "reward_model", {"good": 2.5, "bad": 0.5},
        {"prompt": ["p"] * 3, "chosen": ["good", "bad", "good"], "rejected": ["bad", "good", "other"]},
        [1 / (1 + math.exp(-2)), 1 / (1 + math.exp(2)), None],
    ),
    Case(
        "ixc_reward:best", "reward_model", {"a": -2, "b": 3, "c": 3},
        {"prompt": ["p"] * 2, "image": ["i"] * 2, "responses": [["a", "b", "c"], ["a", "d"]]}, [1, None],
    ),
    Case(
        "mm_rlhf:critiqued", "critique critic_score", {"1": "fine", "2": "poor", "3": "odd", "fine": 4, "poor": 1},
        {"prompt": ["p"] * 3, "image": ["i"] * 3, "response": ["r"] * 3, "numbers": [[1, 2], [1, 3], [1, 4]]},
        [2.5, None, None],
    ),
    Case(
        "moose_chem2:step", "prefers", {"x": 1, "y": 0},
        {
            "question": ["q"] * 3, "so_far": ["h"] * 3, "candidates": [["a", "b"]] * 3,
            "judges": [["x", "x", "y"], ["y", "x"], ["x", "z"]],
        },
        [0, -1, None],
    ),
    Case(
        "msrl:preferred", "judge", {"a": 0.5, "b": 1},
        {"prompt": ["p"] * 3, "caption": ["c"] * 3, "response": ["r"] * 3, "other": ["a", "b", "c"]}, [0.5, 1, None],
    ),
    Case(
        "spark_judge:judged", "judge", {"a": "so \\boxed{Yes}", "b": "\\box{B}", "c": "Yes"},
        {"question": ["q"] * 4, "response": ["a", "b", "c", "d"]}, [1, 0, None, None],
    ),
    Case(
        "mixed_r1:total", "embed", {},
        {
            "completion": ["<think>t</think><answer>one two</answer>", "<answer>four</answer>", "<answer>B</answer>"],
            "truth": ["two six three", "one", "(b)"], "kind": ["caption", "caption", "option"],
        },
        [0.5 * (1 + 2 / 3) + 0.5, 0, 1], ask=embedding, sure=(2,),
    ),
    Case(
        "rrr:relevant", "embed", {},
        {
            "response": ["yes, no", "no, yes", "six"], "query": ["### Instruction:\nWhy six?"] * 3,
            "qtype": ["OPENENDED", "OPENENDED", "CONSTRAINED"], "reference": ["", "", "one"],
        },
        [0, 0, 4 / 3.5 * 5.12], ask=embedding,
    ),
    Case(
        "r1_reward:prefers_first", "judge", {"a": "<answer>1</answer>", "b": "1, no: 2", "c": "<answer>3</answer>"},
        {"question": ["q"] * 4, "image": ["i"] * 4, "first": ["f"] * 4, "second": ["a", "b", "c", "d"]},
        [1, 0, None, None],
    ),
    Case(
        "r1_reward:judged_total", "consistent", {"1": "output: 1", "2": "0", "3": "?"},
        {
            "query": [f"{THINKS}{number}</answer>" for number in (1, 2, 3, 4)],
            "answers": [["1"], ["2"], ["3"], ["5"]],
        },
        [2, 1, None, 0.5], sure=(3,),
    ),
    Case(
        "magicgui:judged", "domain general",
        {"tap": {"correction": "swipe"}, "type": {"correction": "wait"}, "swipe": {}, "none": {"correction": "tap"}},
        {"task": ["t"] * 4, "screen": ["s"] * 4, "action": ["tap", "type", "swipe", "press"]}, [0.75, None, 0.75, None],
        ask=lambda **fields: [
            TABLE.get(action) if len(TABLE) == 4 else None for action in fields["action"]
        ],
    ),
    Case(
        "webstar:judged", "judge", {"a": 7, "b": 0},
        {"task": ["t"] * 3, "history": ["h"] * 3, "step": ["a", "b", "c"]}, [0.7, 0, None],
    ),
    Case(
        "ui_genie:judged_cumulative", "judge", {"a": "<|+|>", "b": "it is <|-|>", "c": "?"},
        {"task": ["t"] * 3, "screens": [["s", "s"]] * 3, "actions": [["a", "b"], ["a", "a"], ["a", "c"]]}, [1, 2, None],
    ),
    Case(
        "roboreward:steps", "judge", {"v1": "ANSWER: 2", "v2": "4", "v3": "ANSWER: 99"},
        {"task": ["t"] * 2, "videos": [["v1", "v2"], ["v3", "v4", "v1"]]}, [[2, 4], [None, None, 2]],
    ),
    Case(
        "exevrm:steps", "judge",
        {"good": "\\box{correct}", "bad": "\\box{incorrect} from <2 seconds> to <4 seconds>", "odd": "\\box{incorrect}"},
        {"instruction": ["i"] * 4, "video": ["good", "bad", "odd", "new"], "seconds": [[1, 3]] * 4},
        [[1, 1], [1, 0], [None, None], None],
    ),
)  # fmt: skip
