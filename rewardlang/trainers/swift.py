"""ms-swift's GRPO: a process's own rows; the completion is the last message, other columns are keywords."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.trainers import terms
from rewardlang.trainers.exporting import docstring, literal
from rewardlang.trainers.fields import COMPLETION, PROMPT
from rewardlang.trainers.missing import ERROR, NEUTRAL, SKIP, Missing
from rewardlang.trainers.ranks import score_together
from rewardlang.trainers.repeated import Repeated
from rewardlang.trainers.scoring import Scorer
from rewardlang.trainers.trainer import Groups, Trainer
from rewardlang.trainers.trl import clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.trainer import Exported


class Adapter:
    """A reward as ms-swift calls it."""

    def __init__(self, binding: Binding) -> None:
        self._scorer = Scorer(binding, TRAINER)
        self._repeated = Repeated(self._scorer, score_together)

    def __call__(self, completions: Any, **given: Any) -> list[float | None]:
        """A number a completion."""
        columns = _columns(completions, given)
        scores = score_together(self._scorer, columns, len(completions))
        return self._scorer.filled(scores, scores.tolist(), columns.get(PROMPT))

    def entry(self, path: str, /, completions: Any, **given: Any) -> list[float | None]:
        """What one entry of the root adds."""
        columns = _columns(completions, given)
        scores = self._repeated(columns, len(completions))
        return self._scorer.filled(scores, terms.entries(scores, path), columns.get(PROMPT))


def _columns(completions: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """The prompt is what came before the last message."""
    columns = {name: values for name, values in given.items() if name != "trainer_state"}
    messages = columns.get("messages")
    if PROMPT not in columns and messages is not None:
        columns[PROMPT] = [list(chat[:-1]) if isinstance(chat, list) else chat for chat in messages]
    return {**clock(given.get("trainer_state"), len(completions)), **columns, COMPLETION: completions}


def write(exported: Exported) -> str:
    """The classes of the plugin file, and their names in ms-swift's registry."""
    entries = exported.entries or {exported.function: ""}
    classes, names = [], []
    for name, path in entries.items():
        call = f"_reward.entry({literal(path)}, completions, **kwargs)" if path else "_reward(completions, **kwargs)"
        about = f"What `{path}` adds to the reward." if path else exported.about
        classes.append(
            f"class {name}(ORM):\n{docstring(about)}\n\n"
            f"    def __call__(self, completions, **kwargs):\n        return {call}\n"
        )
        names.append(f"orms[{literal(name)}] = {name}")
    return "from swift.rewards import ORM, orms\n\n\n" + "\n\n".join([*classes, "\n".join(names) + "\n"])


TRAINER = Trainer(
    name="ms-swift",
    title="ms-swift",
    tested="4.6.0 (its scoring run), 3602360 (read)",
    gives="ms-swift gives `completion`, `prompt` (of `messages`), every other column of the data set, and `step`.",
    missing=Missing(
        NEUTRAL, (NEUTRAL, SKIP, ERROR),
        "ms-swift would count None as 0: the score is the mean of the prompt's others, and no advantage.",
    ),
    groups=Groups.SIZED,
    calls="has whole groups only where their size divides the rows of a process",
    logs="`--entries` gives each entry of the root its curve; the log of `rewardlang.trainers` tells of missing ones",
    configured="--external_plugins {file} --reward_funcs {function}",
    write=write,
    aliases=("swift",),
    entries=True,
)  # fmt: skip
