"""What the parser tells."""

from __future__ import annotations

from dataclasses import dataclass

from rewardlang.diagnostics import Diagnostic


@dataclass(frozen=True, kw_only=True)
class Syntax(Diagnostic):
    """The text does not follow the grammar.

    *What it means.* At the place shown, the grammar allows something else.

    *Why it matters.* The rest of the declaration cannot be understood; the other declarations are still checked.

    *Example.*

        reward r(right: bool) -> float { if right then 1 }

    *Instead.* Write `if right then 1 else 0`: every expression has a value.
    """

    code = "syntax"

    problem: str
    advice: str | None = None

    def message(self) -> str:
        """What was expected and what was found, or the name of the slip."""
        return self.problem

    def help(self) -> str | None:
        """What to write instead, where the slip is a common one."""
        return self.advice
