"""Text as a terminal shows it: what is drawn for each code point, and how many cells it takes."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

ELLIPSIS = "..."
"""Stands for what is left out. ASCII, so that every terminal can show it."""

_TAB = " " * 4
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"
_CONTROL_PICTURES = 0x2400
_HIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_NO_CELL = frozenset({"Mn", "Me", "Cf"})


class Style(StrEnum):
    """The parameters of the ANSI escape sequence (SGR) that starts a style."""

    PLAIN = ""
    STRONG = "1"
    ERROR = "1;31"
    WARNING = "1;33"
    ASIDE = "1;34"


def paint(text: str, style: Style, *, color: bool) -> str:
    """`text` in a style, or as it is without colour."""
    return f"\x1b[{style}m{text}\x1b[0m" if color and style and text else text


def wants_color(stream: TextIO) -> bool:
    """Whether colour is welcome: a terminal that knows escape sequences, and no `NO_COLOR` in the environment."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def printable(text: str) -> str:
    """`text` with whatever would move the cursor, colour the terminal or reorder the line made visible."""
    return "".join(map(_drawn, text))


def cell_count(text: str) -> int:
    """How many cells of a terminal a printable text takes."""
    return sum(map(_cells, text))


@dataclass(frozen=True)
class Cells:
    """One line of a source text in cells."""

    text: str

    @cached_property
    def drawn(self) -> list[str]:
        """What is drawn for each code point."""
        return [_drawn(character) for character in self.text]

    @cached_property
    def columns(self) -> list[int]:
        """The cell, from 0, at which each code point starts; then the end of the line, and a cell to point past it."""
        starts = list(accumulate(map(cell_count, self.drawn), initial=0))
        return [*starts, starts[-1] + 1]

    @property
    def width(self) -> int:
        """The cells of the whole line."""
        return self.columns[-2]

    def cut(self, left: int, right: int) -> str:
        """The cells from `left` to `right`, with an ellipsis at each end at which something is left out."""
        begin = left + len(ELLIPSIS) if left > 0 else 0
        end = right - len(ELLIPSIS) if right < self.width else self.width
        kept = [i for i in range(len(self.text)) if begin <= self.columns[i] and self.columns[i + 1] <= end]
        lead = " " * (self.columns[kept[0]] - begin if kept else 0)
        text = lead + "".join(self.drawn[i] for i in kept)
        return ELLIPSIS * (left > 0) + text + ELLIPSIS * (right < self.width)


def laid_out(pieces: Iterable[tuple[int, str, Style]], *, color: bool) -> str:
    """One line of pieces, each at its cell; they come from left to right and do not overlap."""
    return "".join(_spaced(pieces, color=color))


def _spaced(pieces: Iterable[tuple[int, str, Style]], *, color: bool) -> Iterator[str]:
    at = 0
    for column, text, style in pieces:
        yield " " * (column - at) + paint(text, style, color=color)
        at = column + cell_count(text)


def _drawn(character: str) -> str:
    if character == "\t":
        return _TAB
    if " " <= character <= "~":
        return character
    if character < " ":
        return chr(_CONTROL_PICTURES + ord(character))
    reorders = unicodedata.bidirectional(character) in {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
    return _UNKNOWN if reorders or unicodedata.category(character) in _HIDDEN else character


def _cells(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in _NO_CELL:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
