"""What is known of a trainer: how it calls, what it makes of a missing score, and whether it may split a group."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from rewardlang.diagnostics import CallError
from rewardlang.trainers.messages import KEEP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rewardlang.backend.reward import Reward
    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.missing import Missing


class Groups(Enum):
    """What a call of the reward has of the samples of one prompt."""

    NEVER = "may split a group"
    """One sample, or some of a group: nothing can be compared."""
    SIZED = "needs the size of a group"
    """Whole groups, of a size that the caller must say."""
    TOLD = "tells its groups"
    """Whole groups, and the adapter knows which."""


@dataclass(frozen=True)
class Trainer:
    """A trainer.

    Attributes:
        name: what `rwd export` calls it.
        title: what it calls itself.
        tested: the versions that the calling convention was read from or run with.
        gives: what the fields can be made from.
        missing: what it can be told of a missing score.
        groups: what a call has of a group.
        calls: why `groups` is so, and of environments why no text is read; the end of a sentence that begins "TRL …".
        logs: where terms appear.
        configured: how the trainer is told of the file; `{file}`, `{module}` and `{function}` are filled in.
        write: the functions of the exported file.
        function: the name that the trainer expects; None: the reward's own.
        entries: whether it takes several rewards, which `--entries` makes of the entries of the root.
        sync: whether `--sync` makes the function of an `async` one a plain one.
        special: whether special tokens are kept in completions or stripped, if the user says nothing.
        steps: whether it steps environments: rewards are traced, and may remember what they have seen of each.
    """

    name: str
    title: str
    tested: str
    gives: str
    missing: Missing
    groups: Groups
    calls: str
    logs: str
    configured: str
    write: Callable[[Exported], str]
    function: str | None = None
    aliases: tuple[str, ...] = ()
    entries: bool = False
    sync: bool = False
    special: str = KEEP
    steps: bool = False


@dataclass(frozen=True)
class Exported:
    """What is to be written: a reward for a trainer.

    `entries` are the root's, by the names of their functions; `params` the values of the reward's params.
    """

    trainer: Trainer
    binding: Binding
    function: str
    about: str
    entries: dict[str, str]
    params: Mapping[str, bool | int | float]
    sync: bool = False


def check_fit(reward: Reward, trainer: Trainer, binding: Binding) -> None:
    """Refuse a reward that the trainer cannot have, by name.

    Raises:
        CallError: it remembers, gives lists, works on text, or compares samples that the trainer may keep apart.
    """
    title = trainer.title
    _check_memory(reward, trainer)
    if reward.interface.result.axes:
        raise CallError(f"`{reward.name}` gives a list a sample, and {title} takes a number")
    compared = reward.interface.across
    if "batch" in compared:
        raise CallError(f"`{reward.name}` compares all samples of a call (`over batch`), and {title} {trainer.calls}")
    if "group" not in compared:
        _check_traced(reward, trainer)
        return
    if trainer.groups is Groups.NEVER:
        raise CallError(f"`{reward.name}` compares the samples of a group (`over group`), and {title} {trainer.calls}")
    if trainer.groups is Groups.SIZED and binding.group is None:
        raise CallError(
            f"`{reward.name}` compares the samples of a group (`over group`), and {title} {trainer.calls}: "
            "say how many there are with `--group-size N`"
        )


def _check_memory(reward: Reward, trainer: Trainer) -> None:
    lost = [f"`{spec.name}`" for spec in reward.executor.graph.memories if not (trainer.steps and spec.per_sample)]
    if not lost:
        return
    names = ", ".join(lost)
    if trainer.steps:
        raise CallError(
            f"`{reward.name}` remembers {names} of all samples together, and {trainer.title} has a memory for each "
            "environment: declare it `per sample`"
        )
    raise CallError(
        f"`{reward.name}` remembers {names} from call to call, which {trainer.title} would neither save nor share"
    )


def _check_traced(reward: Reward, trainer: Trainer) -> None:
    if not trainer.steps:
        return
    from rewardlang.backend.stepping import refuse_host_work

    try:
        refuse_host_work(reward.executor)
    except CallError as error:
        what, _, _ = str(error).partition("; use `prepare`")
        raise CallError(f"{what}; {trainer.title} {trainer.calls}") from None
