"""The tools `page` and `text_check`: a judge looks at the texts of its sample."""

from __future__ import annotations

from dataclasses import MISSING
from typing import TYPE_CHECKING, Annotated, Any, Literal

from rewardlang.models.messages import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Members = list[tuple[str, Any, Any]]

PAGE = 3000
"""Characters of a page of a text that has no pages of its own."""

_SHOWN = 200


def page(field: str, number: int, fields: Mapping[str, Any]) -> str:
    """One page of a text. Raises `LookupError` where it has none of that number."""
    pages = _pages(fields[field])
    if not 1 <= number <= len(pages):
        raise LookupError(f"`{field}` has {len(pages)} pages, and none of the number {number}")
    return f"Page {number} of {len(pages)} of `{field}`:\n{pages[number - 1]}"


def _pages(value: Any) -> list[str]:
    """The entries of a list; the parts between form feeds; or else parts of one length."""
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    text = plain(value)
    if "\f" in text:
        return text.split("\f")
    return [text[start : start + PAGE] for start in range(0, max(len(text), 1), PAGE)]


def text_check(
    field: str, fields: Mapping[str, Any], contains: str | None = None, pattern: str | None = None,
    ignore_case: bool = False,  # noqa: FBT001, FBT002  the judge gives it by name
) -> str:  # fmt: skip
    """How often a text holds another one, or matches a pattern, and how long it is."""
    text = "\n".join(map(plain, value)) if isinstance(value := fields[field], list | tuple) else plain(value)
    paragraphs = sum(bool(part.strip()) for part in text.split("\n\n"))
    lines = len(text.splitlines())
    told = [f"`{field}`: {len(text)} characters, {len(text.split())} words, {lines} lines, {paragraphs} paragraphs."]
    if contains is not None:
        told.append(_contained(text, contains, ignore_case=ignore_case))
    if pattern is not None:
        told.append(_matched(text, pattern, ignore_case=ignore_case))
    return "\n".join(told)


def _contained(text: str, part: str, *, ignore_case: bool) -> str:
    if not part:
        raise ValueError("`contains` is empty")
    times = text.casefold().count(part.casefold()) if ignore_case else text.count(part)
    return f"It contains {part[:_SHOWN]!r} {times} times." if times else f"It does not contain {part[:_SHOWN]!r}."


def _matched(text: str, pattern: str, *, ignore_case: bool) -> str:
    """By the language's own expressions, which do not backtrack: a pattern of a judge may be an attacker's."""
    from rewardlang.columns.texts import Texts
    from rewardlang.regex import machine
    from rewardlang.regex.program import compile_pattern

    program = compile_pattern(plain(pattern), "i" if ignore_case else "")
    column = Texts.of([text])
    times = int(machine.count(program, column.buffer, column.starts, column.ends)[0])
    if not times:
        return "The pattern does not match."
    found = machine.search(program, column.buffer, column.starts, column.ends)
    first = bytes(column.buffer[int(found[0, 0]) : int(found[0, 1])]).decode()
    return f"The pattern matches {times} times, first {first[:_SHOWN]!r}."


def described(type_: Any, text: str) -> Any:
    """The type of an argument with what the judge is told of it."""
    from pydantic import Field

    return Annotated[type_, Field(description=text)]


def page_members(texts: Sequence[str]) -> Members:
    """The arguments of `page` for a model with these texts, each a name, a type and a default."""
    return [
        ("field", described(Literal[tuple(texts)], "which text"), MISSING),
        ("number", described(int, "which page, from 1"), MISSING),
    ]


def check_members(texts: Sequence[str]) -> Members:
    """The arguments of `text_check`, as those of `page`."""
    return [
        ("field", described(Literal[tuple(texts)], "which text"), MISSING),
        ("contains", described(str | None, "a text to look for"), None),
        ("pattern", described(str | None, "a regular expression to look for, without look-around"), None),
        ("ignore_case", described(bool, "whether capitals are no matter"), False),
    ]
