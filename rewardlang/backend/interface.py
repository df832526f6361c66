"""What callers of a reward must know of it beyond its graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rewardlang.types import Type


@dataclass(frozen=True)
class Interface:
    """What the spec promises of a reward.

    `result` is the type that it declares, `total` that of its total, with the proved range; `across` holds `group` and
    `batch` where a score depends on other samples of the call. `fingerprint` is a hash of the meaning: formatting,
    comments and names of locals do not change it.
    """

    result: Type
    total: Type
    across: frozenset[str]
    fingerprint: str
