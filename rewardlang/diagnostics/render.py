"""Diagnostics as text for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rewardlang.diagnostics.cells import Style, paint, printable
from rewardlang.diagnostics.diagnostic import Label, Severity
from rewardlang.diagnostics.excerpt import CAUSE, FAULT, mark, numbered_rows, offsets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rewardlang.diagnostics.diagnostic import Diagnostic
    from rewardlang.diagnostics.excerpt import Mark
    from rewardlang.source import Source

WIDTH = 120
"""Cells a line where the caller names no width."""

_STYLES = {Severity.ERROR: Style.ERROR, Severity.WARNING: Style.WARNING}


def render(diagnostic: Diagnostic, *, color: bool = False, width: int | None = None) -> str:
    """A diagnostic with the source lines that it is about; no line break at the end.

    Source lines longer than `width` cells (`None`: 120) are cut around the marked places. Messages, labels, notes and
    help are never cut nor wrapped: they hold text to type.
    """
    return "\n".join(_rows(diagnostic, width or WIDTH, color=color))


def render_all(diagnostics: Iterable[Diagnostic], *, color: bool = False, width: int | None = None) -> str:
    """Diagnostics in the order given, a blank line between two."""
    return "\n\n".join(render(diagnostic, color=color, width=width) for diagnostic in diagnostics)


@dataclass(frozen=True)
class _Gutter:
    """The left margin: line numbers of `digits` digits at most, right-aligned."""

    digits: int
    color: bool

    def row(self, number: int | None, text: str) -> str:
        if number == 0:
            return self._painted(text)
        shown = "" if number is None else str(number)
        return f"{self._painted(f'{shown:>{self.digits}} |')} {text}".rstrip()

    def place(self, arrow: str, label: Label) -> str:
        line, column = label.span.source.position(offsets(label.span)[0])
        where = f"{printable(label.span.source.name)}:{line}:{column}"
        return f"{' ' * self.digits}{self._painted(arrow)} {where}"

    def footer(self, title: str, text: str) -> Iterator[str]:
        lead = f"{' ' * self.digits} {self._painted('=')} {paint(f'{title}:', Style.STRONG, color=self.color)} "
        indent = " " * (self.digits + len(f" = {title}: "))
        for i, line in enumerate(text.strip("\n").splitlines()):
            yield ((indent if i else lead) + printable(line)).rstrip()

    def _painted(self, text: str) -> str:
        return paint(text, Style.ASIDE, color=self.color)


def _rows(diagnostic: Diagnostic, width: int, *, color: bool) -> Iterator[str]:
    blocks = _blocks(diagnostic)
    gutter = _Gutter(max(len(str(each.line)) for _, marks in blocks.values() for each in marks), color)
    yield _title(diagnostic, color=color)
    arrow = "-->"
    for source, (first, marks) in blocks.items():
        yield gutter.place(arrow, first)
        yield gutter.row(None, "")
        for number, text in numbered_rows(source, marks, width - gutter.digits - len(" | "), color=color):
            yield gutter.row(number, text)
        arrow = ":::"
    for title, remark in (("note", diagnostic.note()), ("help", diagnostic.help())):
        if remark:
            yield from gutter.footer(title, remark)


def _title(diagnostic: Diagnostic, *, color: bool) -> str:
    kind = paint(f"{diagnostic.severity}[{diagnostic.code}]", _STYLES[diagnostic.severity], color=color)
    return kind + paint(f": {printable(diagnostic.message())}", Style.STRONG, color=color)


def _blocks(diagnostic: Diagnostic) -> dict[Source, tuple[Label, list[Mark]]]:
    """The marks of each source, that of the fault first, and the label that says where its block starts."""
    fault = Label(diagnostic.span, diagnostic.label)
    blocks = {fault.span.source: (fault, [mark(fault, FAULT, _STYLES[diagnostic.severity])])}
    for cause in diagnostic.causes:
        _, marks = blocks.setdefault(cause.span.source, (cause, []))
        marks.append(mark(cause, CAUSE, Style.ASIDE))
    return blocks
