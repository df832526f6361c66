"""verl: one sample a call, from many tasks of one event loop, or from a pool of threads.

The function is `async`, so that the samples in flight are scored together; verl's `remote` manager takes plain
functions alone (`--sync`). What verl makes of a dictionary: `score` is the reward, the other keys are kept beside it,
by the keys of the first sample, so that they must be the same for all; GDPO reads its rewards from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.trainers.exporting import docstring
from rewardlang.trainers.fields import COMPLETION
from rewardlang.trainers.missing import ERROR, Missing
from rewardlang.trainers.scoring import OneByOne
from rewardlang.trainers.terms import FINGERPRINT
from rewardlang.trainers.trainer import Groups, Trainer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.outcomes import Outcome
    from rewardlang.trainers.trainer import Exported

_NOT_SETTINGS = ("reward_router_address", "reward_model_tokenizer")
"""What verl adds where it runs a reward model. Other keywords come from `reward_kwargs`, and are params."""


class Adapter:
    """A reward as verl calls it."""

    def __init__(self, binding: Binding) -> None:
        self._scorer = OneByOne(binding, TRAINER)

    def __call__(
        self, data_source: Any = None, solution_str: Any = None, ground_truth: Any = None,
        extra_info: Mapping[str, Any] | None = None, **settings: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """The score and what is told beside it; blocks the thread."""
        given = _given(data_source, solution_str, ground_truth, extra_info)
        return self._told(self._scorer(given, _params(settings)))

    async def ask(
        self, data_source: Any = None, solution_str: Any = None, ground_truth: Any = None,
        extra_info: Mapping[str, Any] | None = None, **settings: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """The score and what is told beside it; blocks no event loop."""
        given = _given(data_source, solution_str, ground_truth, extra_info)
        return self._told(await self._scorer.ask(given, _params(settings)))

    def _told(self, outcome: Outcome) -> dict[str, Any]:
        told = {"score": self._scorer.number(outcome), "missing": float(outcome.total is None)}
        return {**told, **outcome.terms, FINGERPRINT: self._scorer.scorer.reward.fingerprint}


def _given(source: Any, solution: Any, truth: Any, extra: Mapping[str, Any] | None) -> dict[str, Any]:
    own = {"data_source": source, COMPLETION: solution, "ground_truth": truth, "extra_info": extra}
    return {**(extra or {}), **own}


def _params(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in _NOT_SETTINGS}


def write(exported: Exported) -> str:
    """The function of the exported file."""
    word, call = ("", "_reward") if exported.sync else ("async ", "await _reward.ask")
    return (
        f"{word}def {exported.function}(data_source, solution_str, ground_truth, extra_info=None, **settings):\n"
        f"{docstring(exported.about)}\n"
        f"    return {call}(data_source, solution_str, ground_truth, extra_info, **settings)\n"
    )


TRAINER = Trainer(
    name="verl",
    title="verl",
    tested="0.9.1 (its reward managers run), 0.10.0.dev at 1dda039 (read)",
    gives="verl gives `completion`, `ground_truth`, `data_source`, and the keys of `extra_info`.",
    missing=Missing(0.0, (ERROR,), "verl can leave none out: the score is 0, and `missing` is 1."),
    groups=Groups.NEVER,
    calls="asks for one sample at a time",
    logs="keys beside `score`: `missing`, `<path>/raw`, `/weight`, `/contribution`, `/missing`, `reward.fingerprint`",
    configured=(
        "reward.custom_reward_function.path={file} reward.custom_reward_function.name={function}\n"
        "+reward.custom_reward_function.reward_kwargs.PARAM=VALUE   # for each param that is to differ"
    ),
    write=write,
    function="compute_score",
    sync=True,
)
