"""Names inside a body."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewardlang.check.core import Core
    from rewardlang.check.modules import Module
    from rewardlang.source import Span
    from rewardlang.types import Axis


class AbandonError(Exception):
    """The expression is wrong, and that was reported: give it up."""


@dataclass(eq=False)
class Binding:
    """A field or `let`. `core` is None where its expression was wrong, so that uses of it stay silent."""

    name: str
    core: Core | None
    span: Span
    used: bool = False


@dataclass(eq=False)
class Scope:
    """The names that an expression sees. `ambient` axes came with the caller's arguments: no reduction removes them.

    `approximate` is set in properties and examples, where `==` on floats allows for rounding. `tree` is set where a
    block stands at the reward's tree, so that its labels are logged.
    """

    module: Module
    names: dict[str, Binding] = field(default_factory=dict)
    outer: Scope | None = None
    ambient: frozenset[Axis] = frozenset()
    approximate: bool = False
    tree: bool = False

    def find(self, name: str) -> Binding | None:
        """The binding of a name, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None

    def bind(self, name: str, core: Core | None, span: Span) -> Binding:
        """Add a name."""
        self.names[name] = Binding(name, core, span)
        return self.names[name]

    def inside(self, *, tree: bool | None = None) -> Scope:
        """A scope within this one."""
        return Scope(self.module, {}, self, self.ambient, self.approximate, self.tree if tree is None else tree)

    def bindings(self) -> Iterator[Binding]:
        """Every binding that is seen, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names.values()
            scope = scope.outer
