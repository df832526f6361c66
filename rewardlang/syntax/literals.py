"""Literals: escapes, numbers, docs and the parts of templates."""

from __future__ import annotations

import inspect
import math
import re
from typing import TYPE_CHECKING

from rewardlang.source import Source, Span
from rewardlang.syntax.errors import Syntax
from rewardlang.syntax.lexical import Kind, lexemes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rewardlang.diagnostics import Sink
    from rewardlang.syntax.ast import Expression

    ReadHole = Callable[[int, int], Expression | None]

ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", '"': '"', "\\": "\\"}

_LONGEST_INTEGER = 300  # digits: below what a float holds, and below Python's own limit for `int(text)`
_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2})|([\s\S]))")
_SPECIAL = re.compile(r"\\u\{[0-9A-Fa-f]*\}|\\[\s\S]|\{\{|\}\}|[{}]")


def read_number(source: Source, start: int, end: int, sink: Sink) -> int | float:
    """The value of a number literal; one that no float holds is reported and read as 0."""
    text = source.text[start:end]
    value: int | float = 0
    if text.isdigit():
        fits = len(text) <= _LONGEST_INTEGER
        value = int(text) if fits else 0
    else:
        fits = math.isfinite(float(text))
        value = float(text) if fits else 0
    if not fits:
        sink.report(Syntax(span=Span(source, start, end), problem="the number is too large", advice="write `inf`"))
    return value


def read_text(source: Source, start: int, end: int, sink: Sink) -> str:
    """What `source.text[start:end]` stands for; a bad escape is reported and kept as it is written."""
    text = source.text
    pieces, at = [], start
    while match := _ESCAPE.search(text, at, end):
        character = _character(match)
        if character is None:
            sink.report(
                Syntax(
                    span=Span(source, *match.span()),
                    problem=f"`{match.group()}` is no escape",
                    advice=r"write one of `\n`, `\t`, `\r`, `\0`, `\"`, `\\`, `\xhh`, `\u{hhhh}`",
                )
            )
        pieces += [text[at : match.start()], match.group() if character is None else character]
        at = match.end()
    return "".join(pieces) + text[at:end]


def _character(match: re.Match[str]) -> str | None:
    by_point, by_byte, letter = match.groups()
    if letter:
        return ESCAPES.get(letter)
    point = int(by_point or by_byte, 16)
    is_surrogate = 0xD800 <= point <= 0xDFFF
    return chr(point) if point <= 0x10FFFF and not is_surrogate else None


def read_doc(literal: str) -> str | None:
    """The text of a doc without its indentation, or None where it says nothing."""
    lines = inspect.cleandoc(literal[3:-3].replace("\r\n", "\n")).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n") or None


def read_template(
    source: Source, start: int, end: int, sink: Sink, read_hole: ReadHole
) -> tuple[str | Expression, ...]:
    """The parts of the template whose literal is `source.text[start:end]`: never two texts in a row, none empty."""
    marks = 3 if source.text.startswith('t"""', start) and end - start >= len('t""""""') else 1
    parts: list[str | Expression] = []
    words: list[str] = []
    for low, high, is_hole in _pieces(source, start + 1 + marks, end - marks, sink):
        if not is_hole:
            words.append(_template_text(source, low, high, sink))
            continue
        if text := "".join(words):
            parts.append(text)
        words = []
        hole = read_hole(low, high)
        if hole is not None:
            parts.append(hole)
    if text := "".join(words):
        parts.append(text)
    return tuple(parts)


def _template_text(source: Source, start: int, end: int, sink: Sink) -> str:
    written = source.text[start:end]
    if written in {"{{", "}}"}:
        return written[0]
    return (
        read_text(source, start, end, sink).replace("\r\n", "\n") if "\\" in written else written.replace("\r\n", "\n")
    )


def _pieces(source: Source, start: int, end: int, sink: Sink) -> Iterator[tuple[int, int, bool]]:
    """Stretches of text, pairs of braces, and the insides of holes, as (start, end, whether it is a hole)."""
    at = start
    while match := _SPECIAL.search(source.text, at, end):
        if match.start() > at:
            yield at, match.start(), False
        at = match.end()
        if match.group() == "{":
            close = _close(source.text, at, end)
            if close is None:
                _report_brace(source, match, sink, "a `{` in the template is not closed, or a comment stands behind it")
                return
            yield at, close, True
            at = close + 1
        elif match.group() == "}":
            _report_brace(source, match, sink, "a `}` in the template closes nothing")
        else:
            yield *match.span(), False
    if at < end:
        yield at, end, False


def _close(text: str, start: int, end: int) -> int | None:
    """Where the hole that begins at `start` ends: the first `}` that closes nothing inside of it."""
    depth = 0
    for lexeme in lexemes(text, start, end):
        if lexeme.kind is Kind.COMMENT:
            return None
        if lexeme.kind is Kind.SIGN and lexeme.text in "{}":
            depth += 1 if lexeme.text == "{" else -1
            if depth < 0:
                return lexeme.start
    return None


def _report_brace(source: Source, match: re.Match[str], sink: Sink, problem: str) -> None:
    brace = match.group()
    advice = f"write `{brace}{brace}` for the brace itself, or `{{expression}}` for a value"
    sink.report(Syntax(span=Span(source, *match.span()), problem=problem, advice=advice))
