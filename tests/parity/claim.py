"""What it means to claim that a reward, or a part of one, gives what a published function returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Inputs = dict[str, Any]
EXACT = 0.0
GROUP = "group"
DEVICE = 1e-5
"""Relative, for what is computed in float32 on the device."""


@dataclass(frozen=True)
class Rule:
    """A difference that is right, by what the case is like, with the reason."""

    applies: Callable[[Inputs, Any], bool]
    reason: str


@dataclass(frozen=True)
class Claim:
    """`reward` gives what `function` returns.

    `reward` is the name of a reward in the spec that is called as the system, or `module:name` of another.
    `columns` makes the reward's fields of one case, or a list of them where a case is several samples; `params` its
    params (cases with equal params are scored together). The field `GROUP` of samples is the number of their group.
    `expected` takes the value to compare out of what was recorded; None means that ours must be missing. Where the
    original throws, ours must be missing, or what `raised` says. `slack` is the absolute difference that is allowed
    beside a relative tolerance: a float32 difference of equal numbers is not exactly 0.

    `recorded` does so where the inputs are needed too.

    `part` claims a def instead, whatever its result: its fields and its type, as in `("reply: text", "text?")`. It
    is compared in the language, by `same`. Of a function there may be several claims, one for each value that it gives.
    """

    function: str
    reward: str
    columns: Callable[[Inputs], Inputs] | Callable[[Inputs], list[Inputs]]
    params: Callable[[Inputs], Mapping[str, Any]] = lambda _: {}
    expected: Callable[[Any], Any] = lambda value: value
    recorded: Callable[[Inputs, Any], Any] | None = None
    tolerance: float = EXACT
    raised: Any = None
    slack: float = 1e-7
    rules: tuple[Rule, ...] = field(default=())
    part: tuple[str, str] | None = None


@dataclass(frozen=True)
class LibraryClaim:
    """`call`, which uses the Python library, gives what `function` returns: numbers, nested as there."""

    function: str
    call: Callable[[Inputs], Any]
    tolerance: float = 1e-9
    slack: float = 1e-9
    rules: tuple[Rule, ...] = field(default=())


def same(*names: str) -> Callable[[Inputs], Inputs]:
    """The fields are inputs of the original, called as there."""
    return lambda inputs: {name: inputs[name] for name in names}


def renamed(**names: str) -> Callable[[Inputs], Inputs]:
    """The fields are inputs of the original: ours = theirs."""
    return lambda inputs: {ours: inputs[theirs] for ours, theirs in names.items()}


def item(place: int | str) -> Callable[[Any], Any]:
    """One part of what the original returns."""
    return lambda value: value[place]
