"""Calls on the entries of lists whose steps are taken together: see `kernels.steps`.

The host puts such a call off until its column is read. Then all those that it is made of, over the same lists, become
one program, and the columns in between are made only where others read them too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.dtypes import HOST, LARGEST, as_dtype
from rewardlang.backend.recording import Lanes, Recorder
from rewardlang.facts import Interval
from rewardlang.ir.graph import Call
from rewardlang.ops.builtin import Scalar
from rewardlang.types import FLOAT

if TYPE_CHECKING:
    import numpy.typing as npt

    from rewardlang.backend.domains import Domain
    from rewardlang.backend.host import HostRun
    from rewardlang.backend.stage import Staged
    from rewardlang.ir.graph import NodeId

    Rows = npt.NDArray[np.int64]

_MOST = LARGEST[HOST[FLOAT]]
LEAST_RUN = 8
"""Entries that the lists have on average where calls are put off: shorter ones take longer to copy, one by one, than
NumPy's passes over all of them."""
Operand = tuple["NodeId", str]
"""A node, and the dtype that it is taken in."""


@dataclass(frozen=True, eq=False)
class Pending:
    """The column of a node that nobody has read."""

    run: HostRun
    node: NodeId

    def read(self) -> Any:
        """Make the column, and with it those that it is made of and others read."""
        return _made(self.run, self.node)


@dataclass(frozen=True)
class Program:
    """Steps and what they are taken on, shapes as in `kernels.steps`; `targets` are nodes with the lanes they are."""

    code: Rows
    constants: npt.NDArray[np.float64]
    sources: tuple[tuple[Operand, int], ...]
    targets: tuple[tuple[NodeId, tuple[int, ...]], ...]


Wiring = tuple[tuple["NodeId", tuple["NodeId", ...]], ...]
"""The nodes of a program in order, each with the nodes whose values are its arguments."""


def _made(run: HostRun, root: NodeId) -> Any:
    wiring = _wiring(run, root)
    inside = {node for node, _ in wiring}
    read = tuple(node for node, _ in wiring if node == root or _is_read(run, node, inside))
    key = (wiring, read)
    programs = run.staged.programs
    if key not in programs:
        programs[key] = _program(run.staged, wiring, read)
    columns = _run(run, programs[key], run.domains.of(run.values[root].axes))
    for node, column in columns.items():
        run.values[node].held = column
    return columns[root]


def _wiring(run: HostRun, root: NodeId) -> Wiring:
    """What a pending node is made of, as far as that is pending over the same axes."""
    graph, axes = run.graph, run.values[root].axes
    found: dict[NodeId, tuple[NodeId, ...]] = {}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node in found:
            continue
        named = []
        for argument in graph.nodes[node].arguments:
            value = run.values[argument]
            if isinstance(value.held, Pending) and value.axes == axes:
                waiting.append(value.held.node)
                named.append(value.held.node)
            else:
                named.append(argument)
        found[node] = tuple(named)
    return tuple(sorted(found.items()))


def _is_read(run: HostRun, node: NodeId, inside: set[NodeId]) -> bool:
    """Whether a node that is no part of the program reads, or will read, this one."""
    for user in run.staged.users[node]:
        value = run.values.get(user)
        if user not in inside and (value is None or isinstance(value.held, Pending)):
            return True
    return False


def _program(staged: Staged, wiring: Wiring, read: tuple[NodeId, ...]) -> Program:
    nodes = staged.graph.nodes
    inside = {node for node, _ in wiring}
    operands = {
        (argument, str(dtype)): nodes[argument].element.width
        for node, arguments in wiring
        for argument, dtype in zip(arguments, staged.operands[node], strict=True)
        if argument not in inside
    }
    sources = [(operand, part) for operand, width in operands.items() for part in range(width)]
    recorder = Recorder(len(sources))
    lanes: dict[Operand, Lanes] = {}
    for (node, dtype), width in operands.items():
        first = sources.index(((node, dtype), 0))
        lanes[node, dtype] = Lanes(recorder, tuple(range(first, first + width)), np.dtype(dtype))
    results: dict[NodeId, Lanes] = {}
    for node, arguments in wiring:
        taken = [
            results[argument].astype(dtype) if argument in inside else lanes[argument, str(dtype)]
            for argument, dtype in zip(arguments, staged.operands[node], strict=True)
        ]
        results[node] = _recorded(staged, node, recorder, taken)
    code, lane = recorder.code({number for node in read for number in results[node].numbers})
    targets = tuple((node, tuple(map(lane.__getitem__, results[node].numbers))) for node in read)
    return Program(code, np.array(recorder.constants, np.float64), tuple(sources), targets)


def _recorded(staged: Staged, node: NodeId, recorder: Recorder, operands: list[Lanes]) -> Lanes:
    """What a lowering gives, saturated as where it is called alone."""
    call = staged.graph.nodes[node].operation
    assert isinstance(call, Call)  # noqa: S101 - nothing else is put off
    assert isinstance(call.builtin, Scalar)  # noqa: S101 - as above
    result = recorder.asarray(call.builtin.value(recorder, *operands, **dict(call.options)))
    result = result.astype(HOST[staged.graph.nodes[node].element])
    proved = staged.graph.nodes[node].range
    if call.builtin.overflows and (proved is None or not proved.within(Interval(-_MOST, _MOST))):
        result = recorder.maximum(recorder.minimum(result, _MOST), -_MOST)
    return result


def _run(run: HostRun, program: Program, domain: Domain) -> dict[NodeId, Any]:
    from rewardlang.kernels.steps import run_steps

    columns = {}
    for node, lanes in program.targets:
        shape = (domain.rows, len(lanes)) if len(lanes) > 1 else (domain.rows,)
        columns[node] = np.empty(shape, HOST[run.graph.nodes[node].element])
    assert domain.parent is not None  # noqa: S101 - only entries of lists are put off
    starts: list[Rows] = []
    places: dict[Any, int] = {domain.axes: -1}
    arrays: dict[Operand, tuple[Any, int, bool]] = {}
    sources = []
    for operand, part in program.sources:
        if operand not in arrays:
            value = run.values[operand[0]]
            column = np.ascontiguousarray(as_dtype(value.column, operand[1]))
            axes = None if value.uniform else value.axes
            begins, along = run.domains.runs(domain, axes)
            if axes not in places:
                places[axes] = len(starts)
                starts.append(begins)
            arrays[operand] = column, places[axes], along
        column, place, along = arrays[operand]
        sources.append((*_place(column, part), len(column), place, along))
    targets = [
        (*_place(columns[node], part), lane) for node, lanes in program.targets for part, lane in enumerate(lanes)
    ]
    run_steps(
        program.code, program.constants, np.array(sources, np.int64).reshape(-1, 7),
        np.array(starts, np.int64).reshape(len(starts), domain.parent.rows), np.array(targets, np.int64),
        domain.offsets,
    )  # fmt: skip
    return columns


def _place(column: Any, part: int) -> tuple[int, bool, int, int]:
    """Where a column is, whether it is of bools, its components, and one of these."""
    return column.__array_interface__["data"][0], column.dtype == bool, column.shape[-1] if column.ndim > 1 else 1, part
