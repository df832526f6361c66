"""What the host asks of a model, and what it gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class ToolUse:
    """A tool that a model called before it answered: its arguments and what it returned, cut where they are long."""

    tool: str
    arguments: str
    result: str


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model gave to a list of requests.

    `values[i]`, or None with the reason `reasons[i]` (None where it answered). `traces[i]` are the tools that it used,
    in order; `traces` is empty for a model without tools.
    """

    values: Sequence[Any]
    reasons: Sequence[str | None]
    traces: Sequence[tuple[ToolUse, ...]] = ()


class Answering(Protocol):
    """A model that can be asked.

    It gets a column for each of its fields, with an entry a request; requests differ from each other. A field over
    `group` holds a list in each entry, and the value of such a request is a list too.
    """

    def __call__(self, fields: Mapping[str, Sequence[Any]]) -> Answers:
        """The answers, one a request."""
        ...
