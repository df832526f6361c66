"""What the checker warns of."""

from __future__ import annotations

from dataclasses import dataclass

from rewardlang.diagnostics import Diagnostic, Severity


@dataclass(frozen=True, kw_only=True)
class UnusedInput(Diagnostic):
    """A field that no part of the reward uses.

    What it means. The column must be passed at each call, and changes nothing.

    Why it matters. It is most often a forgotten term.

    Example.

        reward r(completion: text, solution: text) -> float { length(completion) }

    Instead. Use the field, or leave it out.
    """

    code = "unused-input"
    severity = Severity.WARNING
    name: str
    of: str

    def message(self) -> str:
        return f"`{self.of}` never uses its field `{self.name}`"

    def help(self) -> str | None:
        return f"leave `{self.name}` out, or use it"


@dataclass(frozen=True, kw_only=True)
class UnusedLet(Diagnostic):
    """A `let` whose value nothing uses.

    What it means. The value is computed for nothing (the compiler drops it).

    Why it matters. It is most often a forgotten term, or a misspelt name further down.

    Example.

        reward r(completion: text) -> float { let n = length(completion) return 1 }

    Instead. Use it, or delete it.
    """

    code = "unused-let"
    severity = Severity.WARNING
    name: str

    def message(self) -> str:
        return f"nothing uses `{self.name}`"

    def help(self) -> str | None:
        return "delete the `let`, or use its value"


@dataclass(frozen=True, kw_only=True)
class NeverMissing(Diagnostic):
    """A default for what is always there.

    What it means. The value on the left of `??` is proved to be present, so that the right side is never used.

    Why it matters. It looks like a decision about malformed replies, and is none.

    Example.

        reward r(completion: text) -> float { length(completion) ?? 0 }

    Instead. Leave `??` out.
    """

    code = "never-missing"
    severity = Severity.WARNING

    def message(self) -> str:
        return "the value before `??` is never missing"

    def help(self) -> str | None:
        return "leave `??` and what follows it out"


@dataclass(frozen=True, kw_only=True)
class UnloggedLabels(Diagnostic):
    """A block whose labels are not part of the reward's tree.

    What it means. Labels are logged where the tree is: in the returned block, in entries that are blocks, in branches
    of `if`. A block inside arithmetic, or in a `let`, has a value and no terms.

    Why it matters. A term that is expected in the log would not be there.

    Example.

        reward r(a: score) -> float { 2 * sum { part: a } }

    Instead. Move the arithmetic into the tree: `sum { part: a weight 2 }`.
    """

    code = "unlogged-labels"
    severity = Severity.WARNING

    def message(self) -> str:
        return "the labels of this block are not logged"

    def help(self) -> str | None:
        return "make the block the returned value, an entry, or a branch of `if` there"
