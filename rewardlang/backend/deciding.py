"""Where a model's answer counts, where that depends on what only the device knows: params, groups, its arithmetic.

The plan then alternates: the host runs what the condition is made of, earlier models among it, the device decides, and
the host asks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.batch import prepare
from rewardlang.backend.host import HostRun
from rewardlang.backend.host_values import HostValue
from rewardlang.ir.graph import Memory
from rewardlang.passes.rebuild import continued, reachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.backend.executor import Executor
    from rewardlang.ir.graph import Graph, NodeId


def decision(graph: Graph, demand: NodeId) -> Graph | None:
    """A graph whose total is 1 where a demand holds and else 0; None where it depends on what is remembered."""
    if any(isinstance(graph.nodes[node].operation, Memory) for node in reachable(graph, [demand])):
        return None
    builder = continued(graph)
    total = builder.select(demand, builder.constant(1.0), builder.constant(0.0))
    outputs = {"terms": (), "writes": (), "resets": (), "lets": (), "memories": ()}
    return replace(graph, nodes=tuple(builder.nodes), total=total, total_present=builder.true(), **outputs)  # type: ignore[arg-type]


def decide(executor: Executor, run: HostRun, params: Mapping[str, Any]) -> HostValue:
    """Where the demand holds of which `executor` runs the decision, in the middle of the host's run."""
    run.run(executor.staged.roots)
    run.name_axes()
    inner = HostRun(executor.staged, run.batch)
    inner.values, inner.held, inner.domains = run.values, run.held, run.domains
    packed = executor.params(params)
    batches = prepare(executor.shapes, executor.device_function.layout, inner)
    total = executor.totals(packed, batches, run.batch.samples)
    domain = run.domains.of(executor.device_function.total_axes)
    sizes = dict(zip(domain.axes, total.shape[1:], strict=True))
    return HostValue(np.asarray(total).reshape(-1)[run.domains.flat(domain, sizes)] > 0, domain.axes)
