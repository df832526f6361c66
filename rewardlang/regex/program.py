"""From a pattern to the instruction tables of the matching machine.

The program is a graph: every instruction names its successors. Loops whose body may be empty are unrolled by state: in
them each instruction exists once for "this iteration has consumed something" and once for "not yet", so that an empty
iteration ends the loop as Python's does, and no path goes round without consuming.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from rewardlang.regex.automaton import Walker, walker
from rewardlang.regex.emit import Emitter, Op
from rewardlang.regex.foresight import STRIDE, Foresight
from rewardlang.regex.product import Product, build
from rewardlang.regex.questions import Question
from rewardlang.regex.syntax import Pattern, parse
from rewardlang.regex.tree import At, Group, Literal, Node, Repeat, Sequence

PREFIX, TABLE, ANCHORED, LINES = 0, 1, 2, 3


@dataclass(frozen=True)
class Code:
    """One program as arrays.

    Shapes: `code` int32[8 * instructions]: operation, next, four arguments, checkpoint, loop number; an instruction is
    named by its place in the array; `tables` uint8[tables, 257], by byte, 256 for the end; `steps` uint8[classes, 256]:
    length of an accepted character by its first byte, 0 for none, 5 where `ranges` decides; `stops` int32[classes, 4]:
    how many bytes end a run, and the bytes; `bounds` int32[classes + 1] into `ranges`; `header` int64[11].
    """

    code: npt.NDArray[np.int32]
    tables: npt.NDArray[np.uint8]
    steps: npt.NDArray[np.uint8]
    stops: npt.NDArray[np.int32]
    ranges: npt.NDArray[np.int32]
    bounds: npt.NDArray[np.int32]
    literals: npt.NDArray[np.uint8]
    header: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Program:
    """A compiled pattern; `plain` answers without captures, `capturing` with them."""

    pattern: Pattern

    @property
    def group_count(self) -> int:
        """How many capturing groups there are, the whole match not counted."""
        return self.pattern.group_count

    @property
    def group_names(self) -> tuple[str | None, ...]:
        """One entry a group, `None` for a group without a name."""
        return self.pattern.group_names

    @cached_property
    def decider(self) -> Product | None:
        """The automaton that says whether the pattern matches somewhere, if it has a small one."""
        return build(Question(self.pattern.source, self.pattern.flags))

    @cached_property
    def full_decider(self) -> Product | None:
        """The automaton that says whether the pattern matches all of a text."""
        return build(Question(self.pattern.source, self.pattern.flags, full=True))

    @cached_property
    def needle(self) -> bytes:
        """The longest literal that every match contains."""
        return max(_required(self.pattern.root), key=len, default=b"")

    @cached_property
    def walker(self) -> Walker | None:
        """The automaton that finds the first match and its groups."""
        return walker(self.pattern.root, self.group_count)

    @cached_property
    def plain(self) -> Code:
        """The program that forgets its groups."""
        return _assemble(self.pattern, captures=False)

    @cached_property
    def capturing(self) -> Code:
        """The program that records its groups."""
        return _assemble(self.pattern, captures=True) if self.group_count else self.plain


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, flags: str = "") -> Program:
    """Compile `pattern` under `flags`, letters out of `ims`.

    Raises:
        RegexError: as `syntax.parse`.
    """
    return Program(parse(pattern, flags))


def _assemble(pattern: Pattern, *, captures: bool) -> Code:
    emitter = Emitter(captures=captures)
    entry = emitter.program(pattern.root)
    foresight = Foresight(emitter)
    code, entry = foresight.link(entry)
    scan, argument = _start(code, entry, foresight)
    needle = max(_required(pattern.root), key=len, default=b"")
    if scan in (PREFIX, ANCHORED):
        needle = b""
    header = np.array(
        [
            STRIDE * entry,
            scan,
            argument[0],
            argument[1],
            emitter.literal(needle),
            len(needle),
            foresight.checkpoints,
            foresight.loops,
            pattern.group_count if captures else 0,
            emitter.word_class,
            _leading_loop(emitter, code, entry),
        ],
        dtype=np.int64,
    )
    return Code(
        code.ravel(),
        foresight.table_rows(),
        emitter.step_rows(),
        emitter.stop_rows(),
        *emitter.range_rows(),
        np.frombuffer(bytes(emitter.literal_bytes) + b"\0", dtype=np.uint8).copy(),
        header,
    )


def _start(code: npt.NDArray[np.int32], entry: int, foresight: Foresight) -> tuple[int, tuple[int, int]]:
    """How the search finds where a match may start: by a literal, by the first byte, or at the text's start alone."""
    at = entry
    while code[at, 0] == Op.SAVE:
        at = int(code[at, 1]) // STRIDE
    if code[at, 0] == Op.ASSERT and code[at, 2] == At.TEXT_START:
        return ANCHORED, (0, 0)
    if code[at, 0] == Op.ASSERT and code[at, 2] == At.LINE_START:
        return LINES, (0, 0)
    if code[at, 0] == Op.LITERAL:
        return PREFIX, (int(code[at, 2]), int(code[at, 3]))
    return TABLE, (foresight.entry_table, 0)


def _leading_loop(emitter: Emitter, code: npt.NDArray[np.int32], entry: int) -> int:
    """The loop of a pattern that starts with `x+` for one class, or -1: no match starts in a run it has explored."""
    while code[entry, 0] == Op.SAVE:
        entry = int(code[entry, 1]) // STRIDE
    loop = code[code[entry, 1] // STRIDE]
    if loop[0] not in (Op.GREEDY, Op.LAZY, Op.RUN) or loop[4] >= 0:
        return -1
    same = code[entry, 0] == Op.CLASS and loop[2] == code[entry, 2]
    if code[entry, 0] == Op.LITERAL and code[entry, 3] == 1:
        byte = emitter.literal_bytes[code[entry, 2]]
        same = emitter.class_ranges[loop[2]] == [(byte, byte)]
    return int(loop[7]) if same else -1


def _required(node: Node) -> list[bytes]:
    """Literals that every match contains."""
    match node:
        case Literal(text) if text:
            return [text.encode("utf-8")]
        case Sequence(parts):
            return [literal for part in parts for literal in _required(part)]
        case Group(_, body):
            return _required(body)
        case Repeat(body, least, _, _) if least:
            return _required(body)
        case _:
            return []
