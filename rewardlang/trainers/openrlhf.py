"""OpenRLHF: one sample a call, in lists of one, from a pool of threads.

A query is prompt and response together, with special tokens; the response is what follows the prompt. A cut prompt (it
is cut from the left) is found by its longest end that the query begins with.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.trainers.exporting import docstring
from rewardlang.trainers.fields import COMPLETION, PROMPT, packed
from rewardlang.trainers.messages import STRIP
from rewardlang.trainers.missing import ERROR, Missing
from rewardlang.trainers.scoring import OneByOne
from rewardlang.trainers.trainer import Groups, Trainer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.outcomes import Outcome
    from rewardlang.trainers.trainer import Exported


class Adapter:
    """A reward as OpenRLHF calls it."""

    def __init__(self, binding: Binding) -> None:
        self._scorer = OneByOne(binding, TRAINER)

    def __call__(self, queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any]) -> dict[str, Any]:
        """`rewards`, `scores` (in 0 to 1, for dynamic filtering) and `extra_logs`, lists of as many as there are."""
        if not len(queries) == len(prompts) == len(labels):
            raise CallError(f"OpenRLHF gave {len(queries)} queries, {len(prompts)} prompts and {len(labels)} labels")
        found = [self._scorer(given(*row)) for row in zip(queries, prompts, labels, strict=True)]
        rewards = [self._scorer.number(outcome) for outcome in found]
        lists = told(found, rewards, self._scorer.scorer.reward.range)
        logs = {name: _numbers(values) for name, values in lists.pop("extra_logs").items()}
        return {**{name: _numbers(values) for name, values in lists.items()}, "extra_logs": logs}


def _numbers(values: list[float]) -> Any:
    """A tensor: OpenRLHF takes the first element of one."""
    try:
        torch = import_module("torch")
    except ImportError:
        return values[0] if len(values) == 1 else values
    return torch.tensor(values)


def given(query: str, prompt: str, label: Any) -> dict[str, Any]:
    """The values of a sample by their names."""
    own = {COMPLETION: response(query, prompt), PROMPT: prompt, "query": query, "label": label}
    return {**packed(label), **own}


def told(found: Sequence[Outcome], rewards: Sequence[float], ends: tuple[float, float]) -> dict[str, Any]:
    """What OpenRLHF is told of samples, in lists; `rewards` are their totals, `ends` those of the reward's range."""
    logs = [{**outcome.terms, "missing": float(outcome.total is None)} for outcome in found]
    return {
        "rewards": list(rewards),
        "scores": [_share(reward, *ends) for reward in rewards],
        "extra_logs": {name: [row[name] for row in logs] for name in (logs[0] if logs else ())},
    }


def _share(reward: float, low: float, high: float) -> float:
    """Where in its range a reward lies; as it is, where the range has no end."""
    return (reward - low) / (high - low) if 0 < high - low < float("inf") else reward


def response(query: str, prompt: str) -> str:
    """What follows the prompt in a query."""
    if query.startswith(prompt):
        return query[len(prompt) :]
    # The longest end of the prompt that begins the query: borders of `query + separator + prompt`, in linear time.
    text = [*query[: len(prompt)], None, *prompt]
    borders = [0] * len(text)
    for place in range(1, len(text)):
        length = borders[place - 1]
        while length and text[place] != text[length]:
            length = borders[length - 1]
        borders[place] = length + (text[place] == text[length])
    return query[borders[-1] :]


def write(exported: Exported) -> str:
    """The function of the exported file."""
    return (
        f"def {exported.function}(queries, prompts, labels):\n{docstring(exported.about)}\n"
        "    return _reward(queries, prompts, labels)\n"
    )


TRAINER = Trainer(
    name="openrlhf",
    title="OpenRLHF",
    tested="0.11.0 at 3c3be62 (read)",
    gives="OpenRLHF gives `completion`, `prompt`, `query`, `label`, and the fields of a label that is a JSON object.",
    missing=Missing(0.0, (ERROR,), "OpenRLHF can leave none out: the reward is 0, and `missing` is 1 in its logs."),
    groups=Groups.NEVER,
    calls="asks for one sample at a time",
    logs="`extra_logs`: `missing`, `<path>/raw`, `/weight`, `/contribution`, `/missing`",
    configured="--reward.remote_url {file} --data.label_key LABEL",
    write=write,
    function="reward_func",
    special=STRIP,
)
