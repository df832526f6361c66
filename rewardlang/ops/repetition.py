"""How often a list repeats itself: `distinct_n`, `repetition`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import Lists, Parameter, Role
from rewardlang.ops.sets import SCORE
from rewardlang.types import INT, TEXT, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.column import Ragged
    from rewardlang.facts import Interval

ENTRIES = Parameter("x", (TEXT, INT), axes=("a",))
N = Parameter("n", (INT,), role=Role.CONST)


def _wrong_n(options: Mapping[str, Any]) -> str | None:
    return None if 1 <= options.get("n", 1) <= 1000 else "`n` is a number from 1 to 1000"


def _one(x: list[Any], n: int) -> float | None:
    total = len(x) - n + 1
    return len({tuple(x[start : start + n]) for start in range(total)}) / total if total > 0 else None


def _shares(x: Ragged, n: int) -> tuple[Any, Any]:
    """The share of n-grams that are different, and where there are any."""
    import numpy as np

    from rewardlang.columns.ngrams import hashes
    from rewardlang.kernels.ngrams import distinct

    total = x.lengths - n + 1
    return distinct(x.offsets, hashes(x.column), n) / np.maximum(total, 1), total > 0


class DistinctN(Lists):
    """Distinct-n: the number of different runs of n entries, texts or ids, by that of all.

    Shapes: x: a list, which is consumed.
    Units: a share.
    Missing: where x has less than n entries; where x is.
    Errors: n must be a constant from 1 to 1000. The work grows with n times the length.
    Source: Li et al. 2016 (arXiv 1510.03055, section 5.2), by the number of n-grams.
    Example: distinct_n(words("a b a b"), 2) == 2 / 3 ?? false
    """

    name = "distinct_n"
    parameters = (ENTRIES, N)
    partial = True

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        return _wrong_n(options)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return SCORE

    def one(self, x: list[Any], n: int) -> float | None:
        return _one(x, n)

    def lists(self, x: Ragged, n: int) -> Any:
        return _shares(x, n)


class Repetition(Lists):
    """The share of the runs of n entries, texts or ids, that repeat an earlier one.

    Shapes: x: a list, which is consumed.
    Units: a share.
    Missing: where x has less than n entries; where x is.
    Errors: n must be a constant from 1 to 1000. The work grows with n times the length.
    Source: 1 - distinct_n; the n-gram repetition penalty (arXiv 2502.03373, appendix) is a multiple of it.
    Example: round(3 * (repetition(words("a b a b"), 2) ?? 0)) == 1
    """

    name = "repetition"
    parameters = (ENTRIES, N)
    partial = True

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        return _wrong_n(options)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return SCORE

    def one(self, x: list[Any], n: int) -> float | None:
        share = _one(x, n)
        return None if share is None else 1 - share

    def lists(self, x: Ragged, n: int) -> Any:
        shares, present = _shares(x, n)
        return 1 - shares, present


BUILTINS = (DistinctN(), Repetition())
