"""What commands print: results to standard output, everything else to standard error."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from rewardlang.diagnostics.cells import Style, paint, printable, wants_color

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from rewardlang.diagnostics import Diagnostic


def say(text: str = "") -> None:
    """A line of the result."""
    print(encodable(text, sys.stdout))  # noqa: T201  printing is what a command does


def note(text: str) -> None:
    """A remark that is no part of the result."""
    print(encodable(text, sys.stderr), file=sys.stderr)  # noqa: T201  as above


def note_warnings() -> None:
    """Print what the library warns of, such as a first compilation that takes long, where a person waits for it."""
    logger = logging.getLogger("rewardlang")
    if not any(isinstance(handler, _Notes) for handler in logger.handlers):
        logger.addHandler(_Notes(logging.WARNING))


class _Notes(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if sys.stderr.isatty():
            note(f"note: {record.getMessage()}")


def fail(text: str, *, kind: str = "error", notes: Iterable[tuple[str, str]] = ()) -> None:
    """An error, in the form of the compiler's."""
    color = wants_color(sys.stderr)
    first, *rest = text.splitlines() or [""]
    note(paint(kind, Style.ERROR, color=color) + paint(f": {printable(first)}", Style.STRONG, color=color))
    for line in rest:
        note(f"  {printable(line)}")
    for title, remark in notes:
        note(f"  {paint('=', Style.ASIDE, color=color)} {paint(f'{title}:', Style.STRONG, color=color)} {remark}")


def show_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Diagnostics with their source lines, and how many there are."""
    from rewardlang.diagnostics.render import render_all

    found = list(diagnostics)
    note(render_all(found, color=wants_color(sys.stderr), width=width(sys.stderr)))
    note("\n" + tally(found))


def tally(diagnostics: Iterable[Diagnostic]) -> str:
    """How many errors and warnings there are."""
    severities = [diagnostic.severity.value for diagnostic in diagnostics]
    parts = [counted(severities.count(kind), kind) for kind in ("error", "warning") if kind in severities]
    return " and ".join(parts) or "no faults"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """`1 row`, `2 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def width(stream: TextIO) -> int | None:
    """The width of a terminal in cells, None where the stream is none."""
    import shutil

    return shutil.get_terminal_size().columns if stream.isatty() else None


def encodable(text: str, stream: TextIO) -> str:
    """`text` with what the stream's encoding does not know replaced."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def draws_lines(stream: TextIO) -> bool:
    """Whether the stream's encoding has the characters that draw lines."""
    try:
        "├└│─".encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
