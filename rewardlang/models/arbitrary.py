"""A model that may answer anything that its signature admits: what a reward must stand, whatever a judge says."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from hashlib import blake2b
from random import Random
from typing import TYPE_CHECKING, Any

from rewardlang.backend.answers import Answers
from rewardlang.types import BOOL, INT, JSON, TEXT, RecordElement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.backend.networks import Network
    from rewardlang.check.core import CheckedReward
    from rewardlang.types.declared import ModelSpec

_MISSING = 0.1
"""How often a model that can fail gives nothing."""
_WIDE = 1e3
"""Where a range is open, answers lie within this of its end, or of 0."""


def stand_ins(reward: CheckedReward) -> dict[str, Arbitrary]:
    """One in place of each model of a reward."""
    return {spec.name: Arbitrary(spec) for spec in reward.models}


@dataclass(frozen=True, eq=False)
class Arbitrary:
    """The answer to a request depends on the request alone, by a hash: the same in every run, in any batch."""

    spec: ModelSpec

    def __call__(self, **fields: Sequence[Any]) -> Answers:
        """Values of the signature's type and range, or none where it is optional."""
        grouped = any(axis.name == "group" for axis in self.spec.result.axes)
        values = [self._answer(request, grouped=grouped) for request in zip(*fields.values(), strict=True)]
        return Answers(values, ["the stand-in gave no value" if value is None else None for value in values])

    def _answer(self, request: tuple[Any, ...], *, grouped: bool) -> Any:
        seed = blake2b(json.dumps([self.spec.name, request]).encode(), digest_size=8).digest()
        draw = Random(seed)  # noqa: S311 - for tests, not for secrets
        if self.spec.result.optional and draw.random() < _MISSING:
            return None
        if not grouped:
            return self._value(draw)
        size = max((len(part) for part in request if isinstance(part, list)), default=0)
        return [self._value(draw) for _ in range(size)]

    def _value(self, draw: Random) -> Any:
        element = self.spec.result.element
        if element == TEXT:
            return "".join(draw.choices('ab01 .-{}"\n', k=draw.randrange(12)))
        if element == JSON or isinstance(element, RecordElement):
            return draw.choice(("null", "{}", "[1]", '{"score": 1}', '"a"', "2"))
        dim = next((axis.size for axis in self.spec.result.axes if axis.name == "dim"), None)
        count = element.width if dim is None else dim
        numbers = [self._number(draw) for _ in range(count)]
        return numbers if count > 1 else numbers[0]

    def _number(self, draw: Random) -> float | int:
        interval = self.spec.result.interval
        low = interval.low if math.isfinite(interval.low) else min(-_WIDE, interval.high - _WIDE)
        high = interval.high if math.isfinite(interval.high) else max(_WIDE, interval.low + _WIDE)
        if self.spec.result.element in (INT, BOOL):
            return draw.randint(math.ceil(low), math.floor(high))
        return draw.choice((low, high, draw.uniform(low, high)))


def arbitrary_network(spec: ModelSpec) -> Network:
    """A stand-in for a model of the device: any value of its range, by what it is given; now and then not finite."""
    import jax.numpy as jnp

    from rewardlang.backend.networks import Network

    interval = spec.result.interval
    low = interval.low if math.isfinite(interval.low) else min(-_WIDE, interval.high - _WIDE)
    high = interval.high if math.isfinite(interval.high) else max(_WIDE, interval.low + _WIDE)
    size = next((axis.size for axis in spec.result.axes if axis.name == "dim"), None)

    def apply(weights: Any, *fields: Any) -> Any:
        numbers = [field.reshape(field.shape[0], -1).astype(jnp.float32) for field in fields]
        drawn = jnp.sin(weights * sum(jnp.tanh(number / 7).sum(axis=1) for number in numbers))
        value = float(low) + (drawn + 1) / 2 * (float(high) - float(low))
        if spec.result.optional:
            value = jnp.where(drawn > 1 - 2 * _MISSING, jnp.nan, value)
        return value if size is None else jnp.broadcast_to(value[:, None], (value.shape[0], size))

    return Network(apply, jnp.float32(1e3))
