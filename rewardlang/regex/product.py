r"""One automaton for many questions of yes or no: all patterns that are asked about a text are answered in one pass.

The subset construction over symbols. A state holds the places that the patterns may have reached and, where an
assertion is among them, what stands before; a step is taken when the next character is known, so that `$` and `\b` are
decided exactly. An automaton grows with its patterns, and some have none that is small: there is a budget of states.

Source: R. Cox, "Regular Expression Matching in the Wild" (2010), section "DFA".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewardlang.regex.symbols import Alphabet, UnfitError, alphabet, read_only
from rewardlang.regex.syntax import parse
from rewardlang.regex.threads import (
    AFTER_BREAK,
    AFTER_OTHER,
    AFTER_WORD,
    AT_BREAK,
    AT_END,
    AT_LAST_BREAK,
    AT_OTHER,
    AT_WORD,
    BEGIN,
    NEWLINE,
    WORD,
    Threads,
    bits,
)
from rewardlang.regex.tree import At

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rewardlang.regex.questions import Question

MOST_STATES = 400
MOST_QUESTIONS = 60
MOST_RANGES = 6
"""A state that so many ranges of bytes leave, or fewer, is passed 64 bytes at a time."""
SPECIAL = -(1 << 31)
"""Marks an entry of the table after which there is more to do than to go on."""
SAMPLE = b"So in the first step we look at the left side of it, where there are more than two of them. Then "
"""Ordinary text."""
COMMON = frozenset(b" etaoinsrhldcumfpgwybvk.,")
"""Bytes that are met so often that skipping to them does not pay."""


@dataclass(frozen=True)
class Product:
    """An automaton that answers questions, bit k of the answer for question k.

    Shapes: `table` int32[states << shift], by state and symbol: the place where the next state's row begins, `SPECIAL`
    added where `outputs` uint16, of the same shape, names some of the `answers`, or the state is done or skips. The
    last two symbols of a row are a line break that ends the text, and the end. `skips` uint8[states, 2 * MOST_RANGES],
    `counts` uint8[states]: the ranges of bytes that leave a state. `header` int64: shift, first state, answers known at
    once, all answers.
    """

    table: npt.NDArray[np.int32]
    outputs: npt.NDArray[np.uint16]
    answers: npt.NDArray[np.int64]
    skips: npt.NDArray[np.uint8]
    counts: npt.NDArray[np.uint8]
    alphabet: Alphabet
    header: npt.NDArray[np.int64]

    @property
    def states(self) -> int:
        """How many states there are."""
        return len(self.counts)

    @cached_property
    def skipping(self) -> bool:
        """Whether it passes most bytes of ordinary text 64 at a time, or needs none of them."""
        shift, state = int(self.header[0]), int(self.header[1])
        looked = 0
        for byte in SAMPLE:
            if state == 0:
                break
            ranges = self.skips[state >> shift, : 2 * self.counts[state >> shift]].reshape(-1, 2)
            if len(ranges) == 0 or ((ranges[:, 0] <= byte) & (byte <= ranges[:, 1])).any():
                looked += 1
                state = int(self.table[state + int(self.alphabet.bytes[byte])]) & ~SPECIAL
        return looked < len(SAMPLE) // 4


State = tuple[int, int, int]
"""What is reached, what stands before, and which questions are answered and no longer followed."""


class _Subsets:
    """The subset construction. `dropping` follows no pattern that has matched, which takes more states."""

    def __init__(self, questions: Sequence[Question], most: int, *, dropping: bool) -> None:
        self.most, self.dropping = most, dropping
        self.threads = Threads()
        edges, entries = [0], []
        for number, asked in enumerate(questions):
            entries.append(self.threads.pattern(parse(asked.pattern, asked.flags).root, number, full=asked.full))
            edges.append(self.threads.count)
        self.own = [(1 << end) - (1 << begin) for begin, end in pairwise(edges)]
        words = not self.threads.kinds.isdisjoint((At.WORD_BOUNDARY, At.NO_WORD_BOUNDARY))
        self.word = self.threads.set_of(WORD) if words else -1
        self.line = self.threads.set_of(NEWLINE)
        self.alphabet = alphabet(self.threads.sets)
        self.neighbours = [self._neighbours(signature) for signature in self.alphabet.signatures]
        self.asking = sum(1 << state for state in self.threads.assertions)
        self.matching = sum(1 << state for state in self.threads.matches)
        self.lasting = ~self.matching
        self.first = self._reached(entries)
        self.again = self._reached(entry for entry, asked in zip(entries, questions, strict=True) if not asked.full)
        self.taking = [
            sum(1 << state for state, (number, _) in self.threads.steps.items() if signature >> number & 1)
            for signature in self.alphabet.signatures
        ]

    def _reached(self, entries: Iterable[int]) -> int:
        found = 0
        for entry in entries:
            found |= self.threads.reached(entry)
        return found

    def _answers(self, states: int) -> int:
        states &= self.matching
        found = 0
        for state in bits(states) if states else ():
            found |= 1 << self.threads.matches[state]
        return found

    def _neighbours(self, signature: int) -> tuple[int, int]:
        """What a symbol is to the place before it, and to the place behind it."""
        if signature >> self.line & 1:
            return AT_BREAK, AFTER_BREAK
        if self.word >= 0 and signature >> self.word & 1:
            return AT_WORD, AFTER_WORD
        return AT_OTHER, AFTER_OTHER

    def settled(self, states: int, before: int, done: int) -> tuple[State, int]:
        """The state for what is reached, and the answers that are known with it."""
        answers = self._answers(states)
        if self.dropping:
            done |= answers
            for number in bits(done):
                states &= ~self.own[number]
        states &= self.lasting
        return (states, before if states & self.asking else BEGIN, done), answers

    def closed(self, state: State, behind: int) -> int:
        """The steps and matches that are reached where the text goes on so."""
        states, before, _ = state
        found = states & ~self.asking
        for asking in bits(states & self.asking):
            found |= self.threads.closed(asking, before, behind)
        return found

    def row(self, state: State) -> list[tuple[State | None, int]]:
        """Where each symbol leads, then the last line break and the end, each with the answers that it gives."""
        made: dict[tuple[int, int, int], tuple[State, int]] = {}
        closed = [self.closed(state, behind) for behind in range(AT_OTHER + 1)]
        known = [self._answers(states) for states in closed]
        row: list[tuple[State | None, int]] = []
        last: tuple[State | None, int] = (None, 0)

        def after(symbol: int, behind: int, before: int) -> tuple[State, int]:
            key = (closed[behind] & self.taking[symbol], before, known[behind])
            if key not in made:
                states = self.again
                for step in bits(key[0]):
                    states |= self.threads.reached(self.threads.steps[step][1])
                following, answers = self.settled(states, before, state[2] | (known[behind] if self.dropping else 0))
                made[key] = (following, answers | known[behind])
            return made[key]

        for symbol, (behind, before) in enumerate(self.neighbours):
            row.append(after(symbol, behind, before))
            if behind == AT_BREAK:
                last = after(symbol, AT_LAST_BREAK, before)
        return [*row, last, (None, known[AT_END])]

    def product(self) -> Product:
        """All states, breadth first; state 0 is that in which nothing more can match."""
        entry, known = self.settled(self.first, BEGIN, 0)
        numbers: dict[State, int] = {}
        order: list[State] = []

        def number(state: State | None) -> int:
            if state is None or state[0] == 0:
                return 0
            if state not in numbers:
                if len(numbers) >= self.most:
                    raise UnfitError
                order.append(state)
                numbers[state] = len(order)
            return numbers[state]

        first = number(entry)
        rows = [[(number(target), answers) for target, answers in self.row(state)] for state in order]
        return _packed(rows, self.alphabet, (first, known, self._answers(self.matching)))


def _packed(rows: list[list[tuple[int, int]]], letters: Alphabet, about: tuple[int, int, int]) -> Product:
    symbols = letters.stay
    # One more symbol stands for continuation bytes.
    shift = (symbols + 2).bit_length()
    width = 1 << shift
    count = len(rows) + 1
    targets = np.zeros((count, width), np.int64)
    outputs = np.zeros((count, width), np.int64)
    for state, row in enumerate(rows, start=1):
        places = [*range(symbols), width - 2, width - 1]
        targets[state, places] = [target for target, _ in row]
        outputs[state, places] = [answers for _, answers in row]
        targets[state, symbols] = state
    skips = np.zeros((count, 2 * MOST_RANGES), np.uint8)
    counts = np.zeros(count, np.uint8)
    for state in range(1, count):
        leaving = _leaving(targets[state], outputs[state], state, letters)
        if leaving is not None:
            counts[state] = len(leaving) // 2
            skips[state, : len(leaving)] = leaving
    special = (outputs != 0) | (targets == 0) | (counts[targets] > 0)
    table = ((targets << shift) + np.where(special, SPECIAL, 0)).astype(np.int32).ravel()
    answers, named = np.unique(outputs, return_inverse=True)
    if len(answers) > np.iinfo(np.uint16).max:
        raise UnfitError
    first, known, every = about
    return Product(
        read_only(table),
        read_only(named.astype(np.uint16).ravel()),
        read_only(answers),
        read_only(skips),
        read_only(counts),
        letters,
        read_only(np.array([shift, first << shift, known, every], np.int64)),
    )


def _leaving(
    targets: npt.NDArray[np.int64], outputs: npt.NDArray[np.int64], state: int, letters: Alphabet
) -> list[int] | None:
    """The bytes that lead out of a state or give an answer, as ranges; None where skipping to them does not pay."""
    moves = (targets != state) | (outputs != 0)
    ascii_ = np.flatnonzero(moves[letters.bytes[:128]]).tolist()
    if not COMMON.isdisjoint(ascii_):
        return None
    leads = [lead for lead, symbols in letters.leads.items() if any(moves[symbol] for symbol in symbols)]
    exact = _ranges([*ascii_, *leads])
    # To stop where nothing happens is no mistake: all first bytes beyond ASCII are one range.
    ranges = exact if len(exact) <= 2 * MOST_RANGES else _ranges([*ascii_, *letters.leads])
    # Without any byte that leaves there is nothing to look for until the end: a range that no text holds.
    return (ranges or [0xFF, 0xFF]) if len(ranges) <= 2 * MOST_RANGES else None


def _ranges(places: Sequence[int]) -> list[int]:
    """Sorted bytes as first and last ones of ranges."""
    ranges: list[int] = []
    for byte in places:
        if ranges and byte == ranges[-1] + 1:
            ranges[-1] = byte
        else:
            ranges += [byte, byte]
    return ranges


@lru_cache(maxsize=256)
def build(*questions: Question, most: int = MOST_STATES) -> Product | None:
    """The automaton of some questions; None where it is not small."""
    for dropping in (True, False) if len(questions) > 1 else (True,):
        try:
            return _Subsets(questions, most, dropping=dropping).product()
        except UnfitError:
            continue
    return None


@dataclass(frozen=True)
class Group:
    """Questions that one automaton answers, by their places among all; without an automaton there is one."""

    places: tuple[int, ...]
    product: Product | None


@lru_cache(maxsize=256)
def grouped(questions: tuple[Question, ...]) -> tuple[Group, ...]:
    """The questions in as few automata as the budget of states allows.

    Patterns that skip through a text from one rare byte to the next are kept apart from those that look at each byte.
    """
    alone = [build(question) for question in questions]
    groups = [Group((place,), None) for place, product in enumerate(alone) if product is None]
    for skipping in (True, False):
        waiting = [place for place, p in enumerate(alone) if p is not None and p.skipping == skipping]
        while waiting:
            group, waiting = _taken(questions, alone, waiting, skipping=skipping)
            groups.append(group)
    return tuple(groups)


def _taken(
    questions: tuple[Question, ...], alone: Sequence[Product | None], waiting: list[int], *, skipping: bool
) -> tuple[Group, list[int]]:
    """The largest first half, quarter, … of the waiting questions that fits, and those that are left."""
    size = min(len(waiting), MOST_QUESTIONS)
    while size > 1:
        places = tuple(waiting[:size])
        # Together they have at least about the states that each has alone.
        if sum(product.states for place in places if (product := alone[place])) > MOST_STATES:
            size = (size + 1) // 2
            continue
        product = build(*(questions[place] for place in places))
        if product is not None and product.skipping >= skipping:
            return Group(places, product), waiting[size:]
        size = (size + 1) // 2
    return Group((waiting[0],), alone[waiting[0]]), waiting[1:]
