"""How many different substrings a text has, by its suffix automaton.

Source: A. Blumer et al., The smallest automaton recognizing the subwords of a text, TCS 40, 1985: at most 2n states and
3n edges, made in linear time. A state stands for as many substrings as its longest is longer than that of its link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.characters import character
from rewardlang.kernels.memory import Bytes, Rows, compiled

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts

Codes = npt.NDArray[np.int32]
Edges = tuple[Codes, Codes, Codes, Codes, Codes, Codes]
"""A table of edges by state and character; each one's source, character, target, next of its state; a state's first."""

_MIX = 0x1E3779B97F4A7C15
_ROOT = 0


@compiled
def _slot(edges: Edges, state: int, code: int) -> int:
    """Give the slot in which the edge of a state for a character is, or would be."""
    slots, sources, codes = edges[0], edges[1], edges[2]
    place = ((state * 0x110000 + code) * _MIX >> 20) & (slots.size - 1)
    while slots[place] >= 0 and (sources[slots[place]] != state or codes[slots[place]] != code):
        place = (place + 1) & (slots.size - 1)
    return place


@compiled
def _add(edges: Edges, count: int, state: int, code: int, target: int) -> int:
    """Add an edge that is not there, as the next after `count`; give how many there are now."""
    slots, sources, codes, targets, others, firsts = edges
    slots[_slot(edges, state, code)] = count
    sources[count], codes[count], targets[count], others[count] = state, code, target, firsts[state]
    firsts[state] = count
    return count + 1


@compiled
def _copy(edges: Edges, count: int, state: int, twin: int) -> int:
    """Give a state the edges of another; and how many there are now."""
    edge = edges[5][state]
    while edge >= 0:
        count = _add(edges, count, twin, edges[2][edge], edges[3][edge])
        edge = edges[4][edge]
    return count


@compiled
def _target(edges: Edges, state: int, code: int) -> int:
    """Give where the edge of a state for a character leads; -1 if there is none."""
    edge = edges[0][_slot(edges, state, code)]
    return int(edges[3][edge]) if edge >= 0 else -1


@compiled
def _distinct(text: Codes) -> int:
    """Count the different substrings, the empty one not among them."""
    longest, links, edges = _room(text.size)
    last, states, count = _ROOT, 1, 0
    for code in text:
        new = states
        states += 1
        longest[new] = longest[last] + 1
        state = last
        while state >= 0 and _target(edges, state, code) < 0:
            count = _add(edges, count, state, code, new)
            state = links[state]
        target = _target(edges, state, code) if state >= 0 else _ROOT
        if state >= 0 and longest[target] > longest[state] + 1:
            # The shorter substrings of the target now end elsewhere too: they get a state of their own.
            old, target = target, states
            states += 1
            longest[target] = longest[state] + 1
            links[target] = links[old]
            count = _copy(edges, count, old, target)
            links[old] = target
            while state >= 0 and _target(edges, state, code) == old:
                edges[3][edges[0][_slot(edges, state, code)]] = target
                state = links[state]
        links[new] = target
        last = new
    total = 0
    for state in range(1, states):
        total += longest[state] - longest[links[state]]
    return total


@compiled
def _room(size: int) -> tuple[Codes, Codes, Edges]:
    """Give room for the automaton of a text: longest substrings and links of states, and edges."""
    longest = np.zeros(2 * size + 2, dtype=np.int32)
    links = np.full(2 * size + 2, -1, dtype=np.int32)
    firsts = np.full(2 * size + 2, -1, dtype=np.int32)
    slots = 16
    while slots < 6 * size:
        slots *= 2
    edges = (
        np.full(slots, -1, dtype=np.int32),
        np.empty(3 * size + 3, dtype=np.int32),
        np.empty(3 * size + 3, dtype=np.int32),
        np.empty(3 * size + 3, dtype=np.int32),
        np.empty(3 * size + 3, dtype=np.int32),
        firsts,
    )
    return longest, links, edges


@compiled
def _decoded(buffer: Bytes, start: int, end: int) -> Codes:
    codes = np.empty(end - start, dtype=np.int32)
    count = 0
    while start < end:
        codes[count], width = character(buffer, start)
        start += width
        count += 1
    return codes[:count]


@compiled
def _count_rows(buffer: Bytes, starts: Rows, ends: Rows) -> tuple[Rows, Rows]:
    counts = np.empty(starts.size, dtype=np.int64)
    sizes = np.empty(starts.size, dtype=np.int64)
    for row in range(starts.size):
        codes = _decoded(buffer, starts[row], ends[row])
        sizes[row] = codes.size
        counts[row] = _distinct(codes)
    return counts, sizes


def count_substrings(texts: Texts) -> tuple[Rows, Rows]:
    """Count the different substrings of each row, and its code points: two of `int64[rows]`."""
    return _count_rows(texts.buffer, texts.starts, texts.ends)
