"""Which comment belongs to what: comments and blank lines, attached to the nodes that can carry them.

Declarations, statements, results, entries, fields, arguments, items of lists and the branches of `if` carry comments. A
comment at the end of a line stays beside what ends there, one on its own line above what starts next. A comment in the
midst of an expression moves above the smallest of them around it.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from rewardlang.syntax import ast
from rewardlang.syntax.lexical import Kind, Lexeme, lexemes

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Comment:
    """The text with its `#`, and whether a blank line stands before it."""

    text: str
    after_blank: bool


@dataclass
class Trivia:
    """The comments of one node; `opening` ones stand behind the bracket before it."""

    above: list[Comment] = field(default_factory=list)
    beside: list[Comment] = field(default_factory=list)
    below: list[Comment] = field(default_factory=list)
    opening: list[Comment] = field(default_factory=list)
    after_blank: bool = False

    @property
    def starts_after_blank(self) -> bool:
        """Whether a blank line stands before the node and its comments."""
        return self.above[0].after_blank if self.above else self.after_blank


@dataclass(frozen=True)
class _Unit:
    """A node that can carry comments, with the brackets and the keyword that belong to it."""

    start: int
    end: int
    trivia: Trivia


def attach(tree: ast.Ast) -> dict[int, Trivia]:
    """The trivia of every node that can carry comments, and of the module itself, by the node's `id`."""
    found = list(lexemes(tree.source.text))
    code = [lexeme for lexeme in found if lexeme.kind is not Kind.COMMENT]
    table: dict[int, Trivia] = {id(tree): Trivia()}
    places = _Places(tree.source.text, code)
    for node, role in _carriers(tree):
        start, end = places.extent(node) if role else (node.span.start, node.span.end)
        unit = _Unit(start, end, Trivia(after_blank=places.is_after_blank(start)))
        table[id(node)] = unit.trivia
        places.add(unit, ends_line=role != "no")
    for lexeme in found:
        if lexeme.kind is Kind.COMMENT:
            comment = Comment(lexeme.text.rstrip(), places.is_after_blank(lexeme.start))
            places.home(lexeme.start, table[id(tree)]).append(comment)
    for declaration in tree.declarations:
        if isinstance(declaration, ast.Def) and declaration.body.doc is None and not declaration.body.statements:
            _close_brace(table[id(declaration.body.result)])
    return table


def _close_brace(trivia: Trivia) -> None:
    """Move comments above the node: its body loses the bracket that they stand behind."""
    trivia.above[:0] = trivia.opening
    trivia.opening.clear()


_CARRIERS = (ast.Declaration, ast.Let, ast.Remember, ast.Entry, ast.Field, ast.Argument)


def _carriers(node: ast.Ast | ast.Node) -> Iterator[tuple[ast.Node, str]]:
    """The nodes below that can carry comments, outer ones first; a bare expression with its role in its parent."""
    for child, role in _children(node):
        if isinstance(child, _CARRIERS) and role != "piped":
            yield child, ""
        elif role in {"result", "yes", "no"} or (role == "items" and isinstance(child, ast.Expression)):
            yield child, role
        yield from _carriers(child)


def _children(node: ast.Ast | ast.Node) -> Iterator[tuple[ast.Node, str]]:
    for place in fields(node):
        value = getattr(node, place.name)
        for index, child in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(child, ast.Node):
                is_piped = isinstance(node, ast.Call) and node.piped and place.name == "arguments" and index == 0
                is_type = isinstance(child, ast.TypeExpression)
                yield child, "piped" if is_piped else "type" if is_type else place.name


@dataclass
class _Places:
    """Finds things by their place in the text."""

    text: str
    code: list[Lexeme]
    units: list[_Unit] = field(default_factory=list)
    starting: dict[int, _Unit] = field(default_factory=dict)
    ending: dict[int, _Unit] = field(default_factory=dict)

    def add(self, unit: _Unit, *, ends_line: bool) -> None:
        """Take a unit; of those that start, or end, at one place the outermost comes first and stays."""
        self.units.append(unit)
        self.starting.setdefault(unit.start, unit)
        if ends_line:
            self.ending.setdefault(unit.end, unit)

    def extent(self, node: ast.Node) -> tuple[int, int]:
        """The span of an expression with the parentheses around it and the keyword before it."""
        first = bisect_left(self.code, node.span.start, key=lambda lexeme: lexeme.start)
        last = bisect_left(self.code, node.span.end, key=lambda lexeme: lexeme.end)
        while first and last + 1 < len(self.code) and self._is_pair(first - 1, last + 1):
            first, last = first - 1, last + 1
        if first and self.code[first - 1].text in {"return", "then", "else"}:
            first -= 1
        return self.code[first].start, self.code[last].end

    def _is_pair(self, left: int, right: int) -> bool:
        return self.code[left].text == "(" and self.code[right].text == ")"

    def is_after_blank(self, at: int) -> bool:
        """Whether the lines between `at` and what stands before it hold a blank one."""
        start = at
        while start and self.text[start - 1].isspace():
            start -= 1
        return self.text.count("\n", start, at) > 1

    def home(self, at: int, module: Trivia) -> list[Comment]:
        """The list that the comment which starts at `at` belongs to."""
        index = bisect_left(self.code, at, key=lambda lexeme: lexeme.start)
        before = self.code[index - 1] if index else None
        after = self.code[index] if index < len(self.code) else None
        previous = self.code[index - 2] if index > 1 and before and before.text == "," else before
        ending = self.ending.get(previous.end) if previous else None
        starting = self.starting.get(after.start) if after else None
        own_line = not self.text[self.text.rfind("\n", 0, at) + 1 : at].strip()
        if not own_line and ending and not ending.trivia.beside:
            return ending.trivia.beside
        if not own_line and starting and before and before.text in {"{", "(", "["}:
            return starting.trivia.opening
        if starting:
            return starting.trivia.above
        if ending and (after is None or after.text in {"}", ")", "]"}):
            return ending.trivia.below
        around = [unit for unit in self.units if unit.start < at < unit.end]
        return around[-1].trivia.above if around else (module.above if after else module.below)
