"""What the checker can say about names."""

from __future__ import annotations

from dataclasses import dataclass

from rewardlang.diagnostics import Diagnostic


@dataclass(frozen=True, kw_only=True)
class UnknownName(Diagnostic):
    """A name that nothing declares.

    What it means. The name is no field, `let`, `param`, `const`, `def`, `reward`, `model`, `memory`, record or builtin
    that can be seen here.

    Why it matters. A misspelt column would otherwise be found only when training starts.

    Example.

        reward r(completion: text) { length(completon) }

    Instead. Write the name as it is declared, or declare it: `reward r(completion: text) { length(completion) }`.
    """

    code = "unknown-name"
    name: str
    what: str = "name"
    suggestion: str | None = None
    home: str | None = None
    """The module of the standard library that has it."""

    def message(self) -> str:
        return f"there is no {self.what} `{self.name}`"

    def help(self) -> str | None:
        if self.home is not None:
            return f"the standard library has one: `from {self.home} import {self.name}`"
        return f"did you mean `{self.suggestion}`?" if self.suggestion else None


@dataclass(frozen=True, kw_only=True)
class DuplicateName(Diagnostic):
    """One name declared twice.

    What it means. Two declarations, fields, lets of one body, or labels of one block share a name.

    Why it matters. Terms are logged by their labels; two of one name would be one.

    Example.

        reward r(a: float) { sum { part: a part: a } }

    Instead. Give each its own name.
    """

    code = "duplicate-name"
    name: str
    what: str = "name"

    def message(self) -> str:
        return f"the {self.what} `{self.name}` is declared twice"


@dataclass(frozen=True, kw_only=True)
class RecursiveDefinition(Diagnostic):
    """A definition that uses itself.

    What it means. A def, reward, const or module leads back to itself.

    Why it matters. Every spec terminates, because nothing can call itself.

    Example.

        def f(x: float) -> float = f(x) / 2

    Instead. For a value carried along a list use `scan(step, x over time, start: 0)`.
    """

    code = "recursive-definition"
    name: str
    path: str

    def message(self) -> str:
        return f"`{self.name}` is defined by itself: {self.path}"

    def help(self) -> str | None:
        return "carry a value along a list with `scan(step, x over axis, start: 0)`"


@dataclass(frozen=True, kw_only=True)
class ImportNotFound(Diagnostic):
    """A module, or a name in it, that cannot be found.

    What it means. Modules are looked for next to the importing file, then in the standard library; names must be
    declared in them.

    Why it matters. A spec never reads other places.

    Example.

        from std.boxs import first_box

    Instead. Write the module's name as its file is called: `from std.boxes import first_box`.
    """

    code = "import-not-found"
    text: str
    suggestion: str | None = None

    def message(self) -> str:
        return self.text

    def help(self) -> str | None:
        return f"did you mean `{self.suggestion}`?" if self.suggestion else None
