"""Lark's contextual lexer with patterns compiled one by one, when they are first tried.

Lark compiles one alternation of all terminals for each set that the parser accepts. A short text meets about forty of
those sets, and compiling them would take longer than reading the text.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from lark.lexer import BasicLexer, ContextualLexer

if TYPE_CHECKING:
    from collections.abc import Iterable


_KEYWORD = re.compile(r"[a-z]+\(\?")


class Scanner:
    """The terminals of one lexer, in the order in which they are tried."""

    def __init__(self, terminals: Iterable[Any]) -> None:
        self._ordered = [(_opening(terminal), terminal.pattern.to_regexp(), terminal.name) for terminal in terminals]
        self.allowed_types = {name for _, _, name in self._ordered}

    def match(self, text: Any, at: int) -> tuple[str, str] | None:
        """The text and the name of the first terminal that matches at an offset."""
        first = text.text[at]
        for opening, pattern, name in self._ordered:
            if opening is None or opening == first:
                match = _compiled(pattern).match(text.text, at, text.end)
                if match:
                    return match.group(), name
        return None


class StepwiseLexer(BasicLexer):  # type: ignore[misc]
    """Lark's lexer of one parser state, with a `Scanner` in place of an alternation."""

    def _build_scanner(self) -> Scanner:
        self.callback: dict[str, Any] = {}
        return Scanner(self.terminals)


class StepwiseContextualLexer(ContextualLexer):  # type: ignore[misc]
    """Lark's contextual lexer, made of those."""

    BasicLexer = StepwiseLexer


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _opening(terminal: Any) -> str | None:
    """The character that every match starts with, where the terminal says it plainly."""
    value: str = terminal.pattern.value
    is_plain = terminal.pattern.type == "str" or value[0] in '"#' or _KEYWORD.match(value)
    return value[0] if is_plain else None
