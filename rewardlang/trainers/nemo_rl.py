"""NeMo-RL: an environment in a Ray actor, which scores the shard of a batch that it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.trainers import terms
from rewardlang.trainers.exporting import docstring, literal
from rewardlang.trainers.fields import COMPLETION, PROMPT
from rewardlang.trainers.missing import ERROR, Missing
from rewardlang.trainers.scoring import Scorer
from rewardlang.trainers.trainer import Groups, Trainer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.trainer import Exported


class Adapter:
    """A reward as an environment of NeMo-RL."""

    def __init__(self, binding: Binding) -> None:
        self._scorer = Scorer(binding, TRAINER)
        self._told: dict[str, float] = {}

    def __call__(self, logs: Sequence[Any], metadata: Sequence[Any]) -> list[float | None]:
        """A number a conversation."""
        scores, prompts = self._scores(logs, metadata)
        return self._scorer.filled(scores, scores.tolist(), prompts)

    def entries(self, paths: Mapping[str, str], logs: Sequence[Any], metadata: Sequence[Any]) -> dict[str, list[Any]]:
        """For each entry of the root, what it adds."""
        scores, prompts = self._scores(logs, metadata)
        return {name: self._scorer.filled(scores, terms.entries(scores, path), prompts) for name, path in paths.items()}

    def metrics(self) -> dict[str, float]:
        """The terms of the last batch."""
        return self._told

    def _scores(self, logs: Sequence[Any], metadata: Sequence[Any]) -> Any:
        replies = [_after(log) for log in logs]
        prompts = [log[: len(log) - len(reply)] for log, reply in zip(logs, replies, strict=True)]
        names = {name for row in metadata if row for name in row}
        columns: dict[str, Any] = {name: [(row or {}).get(name) for row in metadata] for name in names}
        scores = self._scorer.score({**columns, PROMPT: prompts, COMPLETION: replies}, len(logs))
        self._told = {f"{self._scorer.reward.name}/{name}": value for name, value in terms.means(scores).items()}
        return scores, prompts


def _after(log: Sequence[Mapping[str, Any]]) -> list[Any]:
    """What follows the first messages of system and user: the model's and its tools'."""
    start = next((place for place, message in enumerate(log) if message.get("role") == "assistant"), len(log))
    return list(log[start:])


def write(exported: Exported) -> str:
    """The environment of the exported file."""
    if exported.entries:
        keys = {f"reward/{path}": path for path in exported.entries.values()}
        made = (
            f"        told = _reward.entries({literal(keys)}, message_log_batch, metadata)\n"
            "        rewards = {name: torch.tensor(values) for name, values in told.items()}\n"
        )
    else:
        made = "        rewards = torch.tensor(_reward(message_log_batch, metadata))\n"
    return (
        "import ray\nimport torch\n"
        "from nemo_rl.environments.interfaces import EnvironmentInterface, EnvironmentReturn\n"
        "\n\n@ray.remote\n"
        f"class {exported.function}(EnvironmentInterface):\n{docstring(exported.about)}\n\n"
        "    def __init__(self, config=None):\n        self.config = config\n\n"
        "    def step(self, message_log_batch, metadata):\n"
        f"{made}"
        "        count = len(message_log_batch)\n"
        "        return EnvironmentReturn(\n"
        '            observations=[{"role": "environment", "content": ""}] * count,\n'
        "            metadata=metadata,\n"
        "            next_stop_strings=[None] * count,\n"
        "            rewards=rewards,\n"
        "            terminateds=torch.ones(count),\n"
        "            answers=None,\n"
        "        )\n\n"
        "    def global_post_process_and_metrics(self, batch):\n        return batch, _reward.metrics()\n"
    )


TRAINER = Trainer(
    name="nemo-rl",
    title="NeMo-RL",
    tested="7ea279a (read)",
    gives="NeMo-RL gives `completion`, `prompt`, and the keys of each sample's `metadata`.",
    missing=Missing(
        0.0, (ERROR,), "NeMo-RL can leave none out: the reward is 0, and the share of missing is a metric."
    ),
    groups=Groups.NEVER,
    calls="gives an actor any part of a batch",
    logs="metrics of the environment: `<reward>/<path>/raw`, `/weight`, `/contribution`, `/missing`",
    configured='register_env("{module}", "{module}.{function}")   # and the name under `env:` in the YAML',
    write=write,
    entries=True,
)
