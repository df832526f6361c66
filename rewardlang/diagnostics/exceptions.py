"""Exceptions of the public interface.

RewardlangError
├── CompileError    the spec is wrong; carries every diagnostic
├── CallError       the caller is wrong; names the argument, the sample and the value
└── InternalError   the compiler is wrong; asks for a report
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.diagnostics.diagnostic import Diagnostic


class RewardlangError(Exception):
    """The root of every exception that this package raises."""


class CompileError(RewardlangError):
    """The spec is wrong. `diagnostics` holds every fault that was found, warnings included."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        from rewardlang.diagnostics.render import render_all

        self.diagnostics = tuple(diagnostics)
        super().__init__("\n" + render_all(self.diagnostics))


class CallError(RewardlangError, ValueError):
    """The caller's arguments do not fit the reward: a column, a length, a type, a param."""


class InternalError(RewardlangError):
    """The compiler broke a promise of its own. Please report it with the spec that shows it."""
