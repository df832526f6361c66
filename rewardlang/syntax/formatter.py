"""The canonical text of a module, and of its parts for messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewardlang.diagnostics import Sink
from rewardlang.syntax.comments import attach
from rewardlang.syntax.declarations import DeclarationPrinter
from rewardlang.syntax.layout import render
from rewardlang.syntax.parser import parse

if TYPE_CHECKING:
    from rewardlang.source import Source
    from rewardlang.syntax import ast


def format_text(source: Source) -> str:
    """The canonical text of a module: comments and single blank lines kept, everything else by rule.

    Raises `CompileError` where the text does not parse.
    """
    sink = Sink()
    tree = parse(source, sink)
    sink.raise_if_failed()
    return _ended(render(DeclarationPrinter(attach(tree)).module(tree)))


def print_module(tree: ast.Ast) -> str:
    """The canonical text of a syntax tree, its comments left out and a blank line between declarations."""
    return _ended(render(DeclarationPrinter().module(tree)))


def print_declaration(declaration: ast.Declaration) -> str:
    """The canonical text of one declaration, its comments left out."""
    return render(DeclarationPrinter().declaration(declaration))


def print_expression(expression: ast.Expression) -> str:
    """An expression on one line, its comments left out."""
    return DeclarationPrinter().line(expression)


def print_type(node: ast.TypeExpression) -> str:
    """A type on one line."""
    return DeclarationPrinter().type(node)


def print_bounds(node: ast.Bounds) -> str:
    """`low..high`, either end open."""
    return DeclarationPrinter().bounds(node)


def print_field(node: ast.Field) -> str:
    """`name: type = default` on one line."""
    return render(DeclarationPrinter(flat=True).field(node), float("inf"))


def print_argument(node: ast.Argument) -> str:
    """An argument of a call on one line."""
    return render(DeclarationPrinter(flat=True).argument(node), float("inf"))


def _ended(text: str) -> str:
    return text + "\n" if text else ""
