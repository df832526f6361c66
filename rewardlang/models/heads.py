"""The heads that a spec can name: Flax modules from numbers and vectors to one number.

They are built for the shapes of a checkpoint, which is all that they need to know.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import flax.linen as nn
import jax.numpy as jnp

from rewardlang.diagnostics import CallError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Array = Any


class Linear(nn.Module):
    """A weighted sum of all numbers, and a bias.

    Shapes: fields: `[B]` or `[B, n]`, laid side by side. The result: `[B]`.
    """

    @nn.compact
    def __call__(self, *fields: Array) -> Array:
        """The sum."""
        return nn.Dense(1, name="out")(side_by_side(fields))[:, 0]


class Mlp(nn.Module):
    """Layers of these widths, each followed by SiLU, and a weighted sum.

    Shapes: as `Linear`.
    Source: the usual head of a reward model: Linear, SiLU, Linear.
    """

    widths: tuple[int, ...]

    @nn.compact
    def __call__(self, *fields: Array) -> Array:
        """The sum over the last layer."""
        hidden = side_by_side(fields)
        for layer, width in enumerate(self.widths):
            hidden = nn.silu(nn.Dense(width, name=f"hidden_{layer}")(hidden))
        return nn.Dense(1, name="out")(hidden)[:, 0]


def side_by_side(fields: tuple[Array, ...]) -> Array:
    """All numbers of a sample as one vector: float32 `[B, n]`."""
    return jnp.concatenate([field.reshape(field.shape[0], -1).astype(jnp.float32) for field in fields], axis=1)


# --- by name ----------------------------------------------------------------------------------------------------------


def _linear(params: Mapping[str, Any]) -> nn.Module:
    if set(params) != {"out"}:
        raise CallError("a checkpoint of `linear` holds the layer `out` alone")
    return Linear()


def _mlp(params: Mapping[str, Any]) -> nn.Module:
    hidden = sorted(name for name in params if re.fullmatch(r"hidden_\d{1,3}", name))
    names = [f"hidden_{layer}" for layer in range(len(hidden))]
    if set(params) != {*names, "out"} or not names:
        raise CallError("a checkpoint of `mlp` holds the layers `hidden_0`, `hidden_1`, … and `out`")
    biases = [params[name].get("bias") if isinstance(params[name], dict) else None for name in names]
    if any(getattr(bias, "ndim", 0) != 1 for bias in biases):
        raise CallError("a checkpoint of `mlp` holds a vector `bias` for each layer")
    return Mlp(tuple(len(bias) for bias in biases if bias is not None))


HEADS: Mapping[str, Callable[[Mapping[str, Any]], nn.Module]] = {"linear": _linear, "mlp": _mlp}
"""The module for the params of a checkpoint, by the name that a spec gives."""
