"""The specs that a command line names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rewardlang.diagnostics import CallError, suggest
from rewardlang.driver import find_spec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rewardlang.check.checked import Checked
    from rewardlang.check.core import CheckedReward


@dataclass(frozen=True)
class Spec:
    """A file, and the reward in it that the caller means (None: all, or the only one)."""

    path: Path
    reward: str | None


def find_specs(words: Iterable[str]) -> Iterator[Spec]:
    """The specs that words on the command line name; a folder names every `.rwd` file in it.

    Raises:
        CallError: there is no such file, or no `.rwd` file in a folder.
    """
    for word in words:
        if Path(word).is_dir():
            yield from (Spec(path, None) for path in files_in(Path(word)))
        else:
            yield Spec(*find_spec(word))


def files_in(folder: Path) -> list[Path]:
    """The `.rwd` files in a folder and those below it, hidden folders left out."""
    found = sorted(
        path
        for path in folder.rglob("*.rwd")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not found:
        raise CallError(f"there is no .rwd file in `{folder}`")
    return found


def named_rewards(checked: Checked, spec: Spec) -> list[CheckedReward]:
    """The reward that the spec names, or all of the module.

    Raises:
        CallError: the module has no such reward.
    """
    if spec.reward is None:
        return list(checked.rewards.values())
    if spec.reward not in checked.rewards:
        meant = suggest(spec.reward, checked.rewards)
        known = f"; did you mean `{meant}`?" if meant else f"; it has {written_names(checked.rewards)}"
        raise CallError(f"`{spec.path}` has no reward `{spec.reward}`{known}")
    return [checked.rewards[spec.reward]]


def only_reward(checked: Checked, spec: Spec) -> CheckedReward:
    """The reward that the spec names, or the module's only one.

    Raises:
        CallError: the module has no such reward, none at all, or several to choose from.
    """
    rewards = named_rewards(checked, spec)
    if not rewards:
        raise CallError(f"`{spec.path}` has no reward")
    if len(rewards) > 1:
        first = rewards[0].name
        raise CallError(
            f"`{spec.path}` has {len(rewards)} rewards, {written_names(checked.rewards)}: say which, as in"
            f" `{spec.path}:{first}`"
        )
    return rewards[0]


def written_names(names: Iterable[str]) -> str:
    """Names as a sentence lists them."""
    quoted = [f"`{name}`" for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1]))) if quoted else "none"
