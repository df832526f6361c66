"""Models that are part of the device function: a pure function of weights and arrays, which gradients go through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp

from rewardlang.backend.dtypes import LARGEST, as_dtype
from rewardlang.diagnostics import CallError, InternalError
from rewardlang.ir.graph import Model
from rewardlang.ops.smooth import between
from rewardlang.types import BOOL, INT, Element

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rewardlang.backend.dense import Dense
    from rewardlang.columns.texts import Texts
    from rewardlang.ir.graph import GraphNode, NodeId

Array = Any
TAKEN: Mapping[Element, str] = {BOOL: "bool", INT: "int32"}
"""The dtypes of the arrays that a network takes, where they are not float32."""


class Encoded(NamedTuple):
    """The texts that a network takes, each distinct one of a batch once.

    `ids`, `real`: int32 and bool `[texts, tokens]`, padded; `rows`: for each node that holds such texts its places
    among them, int32 `[B, sizes of its axes]`, in the order of the nodes.
    """

    ids: Array
    real: Array
    rows: tuple[Array, ...]


@dataclass(frozen=True, eq=False)
class Network:
    """A model of the device.

    `apply(weights, *fields)` takes an array for each field of the model, `[B]`, `[B, n]` of a vec or `[B, width]` of a
    point or box, and gives `[B]`, or `[B, n]` where its result is a vec. `weights` is a pytree of arrays. One that
    takes a text has `tokens`, which makes ids and a mask of the host's texts; what it takes then are these two.
    """

    apply: Callable[..., Array]
    weights: Any
    tokens: Callable[[Texts], tuple[Array, Array]] | None = None

    def encoded(self, texts: Texts, rows: tuple[Array, ...]) -> Encoded:
        """Distinct texts as this network takes them, and the places of the nodes' texts among them."""
        if self.tokens is None:
            raise InternalError("a network that takes no texts was given some")
        return Encoded(*self.tokens(texts), rows)

    def check(self, name: str, weights: Any) -> Any:
        """Other weights for this network.

        Raises:
            CallError: they are not the same tree of arrays of the same shapes.
        """
        known, given = (jax.tree_util.tree_leaves_with_path(tree) for tree in (self.weights, weights))
        if [path for path, _ in known] != [path for path, _ in given]:
            raise CallError(f"the weights of `{name}` are another tree than those that it was loaded with")
        for (path, one), (_, other) in zip(known, given, strict=True):
            if jnp.shape(one) != jnp.shape(other):
                place = jax.tree_util.keystr(path)
                raise CallError(f"the weights of `{name}`: {place} is {jnp.shape(other)}, not {jnp.shape(one)}")
        return weights


def call(dense: Dense, index: NodeId, node: GraphNode) -> Array:
    """The value of a call of a network, finite and in its range; `dense.held` tells where it was finite."""
    operation = node.operation
    if not isinstance(operation, Model) or operation.name not in dense.frame.networks:
        raise InternalError(f"%{index} has no network")
    frame, axes = dense.frame, dense.axes(index)
    own = tuple(axis for axis in axes if axis.name == "dim")
    lists = tuple(axis for axis in axes if axis.name != "dim")
    outer = 1 + len(lists)
    texts = operation.name in frame.encoded
    place = _places if texts else _argument
    arguments = [place(dense, operation.name, argument, lists) for argument in node.arguments]
    shape = jnp.broadcast_shapes((1,) * outer, *(array.shape[:outer] for array in arguments))
    rows = [jnp.broadcast_to(a, (*shape, *a.shape[outer:])).reshape(-1, *a.shape[outer:]) for a in arguments]
    given = _vectors(dense, operation.name)[rows[0]] if texts else frame.networks[operation.name](*rows)
    result = as_dtype(given, frame.dtypes[node.element])
    result = result.reshape(*shape, *(axis.size for axis in own))
    finite = jnp.isfinite(result)
    held = jnp.broadcast_to(finite.all(axis=tuple(range(outer, result.ndim)), keepdims=True), result.shape)
    dense.held[index] = frame.aligned(held, (*lists, *own), axes)
    # Twice, so that the gradient of what is not finite is 0 and not NaN.
    result = jnp.where(finite, result, jnp.zeros_like(result))
    if node.range is not None:
        largest = LARGEST[str(result.dtype)]
        low, high = max(float(node.range.low), -largest), min(float(node.range.high), largest)
        result = between(result, jnp.asarray(low, result.dtype), jnp.asarray(high, result.dtype))
    return frame.aligned(result, (*lists, *own), axes)


def _vectors(dense: Dense, name: str) -> Array:
    """What a network makes of each distinct text of the batch, whichever of its calls come to need it."""
    if name not in dense.vectors:
        encoded = dense.frame.encoded[name]
        dense.vectors[name] = dense.frame.networks[name](encoded.ids, encoded.real)
    return dense.vectors[name]


def _places(dense: Dense, name: str, node: NodeId, lists: tuple[Any, ...]) -> Array:
    """The places of the texts of a node among the distinct ones, over the axes that the call runs along."""
    rows = dense.frame.encoded[name].rows[dense.frame.taken[name].index(node)]
    return dense.frame.aligned(rows, dense.axes(node), lists)


def _argument(dense: Dense, _name: str, node: NodeId, lists: tuple[Any, ...]) -> Array:
    """An argument over the axes that the call runs along, its own last."""
    own = tuple(axis for axis in dense.axes(node) if axis.name == "dim")
    array = dense.operand(node, (*lists, *own))
    return as_dtype(array, TAKEN.get(dense.graph.nodes[node].element, "float32"))
