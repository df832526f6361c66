"""What can be asked about a text together with other questions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


@dataclass(frozen=True)
class Question:
    """Whether a pattern matches somewhere in a text, or all of it if `full`."""

    pattern: str
    flags: str = ""
    full: bool = False


class Kind(IntEnum):
    """What is asked about literals."""

    COUNT = 0
    """How many occurrences there are without overlap."""
    FIRST = 1
    """Where the first one begins, -1 if there is none."""
    LAST = 2
    """Where the last one begins."""
    PAIR = 3
    """What the first occurrence of one literal and the next one of another enclose: where that begins and ends."""
    LAST_PAIR = 4
    """The same of the last such pair, from the left and without overlap."""


@dataclass(frozen=True)
class Seek:
    """A question about one literal, or about two.

    Where `folded`, the literals are in small letters, and those in the text may be of either case.
    """

    kind: Kind
    one: bytes
    other: bytes = b""
    folded: bool = False

    @property
    def literals(self) -> tuple[bytes, ...]:
        """The literals that it asks about."""
        return (self.one, self.other) if self.kind >= Kind.PAIR else (self.one,)
