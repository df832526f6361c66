"""Variations of measured inputs: numbers of any nesting, which stay in the domain that they came from.

A cosine stays one, and a width positive: numbers shrink, and only those in lists change their sign or vanish.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

Place = tuple[Any, ...]


def measured(value: Any) -> bool:
    """Whether it is a float, or lists or objects with floats or bools and no text in them."""
    leaves = list(_leaves(value, ()))
    kinds = {type(leaf) for _, leaf in leaves}
    return bool(kinds & {float, bool}) and not kinds & {str, type(None)}


def remeasured(value: Any, rng: Random) -> Any:
    """The value with one or two of its numbers changed, in place where it is a list or an object."""
    for _ in range(rng.randint(1, 2)):
        leaves = [(place, leaf) for place, leaf in _leaves(value, ()) if isinstance(leaf, float | bool)]
        place, leaf = rng.choice(leaves)
        new = _changed(leaf, [other for _, other in leaves if type(other) is type(leaf)], rng, listed=_listed(place))
        if not place:
            return new
        inner = value
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = new
    return value


def _leaves(value: Any, place: Place) -> Any:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves(part, (*place, key))
    elif isinstance(value, list):
        for key, part in enumerate(value):
            yield from _leaves(part, (*place, key))
    else:
        yield place, value


def _listed(place: Place) -> bool:
    return bool(place) and isinstance(place[-1], int)


def _changed(leaf: float | bool, like: list[Any], rng: Random, *, listed: bool) -> float | bool:  # noqa: FBT001 - a leaf
    if isinstance(leaf, bool):
        return not leaf
    if not listed:
        return leaf * rng.choice((0.5, 0.75, 0.9))
    return rng.choice((-leaf, 0.0, leaf / 2, leaf * 0.9, leaf, rng.choice(like)))
