"""Characters that no set of a pattern tells apart, as symbols: the small alphabet of an automaton.

A symbol is looked up by byte in ASCII, and beyond it by page: 64 characters that differ only in the last byte of their
UTF-8.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rewardlang.regex.classes import LAST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.regex.classes import Ranges

WIDE = 255
"""Stands for a first byte whose character must be looked up by page."""
MOST_SYMBOLS = 250
PAGE = 64
_LEADS = range(0xC2, 0xF5)


class UnfitError(Exception):
    """The pattern has no small automaton of this kind."""


@dataclass(frozen=True)
class Alphabet:
    """The symbols of some sets of characters.

    Shapes: `bytes` uint8[256], the symbol of an ASCII character, of a first byte where it tells, else `WIDE`;
    continuation bytes are `stay`. `page_of` uint16[0x4400] into `pages` uint8[pages, 64]. `signatures[symbol]` says in
    bit k whether set k holds the symbol's characters.
    """

    bytes: npt.NDArray[np.uint8]
    page_of: npt.NDArray[np.uint16]
    pages: npt.NDArray[np.uint8]
    signatures: tuple[int, ...]
    leads: dict[int, frozenset[int]]
    """The symbols that a first byte beyond ASCII may stand for."""

    @property
    def stay(self) -> int:
        """The symbol of continuation bytes, which changes no state."""
        return len(self.signatures)


def alphabet(sets: Sequence[Ranges]) -> Alphabet:
    """The symbols that tell these sets apart.

    Raises:
        UnfitError: there are too many.
    """
    segments, signatures = _segments(sets)
    page_of, pages = _paged(segments)
    leads = {lead: frozenset(np.unique(pages[np.unique(page_of[_pages_of(lead)])]).tolist()) for lead in _LEADS}
    table = np.full(256, len(signatures), np.uint8)
    table[:128] = pages[page_of[:2]].ravel()
    simple = all(len(symbols) == 1 for symbols in leads.values())
    for lead, symbols in leads.items():
        # Either every first byte tells, and no character is looked up, or all of them are.
        table[lead] = next(iter(symbols)) if simple else WIDE
    return Alphabet(read_only(table), read_only(page_of), read_only(pages), signatures, leads)


def read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array, which is not to be written any more: kernels are compiled for such alone."""
    array.setflags(write=False)
    return array


def _segments(sets: Sequence[Ranges]) -> tuple[list[tuple[int, int]], tuple[int, ...]]:
    """Where each run of characters of one symbol begins, with the symbol; the signature of each symbol."""
    flips: dict[int, int] = {0: 0, LAST + 1: 0}
    for number, ranges in enumerate(sets):
        for first, last in ranges:
            for edge in (first, last + 1):
                flips[edge] = flips.get(edge, 0) ^ 1 << number
    symbols: dict[int, int] = {}
    segments: list[tuple[int, int]] = []
    here = 0
    for edge in sorted(flips):
        here ^= flips[edge]
        segments.append((edge, symbols.setdefault(here, len(symbols))))
    if len(symbols) > MOST_SYMBOLS:
        raise UnfitError
    return segments, tuple(symbols)


def _paged(segments: list[tuple[int, int]]) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    """The symbols as a table of two levels; pages of one symbol are shared."""
    page_of = np.zeros((LAST + 1) // PAGE, np.uint16)
    known: dict[bytes, int] = {}
    mixed: dict[int, npt.NDArray[np.uint8]] = {}
    for (first, symbol), (end, _) in pairwise(segments):
        whole = known.setdefault(bytes([symbol]) * PAGE, len(known))
        page_of[-(-first // PAGE) : end // PAGE] = whole
        for page in {first // PAGE, (end - 1) // PAGE}:
            begin = max(first - page * PAGE, 0)
            if begin > 0 or end < (page + 1) * PAGE:
                mixed.setdefault(page, np.zeros(PAGE, np.uint8))[begin : end - page * PAGE] = symbol
    for page, row in mixed.items():
        page_of[page] = known.setdefault(row.tobytes(), len(known))
    return page_of, np.frombuffer(b"".join(known), np.uint8).reshape(-1, PAGE)


def _pages_of(lead: int) -> slice:
    """The pages of the characters that start with a byte."""
    if lead < 0xE0:
        return slice(lead & 0x1F, (lead & 0x1F) + 1)
    if lead < 0xF0:
        return slice(max((lead & 0x0F) << 6, 0x20), ((lead & 0x0F) + 1) << 6)
    return slice(max((lead & 0x07) << 12, 0x400), min(((lead & 0x07) + 1) << 12, 0x4400))
