"""What the checker gives to the later stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.check.core import CheckedReward
    from rewardlang.check.modules import Module
    from rewardlang.diagnostics import Diagnostic
    from rewardlang.syntax import ast
    from rewardlang.types import Type
    from rewardlang.types.declared import ParamSpec


@dataclass(frozen=True)
class Checked:
    """A module, checked.

    `types` and `references` are side tables by the `id` of an expression of `module.tree`: what it is, and which
    declaration a name means. `rewards`, `properties` and `examples` are typed and inlined; what was faulty is left out.
    """

    module: Module
    types: Mapping[int, Type]
    references: Mapping[int, ast.Node]
    rewards: Mapping[str, CheckedReward]
    properties: Mapping[str, CheckedReward]
    examples: Mapping[str, CheckedReward]
    params: Mapping[str, ParamSpec]
    consts: Mapping[str, bool | int | float | str]
    diagnostics: tuple[Diagnostic, ...]
