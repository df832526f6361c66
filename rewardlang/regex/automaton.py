r"""Walkers: table automata over bytes that find the first match of a pattern and its groups.

A walker follows a pattern in which the next byte always says which way to go ("one-pass"), and records its groups on
the way. Where a byte outside ASCII meets a class that holds only some characters beyond it (`\d`, `\w`, `\s`), it gives
the row up (`GIVE_UP`), and the matching machine takes it.

Source: R. Cox, "Regular Expression Matching in the Wild" (2010), section "One-pass".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewardlang.regex.classes import LAST, resolve
from rewardlang.regex.symbols import UnfitError
from rewardlang.regex.tree import Alternation, Assertion, At, CharClass, Group, Literal, Node, Repeat, Sequence, single

if TYPE_CHECKING:
    from collections.abc import Iterable

DEAD, GIVE_UP, FIRST = 0, 2, 3
"""Reserved states; `FIRST` is the first ordinary one."""
NOWHERE, OPEN = -1, -2
RESERVED = {NOWHERE: DEAD, OPEN: GIVE_UP}
MOST_STATES = 400
MOST_POSITIONS = 600
MOST_SLOTS = 30
LONGEST_PREFIX = 32
ASCII = (1 << 128) - 1
BEYOND = ((1 << 256) - 1) ^ ASCII
CONTINUATION = ((1 << 64) - 1) << 128
LEADS = (((1 << 0xE0) - (1 << 0xC0), 1), ((1 << 0xF0) - (1 << 0xE0), 2), ((1 << 0xF8) - (1 << 0xF0), 3))


@dataclass(frozen=True)
class Step:
    """One consuming position: the bytes it takes, the bytes at which it gives up, and where it goes on."""

    takes: int
    unsure: int
    following: int


@dataclass
class Positions:
    """The pattern as positions joined by edges that consume nothing.

    An edge list is in order of preference; a `Step` consumes, an int jumps, a tuple is a condition or a slot to set.
    """

    edges: list[list[Step | int | tuple[str, int, int]]] = field(default_factory=list)

    def new(self, *edges: Step | int | tuple[str, int, int]) -> int:
        """Add a position and give its number."""
        if len(self.edges) >= MOST_POSITIONS:
            raise UnfitError
        self.edges.append(list(edges))
        return len(self.edges) - 1


def build(node: Node, goal: int, made: Positions) -> int:
    """The position from which `node` leads to `goal`."""
    match node:
        case Literal(text):
            for byte in reversed(text.encode()):
                goal = made.new(Step(1 << byte, 0, goal))
            return goal
        case CharClass():
            return _character(node, goal, made)
        case Assertion(at):
            return made.new((_condition(at), 0, goal))
        case Sequence(parts):
            for part in reversed(parts):
                goal = build(part, goal, made)
            return goal
        case Alternation(branches):
            return made.new(*(build(branch, goal, made) for branch in branches))
        case Group(index, body):
            closing = made.new(("save", 2 * index + 1, goal))
            return made.new(("save", 2 * index, build(body, closing, made)))
        case Repeat():
            return _repeat(node, goal, made)


def _condition(at: At) -> str:
    known = {At.TEXT_START: "start", At.TEXT_END: "end", At.LAST_LINE_END: "last break"}
    if at not in known:
        raise UnfitError
    return known[at]


def _sets(node: CharClass) -> tuple[int, bool, bool]:
    """ASCII bytes as bits; whether all, and whether some characters beyond ASCII belong."""
    takes, beyond = 0, 0
    for first, last in resolve(node):
        for point in range(first, min(last, 127) + 1):
            takes |= 1 << point
        beyond += max(0, last - max(first, 128) + 1)
    return takes, beyond == LAST + 1 - 128 - 2048, beyond > 0


def _character(node: CharClass, goal: int, made: Positions) -> int:
    takes, every, some = _sets(node)
    if not some:
        return made.new(Step(takes, 0, goal))
    if not every:
        return made.new(Step(takes, BEYOND, goal))
    edges: list[Step | int | tuple[str, int, int]] = [Step(takes, 0, goal)]
    for leads, more in LEADS:
        following = goal
        for _ in range(more):
            following = made.new(Step(CONTINUATION, 0, following))
        edges.append(Step(leads, 0, following))
    return made.new(*edges)


def _repeat(node: Repeat, goal: int, made: Positions) -> int:
    if node.most is None:
        goal = _loop(node, goal, made)
    else:
        for _ in range(node.most - node.least):
            once = build(node.body, goal, made)
            goal = made.new(*((once, goal) if node.greedy else (goal, once)))
    for _ in range(node.least):
        goal = build(node.body, goal, made)
    return goal


def _loop(node: Repeat, goal: int, made: Positions) -> int:
    head = made.new()
    body = node.body
    if single(body) and isinstance(body, CharClass):
        takes, every, some = _sets(body)
        # Between the first and the last byte of a character nothing can go on: what follows starts with a first byte.
        step = Step(takes | (BEYOND if every else 0), 0 if every or not some else BEYOND, head)
        once: Step | int = step
    else:
        from rewardlang.regex.tree import nullable

        if nullable(body):
            raise UnfitError
        once = build(body, head, made)
    made.edges[head] += [once, goal] if node.greedy else [goal, once]
    return head


def _groups(steps: Iterable[Step]) -> tuple[npt.NDArray[np.uint8], list[int]]:
    """Bytes that no step tells apart, as classes: the class of each byte, and one byte of each class."""
    masks = {mask for step in steps for mask in (step.takes, step.unsure)} | {1 << 10}
    signatures: dict[tuple[int, ...], int] = {}
    classes = np.zeros(256, np.uint8)
    samples: list[int] = []
    ordered = sorted(masks)
    for byte in range(256):
        signature = tuple(index for index, mask in enumerate(ordered) if mask >> byte & 1)
        if signature not in signatures:
            signatures[signature] = len(samples)
            samples.append(byte)
        classes[byte] = signatures[signature]
    return classes, samples


def _all_steps(made: Positions) -> list[Step]:
    return [edge for edges in made.edges for edge in edges if isinstance(edge, Step)]


@dataclass(frozen=True)
class Walker:
    """Follows a pattern and records its groups.

    Shapes: `table` int32[states * classes]: where the line of the next state begins, or -1 - that state where the step
    ends the walk, sets slots, or can end a match; `saves` uint32 of the same shape: which slots the step sets to the
    place before it; `ends` int64[states]: the slots that a match here sets, -1 where there is none, and whether
    nothing longer is wanted in bit 40; `classes` uint8[256]; `firsts` uint8[256]: 1 for the bytes with which a match
    can start, 2 where that is open; `only`: the one such byte, or -1; `prefix` uint8[any]: bytes with which every match
    begins, before any slot is set, and `line` where the line of the state behind them begins.
    """

    table: npt.NDArray[np.int32]
    saves: npt.NDArray[np.uint32]
    ends: npt.NDArray[np.int64]
    classes: npt.NDArray[np.uint8]
    firsts: npt.NDArray[np.uint8]
    only: int
    slots: int
    prefix: npt.NDArray[np.uint8]
    line: int


class _Walk:
    """The one-pass construction."""

    def __init__(self, root: Node, groups: int) -> None:
        self.made = Positions()
        self.match = self.made.new()
        self.entry = build(root, self.match, self.made)
        self.slots = 2 * (groups + 1)
        if self.slots > MOST_SLOTS:
            raise UnfitError

    def ways(self, position: int) -> tuple[list[tuple[Step, int]], int]:
        """The steps that can be next, with the slots set on the way, and the slots set by a match here (-1: none)."""
        steps: list[tuple[Step, int]] = []
        ends = -1
        seen: set[int] = set()
        waiting: list[tuple[Step | int | tuple[str, int, int], int]] = [(position, 0)]
        while waiting:
            edge, saves = waiting.pop()
            if isinstance(edge, Step):
                steps.append((edge, saves))
            elif isinstance(edge, tuple):
                kind, slot, target = edge
                if kind != "save":
                    raise UnfitError
                waiting.append((target, saves | 1 << slot))
            elif edge == self.match:
                # What would come after a match in preference is never tried.
                return steps, saves
            else:
                if edge in seen:
                    raise UnfitError
                seen.add(edge)
                waiting += [(following, saves) for following in reversed(self.made.edges[edge])]
        return steps, ends

    def walker(self) -> Walker:
        classes, samples = _groups(_all_steps(self.made))
        numbers = {self.entry: FIRST}
        order = [self.entry]
        table: list[list[int]] = []
        saves: list[list[int]] = []
        ends: list[int] = []
        for position in order:
            steps, end = self.ways(position)
            row, kept = [], []
            for byte in samples:
                target, slots = self.way(steps, byte)
                if target >= 0:
                    if target not in numbers:
                        if len(order) >= MOST_STATES:
                            raise UnfitError
                        numbers[target] = FIRST + len(order)
                        order.append(target)
                    target = numbers[target]
                row.append(RESERVED.get(target, target))
                kept.append(slots)
            table.append(row)
            saves.append(kept)
            ends.append(end if end < 0 or steps else end | 1 << 40)
        if ends[0] >= 0:
            raise UnfitError
        return self.packed(classes, table, saves, ends)

    def way(self, steps: list[tuple[Step, int]], byte: int) -> tuple[int, int]:
        """Where the byte leads (a position, `NOWHERE` or `OPEN`), and the slots set on the way."""
        taking = [(step, slots) for step, slots in steps if step.takes >> byte & 1]
        if any(step.unsure >> byte & 1 for step, _ in steps):
            return OPEN, 0
        if len(taking) > 1:
            raise UnfitError
        return (taking[0][0].following, taking[0][1]) if taking else (NOWHERE, 0)

    def packed(
        self, classes: npt.NDArray[np.uint8], table: list[list[int]], saves: list[list[int]], ends: list[int]
    ) -> Walker:
        blank = [[0] * len(table[0])] * FIRST
        states = np.array(blank + table, np.int64)
        first = states[FIRST, classes]
        firsts = np.where(first == GIVE_UP, 2, np.where(first >= FIRST, 1, 0)).astype(np.uint8)
        starts = np.flatnonzero(firsts)
        only = int(starts[0]) if len(starts) == 1 and firsts[starts[0]] == 1 else -1
        marks, closing = np.array(blank + saves, np.uint32), np.array([-1] * FIRST + ends, np.int64)
        plain = (states >= FIRST) & (marks == 0) & (closing[states] < 0)
        return Walker(
            np.where(plain, states * states.shape[1], -1 - states).astype(np.int32).ravel(),
            marks.ravel(),
            closing,
            classes,
            firsts,
            only,
            self.slots,
            *_prefix(states, plain, classes),
        )


def _prefix(
    states: npt.NDArray[np.int64], plain: npt.NDArray[np.bool_], classes: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.uint8], int]:
    """The bytes that every match begins with, as far as nothing happens at them, and the line of the state behind."""
    literal: list[int] = []
    state = FIRST
    while len(literal) < LONGEST_PREFIX:
        live = np.flatnonzero(states[state, classes] != DEAD)
        if len(live) != 1 or not plain[state, classes[live[0]]]:
            break
        literal.append(int(live[0]))
        state = int(states[state, classes[live[0]]])
    return np.array(literal, np.uint8), state * states.shape[1]


def walker(root: Node, groups: int) -> Walker | None:
    """The walker of a pattern; None where it has none."""
    try:
        return _Walk(root, groups).walker()
    except UnfitError:
        return None
