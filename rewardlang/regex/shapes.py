"""Shapes of patterns that have a faster plan than an automaton."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from typing import Literal as Word

from rewardlang.regex.constructors import any_character
from rewardlang.regex.tree import CharClass, Group, Literal, Repeat, Sequence

if TYPE_CHECKING:
    from rewardlang.regex.syntax import Pattern

_ANYTHING = Repeat(any_character(dot_all=True), 0, None, greedy=False)
_SPACES = Repeat(CharClass((), "s"), 0, None, greedy=True)


@dataclass(frozen=True)
class Delimited:
    """One group between two literals, perhaps without the whitespace at its sides."""

    opening: str
    closing: str
    stripped: Word["both", "left", "right"] | None


@lru_cache(maxsize=512)
def delimited(pattern: Pattern) -> Delimited | None:
    r"""The parts of a pattern such as `<a>\s*(.*?)\s*</a>` under the flag `s`; None for one of another shape.

    The match is that of the first opening literal that a closing one follows, up to the first that does. Where `\s*`
    may take a part of the closing literal, it is another.
    """
    root = pattern.root
    if not isinstance(root, Sequence) or pattern.group_names != (None,):
        return None
    parts = list(root.parts)
    left, right = _SPACES in parts[1:2], _SPACES in parts[-2:-1]
    opening, *middle, closing = parts
    if not isinstance(opening, Literal) or not isinstance(closing, Literal):
        return None
    if middle != [*[_SPACES] * left, Group(1, _ANYTHING), *[_SPACES] * right]:
        return None
    if (left or right) and closing.text[0].isspace():
        return None
    side: Word["both", "left", "right"] | None = "both" if left and right else "left" if left else "right"
    return Delimited(opening.text, closing.text, side if left or right else None)
