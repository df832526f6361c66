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
    """All kinds of diagnostic of this package that were imported, by code; kinds that others define are not listed."""
    families = (_family(kind) for kind in Diagnostic.__subclasses__())
    ours = (kind for family in families for kind in family if kind.__module__.startswith("rewardlang."))
    kinds = {kind.code: kind for kind in ours if hasattr(kind, "code")}
    return iter(kinds[code] for code in sorted(kinds))


def _family(kind: type[Diagnostic]) -> Iterator[type[Diagnostic]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _family(below)
