"""Scoring for what steps environments: what is remembered of each, episode by episode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.diagnostics import CallError
from rewardlang.trainers.missing import ERROR, MissingScoreError, nearest
from rewardlang.trainers.scoring import Scorer, logger
from rewardlang.types import write_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.backend.lanes import Step, Stepper
    from rewardlang.backend.reward import InputSpec, Reward
    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.trainer import Trainer

ORIGINAL = "original_reward"
"""The environment's own reward, beside the terms."""
_LARGEST = 2**31 - 1


class Environments:
    """A reward for environments; compiled once for all lanes of a size."""

    def __init__(self, binding: Binding, trainer: Trainer) -> None:
        self.scorer = Scorer(binding, trainer)
        self._stepper: tuple[Reward, Stepper] | None = None

    def __reduce__(self) -> Any:
        """To other processes goes what it is made from."""
        return Environments, (self.scorer.binding, self.scorer.trainer)

    @property
    def otherwise(self) -> float:
        """The reward where there is no score."""
        policy = self.scorer.policy
        return nearest(0 if policy == ERROR else policy, self.scorer.reward.interval)

    @property
    def stepper(self) -> Stepper:
        """The compiled step."""
        from rewardlang.backend.lanes import Stepper

        reward = self.scorer.reward
        if self._stepper is None or self._stepper[0] is not reward:
            self._stepper = (reward, Stepper(reward, self.otherwise))
        return self._stepper[1]

    def uses(self, root: str) -> bool:
        """Whether a field is made from that."""
        return any(name == root or name.startswith((f"{root}.", f"{root}[")) for name in self.scorer.names)

    def params(self, settings: Mapping[str, Any] | None) -> dict[str, Any]:
        """The params of a step: those of the binding, and what the environment was configured with.

        Raises:
            CallError: there is no such param, or its value does not fit.
        """
        params = self.scorer.params(settings)
        self.scorer.reward.param_values(params)
        return params


class Lanes:
    """Environments that are stepped together, and what is remembered of each. `steps`: how many steps so far."""

    def __init__(self, environments: Environments, count: int, settings: Mapping[str, Any] | None = None) -> None:
        self.environments, self.count = environments, count
        self.params = environments.params(settings)
        self.reward = environments.scorer.reward
        self.steps = self._missing = 0
        self._state = self.reward.initial_state(count)

    def reset(self, where: Any = None) -> None:
        """Forget what is remembered of all lanes, or of those of a mask or of some indices."""
        mask = np.full(self.count, where is None)
        if where is not None:
            mask[where] = True
        self._state = self.reward.reset_state(self._state, mask)

    def reorder(self, places: list[int | None]) -> None:
        """Take over lanes by their places, and begin one for each None."""
        from rewardlang.backend.state import reordered

        self.count = len(places)
        if all(place is None for place in places):
            self._state = self.reward.initial_state(self.count)
            return
        known = reordered(self.reward.executor.graph.memories, self._state, [place or 0 for place in places])
        self._state = self.reward.reset_state(known, np.array([place is None for place in places], bool))

    def __call__(self, given: Mapping[str, Any], ended: Any, idle: Any = None) -> Step:
        """Score a step, of values by the names of the trainer.

        Shapes: `ended`, `idle`: bool `[lanes]`. Lanes that are idle take no step: their reward is 0, and they forget.

        Raises:
            CallError: a value is not given, or does not fit.
            MissingScoreError: a score is missing, and the policy is an exception.
        """
        idle = np.zeros(self.count, bool) if idle is None else idle
        arrays, valid = self._arrays(given)
        step = self.environments.stepper(self.params, arrays, self._state, ended | idle, valid & ~idle)
        self._state, self.steps = step.state, self.steps + 1
        if idle.any():
            for values in (step.total, step.missing, *step.terms.values()):
                values[idle] = 0
        self._tell(step.missing)
        return step

    def told(self, step: Step) -> dict[str, Any]:
        """The terms of a step under the names of the reward, `[lanes]` each, and `missing`."""
        name = self.reward.name
        terms = {f"{name}/{path}": values for path, values in step.terms.items()}
        return {**terms, f"{name}/missing": step.missing.astype(np.float32)}

    def _arrays(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
        columns = self.environments.scorer.columns.columns(given, self.count)
        valid, arrays = np.ones(self.count, bool), {}
        for name, values in columns.items():
            arrays[name], there = _array(self.reward.inputs[name], values)
            valid &= there
        return arrays, valid

    def _tell(self, missing: Any) -> None:
        gone = int(missing.sum())
        if not gone:
            return
        title, name = self.environments.scorer.trainer.title, self.reward.name
        if self.environments.scorer.policy == ERROR:
            row = int(np.argmax(missing))
            raise MissingScoreError(
                f"`{name}` has no score in environment {row}: a field has no number of its range, or the reward gives "
                "no value"
            )
        before, self._missing = self._missing, self._missing + gone
        if before.bit_length() != self._missing.bit_length():
            logger.warning(
                "%s: %d of %d scores of `%s` are missing (%d so far)", title, gone, self.count, name, self._missing
            )


def _array(spec: InputSpec, values: Any) -> tuple[Any, Any]:
    """An array for the device, and the lanes whose entries are there. A float that is not there is NaN.

    Raises:
        CallError: the values are no numbers.
    """
    if isinstance(values, list):
        values = _listed(values)
    array = np.ma.getdata(values)
    if array.dtype.kind not in "biuf":
        shown = array.flat[0] if array.size else array.dtype
        raise CallError(f"`{spec.name}` is `{write_type(spec.type)}`, and no number: {shown!r}")
    gone = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and that is missing
            return (array if gone is None else np.where(gone, np.nan, array)).astype(np.float32), True
    if array.dtype.kind in "iu" and array.dtype.itemsize >= 4:
        # The device has integers of 32 bits, which another number would be cut to.
        large = (array > _LARGEST) | (array < -_LARGEST)
        gone = large if gone is None else gone | large
    if gone is None or not gone.any():
        return array, True
    return np.where(gone, np.zeros((), array.dtype), array), ~gone.reshape(len(array), -1).any(axis=1)


def _listed(values: list[Any]) -> Any:
    """A list of a value a lane, None where there is none."""
    gone = [value is None for value in values]
    filler = next((value for value in values if value is not None), np.nan)
    try:
        array = np.array([filler if value is None else value for value in values])
    except ValueError:
        raise CallError("the values of the lanes differ in their shapes") from None
    mask = np.broadcast_to(np.array(gone).reshape(-1, *(1 for _ in array.shape[1:])), array.shape)
    return np.ma.array(array, mask=mask)
