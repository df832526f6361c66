"""What can be known of a program before it runs: which next bytes each path can take, and where paths join."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewardlang.regex.emit import Emitter, Op
from rewardlang.regex.tree import At

if TYPE_CHECKING:
    from collections.abc import Iterator

END = 256
STRIDE = 8
"""Places of an instruction in the machine's array."""
_LINE_FEED = 10
# Every byte that may start a character, and the end of the text.
_ANYTHING: int = sum(1 << byte for byte in [*range(0x80), *range(0xC2, 0xF5), END])
_AFTER: dict[At, int] = {
    At.TEXT_END: 1 << END,
    At.LAST_LINE_END: 1 << END | 1 << _LINE_FEED,
    At.LINE_END: 1 << END | 1 << _LINE_FEED,
}


class Foresight:
    """Links an emitter's instructions into the machine's array and computes its tables.

    A set of next bytes is an integer with a bit for each byte and bit 256 for the end of the text.
    """

    def __init__(self, emitter: Emitter) -> None:
        self.emitter = emitter
        self.checkpoints = 0
        self.loops = 0
        self.entry_table = 0
        self._tables: dict[tuple[int, int], int] = {}
        self._class_sets: list[int] = [self._bits(row) for row in emitter.step_rows()]

    def link(self, entry: int) -> tuple[npt.NDArray[np.int32], int]:
        """The instructions that can be reached, renumbered, with tables, checkpoints and loop numbers; the entry."""
        order, degrees = self._reach(entry)
        number = {old: new for new, old in enumerate(order)}
        nexts = self._next_sets(entry)
        code = np.zeros((len(order), STRIDE), dtype=np.int32)
        for new, old in enumerate(order):
            op, following, *arguments = self.emitter.instructions[old]
            code[new, :6] = op, STRIDE * number.get(following, 0), *arguments
            code[new, 6] = self._checkpoint(old, degrees[old])
            if op == Op.SPLIT:
                other = arguments[0]
                code[new, 2:4] = STRIDE * number[other], self.table(nexts[following], nexts[other])
            elif op in (Op.GREEDY, Op.LAZY):
                literal = self._past_saves(following)
                code[new, 3] = self.table(nexts[following], 0)
                if arguments[2] < 0 and not nexts[following] & self._class_sets[arguments[0]]:
                    code[new, 0] = Op.RUN
                code[new, 5] = STRIDE * number[literal] if self.emitter.instructions[literal][0] == Op.LITERAL else -1
                code[new, 7] = self.loops
                if op == Op.LAZY and arguments[2] < 0:
                    # Its bit is asked where what follows is tried, not where the loop is entered.
                    code[new, 4] = -1 - self.checkpoints
                    self.checkpoints += 1
                self.loops += 1
        self.entry_table = self.table(nexts[entry], 0)
        return code, number[entry]

    def table(self, first: int, second: int) -> int:
        """The number of the table that says in bit 0 whether `first` has the byte, in bit 1 whether `second` has."""
        return self._tables.setdefault((first, second), len(self._tables))

    def table_rows(self) -> npt.NDArray[np.uint8]:
        """All tables, 257 entries each."""
        rows = np.zeros((max(len(self._tables), 1), END + 1), dtype=np.uint8)
        for (first, second), row in zip(self._tables, rows, strict=False):
            row[:] = _flags(first) | _flags(second) << 1
        return rows

    @staticmethod
    def _bits(row: npt.NDArray[np.uint8]) -> int:
        return int.from_bytes(np.packbits(row != 0, bitorder="little").tobytes(), "little")

    def _successors(self, at: int) -> Iterator[int]:
        op, following, other = self.emitter.instructions[at][:3]
        if op != Op.MATCH:
            yield following
        if op == Op.SPLIT:
            yield other

    def _reach(self, entry: int) -> tuple[list[int], dict[int, int]]:
        """The reachable instructions, and how many ways lead into each."""
        # Every start of an attempt is a way in.
        degrees = {entry: 1}
        order: list[int] = []
        waiting = [entry]
        while waiting:
            at = waiting.pop()
            order.append(at)
            # Two entries of a counted run try what follows at the same place: it is a join whatever its degree.
            op, _, _, _, limit = self.emitter.instructions[at][:5]
            ways = 2 if op in (Op.GREEDY, Op.LAZY) and limit >= 0 else 1
            for following in self._successors(at):
                if following not in degrees:
                    degrees[following] = 0
                    waiting.append(following)
                degrees[following] += ways
        return order, degrees

    def _checkpoint(self, at: int, degree: int) -> int:
        """The number of the visited bit, or -1 where no paths join or where they end without choice."""
        if degree < 2:
            return -1
        op, _, _, _, limit = self.emitter.instructions[at][:5]
        # A loop without limit remembers the stretch it has explored instead.
        if op in (Op.GREEDY, Op.LAZY) and limit < 0:
            return -1
        if self.emitter.instructions[self._past_saves(at)][0] == Op.MATCH:
            return -1
        self.checkpoints += 1
        return self.checkpoints - 1

    def _past_saves(self, at: int) -> int:
        while self.emitter.instructions[at][0] == Op.SAVE:
            at = self.emitter.instructions[at][1]
        return at

    def _next_sets(self, entry: int) -> dict[int, int]:
        """For each instruction the next bytes it can go on with; depth first, as nothing goes round unconsumed."""
        known: dict[int, int] = {}
        waiting = [entry]
        while waiting:
            at = waiting[-1]
            missing = [other for other in self._successors(at) if other not in known]
            if at in known:
                waiting.pop()
            elif self._consumes(at):
                known[at] = self._consumed(at)
                waiting.extend(missing)
            elif missing:
                waiting.extend(missing)
            else:
                known[at] = self._passed(at, known)
                waiting.pop()
        return known

    def _consumes(self, at: int) -> bool:
        return self.emitter.instructions[at][0] in (Op.LITERAL, Op.CLASS)

    def _consumed(self, at: int) -> int:
        op, _, argument = self.emitter.instructions[at][:3]
        if op == Op.LITERAL:
            return 1 << self.emitter.literal_bytes[argument]
        return self._class_sets[argument]

    def _passed(self, at: int, known: dict[int, int]) -> int:
        op, following, argument = self.emitter.instructions[at][:3]
        if op == Op.MATCH:
            return _ANYTHING
        if op == Op.SPLIT:
            return known[following] | known[argument]
        if op in (Op.GREEDY, Op.LAZY):
            return known[following] | self._class_sets[argument]
        if op == Op.ASSERT:
            return known[following] & _AFTER.get(At(argument), _ANYTHING)
        return known[following]


def _flags(bits: int) -> npt.NDArray[np.uint8]:
    return np.unpackbits(np.frombuffer(bits.to_bytes(33, "little"), dtype=np.uint8), bitorder="little")[: END + 1]
