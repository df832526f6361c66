"""What the host asks of a model, and what it gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model gave to a list of requests.

    `values[i]`, or None with the reason `reasons[i]` (None where it answered).
    """

    values: Sequence[Any]
    reasons: Sequence[str | None]


class Answering(Protocol):
    """A model that can be asked.

    It gets a column for each of its fields, with an entry a request; requests differ from each other. A field over
    `group` holds a list in each entry, and the value of such a request is a list too.
    """

    def __call__(self, fields: Mapping[str, Sequence[Any]]) -> Answers:
        """The answers, one a request."""
        ...
