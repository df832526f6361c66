"""The matching machine: a backtracker that explores no state twice, and so is linear in the text times the program.

Where paths join, a bit for each position says that the state was explored; a loop over one class remembers instead the
stretch of positions it has explored. The first path that arrives is the one Python's `re` finds, with its captures.

Source: R. Cox, "Regular Expression Matching: the Virtual Machine Approach" (2009), section "Backtracking".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rewardlang.columns.texts import Texts
from rewardlang.kernels.text import find_literal
from rewardlang.kernels.threads import in_parts_of
from rewardlang.regex.matching import COUNT, FIND_ALL, SEARCH, TEST, run_rows
from rewardlang.regex.product_scan import answer
from rewardlang.regex.tables import walk

if TYPE_CHECKING:
    from rewardlang.regex.product import Product
    from rewardlang.regex.program import Code, Program

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]

_NANOSECONDS = 0.4
"""About how long an automaton takes for a byte."""


def test(program: Program, buffer: Bytes, starts: Offsets, ends: Offsets, full: bool = False) -> npt.NDArray[np.bool_]:  # noqa: FBT001, FBT002, PT028 - as `re`'s two functions, one argument
    """Whether the pattern matches somewhere in each text, or all of it if `full`.

    Shapes: buffer uint8[bytes], valid UTF-8 with at least 16 bytes of padding behind the last text; starts, ends
    int64[rows], byte offsets; the result bool[rows].
    """
    automaton = program.full_decider if full else program.decider
    found: npt.NDArray[np.bool_]
    if automaton is None:
        found = _run(program.plain, TEST, buffer, starts, ends, full=full)[1] != 0
        return found
    if automaton.skipping or not program.needle:
        found = ask(automaton, buffer, starts, ends) != 0
        return found
    # To look for what every match contains is many times faster than to look at every byte.
    columns = _columns(buffer, starts, ends)
    found = find_literal(Texts(*columns), program.needle) >= 0
    open_ = np.flatnonzero(found)
    found[open_] = ask(automaton, buffer, starts[open_], ends[open_]) != 0
    return found


def ask(product: Product, buffer: Bytes, starts: Offsets, ends: Offsets) -> Offsets:
    """The answers of an automaton for each text: int64[rows], bit k for question k."""
    letters = product.alphabet
    result = np.empty(len(starts), np.int64)
    write = partial(
        answer, *_columns(buffer, starts, ends), product.table, product.outputs, product.answers, product.skips,
        product.counts, letters.bytes, letters.page_of, letters.pages, product.header, result,
    )  # fmt: skip
    in_parts_of(starts, ends, _NANOSECONDS, write)
    return result


def search(program: Program, buffer: Bytes, starts: Offsets, ends: Offsets, full: bool = False) -> Offsets:  # noqa: FBT001, FBT002 - as `re`'s two functions, one argument
    """The first match in each text, or the match of all of it if `full`.

    Shapes: as `test`; the result int64[rows, 2 * (groups + 1)]: start and end of the match and of each group as byte
    offsets into `buffer`, -1 where absent.
    """
    automaton = None if full else program.walker
    if automaton is None:
        return _run(program.capturing, SEARCH, buffer, starts, ends, full=full)[0]
    buffer, starts, ends = _columns(buffer, starts, ends)
    found = np.full((len(starts), automaton.slots), -1, np.int64)
    given_up, room = np.zeros(len(starts), np.bool_), np.empty(automaton.slots, np.int64)
    walk(
        buffer, starts, ends, automaton.table, automaton.saves, automaton.ends, automaton.classes, automaton.firsts,
        automaton.only, automaton.prefix, automaton.line, room, found, given_up,
    )  # fmt: skip
    open_ = np.flatnonzero(given_up)
    if len(open_):
        found[open_] = _run(program.capturing, SEARCH, buffer, starts[open_], ends[open_])[0]
    return found


def find_all(program: Program, buffer: Bytes, starts: Offsets, ends: Offsets) -> tuple[Offsets, Offsets]:
    """All matches in each text, as `re.finditer`, empty ones included.

    Shapes: as `test`; the results int64[rows + 1], where each text's matches start among all, and
    int64[total, 2 * (groups + 1)], as `search`.
    """
    found, counts, _ = _run(program.capturing, FIND_ALL, buffer, starts, ends)
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets, found


def count(program: Program, buffer: Bytes, starts: Offsets, ends: Offsets) -> Offsets:
    """How many matches `find_all` finds in each text; shapes as there, the result int64[rows]."""
    return _run(program.plain, COUNT, buffer, starts, ends)[1]


def work(program: Program, buffer: Bytes, starts: Offsets, ends: Offsets) -> int:
    """How many instructions and scanned bytes `find_all` takes: the measure that grows linearly with the texts."""
    return _run(program.capturing, FIND_ALL, buffer, starts, ends)[2]


def _columns(buffer: Bytes, starts: Offsets, ends: Offsets) -> tuple[Bytes, Offsets, Offsets]:
    return _read_only(buffer, np.uint8), _read_only(starts, np.int64), _read_only(ends, np.int64)


def _run(
    code: Code,
    mode: int,
    buffer: Bytes,
    starts: Offsets,
    ends: Offsets,
    *,
    full: bool = False,
) -> tuple[Offsets, Offsets, int]:
    longest = int((ends - starts).max(initial=0))
    # Untouched pages of zeroed memory cost nothing: most programs and texts touch few of them.
    visited = np.zeros(((longest + 1) * int(code.header[6]) >> 6) + 1, dtype=np.uint64)
    found, counts, steps = run_rows(
        mode,
        full,
        _read_only(buffer, np.uint8),
        _read_only(starts, np.int64),
        _read_only(ends, np.int64),
        code.code,
        code.tables,
        code.steps,
        code.stops,
        code.ranges,
        code.bounds,
        code.literals,
        code.header,
        visited,
    )
    return found, counts, int(steps)


def _read_only(array: npt.NDArray[Any], dtype: type[np.generic]) -> npt.NDArray[Any]:
    """A view that cannot be written, so that one compilation serves both kinds of arrays."""
    view = np.ascontiguousarray(array, dtype=dtype).view()
    view.flags.writeable = False
    return view
