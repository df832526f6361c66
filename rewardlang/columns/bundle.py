"""Several columns of one length as one: what a builtin gives whose result is a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rewardlang.columns.column import Column, Ints, take

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """Columns of one length, by name."""

    parts: Mapping[str, Column]

    def __len__(self) -> int:
        return len(next(iter(self.parts.values())))

    def take(self, rows: Ints) -> Bundle:
        """The rows at `rows` of each column."""
        return Bundle({name: take(part, rows) for name, part in self.parts.items()})
