"""From what a trainer gives to the fields of a reward."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.diagnostics import CallError
from rewardlang.diagnostics.suggest import suggest
from rewardlang.trainers.messages import STRIP, asked, said, without_special
from rewardlang.types import TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rewardlang.backend.reward import InputSpec, Reward
    from rewardlang.trainers.binding import Binding

COMPLETION, PROMPT, STEP = "completion", "prompt", "step"
"""What every trainer's own names become: a column of them is the field of that name."""


class Fields:
    """The fields of a reward, each with the name of what it is made from; `trainer` is named in messages."""

    def __init__(self, reward: Reward, binding: Binding, trainer: str) -> None:
        for name in binding.columns:
            if name not in reward.inputs:
                close = suggest(name, list(reward.inputs))
                known = f"did you mean `{close}`?" if close else f"it has {', '.join(f'`{k}`' for k in reward.inputs)}"
                raise CallError(f"`{reward.name}` has no field `{name}`; {known}")
        self._reward, self._trainer = reward, trainer
        self._special = binding.special == STRIP
        self.names = {name: binding.columns.get(name, name) for name in reward.inputs}

    def columns(self, given: Mapping[str, Any], samples: int) -> dict[str, Any]:
        """The reward's columns, of what is given by the trainer's names, `samples` values each.

        Raises:
            CallError: a required one is not given, or has another length.
        """
        found: dict[str, Any] = {}
        for field, given_values in self.found(given).items():
            name, values = self.names[field], _plain(given_values)
            if len(values) != samples:
                raise CallError(f"{self._trainer} gave {len(values)} values of `{name}` for {samples} samples")
            found[field] = self._converted(field, name, values)
        return found

    def found(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What is given for each field, as it is.

        Raises:
            CallError: a required one is not given.
        """
        found = {field: given.get(name) for field, name in self.names.items()}
        for field, values in found.items():
            if values is None:
                self._check_optional(field, self.names[field], given)
        return {field: values for field, values in found.items() if values is not None}

    def sample(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of one sample; those that are not given are left out, and None is a missing value.

        Raises:
            CallError: a required one is not given.
        """
        columns = self.columns({name: [value] for name, value in given.items()}, 1)
        return {name: values[0] for name, values in columns.items()}

    def _converted(self, field: str, name: str, values: Any) -> Any:
        spec = self._reward.inputs[field]
        if spec.type.element == TEXT and not spec.type.axes:
            if name == COMPLETION:
                texts = [said(value) for value in values]
                return [without_special(text) for text in texts] if self._special else texts
            return [asked(value) for value in values] if name == PROMPT else values
        return _within(spec, values) if name == STEP else values

    def _check_optional(self, field: str, name: str, given: Iterable[str]) -> None:
        if not self._reward.inputs[field].required:
            return
        names = sorted(given)
        close = suggest(name, names)
        which = f"; is `{close}` meant? Then say `--column {field}={close}`" if close else ""
        raise CallError(
            f"{self._trainer} gave no `{name}`, which `{self._reward.name}` needs: "
            f"it gave {', '.join(f'`{k}`' for k in names)}{which}"
        )


def packed(label: Any) -> dict[str, Any]:
    """The fields of a label that is a JSON object, which is how several columns fit into one."""
    if isinstance(label, dict):
        return label
    if not isinstance(label, str) or not label.lstrip().startswith("{"):
        return {}
    try:
        found = json.loads(label)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Samples, each with its values by name, as columns; what a sample does not have is missing there."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _plain(values: Any) -> Any:
    """Columns of other packages (tensors, arrays of objects) as what a reward takes."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    if getattr(getattr(values, "dtype", None), "kind", "") in {"O", "U", "S"}:
        values = [value.decode(errors="replace") if isinstance(value, bytes) else value for value in values.tolist()]
    if isinstance(values, list | tuple) and any(hasattr(value, "tolist") for value in values):
        values = [value.tolist() if hasattr(value, "tolist") else value for value in values]
    return values


def _within(spec: InputSpec, values: Any) -> Any:
    """A training step in the declared range: a ramp over the first 1,000 is over after them, not unknown."""
    low, high = (float(bound) for bound in (spec.type.interval.low, spec.type.interval.high))
    if isinstance(values, np.ndarray):
        return np.clip(values, low, high).astype(values.dtype)
    return [None if value is None else type(value)(min(max(value, low), high)) for value in values]
