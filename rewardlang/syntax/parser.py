"""From text to the syntax tree.

A text with faults gives the declarations that have none, and a message for each of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.source import Source, Span
from rewardlang.syntax import tables
from rewardlang.syntax.ast import Ast, Declaration, Expression
from rewardlang.syntax.builder import DEEPEST, Builder, too_deep
from rewardlang.syntax.errors import Syntax
from rewardlang.syntax.lexical import DECLARATIONS, Kind, Lexeme, lexemes
from rewardlang.syntax.slips import Situation, explain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewardlang.diagnostics import Diagnostic, Sink


def parse(source: Source, sink: Sink) -> Ast:
    """The syntax tree of a module.

    Every fault is reported as `syntax`, one a declaration; the tree then holds the declarations that could be read.
    """
    fault, built = _parse(source, 0, len(source.text), "start", sink)
    if fault is None and isinstance(built, Ast):
        return built
    doc: str | None = None
    declarations: list[Declaration] = []
    unread: set[str] = set()
    for start, end in pieces(source.text):
        fault, built = _parse(source, start, end, "start", sink)
        if fault is not None:
            sink.report(fault)
            unread |= _declared(source.text, start, end)
        elif isinstance(built, Ast):
            doc = doc or built.doc
            declarations += built.declarations
    return Ast(source, doc, tuple(declarations), frozenset(unread))


def _declared(text: str, start: int, end: int) -> set[str]:
    """The names that a stretch of text seems to declare or import."""
    words = [lexeme.text for lexeme in lexemes(text, start, end) if lexeme.kind is Kind.WORD]
    for place, word in enumerate(words):
        if word in DECLARATIONS:
            return set(words[place + 1 :] if word == "from" else words[place + 1 : place + 2])
    return set()


def parse_expression(source: Source, start: int, end: int, sink: Sink) -> Expression | None:
    """The expression that `source.text[start:end]` is, with spans in `source`; None where it has a fault, reported."""
    fault, built = _parse(source, start, end, "expression", sink)
    if fault is not None:
        sink.report(fault)
    return built if isinstance(built, Expression) else None


def _parse(
    source: Source, start: int, end: int, rule: str, sink: Sink
) -> tuple[Diagnostic | None, Ast | Expression | None]:
    from lark import TextSlice, UnexpectedInput

    try:
        tree = tables.load().parse(TextSlice(source.text, start, end), start=rule)
    except UnexpectedInput as error:
        return _fault(source, start, end, error, is_followed=rule == "start" and end < len(source.text)), None
    deep = too_deep(tree)
    if deep is not None:
        span = Span(source, deep.meta.start_pos, deep.meta.end_pos)
        return Syntax(
            span=span, problem=f"more than {DEEPEST} expressions are nested here", advice="name parts with `let`"
        ), None
    builder = Builder(source, sink, lambda low, high: parse_expression(source, low, high, sink))
    return None, builder.build(tree)


def _fault(source: Source, start: int, end: int, error: Any, *, is_followed: bool) -> Syntax:
    """The message for the place at which Lark stopped."""
    at = end if getattr(getattr(error, "token", None), "type", None) == "$END" else error.pos_in_stream
    seen = [lexeme for lexeme in lexemes(source.text, start, end) if lexeme.kind is not Kind.COMMENT]
    index = next((i for i, lexeme in enumerate(seen) if lexeme.end > at), len(seen))
    found, after = [*seen[index : index + 2], None, None][:2]
    accepts = frozenset(error.interactive_parser.accepts())
    return explain(Situation(source, seen[:index], found, after, accepts, start, is_followed))


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of `text` that should each be one declaration, as (start, end); the first may hold only a doc.

    A declaration starts with its keyword and a word or title behind it: in the first column anywhere outside of strings
    and comments, further right only where no bracket is open.
    """
    start = 0
    for at in _starts(text):
        if at > start:
            yield start, at
        start = at
    yield start, len(text)


def _starts(text: str) -> Iterator[int]:
    depth = 0
    before: Lexeme | None = None
    for lexeme in lexemes(text):
        if lexeme.kind is Kind.COMMENT:
            continue
        if before is not None and before.kind is Kind.WORD and before.text in DECLARATIONS:
            column = before.start - (text.rfind("\n", 0, before.start) + 1)
            is_first = not text[before.start - column : before.start].strip()
            if lexeme.kind in {Kind.WORD, Kind.STRING} and is_first and (column == 0 or depth == 0):
                depth = 0
                yield before.start
        depth += (lexeme.text in {"(", "[", "{"}) - (lexeme.text in {")", "]", "}"})
        depth = max(depth, 0)
        before = lexeme
