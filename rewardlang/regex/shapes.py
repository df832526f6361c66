"""Shapes of patterns that have a faster plan than an automaton."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from typing import Literal as Word

from rewardlang.regex.classes import resolve
from rewardlang.regex.constructors import any_character
from rewardlang.regex.tree import CharClass, Group, Literal, Repeat, Sequence

if TYPE_CHECKING:
    from collections.abc import Sequence as Many

    from rewardlang.regex.syntax import Pattern
    from rewardlang.regex.tree import Node

_ANYTHING = Repeat(any_character(dot_all=True), 0, None, greedy=False)
_SPACES = Repeat(CharClass((), "s"), 0, None, greedy=True)


@dataclass(frozen=True)
class Delimited:
    """One group between two literals, perhaps without the whitespace at its sides.

    Where `folded`, the literals are in small letters, and match letters of either case.
    """

    opening: str
    closing: str
    folded: bool
    stripped: Word["both", "left", "right"] | None


@lru_cache(maxsize=512)
def delimited(pattern: Pattern) -> Delimited | None:
    r"""The parts of a pattern such as `<a>\s*(.*?)\s*</a>` under the flag `s`; None for one of another shape.

    The match is that of the first opening literal that a closing one follows, up to the first that does. Where `\s*`
    may take a part of the closing literal, it is another. Under the flag `i` the literals must be in ASCII, without the
    letters i, k and s, which equal characters beyond it.
    """
    root = pattern.root
    if not isinstance(root, Sequence) or pattern.group_names != (None,):
        return None
    parts = list(root.parts)
    group = Group(1, _ANYTHING)
    if group not in parts:
        return None
    place = parts.index(group)
    left, right = _SPACES in parts[place - 1 : place], _SPACES in parts[place + 1 : place + 2]
    literals = [_literal(parts[: place - left]), _literal(parts[place + 1 + right :])]
    opening, closing = (text for text, _ in literals)
    folds = {folded for _, folded in literals} - {None}
    if not opening or not closing or len(folds) > 1 or ((left or right) and closing[0].isspace()):
        return None
    side: Word["both", "left", "right"] | None = "both" if left and right else "left" if left else "right"
    return Delimited(opening, closing, True in folds, side if left or right else None)


def _literal(parts: Many[Node]) -> tuple[str, bool | None]:
    """A literal, and whether the case of its letters does not count, None where it has none; empty for other parts."""
    characters = [_character(part) for part in parts]
    folds = {folded for _, folded in characters} - {None}
    if len(folds) > 1 or not all(text for text, _ in characters):
        return "", None
    return "".join(text for text, _ in characters), folds.pop() if folds else None


def _character(part: Node) -> tuple[str, bool | None]:
    if isinstance(part, Literal):
        return part.text, False if any(map(str.isalpha, part.text)) else None
    if isinstance(part, CharClass) and part.ignore_case and len(part.ranges) == 1 and not part.negated:
        letter = chr(part.ranges[0][0]).lower()
        if letter.isascii() and resolve(part) == [(ord(case),) * 2 for case in (letter.upper(), letter)]:
            return letter, True
    return "", None
