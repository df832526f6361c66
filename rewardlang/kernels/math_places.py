r"""Where math-verify finds the mathematics in a text, for texts in which that is plain to see.

Four kinds of text are: one box, `\boxed{…}`, in any text; dollars around the whole text; a plain number or `\frac` as
the whole text; and a text in which nothing can match. Why each is what math-verify finds stands with its function,
in terms of the patterns in `math_verify/parser.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewardlang.columns.texts import Texts
from rewardlang.kernels.math_numbers import OTHER, read_numbers, stays
from rewardlang.kernels.memory import Bytes, Flags, Rows, compiled, load_byte
from rewardlang.kernels.text import contains, find_literal
from rewardlang.regex.machine import test
from rewardlang.regex.program import compile_pattern

if TYPE_CHECKING:
    from rewardlang.workers.readings import Reading

Notations = npt.NDArray[np.int8]

UNSEEN, NOTHING, LATEX, PLAIN = range(4)
"""What is known of a text: nothing; that it holds no mathematics; what it holds, in LaTeX or as a plain expression."""

BOX = b"\\boxed"
_OPEN = len(BOX) + 1
_ANCHOR = r"answer"
_FINAL = r"final answer"
_PERCENT = r"%|ercent|pct|Pct"


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """What is known of texts: `notations: int8[rows]`, and the mathematics where it is `LATEX` or `PLAIN`."""

    notations: Notations
    spans: Texts


def find_places(texts: Texts, reading: Reading) -> Places:
    """Look into each row, as the reading says."""
    notations = np.zeros(len(texts), dtype=np.int8)
    starts, ends = texts.starts.copy(), texts.ends.copy()
    boxes = find_literal(texts, BOX)
    rows = np.flatnonzero(boxes >= 0)
    contents, found = _boxed(texts.take(rows), boxes[rows], reading)
    rows = rows[found]
    notations[rows], starts[rows], ends[rows] = LATEX, contents.starts[found], contents.ends[found]
    rows = np.flatnonzero(boxes < 0)
    for notation, (spans, found) in _unboxed(texts.take(rows), reading):
        chosen = rows[found]
        notations[chosen], starts[chosen], ends[chosen] = notation, spans.starts[found], spans.ends[found]
    return Places(notations, texts.within(starts, ends))


def _boxed(texts: Texts, boxes: Rows, reading: Reading) -> tuple[Texts, Flags]:
    r"""Find the content of the only box.

    Boxes come first but for `final answer is … I hope`, or, where they do not, all about a `final answer`. Each match
    then holds the whole box: the content has no dollar, no closing bracket of LaTeX, and no space behind a bracket. So
    each gives the content; only a percent sign behind the match would change it, and it stands behind the box.
    """
    opens = texts.within(boxes, texts.ends)
    ends = _closing(opens.buffer, opens.starts + len(BOX), opens.ends)
    found = ends >= 0
    after = np.where(found, ends + 1, texts.ends)
    spans = texts.within(np.where(found, boxes + _OPEN, texts.starts), np.where(found, ends, texts.starts))
    tails = texts.within(after, texts.ends)
    found &= ~contains(tails, BOX) & ~contains(texts, b"\\fbox") & ~_matches(tails, _PERCENT)
    found &= ~(contains(texts, b"I hope") if reading.boxes_first else _matches(texts, _FINAL, "i"))
    if not reading.unboxes:
        # What stands around the box within dollars or brackets would be parsed with it.
        found &= ~_matches(texts, r"[$\[]|\\\(")
    return spans, found & _plain(spans, latex=True)


def _unboxed(texts: Texts, reading: Reading) -> list[tuple[int, tuple[Texts, Flags]]]:
    """Each notation with the rows that have it, and where."""
    if reading.boxes_first:
        # Without a box only what follows the word `answer` is looked at.
        return [(NOTHING, (texts, ~_matches(texts, _ANCHOR, "i") | ~_matches(texts, r"[$\\\[]")))]
    plain = "expressions" in reading.targets
    nothing = r"[$\\\[]|\d" if plain else r"[$\\\[]"
    found = [
        (NOTHING, (texts, ~_matches(texts, nothing))),
        (LATEX, _in_dollars(texts)),
        (LATEX, (texts, _matches(texts, r"-?\\frac\{-?[0-9]+\}\{[0-9]+\}", full=True) & _plain(texts, latex=True))),
    ]
    return [*found, (PLAIN, (texts, _plain(texts, latex=False)))] if plain else found


def _in_dollars(texts: Texts) -> tuple[Texts, Flags]:
    """Find what stands between dollars at both ends of the text.

    The content has no space, so no plain expression begins in it but behind `=`, and none ends behind the last dollar;
    of two matches that end at one place the one that begins first counts.
    """
    buffer, starts, ends = texts.buffer, texts.starts, texts.ends
    found = (ends - starts >= 3) & (buffer[starts] == ord("$")) & (buffer[np.maximum(ends - 1, 0)] == ord("$"))
    spans = Texts(buffer, starts + found, ends - found)
    return spans, found & _plain(spans, latex=True)


def _plain(spans: Texts, *, latex: bool) -> Flags:
    numbers: Flags = read_numbers(spans, np.full(len(spans), latex)).kinds != OTHER
    return numbers | stays(spans) if latex else numbers


def _matches(texts: Texts, pattern: str, flags: str = "", *, full: bool = False) -> Flags:
    found: Flags = test(compile_pattern(pattern, flags), texts.buffer, texts.starts, texts.ends, full=full)
    return found


@compiled
def _closing_braces(buffer: Bytes, starts: Rows, ends: Rows) -> Rows:
    result = np.full(starts.size, -1, dtype=np.int64)
    for row in range(starts.size):
        at = starts[row]
        depth = 0
        while at < ends[row]:
            byte = load_byte(buffer, at)
            depth += (byte == 0x7B) - (byte == 0x7D)
            if depth <= 0:
                result[row] = at if depth == 0 and at > starts[row] else -1
                break
            at += 1
    return result


def _closing(buffer: Bytes, starts: Rows, ends: Rows) -> Rows:
    """Give the place of the brace that closes the one at `starts`; -1 where none stands there, or none closes it."""
    places = np.ascontiguousarray(starts).view()
    places.setflags(write=False)
    return _closing_braces(buffer, places, ends)
