"""`/openrlhf` and `/slime`: the remote rewards of trainers, with what the exported files say in their place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from rewardlang.diagnostics import CallError
from rewardlang.serving.scoring import Block
from rewardlang.trainers import openrlhf, slime
from rewardlang.trainers.binding import Binding
from rewardlang.trainers.fields import Fields, columns_of, packed
from rewardlang.trainers.missing import filled
from rewardlang.trainers.trainer import Groups, Trainer, check_fit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.backend.reward import Reward
    from rewardlang.serving.endpoints import Endpoint
    from rewardlang.serving.scoring import Part

SLIME = replace(slime.TRAINER, groups=Groups.NEVER, calls="asks a server for one sample at a time")


@dataclass(frozen=True)
class Naming:
    """What holds for trainers.

    Attributes:
        columns: for fields that they call otherwise, their name.
        missing: what they get for a missing score; None: their default.
        special: whether special tokens in completions are kept or stripped; None: their default.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    missing: str | float | None = None
    special: str | None = None

    def binding(self, reward: Reward, trainer: Trainer) -> Binding:
        """As the exported file of a trainer would say it."""
        special = self.special or trainer.special
        return Binding("", reward.name, columns=self.columns, missing=self.missing, special=special)


class Told:
    """A reward as a trainer has it: the names of its fields, and what stands for a missing score.

    Raises:
        CallError: the trainer cannot be told so of a missing score, or a field that is named is none.
    """

    def __init__(self, trainer: Trainer, reward: Reward, naming: Naming) -> None:
        self.reward = reward
        self._policy = trainer.missing.checked(naming.missing, trainer.title)
        self._fields = Fields(reward, naming.binding(reward, trainer), trainer.title)

    def block(self, rows: Sequence[Mapping[str, Any]]) -> Block:
        """Samples, each with its values by the trainer's names."""
        given = columns_of(rows)
        empty: dict[str, list[Any]] = {name: [] for name in self.reward.inputs}
        return Block(self._fields.columns(given, len(rows)) if rows else empty, len(rows))

    def numbers(self, part: Part) -> list[Any]:
        """The totals, or what stands for missing ones."""
        return filled(part.totals, self._policy, self.reward.interval, None, part.reasons)


class Queries(msgspec.Struct):
    """What OpenRLHF sends; a label may be a JSON object with several fields."""

    query: list[str]
    prompts: list[str]
    labels: list[Any]


class OpenRLHF:
    """OpenRLHF's remote reward model. It shards one query over several servers: then some get none."""

    trainer = openrlhf.TRAINER
    path = "/openrlhf"
    about = f"For `--reward.remote_url`. {openrlhf.TRAINER.missing.effect}"
    asked = Queries
    answered: ClassVar[Any] = {"rewards": [1.5], "scores": [0.5], "extra_logs": {"missing": [0.0]}}

    def __init__(self, reward: Reward, naming: Naming) -> None:
        self._told = Told(self.trainer, reward, naming)

    def block(self, asked: Queries) -> Block:
        """A sample a query."""
        sizes = {name: len(getattr(asked, name)) for name in ("query", "prompts", "labels")}
        if len(set(sizes.values())) > 1:
            raise CallError("; ".join(f"`{name}` has {size} entries" for name, size in sizes.items()))
        rows = zip(asked.query, asked.prompts, asked.labels, strict=True)
        return self._told.block([openrlhf.given(*row) for row in rows])

    def told(self, _: Queries, part: Part) -> dict[str, Any]:
        """Lists of as many as there are queries, as OpenRLHF's own server gives."""
        return openrlhf.told(part.outcomes, self._told.numbers(part), self._told.reward.range)


class Sample(msgspec.Struct):
    """What slime sends; a label may be a JSON object with several fields."""

    response: str
    prompt: Any = None
    label: Any = None
    metadata: dict[str, Any] | None = None


class Slime:
    """slime's remote reward model: a number."""

    trainer = SLIME
    path = "/slime"
    about = "For `--rm-type remote_rm --rm-url`. slime can leave none out: a missing score is 0."
    asked = Sample
    answered: ClassVar[Any] = 1.5

    def __init__(self, reward: Reward, naming: Naming) -> None:
        self._told = Told(self.trainer, reward, naming)

    def block(self, asked: Sample) -> Block:
        """The only sample."""
        return self._told.block([{**packed(asked.label), **slime.given(asked)}])

    def told(self, _: Sample, part: Part) -> Any:
        """Its total."""
        (number,) = self._told.numbers(part)
        return number


def of_trainers(reward: Reward, naming: Naming) -> tuple[list[Endpoint], dict[str, str]]:
    """The trainers' endpoints; and why others are not served, by path: their trainer cannot have the reward.

    Raises:
        CallError: as `Told`.
    """
    served: list[Endpoint] = []
    refused: dict[str, str] = {}
    for kind in (OpenRLHF, Slime):
        try:
            check_fit(reward, kind.trainer, naming.binding(reward, kind.trainer))
        except CallError as error:
            refused[kind.path] = str(error)
        else:
            served.append(kind(reward, naming))
    return served, refused
