"""How much two lists have in common."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rewardlang.facts import Interval
from rewardlang.ops.builtin import NUMBER, Lists, Parameter, Role
from rewardlang.types import TEXT, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.column import Ragged, Slices

SCORE = Interval(0, 1)


class Jaccard(Lists):
    """The size of what two lists share by that of both together, as sets or as multisets.

    Shapes: a, b: lists of texts or of numbers, which are consumed.
    Units: none.
    Missing: where a or b is; entries that may be missing need `missing:` or `??`.
    Errors: a list of texts with one of numbers.
    Source: |A & B| / |A | B|; as multisets |A & B| / (|A| + |B| - |A & B|) with the smaller count of each entry, as the
        reward of ToolRL (arXiv 2504.13958, section 3.3). Two empty lists: 1; one empty list: 0.
    Example: jaccard(words("a b"), words("b c d")) == 0.25
    """

    name = "jaccard"
    sliced = True
    parameters = (
        Parameter("a", (TEXT, *NUMBER), axes=("a",)),
        Parameter("b", (TEXT, *NUMBER), axes=("b",)),
        Parameter("as", (), role=Role.WORD, default="set", words=("set", "multiset")),
    )

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        kinds = {type_.element == TEXT for type_ in types}
        return "compare texts with texts, or numbers with numbers" if len(kinds) > 1 else None

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return SCORE

    def one(self, a: list[Any], b: list[Any], **options: Any) -> float:
        made: type = set if options.get("as", "set") == "set" else list
        left, right = Counter(made(a)), Counter(made(b))
        shared = (left & right).total()
        both = left.total() + right.total() - shared
        return shared / both if both else 1.0

    def lists(self, a: Ragged | Slices, b: Ragged | Slices, **options: Any) -> Any:
        from rewardlang.columns.overlap import overlap

        return likeness(*overlap(a, b, counted=options.get("as", "set") == "multiset"))


def likeness(shared: Any, left: Any, right: Any) -> Any:
    """What two sets share by what both hold together, from the sizes int64[rows]; 1 where both are empty."""
    import numpy as np

    both = left + right - shared
    return np.where(both > 0, shared / np.maximum(both, 1), 1.0)


BUILTINS = (Jaccard(),)
