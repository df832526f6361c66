"""What the commands need of a compiled reward, and how they get one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.commands.specs import Spec
    from rewardlang.types import Type


class InputSpec(Protocol):
    """An input; as a text, its type as the language writes it."""

    type: Type
    required: bool


class ParamInfo(Protocol):
    """A param."""

    type: Type
    default: bool | int | float
    low: float | None
    high: float | None


class TermScores(Protocol):
    """The scores of one term: arrays over the samples; `contribution` is None below `product`, `all` and `any`."""

    raw: Any
    weight: Any
    contribution: Any
    active: Any
    present: Any
    kind: str


class Scores(Protocol):
    """The scores of one batch."""

    total: Any
    missing: Any
    reasons: Sequence[str | None]
    terms: Mapping[str, TermScores]
    lengths: Any
    """Of a reward along an axis, the length of each sample's list; else None."""

    def to_arrow(self) -> Any:
        """A table: total, missing, reason, then the columns of each term."""


class TreeNode(Protocol):
    """A node of the tree of one score; `evidence` names what it was made from."""

    path: str
    label: str
    depth: int
    kind: str
    raw: Any
    weight: Any
    contribution: Any
    active: bool
    present: bool
    evidence: Sequence[tuple[str, str]]


class Explanation(Protocol):
    """The tree of one score."""

    total: float | None
    missing_reason: str | None
    tree: Sequence[TreeNode]


class Reward(Protocol):
    """A compiled reward."""

    name: str
    inputs: Mapping[str, InputSpec]
    params: Mapping[str, ParamInfo]

    def __call__(self, columns: Mapping[str, Any], **options: Any) -> Scores:
        """The scores of columns."""

    def explain(self, columns: Mapping[str, Any], row: int, **options: Any) -> Explanation:
        """The tree of the score of one row."""


class Case(Protocol):
    """An example or a property."""

    name: str
    kind: str
    inputs: Mapping[str, Type]

    def holds(self, columns: Mapping[str, Any]) -> Any:
        """Whether it holds, for each row of the columns."""


def load(spec: Spec) -> Reward:
    """Compile a reward. Raises `CompileError` and `CallError`."""
    import rewardlang

    package: Any = rewardlang
    reward: Reward = package.load(str(spec.path), spec.reward)
    return reward


def load_tests(spec: Spec) -> Sequence[Case]:
    """The examples and properties of a module. Raises `CompileError`."""
    import rewardlang

    package: Any = rewardlang
    cases: Sequence[Case] = package.load_tests(str(spec.path))
    return cases
