"""Where lines break: documents of text, possible breaks and groups, laid out within a width.

Source: P. Wadler, "A prettier printer", 2003, with suffixes (comments wait for the end of their line) added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH = 120
INDENT = 4


@dataclass(frozen=True)
class Line:
    """A break in a broken group, `flat` in one that fits on its line."""

    flat: str = " "


@dataclass(frozen=True)
class Hard:
    """A break that breaks every group around it."""


@dataclass(frozen=True)
class Broken:
    """Text that stands only where the group is broken."""

    text: str


@dataclass(frozen=True)
class Suffix:
    """A comment: it waits for the end of the line and breaks every group around it."""

    text: str


@dataclass(frozen=True)
class Nest:
    """A document one step further right."""

    body: Doc


@dataclass(frozen=True)
class Group:
    """A document that is laid out flat where it fits, else with all of its own breaks."""

    body: Doc
    is_broken: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_broken", breaks(self.body))


Doc = str | Line | Hard | Broken | Suffix | Nest | Group | Sequence["Doc"]

HARD = Hard()
LINE = Line()
SOFT = Line("")


def breaks(doc: Doc) -> bool:
    """Whether a document holds a break, or a text of several lines, that no group can undo."""
    if isinstance(doc, str):
        return "\n" in doc
    if isinstance(doc, Group):
        return doc.is_broken
    if isinstance(doc, Nest):
        return breaks(doc.body)
    if isinstance(doc, Sequence):
        return any(breaks(part) for part in doc)
    return isinstance(doc, Hard | Suffix)


def join(separator: Doc, docs: Sequence[Doc]) -> Doc:
    """The documents with a separator between each two."""
    return [part for doc in docs for part in (separator, doc)][1:]


_Item = tuple[int, bool, Doc]  # indentation, whether flat, what


def render(doc: Doc, width: float = WIDTH) -> str:
    """The text of a document, without white space at the ends of lines."""
    page = _Page()
    stack: list[_Item] = [(0, False, doc)]
    while stack:
        indent, flat, top = stack.pop()
        if isinstance(top, Group):
            fits = not top.is_broken and (flat or _fits(top.body, stack, width - page.column(indent)))
            stack.append((indent, fits, top.body))
        elif isinstance(top, Hard) or (isinstance(top, Line) and not flat):
            page.end_line()
        elif isinstance(top, Suffix):
            page.suffixes.append(top.text)
        elif text := _word(top, flat):
            page.write(text, indent)
        else:
            stack.extend(_below(top, indent, flat))
    page.end_line()
    return "".join(page.written).strip("\n")


def _word(doc: Doc, flat: bool) -> str:  # noqa: FBT001 - the mode of the group
    """The text of a leaf."""
    if isinstance(doc, Line):
        return doc.flat
    if isinstance(doc, Broken):
        return "" if flat else doc.text
    return doc if isinstance(doc, str) else ""


def _below(doc: Doc, indent: int, flat: bool) -> list[_Item]:  # noqa: FBT001 - the mode of the group
    """The parts of a document, last first."""
    if isinstance(doc, Nest):
        return [(indent + INDENT, flat, doc.body)]
    if isinstance(doc, Group):
        return [(indent, flat and not doc.is_broken, doc.body)]
    if isinstance(doc, Sequence) and not isinstance(doc, str):
        return [(indent, flat, part) for part in reversed(doc)]
    return []


def _fits(doc: Doc, rest: list[_Item], room: float) -> bool:
    """Whether a document laid out flat, and what follows it up to the next break, fits into the room."""
    stack: list[_Item] = [(0, True, doc)]
    behind = len(rest)
    while room >= 0:
        if not stack:
            if not behind:
                return True
            behind -= 1
            stack.append(rest[behind])
        _, flat, top = stack.pop()
        if isinstance(top, Hard) or (isinstance(top, Line) and not flat):
            return True
        text = _word(top, flat)
        if "\n" in text:
            return room >= text.index("\n")
        room -= len(text)
        stack.extend(_below(top, 0, flat))
    return False


@dataclass
class _Page:
    """The text written so far."""

    written: list[str] = field(default_factory=list)
    line: str = ""
    suffixes: list[str] = field(default_factory=list)

    def column(self, indent: int) -> int:
        return len(self.line) or indent

    def write(self, text: str, indent: int) -> None:
        if not self.line:
            self.line = " " * indent
        *lines, last = text.split("\n")
        for index, line in enumerate(lines):
            self.written.append((self.line if index == 0 else "") + line + "\n")
        self.line = last if lines else self.line + last

    def end_line(self) -> None:
        """End the line with the comments that wait for it. A text of several lines keeps the spaces inside of it."""
        self.written.append("  ".join([self.line.rstrip(" "), *self.suffixes]).rstrip(" ") + "\n")
        self.line = ""
        self.suffixes = []
