"""The name that was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORT = 3
"""Up to this length one slip is a third of the word, so that it must be a likely one."""


def suggest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `word` is a slip of, or `None` where nothing is near.

    Slips are letters left out, added, replaced or swapped with their neighbour, at most one in three letters of the
    shorter of both; another case, other separators, another order of the parts of a name, a plural. Among equally near
    names the one with the longest common beginning wins, then the first in alphabetical order.
    """
    near = (
        (distance, -_common_prefix(word, name), name)
        for name in set(known) - {word}
        if (distance := _slips(word, name)) is not None
    )
    return min(near, default=(0, 0, None))[2]


def _slips(word: str, name: str) -> int | None:
    """How many slips make `name` into `word`; `None` where these are too many to be slips."""
    a, b = _letters(word), _letters(name)
    if not a or not b:
        return None
    if a == b:
        return 0
    if _is_plural(a, b) or _is_plural(b, a) or _same_parts(word, name):
        return 1
    limit = max(min(len(a), len(b)) // 3, 1)
    if abs(len(a) - len(b)) > limit:
        return None
    distance = edit_distance(a, b)
    return distance if distance <= limit and _likely(a, b) else None


def _likely(a: str, b: str) -> bool:
    """Whether short words share enough: `bax` is no slip of `max`, `xam` neither, but `mxa` is."""
    return min(len(a), len(b)) > _SHORT or sorted(a) == sorted(b) or (a[0] == b[0] and min(len(a), len(b)) > 1)


def _letters(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _same_parts(a: str, b: str) -> bool:
    return sorted(_parts(a)) == sorted(_parts(b))


def _parts(name: str) -> list[str]:
    return name.casefold().replace("-", "_").split("_")


def _is_plural(plural: str, singular: str) -> bool:
    forms = [singular + "s", singular + "es"]
    if singular.endswith("y"):
        forms.append(singular[:-1] + "ies")
    return len(singular) > 1 and plural in forms


def _common_prefix(a: str, b: str) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def edit_distance(a: str, b: str) -> int:
    """How many letters must be added, removed, replaced or swapped with their neighbour to make `a` into `b`.

    No letter is touched twice (the restricted, or optimal string alignment, distance).

    Source: F. J. Damerau, A technique for computer detection and correction of spelling errors, CACM 7(3), 1964.
    """
    before: list[int] = []
    above = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]
