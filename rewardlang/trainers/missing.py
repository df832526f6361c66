"""What a trainer gets for a score that is missing, in its own terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError

if TYPE_CHECKING:
    from collections.abc import Sequence

SKIP, NEUTRAL, ERROR = "skip", "neutral", "error"
"""None, where the trainer leaves it out; the mean of the prompt's others, which is no advantage; an exception."""


class MissingScoreError(CallError):
    """A sample has no score, and the trainer was to be told so by an exception."""


@dataclass(frozen=True)
class Missing:
    """What a trainer can be told.

    `default` is a word of `choices` or a number; a number is always a choice. `effect` says what the run then sees.
    """

    default: str | float
    choices: tuple[str, ...]
    effect: str

    def checked(self, wanted: str | float | None, trainer: str) -> str | float:
        """The policy that is wanted, or the default.

        Raises:
            CallError: the trainer knows no such policy.
        """
        if wanted is None:
            return self.default
        try:
            return float(wanted)
        except ValueError:
            if wanted in self.choices:
                return wanted
        known = " or ".join([", ".join(f"`{choice}`" for choice in self.choices), "a number"][not self.choices :])
        raise CallError(f"{trainer} cannot be told `{wanted}` of a missing score: write {known}")


def filled(
    totals: Sequence[float | None], policy: str | float, interval: Any, prompts: Sequence[Any] | None,
    reasons: Sequence[str | None],
) -> list[float | None]:  # fmt: skip
    """The totals with what `policy` puts in place of the missing ones.

    Raises:
        MissingScoreError: one is missing, and the policy is an exception.
    """
    if policy == SKIP or None not in totals:
        return list(totals)
    if policy == ERROR:
        row = list(totals).index(None)
        raise MissingScoreError(f"sample {row} has no score: {reasons[row]}")
    if policy == NEUTRAL:
        return _neutral(totals, prompts, interval)
    return [nearest(policy, interval) if total is None else total for total in totals]


def _neutral(totals: Sequence[float | None], prompts: Sequence[Any] | None, interval: Any) -> list[float | None]:
    """In each missing place the mean of the samples with the same prompt; of all, where none of them has a score."""
    keys = [prompt_key(prompt) for prompt in prompts] if prompts is not None else [""] * len(totals)
    known: dict[str, list[float]] = {}
    for key, total in zip(keys, totals, strict=True):
        if total is not None:
            known.setdefault(key, []).append(total)
    everything = [total for values in known.values() for total in values]
    otherwise = _mean(everything) if everything else nearest(0, interval)
    means = {key: _mean(values) for key, values in known.items()}
    return [
        means.get(key, otherwise) if total is None else total for key, total in zip(keys, totals, strict=True)
    ]  # fmt: skip


def prompt_key(prompt: Any) -> str:
    """What tells prompts apart: texts, chats, and arrays of tokens, of which `repr` alone leaves out the middle."""
    return repr(_listed(prompt))


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _listed(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_listed(entry) for entry in value]
    return value.tolist() if hasattr(value, "tolist") else value


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def nearest(policy: str | float, interval: Any) -> float:
    """A number that the reward can give: 0 is better than any score of a reward that only punishes."""
    return min(max(float(policy), float(interval.low)), float(interval.high))
