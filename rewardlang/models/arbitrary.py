"""A model that may answer anything that its signature admits: what a reward must stand, whatever a judge says."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from hashlib import blake2b
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.answers import Answers
from rewardlang.types import BOOL, INT, JSON, TEXT, RecordElement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.backend.networks import Network
    from rewardlang.check.core import CheckedReward
    from rewardlang.columns.texts import Texts
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
        values = [self._answer(request) for request in zip(*fields.values(), strict=True)]
        return Answers(values, ["the stand-in gave no value" if value is None else None for value in values])

    def _answer(self, request: tuple[Any, ...]) -> Any:
        seed = blake2b(json.dumps([self.spec.name, request], default=bytes.hex).encode(), digest_size=8).digest()
        draw = Random(seed)  # noqa: S311 - for tests, not for secrets
        if self.spec.result.optional and draw.random() < _MISSING:
            return None
        listed = {axis.name for axis in self.spec.result.axes if axis.name != "dim"}
        if not listed:
            return self._value(draw)
        parts = zip(self.spec.fields, request, strict=True)
        size = next(len(part) for field, part in parts if listed & {axis.name for axis in field.type.axes})
        return [self._value(draw) for _ in range(size)]

    def _value(self, draw: Random) -> Any:
        element = self.spec.result.element
        if element == TEXT:
            return "".join(draw.choices('ab01 .-{}"\n', k=draw.randrange(12)))
        if element == JSON or isinstance(element, RecordElement):
            return draw.choice(("null", "{}", "[1]", '{"score": 1}', '"a"', "2"))
        dim = next((axis.size for axis in self.spec.result.axes if axis.name == "dim"), None)
        count = element.width if dim is None else dim
        return self._number(draw) if count == 1 else self._numbers(draw, count)

    def _numbers(self, draw: Random, count: int) -> list[float]:
        """As many as `_number` would draw; embeddings are long, and there are many of them."""
        import numpy as np

        low, high = _ends(self.spec)
        generator = np.random.default_rng(draw.getrandbits(64))
        kinds = generator.integers(3, size=count)
        drawn = generator.uniform(low, high, count)
        found: list[float] = np.where(kinds == 0, low, np.where(kinds == 1, high, drawn)).tolist()
        return found

    def _number(self, draw: Random) -> float | int:
        low, high = _ends(self.spec)
        if self.spec.result.element in (INT, BOOL):
            return draw.randint(math.ceil(low), math.floor(high))
        return draw.choice((low, high, draw.uniform(low, high)))


def _ends(spec: ModelSpec) -> tuple[float, float]:
    """Between what answers lie."""
    interval = spec.result.interval
    low = interval.low if math.isfinite(interval.low) else min(-_WIDE, interval.high - _WIDE)
    high = interval.high if math.isfinite(interval.high) else max(_WIDE, interval.low + _WIDE)
    return float(low), float(high)


def arbitrary_network(spec: ModelSpec) -> Network:
    """A stand-in for a model of the device: any value of its range, by what it is given; now and then not finite."""
    import jax.numpy as jnp

    from rewardlang.backend.networks import Network

    low, high = _ends(spec)
    size = next((axis.size for axis in spec.result.axes if axis.name == "dim"), None)

    def apply(weights: Any, *fields: Any) -> Any:
        numbers = [field.reshape(field.shape[0], -1).astype(jnp.float32) for field in fields]
        drawn = jnp.sin(weights * sum(jnp.tanh(number / 7).sum(axis=1) for number in numbers))
        value = low + (drawn + 1) / 2 * (high - low)
        if spec.result.optional:
            value = jnp.where(drawn > 1 - 2 * _MISSING, jnp.nan, value)
        return value if size is None else jnp.broadcast_to(value[:, None], (value.shape[0], size))

    texts = any(field.type.element == TEXT for field in spec.fields)
    return Network(apply, jnp.float32(1e3), _first_bytes if texts else None)


def _first_bytes(texts: Texts) -> tuple[Any, Any]:
    """Tokens for a stand-in: the first bytes of each text."""
    ids = np.zeros((max(1, len(texts)), 16), np.int32)
    for row, (start, end) in enumerate(zip(texts.starts, texts.ends, strict=True)):
        own = texts.buffer[start : min(end, start + 16)]
        ids[row, : len(own)] = own
    return ids, ids > 0
