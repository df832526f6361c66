"""Lark's contextual lexer with patterns compiled one by one, when they are first tried.

Lark compiles one alternation of all terminals for each set that the parser accepts. A short text meets about forty of
those sets, and compiling them would take longer than reading the text.
"""

from __future__ import annotations

import re
from copy import copy
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
    """Lark's contextual lexer, made of those, each when its state is first met."""

    def __init__(self, conf: Any, states: dict[int, Any], always_accept: Iterable[str] = ()) -> None:
        # Not the constructor above: it makes every lexer at once, and the tables were validated when they were made.
        self.lexers = _Lexers(conf, states, frozenset(conf.ignore).union(always_accept))
        self.root_lexer = StepwiseLexer(conf)


class _Lexers(dict[int, Any]):
    """The lexers of the parser's states, shared by states that accept the same."""

    def __init__(self, conf: Any, states: dict[int, Any], always: frozenset[str]) -> None:
        self._conf, self._states, self._always = conf, states, always
        self._made: dict[frozenset[str], Any] = {}

    def __missing__(self, state: int) -> Any:
        accepts = self._always.union(self._states[state])
        if accepts not in self._made:
            conf = copy(self._conf)
            conf.terminals = [terminal for terminal in conf.terminals if terminal.name in accepts]
            self._made[accepts] = StepwiseLexer(conf)
        self[state] = self._made[accepts]
        return self[state]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _opening(terminal: Any) -> str | None:
    """The character that every match starts with, where the terminal says it plainly."""
    value: str = terminal.pattern.value
    is_plain = terminal.pattern.type == "str" or value[0] in '"#' or _KEYWORD.match(value)
    return value[0] if is_plain else None
