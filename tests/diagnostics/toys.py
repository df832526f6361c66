"""Kinds of diagnostic for these tests, and spans that are found by their text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rewardlang.diagnostics import Diagnostic, Label, Severity
from rewardlang.source import Source, Span


@dataclass(frozen=True, kw_only=True)
class ToyError(Diagnostic):
    """A toy that broke.

    *What it means.* A part of the toy is gone.

    *Why it matters.* Nobody plays with half a toy.

    Example:
        let toy = broken

    Instead:
        let toy = whole
    """

    code: ClassVar[str] = "toy-broken"
    says: str = "the toy is broken"
    why: str | None = None
    advice: str | None = None

    def message(self) -> str:
        return self.says

    def note(self) -> str | None:
        return self.why

    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True, kw_only=True)
class ToyWarning(Diagnostic):
    """A toy that creaks."""

    code: ClassVar[str] = "toy-creaks"
    severity: ClassVar[Severity] = Severity.WARNING

    def message(self) -> str:
        return "the toy creaks"


def at(source: Source, text: str) -> Span:
    """The span of the only occurrence of `text`."""
    assert source.text.count(text) == 1, text
    start = source.text.index(text)
    return Span(source, start, start + len(text))


def cause(source: Source, text: str, label: str) -> Label:
    return Label(at(source, text), label)
