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

_MIX = 0x1E3779B97F4A7C15
_ROOT = 0


@compiled
def _slot(state: int, code: int, slots: Codes, sources: Codes, codes: Codes) -> int:
    """Give the slot in which the edge of a state for a character is, or would be."""
    place = ((state * 0x110000 + code) * _MIX >> 20) & (slots.size - 1)
    while slots[place] >= 0 and (sources[slots[place]] != state or codes[slots[place]] != code):
        place = (place + 1) & (slots.size - 1)
    return place


@compiled
def _distinct(text: Codes) -> int:
    """Count the different substrings, the empty one not among them."""
    size = text.size
    longest = np.zeros(2 * size + 2, dtype=np.int32)
    links = np.full(2 * size + 2, -1, dtype=np.int32)
    # The edges of a state, as a list, and each in a table by state and character.
    firsts = np.full(2 * size + 2, -1, dtype=np.int32)
    sources = np.empty(3 * size + 3, dtype=np.int32)
    codes = np.empty(3 * size + 3, dtype=np.int32)
    targets = np.empty(3 * size + 3, dtype=np.int32)
    others = np.empty(3 * size + 3, dtype=np.int32)
    room = 16
    while room < 6 * size:
        room *= 2
    slots = np.full(room, -1, dtype=np.int32)
    states = 1
    edges = 0
    last = _ROOT
    for code in text:
        new = states
        states += 1
        longest[new] = longest[last] + 1
        state = last
        place = _slot(state, code, slots, sources, codes)
        while slots[place] < 0:
            slots[place] = edges
            sources[edges], codes[edges], targets[edges], others[edges] = state, code, new, firsts[state]
            firsts[state] = edges
            edges += 1
            state = links[state]
            if state < 0:
                break
            place = _slot(state, code, slots, sources, codes)
        if state < 0:
            links[new] = _ROOT
        else:
            target = targets[slots[place]]
            if longest[target] > longest[state] + 1:
                # The shorter substrings of the target now end elsewhere too: they get a state of their own.
                copy = states
                states += 1
                longest[copy] = longest[state] + 1
                links[copy] = links[target]
                edge = firsts[target]
                while edge >= 0:
                    slots[_slot(copy, codes[edge], slots, sources, codes)] = edges
                    sources[edges], codes[edges], targets[edges] = copy, codes[edge], targets[edge]
                    others[edges] = firsts[copy]
                    firsts[copy] = edges
                    edges += 1
                    edge = others[edge]
                links[target] = copy
                while slots[place] >= 0 and targets[slots[place]] == target:
                    targets[slots[place]] = copy
                    state = links[state]
                    if state < 0:
                        break
                    place = _slot(state, code, slots, sources, codes)
                target = copy
            links[new] = target
        last = new
    count = 0
    for state in range(1, states):
        count += longest[state] - longest[links[state]]
    return count


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
