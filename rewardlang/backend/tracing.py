"""The device function as JAX sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from rewardlang.backend.batch import Batch, Groups
from rewardlang.backend.dtypes import DEVICE
from rewardlang.columns.texts import Texts
from rewardlang.types import GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.backend.executor import Executor
    from rewardlang.backend.networks import Encoded
    from rewardlang.backend.reward import Reward
    from rewardlang.types import Axis

SAMPLES = 16
ENTRIES = 4


def print_jaxpr(reward: Reward) -> str:
    """The jaxpr of the device function for a batch of 16 samples, with lists of up to 4."""
    executor = reward.executor
    jaxpr = jax.make_jaxpr(executor.device_function.scores)(
        {**reward.params_array(), **reward.weights}, empty_batch(executor)
    )
    return str(jaxpr)


def _encoded(executor: Executor, name: str, extent: Mapping[Axis, int]) -> Encoded:
    """No texts for a network that takes some, as tokens."""
    nodes = (executor.graph.nodes[node] for node in executor.staged.encoding[name])
    ordered = (executor.device_function.axes_in_order(node.axes) for node in nodes)
    rows = tuple(np.zeros((SAMPLES, *(extent[axis] for axis in axes)), np.int32) for axes in ordered)
    return executor.staged.networks[name].encoded(Texts.of([]), rows)


def empty_batch(executor: Executor) -> Batch:
    """A batch of the smallest shape, all zeros."""
    layout, graph = executor.device_function.layout, executor.graph
    sizes = tuple(ENTRIES if axis.most is None else max(1, min(ENTRIES, axis.most)) for axis in executor.shapes.ragged)
    extent = executor.shapes.size_of(sizes)
    counts = {"floats": 0, "ints": 0, "bools": 0, "arrays": 0}
    arrays: dict[int, Any] = {}
    for table in (layout.values, layout.lows):
        for node, (stack, row) in table.items():
            counts[stack] += 1
            here = graph.nodes[node]
            if stack == "arrays":
                width = (here.element.width,) if here.element.width > 1 else ()
                ordered = executor.device_function.axes_in_order(here.axes)
                shape = (SAMPLES, *(extent[axis] for axis in ordered), *width)
                arrays[row] = np.zeros(shape, DEVICE[here.element])
    lengths = tuple(
        np.zeros((SAMPLES, *(extent[parent] for parent in axis.parents)), np.int32) for axis in executor.shapes.ragged
    )
    groups = None
    if GROUP in executor.shapes.across:
        slots = np.zeros((1, SAMPLES), np.int32)
        groups = Groups(slots, np.zeros((1, SAMPLES), bool), np.zeros(SAMPLES, np.int32))
    return Batch(
        valid=np.zeros(SAMPLES, bool),
        floats=np.zeros((counts["floats"], SAMPLES), np.float32),
        ints=np.zeros((counts["ints"], SAMPLES), np.int32),
        bools=np.zeros((counts["bools"], SAMPLES), bool),
        arrays=tuple(arrays[place] for place in range(len(arrays))),
        lengths=lengths, groups=groups, sizes=sizes,
        encoded={name: _encoded(executor, name, extent) for name in executor.staged.encoding},
    )  # fmt: skip
