"""Evaluates nodes on padded arrays: on the device traced in float32, on the host in float64 where a host node needs it.

The array of a node has the shape `[samples or 1, size of each axis in canonical order, components]`: samples are one
more axis, so a lowering written for one sample is batched by broadcasting. 1 stands for a value that is the same for
all samples.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rewardlang.backend.dtypes import as_dtype
from rewardlang.diagnostics import InternalError
from rewardlang.ir.graph import Call, Constant, Holds, Input, Model, Position, Relabel, Scan, Stack
from rewardlang.types import INT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rewardlang.backend.networks import Encoded
    from rewardlang.ir.graph import Graph, GraphNode, NodeId
    from rewardlang.types import Axis, Element

Array = Any


@dataclass(frozen=True)
class Frame:
    """What all nodes share: the array module, dtypes, and the shape of the batch.

    `lengths[axis]`: int `[samples, sizes of its parents]`; `sizes[axis]`: the padded size; `order`: canonical places
    of axes.
    `valid`: bool `[samples]`; `groups`: see `backend.batch.Groups`, None where nothing is reduced over groups.
    `networks`: a function of arrays for each model of the device, its weights in it; `encoded` and `taken`: for those
    that take texts, these, and the nodes that hold them.
    """

    xp: Any
    dtypes: Mapping[Element, str]
    samples: int
    order: Mapping[Axis, int]
    sizes: Mapping[Axis, int]
    lengths: dict[Axis, Array]
    valid: Array
    groups: Any = None
    networks: Mapping[str, Callable[..., Array]] = field(default_factory=dict)
    encoded: Mapping[str, Encoded] = field(default_factory=dict)
    taken: Mapping[str, Sequence[NodeId]] = field(default_factory=dict)

    def sorted(self, axes: Iterable[Axis]) -> tuple[Axis, ...]:
        """The axes in canonical order."""
        return tuple(sorted(axes, key=self.order.__getitem__))

    def shape(self, axes: Sequence[Axis]) -> tuple[int, ...]:
        """The padded sizes of axes."""
        return tuple(self.sizes[axis] for axis in axes)

    def axis_mask(self, axis: Axis) -> tuple[Array, tuple[Axis, ...]]:
        """Where an axis is no padding: a bool array over its parents and itself, and these axes."""
        places = self.xp.arange(self.sizes[axis], dtype=self.dtypes[INT])
        if axis.size is not None and axis not in self.lengths:
            return (places < axis.size)[None], (axis,)
        parents = self.sorted(axis.parents)
        lengths = self.lengths[axis]
        return places.reshape((1,) * lengths.ndim + (-1,)) < lengths[..., None], (*parents, axis)

    def aligned(self, array: Array, axes: Sequence[Axis], onto: Sequence[Axis]) -> Array:
        """An array over `axes` as one over `onto`: size 1 where it lacks an axis; components stay last."""
        rest = array.ndim - 1 - len(axes)
        present = [axis for axis in onto if axis in axes]
        if tuple(present) != tuple(axes):
            places = [0, *(1 + list(axes).index(axis) for axis in present)]
            array = array.transpose((*places, *range(1 + len(axes), array.ndim)))
        if len(present) == len(onto):
            return array
        dims = iter(array.shape[1 : 1 + len(axes)])
        shape = [array.shape[0], *(next(dims) if axis in axes else 1 for axis in onto)]
        return array.reshape((*shape, *array.shape[array.ndim - rest :]))

    def mask(self, axes: Sequence[Axis], of: Iterable[Axis]) -> Array:
        """Where none of the axes `of` is padding: a bool array broadcastable over `axes`."""
        held = self.xp.ones((1,) * (1 + len(axes)), dtype="bool")
        for axis in of:
            if axis.size is None or axis in self.lengths or self.sizes[axis] != axis.size:
                array, own = self.axis_mask(axis)
                held = self.xp.logical_and(held, self.aligned(array, own, axes))
        return held


@dataclass
class Dense:
    """One evaluation. `values` holds what is known so far, `pairs` the low parts of crossings by all their names."""

    frame: Frame
    graph: Graph
    values: dict[NodeId, Array]
    pairs: dict[NodeId, Array] = field(default_factory=dict)
    held: dict[NodeId, Array] = field(default_factory=dict)
    vectors: dict[str, Array] = field(default_factory=dict)
    """What each network made of the batch's texts."""

    def run(self, nodes: Iterable[NodeId]) -> None:
        """Evaluate these nodes, which come in dependency order."""
        for index in nodes:
            if index not in self.values:
                self.values[index] = self._evaluate(index, self.graph.nodes[index])

    def axes(self, node: NodeId) -> tuple[Axis, ...]:
        """The axes of a node in canonical order."""
        return self.frame.sorted(self.graph.nodes[node].axes)

    def operand(self, node: NodeId, onto: Sequence[Axis], element: Element | None = None) -> Array:
        """The value of a node over these axes, cast to `element`."""
        array = self.frame.aligned(self.values[node], self.axes(node), onto)
        dtype = None if element is None else self.frame.dtypes.get(element)
        return array if dtype is None else as_dtype(array, dtype)

    def _evaluate(self, index: NodeId, node: GraphNode) -> Array:
        from rewardlang.backend import dense_calls

        match node.operation:
            case Constant(value=value):
                return self.frame.xp.full((1,), value, dtype=self.frame.dtypes[node.element])
            case Call():
                return dense_calls.call(self, index, node)
            case Model():
                from rewardlang.backend import networks

                return networks.call(self, index, node)
            case Holds():
                return dense_calls.holds(self, node.arguments[0])
            case Stack(axis=axis):
                return self._stack(node, axis)
            case Position(axis=axis):
                axes = self.frame.sorted(node.axes)
                places = self.frame.xp.arange(self.frame.sizes[axis], dtype=self.frame.dtypes[node.element])
                shape = (1, *self.frame.shape(axes))
                return self.frame.xp.broadcast_to(self.frame.aligned(places[None], (axis,), axes), shape)
            case Relabel(old=old, new=new):
                return self._renamed(index, node, old, new)
            case Scan():
                from rewardlang.backend.dense_scan import scan

                return scan(self, node)
            case Input(name=name):
                raise InternalError(f"the column `{name}` did not cross to where it is needed")
        raise InternalError(f"%{index} cannot be evaluated on arrays: {type(node.operation).__name__}")

    def _stack(self, node: GraphNode, axis: Axis) -> Array:
        xp, axes = self.frame.xp, self.frame.sorted(node.axes)
        rest = [known for known in axes if known != axis]
        if not node.arguments:
            return xp.zeros((1, *self.frame.shape(axes)), dtype=self.frame.dtypes[node.element])
        items = xp.broadcast_arrays(*(self.operand(item, rest, node.element) for item in node.arguments))
        return xp.stack(items, axis=1 + axes.index(axis))

    def _renamed(self, index: NodeId, node: GraphNode, old: Axis, new: Axis) -> Array:
        source = node.arguments[0]
        if source in self.pairs:
            self.pairs[index] = self._relabel(node, self.pairs[source], old, new)
        return self._relabel(node, self.values[source], old, new)

    def _relabel(self, node: GraphNode, array: Array, old: Axis, new: Axis) -> Array:
        xp = self.frame.xp
        renamed = [new if axis == old else axis for axis in self.axes(node.arguments[0])]
        place = 1 + renamed.index(new)
        missing = self.frame.sizes[new] - array.shape[place]
        if missing < 0:
            array = array[(slice(None),) * place + (slice(self.frame.sizes[new]),)]
        elif missing > 0:
            array = xp.pad(array, [(0, missing if axis == place else 0) for axis in range(array.ndim)])
        return self.frame.aligned(array, renamed, self.frame.sorted(node.axes))
