"""A lexing pass of its own: where comments, strings, words and brackets lie, whatever else is wrong with the text.

The parser's contextual lexer drops comments and stops at the first fault; the formatter, the messages and the search
for declarations behind a fault need a pass that does neither.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Kind(Enum):
    """What a stretch of text is, before grammar."""

    COMMENT = "comment"
    DOC = "doc"
    TEMPLATE = "template"
    STRING = "string"
    REGEX = "regex"
    NUMBER = "number"
    WORD = "word"
    SIGN = "sign"
    BROKEN = "broken"


class Lexeme(NamedTuple):
    """A stretch of text that is no white space."""

    kind: Kind
    start: int
    end: int
    text: str


DECLARATIONS = frozenset(
    ["from", "record", "param", "const", "model", "memory", "def", "reward", "property", "example"]
)
RESERVED = frozenset(
    ["if", "then", "else", "and", "or", "not", "let", "over", "weight", "in", "true", "false", "inf", "return"]
)

_PATTERN = re.compile(
    r"""(?P<COMMENT>\#[^\n]*)
    |(?P<DOC>\"{3}(?:[^"]|"(?!""))*\"{3})
    |(?P<TEMPLATE>t\"{3}(?:[^"\\]|\\[\s\S]|"(?!""))*\"{3}|t"(?!"")(?:[^"\\\n]|\\.)*")
    |(?P<OPEN>t?\"{3}[\s\S]*|t"[^\n]*)
    |(?P<STRING>"(?:[^"\\\n]|\\.)*")
    |(?P<REGEX>/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[A-Za-z]*)
    |(?P<NUMBER>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    |(?P<WORD>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<SIGN>\|>|->|\.\.|\*\*|\?\?|==|!=|<=|>=|&&|\|\||[-+*/%<>=?.,:()\[\]{}])
    |(?P<BROKEN>"[^\n]*|[^\s\ufeff])""",
    re.VERBOSE,
)
_SPACE = re.compile(r"[\s\ufeff]+")
_OPERANDS = frozenset({Kind.TEMPLATE, Kind.STRING, Kind.REGEX, Kind.NUMBER})
_BEFORE_OPERAND = RESERVED - {"true", "false", "inf"}


def lexemes(text: str, start: int = 0, end: int | None = None) -> Iterator[Lexeme]:
    """Everything in `text[start:end]` but white space, in order. An unclosed string ends with its line, or the text."""
    at, end = start, len(text) if end is None else end
    # `when` is a word like others but in `remember … when …`, where it stands behind an operand.
    ended = remembers = False
    while at < end:
        space = _SPACE.match(text, at, end)
        if space:
            at = space.end()
            continue
        found = _next(text, at, end, ended=ended)
        yield found
        if found.kind is not Kind.COMMENT:
            is_when = remembers and ended and found.text == "when"
            ended = not is_when and ends_operand(found)
            remembers = found.text == "remember" or (remembers and not is_when and found.text not in {"let", "return"})
        at = found.end


def _next(text: str, at: int, end: int, *, ended: bool) -> Lexeme:
    match = _PATTERN.match(text, at, end)
    if match is None or match.lastgroup is None:
        raise AssertionError  # BROKEN takes any character that is not space
    kind = Kind.BROKEN if match.lastgroup == "OPEN" else Kind[match.lastgroup]
    if kind is Kind.REGEX and ended:
        return Lexeme(Kind.SIGN, at, at + 1, "/")
    return Lexeme(kind, at, match.end(), match.group())


def ends_operand(lexeme: Lexeme) -> bool:
    """Whether an operand can end here, so that a `/` behind it divides and opens no regular expression."""
    if lexeme.kind is Kind.WORD:
        return lexeme.text not in _BEFORE_OPERAND
    return lexeme.kind in _OPERANDS or lexeme.text in {")", "]", "}"}
