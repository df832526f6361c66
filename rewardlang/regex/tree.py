"""The tree of a regular expression, and the facts that are read off it.

Nodes are frozen; flags are already resolved into them: a `CharClass` says whether case counts, an `Assertion` whether
it looks at lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class At(IntEnum):
    """What an assertion asks of a position."""

    TEXT_START = 0
    LINE_START = 1
    TEXT_END = 2
    LAST_LINE_END = 3
    LINE_END = 4
    WORD_BOUNDARY = 5
    NO_WORD_BOUNDARY = 6


@dataclass(frozen=True, slots=True)
class Literal:
    """A run of characters that must appear exactly; empty for the empty pattern."""

    text: str


@dataclass(frozen=True, slots=True)
class CharClass:
    """One character out of a set: `ranges` of code points and `categories` out of `dDwWsS`."""

    ranges: tuple[tuple[int, int], ...]
    categories: str = ""
    negated: bool = False
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class Assertion:
    """A condition on the position that consumes nothing."""

    at: At


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts one after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alternation:
    """The first branch that leads to a match."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A capturing group; `index` counts from 1."""

    index: int
    body: Node


@dataclass(frozen=True, slots=True)
class Repeat:
    """`body`, `least` to `most` times (`None`: without limit), as often as possible or as rarely."""

    body: Node
    least: int
    most: int | None
    greedy: bool


Node = Literal | CharClass | Assertion | Sequence | Alternation | Group | Repeat

EMPTY = Literal("")


def nullable(node: Node) -> bool:
    """Whether `node` may match without consuming a character."""
    match node:
        case Literal(text):
            return not text
        case CharClass():
            return False
        case Assertion():
            return True
        case Sequence(parts):
            return all(nullable(part) for part in parts)
        case Alternation(branches):
            return any(nullable(branch) for branch in branches)
        case Group(_, body):
            return nullable(body)
        case Repeat(body, least, _, _):
            return least == 0 or nullable(body)


def single(node: Node) -> bool:
    """Whether `node` matches exactly one character and captures nothing."""
    return isinstance(node, CharClass) or (isinstance(node, Literal) and len(node.text) == 1)


def expansion(node: Node, states: int = 1) -> int:
    """How many instructions `node` expands to, at most; `states` are the copies of what consumes nothing."""
    match node:
        case Literal(text):
            return min(len(text), 1)
        case CharClass():
            return 1
        case Assertion():
            return states
        case Sequence(parts):
            return sum(expansion(part, states) for part in parts)
        case Alternation(branches):
            return sum(expansion(branch, states) + states for branch in branches)
        case Group(_, body):
            return expansion(body, states) + 2 * states
        case Repeat(body, least, most, _):
            if single(body):
                return least + 3 * states
            copies = least + 1 if most is None else most
            inner = states + 1 if nullable(body) and most != 1 else states
            return copies * (expansion(body, inner) + inner)
