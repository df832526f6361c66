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
    `columns` makes the reward's fields of one case, or a list of them where a case is several samples, which are a group,
    or several, whose numbers are in the field `GROUP`;
    `params` its params and `consts` what it sets when the spec is compiled (cases with equal ones are scored together,
    or each in a call of its own where `alone` says so).
    `expected` takes the value to compare out of what was recorded; None means that ours must be missing. Where the
    original throws, ours must be missing, or what `raised` says. `slack` is the absolute difference that is allowed
    beside a relative tolerance: a float32 difference of equal numbers is not exactly 0.

    `recorded` does so where the inputs are needed too.

    `part` claims a def instead, whatever its result: its fields and its type, as in `("reply: text", "text?")`. It
    is compared in the language, by `same`. Of a function there may be several claims, one for each value that it gives.

    A reward along axes gives nested lists. `terms` are paths whose raw values stand behind the total, for originals that
    return their terms too. `calls`: `columns` gives a list of batches, for calls one after the other of a reward with
    memory.
    """

    function: str
    reward: str
    columns: Callable[[Inputs], Inputs] | Callable[[Inputs], list[Inputs]] | Callable[[Inputs], list[list[Inputs]]]
    params: Callable[[Inputs], Mapping[str, Any]] = lambda _: {}
    consts: Callable[[Inputs], Mapping[str, Any]] = lambda _: {}
    alone: bool = False
    expected: Callable[[Any], Any] = lambda value: value
    recorded: Callable[[Inputs, Any], Any] | None = None
    tolerance: float = EXACT
    raised: Any = None
    slack: float = 1e-7
    rules: tuple[Rule, ...] = field(default=())
    part: tuple[str, str] | None = None
    terms: tuple[str, ...] = ()
    calls: bool = False


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


def each(*names: str, **shared: str) -> Callable[[Inputs], list[Inputs]]:
    """A sample for each entry of these inputs of the original, which are batches; ours = theirs of what they share."""

    def columns(inputs: Inputs) -> list[Inputs]:
        same_for_all = {ours: inputs[theirs] for ours, theirs in shared.items()}
        entries = zip(*(inputs[name] for name in names), strict=True)
        return [dict(zip(names, entry, strict=True)) | same_for_all for entry in entries]

    return columns


def rows(columns: Inputs) -> list[Inputs]:
    """The samples of a case whose inputs are columns."""
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def item(place: int | str) -> Callable[[Any], Any]:
    """One part of what the original returns."""
    return lambda value: value[place]
