"""Collects diagnostics while a stage goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rewardlang.diagnostics.diagnostic import Diagnostic, Severity
from rewardlang.diagnostics.exceptions import CompileError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Sink:
    """What was reported so far, each fault once."""

    diagnostics: list[Diagnostic] = field(default_factory=list)

    def report(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic, unless the same code was already reported for the same span."""
        where = (diagnostic.code, diagnostic.span)
        if all((known.code, known.span) != where for known in self.diagnostics):
            self.diagnostics.append(diagnostic)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Report each."""
        for diagnostic in diagnostics:
            self.report(diagnostic)

    @property
    def failed(self) -> bool:
        """Whether an error, not only a warning, was reported."""
        return any(known.severity is Severity.ERROR for known in self.diagnostics)

    def raise_if_failed(self) -> None:
        """Raise `CompileError` with everything reported, where there is an error."""
        if self.failed:
            raise CompileError(self.diagnostics)
