"""Everything that is claimed or left out, from the modules of `tests/parity/systems`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from tests.parity import systems

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.parity.claim import Claim, LibraryClaim

Function = tuple[str, str]
"""A published function: its system and its name, as the golden cases have them."""


@dataclass(frozen=True)
class Claimed:
    """A claim, with what it is about."""

    system: str
    claim: Claim

    @property
    def key(self) -> Function:
        """The published function."""
        return self.system, self.claim.function

    @property
    def spec(self) -> str:
        """The module and the name of the reward or def."""
        return self.claim.reward if ":" in self.claim.reward else f"systems.{self.system}:{self.claim.reward}"


_MODULES = {found.name: import_module(f"{systems.__name__}.{found.name}") for found in iter_modules(systems.__path__)}

CLAIMS = tuple(Claimed(system, claim) for system, module in _MODULES.items() for claim in getattr(module, "CLAIMS", ()))

LIBRARY: dict[Function, LibraryClaim] = {
    (system, claim.function): claim for system, module in _MODULES.items() for claim in getattr(module, "LIBRARY", ())
}
"""What functions of the Python library are claimed to give."""

ORIGINALS: dict[Function, Callable[..., Any]] = {
    (system, name): function
    for system, module in _MODULES.items()
    for name, function in getattr(module, "ORIGINALS", {}).items()
}
"""The originals in plain Python; each takes the inputs of a golden case by name."""

SINGLE: frozenset[Function] = frozenset(
    (system, name) for system, module in _MODULES.items() for name in getattr(module, "SINGLE", ())
)
"""Originals that compute in float32, or cancel what is nearly equal."""

LEFT_OUT: dict[Function, str] = {
    (system, name): reason
    for system, module in _MODULES.items()
    for name, reason in getattr(module, "LEFT_OUT", {}).items()
}
"""What no reward claims, with the reason: it has no place in a reward language, or needs what is not here."""
