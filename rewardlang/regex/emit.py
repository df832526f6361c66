"""Instructions for the tree of a pattern, written from its end to its start, so that each knows its successors."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from rewardlang.regex.classes import LAST, Ranges, resolve
from rewardlang.regex.tree import (
    Alternation,
    Assertion,
    At,
    CharClass,
    Group,
    Literal,
    Node,
    Repeat,
    Sequence,
    nullable,
    single,
)


class Op(IntEnum):
    """The machine's operations."""

    MATCH = 0
    LITERAL = 1  # offset, length
    CLASS = 2  # class
    SPLIT = 3  # other successor, foresight table
    SAVE = 4  # slot
    ASSERT = 5  # what
    GREEDY = 6  # class, foresight table, limit or -1, literal instruction that follows or -1
    LAZY = 7  # as GREEDY
    RUN = 8  # as GREEDY, where what follows cannot start inside the run


class Emitter:
    """Collects instructions `[op, next, a, b, c, d]`, classes and literals.

    An entry vector has a place for every number of open loops, the innermost ones, that have not consumed anything in
    their present iteration; place 0 is where all have.
    """

    def __init__(self, *, captures: bool) -> None:
        self.captures = captures
        self.instructions: list[list[int]] = []
        self.class_ranges: list[Ranges] = []
        self.literal_bytes = bytearray()
        self.word_class = -1
        self._step_rows = np.zeros((0, 256), dtype=np.uint8)
        self._class_numbers: dict[CharClass, int] = {}

    def program(self, root: Node) -> int:
        """Emit the whole pattern; the entry's number."""
        return self.emit(root, [self.add(Op.MATCH, -1)])[0]

    def add(self, op: Op, following: int, *arguments: int) -> int:
        """Append one instruction; its number."""
        self.instructions.append([op, following, *arguments, *([0] * (4 - len(arguments)))])
        return len(self.instructions) - 1

    def literal(self, text: bytes) -> int:
        """Where `text` stands among the literals."""
        found = self.literal_bytes.find(text)
        if found < 0:
            found = len(self.literal_bytes)
            self.literal_bytes += text
        return found

    def char_class(self, node: CharClass) -> int:
        """The number of a class."""
        if node not in self._class_numbers:
            self._class_numbers[node] = len(self.class_ranges)
            self.class_ranges.append(resolve(node))
        return self._class_numbers[node]

    def emit(self, node: Node, then: list[int]) -> list[int]:  # noqa: C901 - one case a kind of node
        """Emit `node` before the vector `then`; its own entry vector."""
        match node:
            case Literal("") | Sequence(()):
                return then
            case Literal(text):
                encoded = text.encode("utf-8")
                return [self.add(Op.LITERAL, then[0], self.literal(encoded), len(encoded))] * len(then)
            case CharClass():
                return [self.add(Op.CLASS, then[0], self.char_class(node))] * len(then)
            case Assertion(at):
                if at in (At.WORD_BOUNDARY, At.NO_WORD_BOUNDARY):
                    self.word_class = self.char_class(CharClass((), "w"))
                return self.each(Op.ASSERT, then, at)
            case Sequence(parts):
                for part in reversed(parts):
                    then = self.emit(part, then)
                return then
            case Alternation(branches):
                return self.alternation(branches, then)
            case Group(index, body):
                if not self.captures:
                    return self.emit(body, then)
                inner = self.emit(body, self.each(Op.SAVE, then, 2 * index - 1))
                return self.each(Op.SAVE, inner, 2 * index - 2)
            case Repeat():
                return self.repeat(node, then)

    def each(self, op: Op, then: list[int], argument: int) -> list[int]:
        """An instruction that consumes nothing, once for each state that goes on differently."""
        made: dict[int, int] = {}
        for following in then:
            if following not in made:
                made[following] = self.add(op, following, argument)
        return [made[following] for following in then]

    def alternation(self, branches: tuple[Node, ...], then: list[int]) -> list[int]:
        """The branches in their order, as a chain of choices."""
        entry = self.emit(branches[-1], then)
        for branch in reversed(branches[:-1]):
            entry = self.splits(self.emit(branch, then), entry, greedy=True)
        return entry

    def splits(self, body: list[int], out: list[int], *, greedy: bool) -> list[int]:
        """A choice for each state: into `body` or past it."""
        made: dict[tuple[int, int], int] = {}
        for pair in zip(body, out, strict=True):
            if pair not in made:
                first, second = pair if greedy else pair[::-1]
                made[pair] = self.add(Op.SPLIT, first, second)
        return [made[pair] for pair in zip(body, out, strict=True)]

    def repeat(self, node: Repeat, then: list[int]) -> list[int]:
        """The required iterations as copies, then the optional ones."""
        if single(node.body):
            entry = self.run(node, then)
        elif node.most is None:
            entry = self.loop(node, then)
        else:
            entry = then
            for count in range(node.most - node.least):
                entry = self.optional(node, entry, then, last=count == 0)
        # A loop over a body that consumes is entered at the body for its first iteration.
        shared = node.most is None and node.least > 0 and not single(node.body) and not nullable(node.body)
        for _ in range(node.least - shared):
            entry = self.emit(node.body, entry)
        return entry

    def run(self, node: Repeat, then: list[int]) -> list[int]:
        """The optional part of a repetition of one character, as a single instruction."""
        limit = -1 if node.most is None else node.most - node.least
        if limit == 0:
            return then
        body = node.body
        if isinstance(body, Literal):
            body = CharClass(((ord(body.text), ord(body.text)),))
        if not isinstance(body, CharClass):
            raise TypeError(f"{type(body).__name__} is not one character")
        number = self.char_class(body)
        op = Op.GREEDY if node.greedy else Op.LAZY
        whole = self.add(op, then[0], number, 0, limit, -1)
        if all(following == then[0] for following in then):
            return [whole] * len(then)
        # What follows no character differs from what follows one: the first character is an instruction of its own.
        rest = then[0] if limit == 1 else self.add(op, then[0], number, 0, max(limit - 1, -1), -1)
        some = self.add(Op.CLASS, rest, number)
        return [whole, *self.splits([some] * (len(then) - 1), then[1:], greedy=node.greedy)]

    def loop(self, node: Repeat, then: list[int]) -> list[int]:
        """Iterations without limit; entered at the body where the first one is required."""
        # The jump back needs a place before the body exists: an instruction that is filled in afterwards.
        back = self.add(Op.SPLIT, -1, -1)
        if nullable(node.body):
            body = self.emit(node.body, [back, *then])[1:]
        else:
            body = self.emit(node.body, [back] * len(then))
        first, second = (body[0], then[0]) if node.greedy else (then[0], body[0])
        self.instructions[back][1:3] = [first, second]
        if node.least and not nullable(node.body):
            return body
        return [back, *self.splits(body[1:], then[1:], greedy=node.greedy)]

    def optional(self, node: Repeat, again: list[int], then: list[int], *, last: bool) -> list[int]:
        """One more optional iteration before `again`; an empty one goes on with `then`."""
        if last or not nullable(node.body):
            body = self.emit(node.body, again if last else [again[0]] * len(again))
        else:
            body = self.emit(node.body, [again[0], *then])[1:]
        return self.splits(body, then, greedy=node.greedy)

    def step_rows(self) -> npt.NDArray[np.uint8]:
        """Class by first byte: the length of an accepted character, 0 for none, 5 where the ranges decide."""
        if len(self._step_rows) == max(len(self.class_ranges), 1):
            return self._step_rows
        rows = np.zeros((max(len(self.class_ranges), 1), 256), dtype=np.uint8)
        for row, spans in zip(rows, self.class_ranges, strict=False):
            for first, last in spans:
                if first < 128:
                    row[first : min(last, 127) + 1] = 1
                if last >= 128:
                    self._lead_steps(row, max(first, 128), last)
        self._step_rows = rows
        return rows

    @staticmethod
    def _lead_steps(row: npt.NDArray[np.uint8], first: int, last: int) -> None:
        low, high = chr(first).encode()[0], chr(last).encode()[0]
        for lead in range(low, high + 1):
            begin, end = lead_span(lead)
            inside = first <= begin and (last >= end)
            row[lead] = (2 if lead < 0xE0 else 3 if lead < 0xF0 else 4) if inside else 5

    def stop_rows(self) -> npt.NDArray[np.int32]:
        """Class to the bytes that end its run, where they are at most three ASCII characters; -1 for other classes."""
        rows = np.full((max(len(self.class_ranges), 1), 4), -1, dtype=np.int32)
        for row, steps, spans in zip(rows, self.step_rows(), self.class_ranges, strict=False):
            outside = np.flatnonzero(steps[:128] == 0).tolist()
            above = sum(last - max(first, 128) + 1 for first, last in spans if last >= 128)
            if len(outside) <= 3 and above == LAST + 1 - 128 - 0x800:
                row[: 1 + len(outside)] = [len(outside), *outside]
                row[1 + len(outside) :] = outside[-1] if outside else 0
        return rows

    def range_rows(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """All ranges above ASCII as flat pairs, and where each class starts among them."""
        flat: list[int] = []
        bounds = [0]
        for spans in self.class_ranges:
            flat += [point for span in spans if span[1] >= 128 for point in span]
            bounds.append(len(flat))
        return np.array([*flat, 0], dtype=np.int32), np.array(bounds, dtype=np.int32)


def lead_span(lead: int) -> tuple[int, int]:
    """The first and last code point whose UTF-8 starts with the byte `lead`."""
    if lead < 0xE0:
        begin = (lead & 0x1F) << 6
        return begin, begin + 63
    if lead < 0xF0:
        begin = (lead & 0x0F) << 12
        # The surrogates are in no text: they do not keep a class from holding all of a lead byte's characters.
        return max(begin, 0x800), 0xD7FF if lead == 0xED else begin + 4095
    begin = (lead & 0x07) << 18
    return max(begin, 0x10000), min(begin + (1 << 18) - 1, LAST)
