"""Texts written anew: every match of a pattern replaced by a template."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import Parameter, Role, Rows
from rewardlang.ops.regexes import PATTERN, Written, python_pattern
from rewardlang.ops.text import X, constant
from rewardlang.types import TEXT, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.texts import Texts

_REFERENCE = re.compile(r"\\(?:([1-9][0-9]?)(?![0-9])|g<([^>]*)>|(\\))|\\")


class TemplateError(ValueError):
    """A template that names no group of its pattern."""


def template_pieces(template: str, names: tuple[str | None, ...]) -> list[int | str]:
    r"""The template as literals and numbers of groups.

    Raises:
        TemplateError: A backslash that is neither `\1`, `\g<name>` nor `\\`, or a group that there is not.
    """
    pieces: list[int | str] = []
    done = 0
    for found in _REFERENCE.finditer(template):
        pieces += [template[done : found.start()], _piece(found, names)]
        done = found.end()
    return [piece for piece in (*pieces, template[done:]) if piece != ""]


def _piece(found: re.Match[str], names: tuple[str | None, ...]) -> int | str:
    number, name, backslash = found.groups()
    if backslash:
        return "\\"
    if number is None and name is None:
        raise TemplateError(
            r"a backslash in the template opens neither `\1` (before a digit `\g<1>`) nor `\g<name>` nor `\\`"
        )
    if name is not None and name in names:
        return names.index(name) + 1
    digits = number or name
    if re.fullmatch("[0-9]{1,4}", digits, re.ASCII) and int(digits) <= len(names):
        return int(digits)
    raise TemplateError(f"the template names the group `{digits}`, which the pattern does not have")


class ReplaceMatches(Rows):
    r"""x with every match of the pattern replaced by a template, from the left, without overlap.

    In the template `\1` is what the first group matched, `\g<name>` what a named one did, `\g<0>` the whole match, and
    `\\` a backslash; in a text of the language each backslash is written twice.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is. A group that takes no part in a match is empty.
    Errors: the template must be constant; a group that the pattern does not have; a backslash before anything else.
    Source: as Python's `re.sub`, empty matches included.
    Example: replace_matches("3 + 4", /([0-9]) \+ ([0-9])/, "\\2 + \\1") == "4 + 3"
    """

    name = "replace_matches"
    parameters = (X, PATTERN, constant("template"))
    result = TEXT

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        from rewardlang.regex.syntax import parse

        try:
            template_pieces(options["template"], parse(*options["pattern"]).group_names)
        except TemplateError as error:
            return str(error)
        return None

    def one(self, x: str, pattern: Written, template: str) -> str:
        return python_pattern(pattern).sub(template, x)

    def rows(self, x: Texts, pattern: Written, template: str) -> Any:
        from rewardlang.kernels.rewriting import rewrite
        from rewardlang.regex.machine import find_all
        from rewardlang.regex.program import compile_pattern

        program = compile_pattern(*pattern)
        offsets, spans = find_all(program, x.buffer, x.starts, x.ends)
        return rewrite(x, offsets, spans, *_laid(template, program.group_names)) if len(spans) else x


@lru_cache(maxsize=512)
def _laid(template: str, names: tuple[str | None, ...]) -> tuple[Any, Any]:
    """The pieces as `rewrite` takes them."""
    import numpy as np

    literals = b""
    rows = []
    for piece in template_pieces(template, names):
        if isinstance(piece, int):
            rows.append((piece, 0, 0))
        else:
            rows.append((-1, len(literals), len(literals) + len(piece.encode())))
            literals += piece.encode()
    pieces = np.array(rows, np.int64).reshape(-1, 3)
    return pieces, np.frombuffer(literals + b"\0", np.uint8)


class ReplaceInTurn(Rows):
    """x after several replacements of literals, one after the other: what calls of `replace` on each other are.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: as Python's `str.replace`, for each pair in order.
    """

    name = "replace_in_turn"
    parameters = (X, Parameter("pairs", (), role=Role.CONST))
    result = TEXT
    internal = True

    def one(self, x: str, pairs: tuple[tuple[str, str], ...]) -> str:
        for old, new in pairs:
            x = x.replace(old, new)
        return x

    def rows(self, x: Texts, pairs: tuple[tuple[str, str], ...]) -> Any:
        from rewardlang.kernels.replacing import replace_in_turn

        return replace_in_turn(x, pairs)


REPLACE_IN_TURN = ReplaceInTurn()
BUILTINS = (ReplaceMatches(),)
