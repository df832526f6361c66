"""Published systems that ask a model: what they make of its answers, and that one that fails gives no score at all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

import rewardlang
from rewardlang import CallError
from rewardlang.columns.images import content_of
from rewardlang.testing.strategies import IMAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

Table = dict[str, Any]


@dataclass
class Answering:
    """A model that gives to a request what is in a table for the last of its fields, or for each entry of that."""

    table: Table
    hangs: bool = False

    def __call__(self, **fields: Sequence[Any]) -> list[Any]:
        if self.hangs:
            raise TimeoutError("the server hangs")
        requests = list(fields.values())[-1]
        return [[self._of(entry) for entry in one] if isinstance(one, list) else self._of(one) for one in requests]

    def _of(self, request: Any) -> Any:
        return self.table.get(str(request))


def looking(*directions: str) -> Table:
    """Embeddings of texts: those that stand together look the same way, others at right angles."""
    return {
        text: [2.0 * (place == other) for other in range(384)]
        for place, together in enumerate(directions)
        for text in together.split("|")
    }


@dataclass(frozen=True)
class Case:
    """A reward that gives `scores` where its models answer as `models` say; the samples in `sure` need no answer."""

    reward: str
    models: dict[str, Table]
    columns: dict[str, list[Any]]
    scores: list[Any]
    sure: tuple[int, ...] = ()


PNG = content_of(IMAGES[0])
THINKS = "<|im_start|>assistant\n<think>so</think><answer>"
CASES = (
    Case(
        "rlbff:judged", {"holds": {"short": 3.5, "kind": -50}},
        {"prompt": ["p"] * 3, "completion": ["c"] * 3, "principle": ["short", "kind", "new"]}, [3.5, -50, None],
    ),
    Case(
        "flr:judged", {"log_likelihood": {"thanks": -1, "great": -2, "what?": -4}},
        {
            "utterances": [["a"], ["b"]], "positive": [["thanks", "great"], ["thanks", "well"]],
            "negative": [["what?"], ["what?"]],
        },
        [2.5, None],
    ),
    Case(
        "prompt_echo:likelihood", {"echo": {"a cat": [-1, -0.5], "a dog": [-1, 0.5], "a bat": "none"}},
        {"image": [PNG] * 4, "prompt": ["a cat", "a dog", "a bat", "a cow"]}, [-0.75, None, None, None],
    ),
    Case(
        "yojo:scores", {"rate": {"a": 1, "b": 2, "c": 4}},
        {"prompt": ["p"] * 2, "image": [PNG] * 2, "responses": [["a", "b"], ["c", "d", "a"]]}, [[1, 2], [4, None, 1]],
    ),
    Case(
        "yojo:agreement", {"rate": {"a": 1, "b": 2, "c": 2}},
        {
            "prompt": ["p"] * 4, "image": [PNG] * 4, "responses": [["a", "b", "c"], ["a", "b", "c"], ["c", "d"], ["a"]],
            "best": [1, 2, 0, 0],
        },
        [1, 0, None, 1],
    ),
    Case(
        "yojo:rollout", {"rate_group": {"a": 1, "b": 2}},
        {"prompt": ["p", "p", "q", "q"], "image": [PNG] * 4, "response": ["a", "b", "b", "c"]}, [1, 2, 2, None],
    ),
    Case(
        "skywork_reward_v2:pair", {"reward_model": {"good": 2.5, "bad": 0.5}},
        {"prompt": ["p"] * 3, "chosen": ["good", "bad", "good"], "rejected": ["bad", "good", "other"]},
        [1 / (1 + math.exp(-2)), 1 / (1 + math.exp(2)), None],
    ),
    Case(
        "ixc_reward:best", {"reward_model": {"a": -2, "b": 3, "c": 3}},
        {"prompt": ["p"] * 2, "image": [PNG] * 2, "responses": [["a", "b", "c"], ["a", "d"]]}, [1, None],
    ),
    Case(
        "mm_rlhf:critiqued", {"critique": {"1": "fine", "2": "poor", "3": "odd"}, "critic_score": {"fine": 4, "poor": 1}},
        {"prompt": ["p"] * 3, "image": [PNG] * 3, "response": ["r"] * 3, "numbers": [[1, 2], [1, 3], [1, 4]]},
        [2.5, None, None],
    ),
    Case(
        "moose_chem2:step", {"prefers": {"x": 1, "y": 0}},
        {
            "question": ["q"] * 3, "so_far": ["h"] * 3, "candidates": [["a", "b"]] * 3,
            "judges": [["x", "x", "y"], ["y", "x"], ["x", "z"]],
        },
        [0, -1, None],
    ),
    Case(
        "msrl:preferred", {"judge": {"a": 0.5, "b": 1}},
        {"prompt": ["p"] * 3, "caption": ["c"] * 3, "response": ["r"] * 3, "other": ["a", "b", "c"]}, [0.5, 1, None],
    ),
    Case(
        "spark_judge:judged", {"judge": {"a": "so \\boxed{Yes}", "b": "\\box{B}", "c": "Yes"}},
        {"question": ["q"] * 4, "response": ["a", "b", "c", "d"]}, [1, 0, None, None],
    ),
    Case(
        "mixed_r1:total", {"embed": looking("one|four", "two", "three", "six")},
        {
            "completion": ["<think>t</think><answer>one two</answer>", "<answer>four</answer>", "<answer>B</answer>"],
            "truth": ["two six three", "one", "(b)"], "kind": ["caption", "caption", "option"],
        },
        [(1 / 2 + 1 / 3) / 2 + 0.5, 1, 1], sure=(2,),
    ),
    Case(
        "rrr:relevant", {"embed": looking("Why six?|yes, no", "no, yes", "six|one")},
        {
            "response": ["yes, no", "no, yes", "six"], "query": ["### Instruction:\nWhy six?"] * 3,
            "qtype": ["OPENENDED", "OPENENDED", "CONSTRAINED"], "reference": ["", "", "one"],
        },
        [4 * 0.03, 0, 4 / 3.5 * 5.12],
    ),
    Case(
        "r1_reward:prefers_first", {"judge": {"a": "<answer>1</answer>", "b": "1, no: 2", "c": "<answer>3</answer>"}},
        {"question": ["q"] * 4, "image": [PNG] * 4, "first": ["f"] * 4, "second": ["a", "b", "c", "d"]},
        [1, 0, None, None],
    ),
    Case(
        "r1_reward:judged_total", {"consistent": {"1": "output: 1", "2": "0", "3": "?"}},
        {
            "query": [f"{THINKS}{number}</answer>" for number in (1, 2, 3, 4)],
            "answers": [["1"], ["2"], ["3"], ["5"]],
        },
        [2, 1, None, 0.5], sure=(3,),
    ),
    Case(
        "magicgui:judged",
        {
            "domain": {
                "tap": {"correction": "swipe"}, "type": {"correction": "wait"}, "swipe": {}, "back": {"correction": "?"},
            },
            "general": {"tap": 0.25, "swipe": 0.75, "type": 0.5, "wait": 0.25, "back": 1, "press": 1},
        },
        {"task": ["t"] * 5, "screen": [PNG] * 5, "action": ["tap", "type", "swipe", "back", "press"]},
        [0.75, 0.5, 0.75, None, None],
    ),
    Case(
        "webstar:judged", {"judge": {"a": 7, "b": 0}},
        {"task": ["t"] * 3, "history": ["h"] * 3, "step": ["a", "b", "c"]}, [0.7, 0, None],
    ),
    Case(
        "ui_genie:judged_cumulative", {"judge": {"a": "<|+|>", "b": "it is <|-|>", "c": "?"}},
        {"task": ["t"] * 3, "screens": [["s", "s"]] * 3, "actions": [["a", "b"], ["a", "a"], ["a", "c"]]}, [1, 2, None],
    ),
    Case(
        "roboreward:steps", {"judge": {"v1": "ANSWER: 2", "v2": "4", "v3": "ANSWER: 99"}},
        {"task": ["t"] * 2, "videos": [["v1", "v2"], ["v3", "v4", "v1"]]}, [[2, 4], [None, None, 2]],
    ),
    Case(
        "exevrm:steps",
        {
            "judge": {
                "good": "\\box{correct}", "bad": "\\box{incorrect} from <2 seconds> to <4 seconds>", "odd": "\\box{incorrect}",
            }
        },
        {"instruction": ["i"] * 4, "video": ["good", "bad", "odd", "new"], "seconds": [[1, 3]] * 4},
        [[1, 1], [1, 0], None, None],
    ),
)  # fmt: skip


@cache
def bound(case: str) -> tuple[rewardlang.Reward, tuple[Answering, ...]]:
    """A reward, compiled once, and the models that it asks."""
    models = {name: Answering(table) for name, table in _KNOWN[case].models.items()}
    return rewardlang.load(f"systems.{case}", models=models), tuple(models.values())


_KNOWN = {case.reward: case for case in CASES}


def flat(scores: list[Any]) -> list[float | None]:
    """The scores of samples, and of the entries of those that have several; what is missing as a whole is one."""
    return [entry for score in scores for entry in (score if isinstance(score, list) else [score])]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.reward)
def test_answers_make_the_score_that_is_published(case: Case) -> None:
    reward, _ = bound(case.reward)
    scores = reward(case.columns, group=2 if "rollout" in case.reward else None).tolist()
    assert flat(scores) == [None if wanted is None else pytest.approx(wanted, rel=1e-5) for wanted in flat(case.scores)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.reward)
def test_models_that_fail_give_no_score(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    reward, models = bound(case.reward)
    for model in models:
        monkeypatch.setattr(model, "hangs", True)
    group = 2 if "rollout" in case.reward else None
    if "embed" in case.models:
        # An encoder never fails by itself: one that does is the caller's mistake.
        with pytest.raises(CallError, match=r"the model `embed`.*TimeoutError: the server hangs"):
            reward(case.columns, group=group)
        return
    scores = reward(case.columns, group=group)
    for place, (score, reason) in enumerate(zip(scores.tolist(), scores.reasons, strict=True)):
        if place in case.sure:
            assert score == pytest.approx(case.scores[place])
        else:
            assert score is None or set(score) == {None}
            assert reason is None or "TimeoutError: the server hangs" in reason
