"""Brackets in texts: where what has opened is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import Rows
from rewardlang.ops.text import X, constant
from rewardlang.types import TEXT, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.texts import Texts


class Balanced(Rows):
    """The beginning of x up to the first `close` with which as many have closed as opened.

    Shapes: x: any axes.
    Units: none.
    Missing: where no `close` balances what opened before it; where x is missing.
    Errors: `open` and `close` must be constant, each one ASCII character, and differ.
    Source: counts of the two characters from the left; quotes and backslashes mean nothing.
    Example: (balanced("{a{b}c} and {d}", "{", "}") ?? "") == "{a{b}c}"
    """

    name = "balanced"
    parameters = (X, constant("open"), constant("close"))
    result = TEXT
    partial = True

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        brackets = options["open"], options["close"]
        if all(len(bracket) == 1 and bracket.isascii() for bracket in brackets) and len(set(brackets)) == len(brackets):
            return None
        return "`open` and `close` must be two ASCII characters"

    def one(self, x: str, open: str, close: str) -> str | None:  # noqa: A002 - the language's name
        depth = 0
        for place, character in enumerate(x):
            depth += (character == open) - (character == close)
            if character == close and depth == 0:
                return x[: place + 1]
        return None

    def rows(self, x: Texts, open: str, close: str) -> Any:  # noqa: A002 - the language's name
        from rewardlang.kernels.brackets import balanced

        return balanced(x, ord(open), ord(close))


BUILTINS = (Balanced(),)
