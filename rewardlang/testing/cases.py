"""The examples and properties of a module, compiled on the same path as rewards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.diagnostics import Sink
from rewardlang.driver import build, check_file, find_spec
from rewardlang.models.arbitrary import stand_ins

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from rewardlang.backend.reward import Reward
    from rewardlang.types import Type


@dataclass(frozen=True)
class Case:
    """An example or property: `kind` says which."""

    name: str
    kind: str
    reward: Reward

    @property
    def inputs(self) -> Mapping[str, Type]:
        """The fields of a property; none for an example."""
        return {name: spec.type for name, spec in self.reward.inputs.items()}

    def holds(self, columns: Mapping[str, Sequence[Any]] | None = None) -> npt.NDArray[np.bool_]:
        """Whether it holds, for each sample of the columns; once for an example.

        Raises:
            CallError: the columns do not fit the fields.
        """
        # Each sample is a group of its own, and nothing is remembered yet; without columns there is one sample.
        lanes = len(next(iter(columns.values()))) if columns else 1
        scores = self.reward(columns or {}, group=1 if columns else [0], state=self.reward.initial_state(lanes))
        return np.asarray(scores.total.filled(0) != 0)


def load_tests(
    spec: str | Path, *, consts: Mapping[str, Any] | None = None, tokenizers: Mapping[str, Any] | None = None
) -> list[Case]:
    """The examples, then the properties of a `.rwd` file.

    Models are not asked: in their place stands what may answer anything that their signatures admit.

    Raises:
        CompileError: the spec is wrong, or what is tested cannot be run.
        CallError: a tokenizer is not given.
    """
    path, _ = find_spec(spec)
    sink = Sink()
    checked = check_file(path, sink, consts)
    sink.raise_if_failed()
    found = [*checked.examples.values(), *checked.properties.values()]
    return [Case(item.name, item.kind, build(item, tokenizers, stand_ins(item))) for item in found]
