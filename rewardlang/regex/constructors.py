"""Nodes in their simplest form: joined literals, classes of one character, alternations of single characters."""

from __future__ import annotations

from dataclasses import replace

from rewardlang.regex.tree import EMPTY, Alternation, CharClass, Literal, Node, Sequence, single


def any_character(*, dot_all: bool) -> CharClass:
    """What `.` matches."""
    return CharClass(((0, 0x10FFFF),)) if dot_all else CharClass(((10, 10),), negated=True)


def character(point: int, *, ignore_case: bool) -> Node:
    """The character with this code point."""
    return simplified(CharClass(((point, point),), ignore_case=ignore_case))


def simplified(node: CharClass) -> Node:
    """A class of one character is a literal, unless it has other cases; lone surrogates are in no text."""
    if node.categories or node.negated or len(node.ranges) != 1:
        return node
    first, last = node.ranges[0]
    if first != last or 0xD800 <= first <= 0xDFFF:
        return node
    char = chr(first)
    # Cased ASCII is the common case; above ASCII only the tables of `classes` know.
    if node.ignore_case and (not char.isascii() or char.isalpha()):
        return node
    return Literal(char)


def sequence(parts: list[Node]) -> Node:
    """The parts one after the other, with neighbouring literals joined."""
    merged: list[Node] = []
    for part in parts:
        if isinstance(part, Literal) and merged and isinstance(merged[-1], Literal):
            merged[-1] = Literal(merged[-1].text + part.text)
        elif part != EMPTY:
            merged.extend(part.parts if isinstance(part, Sequence) else (part,))
    return merged[0] if len(merged) == 1 else Sequence(tuple(merged)) if merged else EMPTY


def alternation(branches: list[Node]) -> Node:
    """The branches, or one class where each is a single character."""
    if len(branches) == 1:
        return branches[0]
    if all(single(branch) for branch in branches):
        classes = [_as_class(branch) for branch in branches]
        plain = [item for item in classes if not item.negated]
        if len(plain) == len(classes) and len({item.ignore_case for item in classes}) == 1:
            ranges = tuple(span for item in classes for span in item.ranges)
            return replace(classes[0], ranges=ranges, categories="".join(item.categories for item in classes))
    return Alternation(tuple(branches))


def _as_class(node: Node) -> CharClass:
    if isinstance(node, CharClass):
        return node
    if isinstance(node, Literal):
        return CharClass(((ord(node.text), ord(node.text)),))
    raise TypeError(f"{type(node).__name__} is not one character")
