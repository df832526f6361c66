"""How often a text repeats itself, whatever its words are."""

from __future__ import annotations

from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import Parameter, Rows
from rewardlang.ops.sets import SCORE
from rewardlang.types import TEXT

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts
    from rewardlang.facts import Interval

LARGEST = 2**20
"""Bytes of a text beyond which it is missing: each takes about a hundred of memory."""


class SubstringRepetition(Rows):
    """The share of the substrings of a text that have been there before: 0 where all differ, near 1 for one character.

    Shapes: x: any axes.
    Units: a share.
    Missing: where x has more than 1 MiB; where x is. A text of one character or none repeats nothing.
    Errors: none. The work grows with the length.
    Source: 2 s / (n (n + 1)) for n code points, where s is the sum of the longest common prefixes of neighbouring
        suffixes in their order; s is n (n + 1) / 2 less the number of different substrings.
    Example: substring_repetition("aab") == 1 / 6 ?? false
    """

    name = "substring_repetition"
    slow = True
    parameters = (Parameter("x", (TEXT,)),)
    partial = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return SCORE

    def one(self, x: str) -> float | None:
        if len(x.encode(errors="replace")) > LARGEST:
            return None
        suffixes = sorted(x[start:] for start in range(len(x)))
        shared = 0
        for one, other in pairwise(suffixes):
            shared += sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
        return 2 * shared / (len(x) * (len(x) + 1)) if x else 0.0

    def rows(self, x: Texts) -> Any:
        import numpy as np

        from rewardlang.kernels.substrings import count_substrings

        present = x.ends - x.starts <= LARGEST
        counts, sizes = count_substrings(x.within(x.starts, np.where(present, x.ends, x.starts)))
        total = np.maximum(sizes * (sizes + 1) // 2, 1)
        return np.where(sizes > 0, (total - counts) / total, 0.0), present


BUILTINS = (SubstringRepetition(),)
