"""Patterns as states joined by edges that consume nothing, for questions of yes or no: order and groups do not count.

A set of states is an integer with a bit for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewardlang.regex.classes import resolve
from rewardlang.regex.symbols import UnfitError
from rewardlang.regex.tree import Alternation, Assertion, At, CharClass, Group, Literal, Node, Repeat, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence as Items

    from rewardlang.regex.classes import Ranges

MOST_STATES = 1500
WORD, NEWLINE = CharClass((), "w"), CharClass(((10, 10),))
BEGIN, AFTER_WORD, AFTER_BREAK, AFTER_OTHER = range(4)
"""What stands before a place: nothing, a word character, a line break, another character."""
AT_END, AT_LAST_BREAK, AT_WORD, AT_BREAK, AT_OTHER = range(5)
"""What stands behind it: nothing, a line break that ends the text, and as before."""


def holds(at: At, before: int, behind: int) -> bool:
    """Whether an assertion is true between two neighbours."""
    match at:
        case At.TEXT_START:
            return before == BEGIN
        case At.LINE_START:
            return before in (BEGIN, AFTER_BREAK)
        case At.TEXT_END:
            return behind == AT_END
        case At.LAST_LINE_END:
            return behind in (AT_END, AT_LAST_BREAK)
        case At.LINE_END:
            return behind in (AT_END, AT_LAST_BREAK, AT_BREAK)
    # In Python before 3.14 neither `\b` nor `\B` holds in the empty text.
    if before == BEGIN and behind == AT_END:
        return False
    return ((before == AFTER_WORD) != (behind == AT_WORD)) == (at == At.WORD_BOUNDARY)


class Threads:
    """The states of several patterns. Build all of them, then ask.

    `steps[state]` is (number of its set, next state); `matches[state]` the number of the pattern that has matched.
    """

    def __init__(self) -> None:
        self.sets: list[Ranges] = []
        self.steps: dict[int, tuple[int, int]] = {}
        self.matches: dict[int, int] = {}
        self.assertions: dict[int, tuple[At, int]] = {}
        self.kinds: set[At] = set()
        self._branches: dict[int, list[int]] = {}
        self._numbers: dict[CharClass, int] = {}
        self.count = 0
        self._reached: dict[int, int] = {}
        self._closed: dict[tuple[int, int, int], int] = {}

    def pattern(self, root: Node, number: int, *, full: bool) -> int:
        """Add a pattern; its first state."""
        match = self._new()
        self.matches[match] = number
        return self._build(root, self._assertion(At.TEXT_END, match) if full else match)

    def set_of(self, node: CharClass) -> int:
        """The number of a set of characters."""
        if node not in self._numbers:
            self._numbers[node] = len(self.sets)
            self.sets.append(resolve(node))
        return self._numbers[node]

    def reached(self, state: int) -> int:
        """The states reached without consuming or asking anything: steps, assertions, matches."""
        if state not in self._reached:
            found, seen, waiting = 0, {state}, [state]
            while waiting:
                at = waiting.pop()
                if at not in self._branches:
                    found |= 1 << at
                    continue
                new = [other for other in self._branches[at] if other not in seen]
                seen.update(new)
                waiting += new
            self._reached[state] = found
        return self._reached[state]

    def closed(self, state: int, before: int, behind: int) -> int:
        """The steps and matches reached from a state of `reached` at a place with these neighbours."""
        key = (state, before, behind)
        if key not in self._closed:
            found, waiting = 0, 1 << state
            seen = waiting
            while waiting:
                for at in bits(waiting):
                    waiting &= ~(1 << at)
                    if at not in self.assertions:
                        found |= 1 << at
                    elif holds(self.assertions[at][0], before, behind):
                        new = self.reached(self.assertions[at][1]) & ~seen
                        seen |= new
                        waiting |= new
            self._closed[key] = found
        return self._closed[key]

    def _new(self) -> int:
        if self.count >= MOST_STATES:
            raise UnfitError
        self.count += 1
        return self.count - 1

    def _step(self, node: CharClass, goal: int) -> int:
        state = self._new()
        self.steps[state] = (self.set_of(node), goal)
        return state

    def _split(self, branches: Items[int]) -> int:
        state = self._new()
        self._branches[state] = list(branches)
        return state

    def _assertion(self, at: At, goal: int) -> int:
        state = self._new()
        self.assertions[state] = (at, goal)
        self.kinds.add(at)
        return state

    def _build(self, node: Node, goal: int) -> int:
        """The state from which `node` leads to `goal`."""
        match node:
            case Literal(text):
                for char in reversed(text):
                    goal = self._step(CharClass(((ord(char), ord(char)),)), goal)
                return goal
            case CharClass():
                return self._step(node, goal)
            case Assertion(at):
                return self._assertion(at, goal)
            case Sequence(parts):
                for part in reversed(parts):
                    goal = self._build(part, goal)
                return goal
            case Alternation(branches):
                return self._split([self._build(branch, goal) for branch in branches])
            case Group(_, body):
                return self._build(body, goal)
            case Repeat(body, least, most, _):
                return self._repeat(body, least, most, goal)

    def _repeat(self, body: Node, least: int, most: int | None, goal: int) -> int:
        end = goal
        if most is None:
            goal = self._split([end])
            self._branches[goal].append(self._build(body, goal))
        else:
            for _ in range(most - least):
                goal = self._split([self._build(body, goal), end])
        for _ in range(least):
            goal = self._build(body, goal)
        return goal


def bits(states: int) -> Iterator[int]:
    """The members of a set of states."""
    while states:
        lowest = states & -states
        yield lowest.bit_length() - 1
        states ^= lowest
