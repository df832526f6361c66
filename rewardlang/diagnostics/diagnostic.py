"""One frozen dataclass a kind of diagnostic; its docstring is the page that `rwd explain CODE` prints."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewardlang.source import Span


class Severity(StrEnum):
    """How bad it is: an error stops the compilation, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Label:
    """A span with a short text beside its underline."""

    span: Span
    text: str


@dataclass(frozen=True, kw_only=True)
class Diagnostic(ABC):
    """A fault in a spec. Fields are the facts; `message()` says them in one line that can be read alone."""

    code: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR

    span: Span
    label: str = ""
    causes: tuple[Label, ...] = ()

    @abstractmethod
    def message(self) -> str:
        """The first line, readable without the source."""

    def note(self) -> str | None:
        """Why the rule exists, where that is not obvious."""
        return None

    def help(self) -> str | None:
        """What to do, in the imperative, with the text to type."""
        return None


def every_diagnostic() -> Iterator[type[Diagnostic]]:
    """All kinds of diagnostic that were imported, by code."""
    kinds = {
        kind.code: kind
        for kind in _below(Diagnostic)
        if hasattr(kind, "code")  # type: ignore[type-abstract] # its subclasses are asked for
    }
    return iter(kinds[code] for code in sorted(kinds))


def _below(kind: type[Diagnostic]) -> Iterator[type[Diagnostic]]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)
