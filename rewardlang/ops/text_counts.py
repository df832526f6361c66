"""How often texts stand in texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import Rows
from rewardlang.ops.text import LENGTH, PART, X, needle
from rewardlang.types import INT

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts
    from rewardlang.facts import Interval


class CountPart(Rows):
    """How often `part` occurs in x, from the left, without overlap.

    Shapes: x, part: any axes, broadcast by name.
    Units: occurrences.
    Missing: where x or part is.
    Errors: none.
    Source: as Python's `str.count`: the empty text stands before, between and after all code points.
    Example: count_part("banana", "an") == 2
    """

    name = "count_part"
    parameters = (X, PART)
    result = INT

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return LENGTH

    def one(self, x: str, part: str) -> int:
        return x.count(part)

    def rows(self, x: Texts, part: Texts) -> Any:
        from rewardlang.kernels.text import count_literal

        return count_literal(x, needle(part))


BUILTINS = (CountPart(),)
