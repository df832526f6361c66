"""Calls on numbers whose steps are taken together: see `kernels.steps`.

The host puts such a call off until its column is read. Then all those that it is made of, over the same lists, become
one program, and the columns in between are made only where others read them too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ref

import numpy as np

from rewardlang.backend.dtypes import HOST, LARGEST, as_dtype
from rewardlang.backend.recording import Lanes, Pass, Recorder
from rewardlang.diagnostics import InternalError
from rewardlang.facts import Interval
from rewardlang.ir.graph import Call, Holds
from rewardlang.ops.builtin import Scalar
from rewardlang.types import BOOL, FLOAT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from rewardlang.backend.domains import Domain
    from rewardlang.backend.host import HostRun
    from rewardlang.ir.graph import Graph, NodeId
    from rewardlang.types import Axis

    Rows = npt.NDArray[np.int64]

_MOST = LARGEST[HOST[FLOAT]]
LEAST_RUN = 8
"""Entries that lists have on average where a column is read run by run: for shorter ones NumPy spreads it first."""
_CALL = 2048
"""Rows that NumPy works on in the time that it takes to call it."""
_STRIDED = 2
"""How many steps on a column take as long as one component of points or boxes."""
_PROGRAM = 24 * _CALL
"""How many rows of steps NumPy takes in the time that it takes to put a program together."""
Operand = tuple["NodeId", str]
"""A node, and the dtype that it is taken in."""
Source = tuple[int, bool, int, int, int, int, bool]
Place = tuple[int, bool, int, int]
"""A row of the kernel's `sources`, and one of its `targets` without the lane."""


class Pending:
    """The column of a node that nobody has read."""

    def __init__(self, run: HostRun, node: NodeId) -> None:
        # The run holds what is pending: two that held each other would wait for the garbage collector.
        self._run = ref(run)
        self.node = node

    def read(self) -> Any:
        """Make the column, and with it those that it is made of and others read."""
        run = self._run()
        if run is None:
            raise InternalError(f"%{self.node} is read after its run")
        _make(run, [self.node])
        return run.values[self.node].held


@dataclass(frozen=True)
class Program:
    """Passes over columns: the numbers in them are those of the components of `operands`, and of what the steps give.

    `operands` are told with how many components each has, `targets` are nodes with the numbers that they are.
    """

    passes: tuple[Pass, ...]
    constants: npt.NDArray[np.float64]
    operands: tuple[tuple[Operand, int], ...]
    targets: tuple[tuple[NodeId, tuple[int, ...]], ...]


Wiring = tuple[tuple["NodeId", tuple["NodeId", ...]], ...]
"""The nodes of a program in order, each with the nodes whose values are its arguments."""


def called(graph: Graph, node: NodeId) -> NodeId:
    """The call that a node is, or about whose result it says where it is present."""
    here = graph.nodes[node]
    return here.arguments[0] if isinstance(here.operation, Holds) else node


class Fused(NamedTuple):
    """A call that can be put off: about how many steps NumPy takes for it, and what they are taken on."""

    steps: int
    arguments: tuple[NodeId, ...]


def fused(graph: Graph, nodes: Iterable[NodeId], operands: Any) -> dict[NodeId, Fused]:
    """Those of the nodes that can be put off; `operands` as in `Staged`."""
    return {
        node: Fused(_weight(graph, node, operands), graph.nodes[called(graph, node)].arguments)
        for node in nodes
        if _is_stepwise(graph, node, operands)
    }


def _is_stepwise(graph: Graph, node: NodeId, operands: Any) -> bool:
    source = called(graph, node)
    call = graph.nodes[source].operation
    if not isinstance(call, Call) or not isinstance(call.builtin, Scalar) or not call.builtin.stepwise:
        return False
    floats = HOST.get(graph.nodes[node].element) == HOST[FLOAT] or graph.nodes[node].element == BOOL
    return floats and all(dtype in (HOST[FLOAT], HOST[BOOL]) for dtype in operands[source])


def _weight(graph: Graph, node: NodeId, operands: Any) -> int:
    source = called(graph, node)
    widths = [graph.nodes[argument].element.width for argument in graph.nodes[source].arguments]
    recorder = Recorder(sum(widths))
    result = _recorded(graph, node, recorder, recorder.given(widths, operands[source]))
    # NumPy is slow where components lie side by side.
    return len(recorder.steps) + _STRIDED * sum(width for width in (*widths, len(result.numbers)) if width > 1)


def put_off(run: HostRun, node: NodeId) -> tuple[Pending, tuple[Axis, ...]] | None:
    """What stands for the column of a call whose steps are taken with those of others, and its axes in order.

    None where the call is done alone.
    """
    call = run.staged.fused.get(node)
    if call is None:
        return None
    domain, values = run.domains.of(run.graph.nodes[node].axes), run.values
    if _pays(call.steps, domain) or _is_long(domain):
        if all(values[argument].uniform for argument in call.arguments):
            return None
    elif not any(
        isinstance(values[argument].held, Pending) and values[argument].axes == domain.axes
        for argument in call.arguments
    ):
        return None
    return Pending(run, node), domain.axes


def _is_long(domain: Domain) -> bool:
    """Whether there are lists, and copying them run by run is fast."""
    return domain.parent is not None and domain.rows >= LEAST_RUN * domain.parent.rows


def _pays(steps: int, domain: Domain) -> bool:
    """Whether a program of so many steps is faster than NumPy."""
    return steps * (domain.rows + _CALL) >= _PROGRAM


def _make(run: HostRun, roots: Sequence[NodeId]) -> None:
    """Make the columns of pending nodes over the same axes."""
    wiring = _wiring(run, roots)
    domain = run.domains.of(run.values[roots[0]].axes)
    if not _pays(sum(run.staged.fused[node].steps for node, _ in wiring), domain):
        _make_alone(run, wiring)
        return
    inside = {node for node, _ in wiring}
    read = tuple(node for node, _ in wiring if node in roots or _is_read(run, node, inside))
    key = (wiring, read)
    programs = run.staged.programs
    if key not in programs:
        programs[key] = _program(run, wiring, read)
    for node, column in _run(run, programs[key], domain).items():
        run.values[node].held = column


def _make_alone(run: HostRun, wiring: Wiring) -> None:
    """Make the columns of nodes one by one."""
    from rewardlang.backend.host_scalars import computed

    with np.errstate(all="ignore"):
        for node, _ in wiring:
            value = run.values[node]
            if isinstance(value.held, Pending):
                value.held = computed(run, node).column


def _wiring(run: HostRun, roots: Sequence[NodeId]) -> Wiring:
    """What pending nodes are made of, as far as that is pending over the same axes."""
    axes = run.values[roots[0]].axes
    found: dict[NodeId, tuple[NodeId, ...]] = {}
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if node in found:
            continue
        named = []
        for argument in run.staged.fused[node].arguments:
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


def _program(run: HostRun, wiring: Wiring, read: tuple[NodeId, ...]) -> Program:
    staged, nodes = run.staged, run.graph.nodes
    inside = {node for node, _ in wiring}
    operands = {
        (argument, str(dtype)): nodes[argument].element.width
        for node, arguments in wiring
        for argument, dtype in zip(arguments, staged.operands[called(run.graph, node)], strict=True)
        if argument not in inside and argument not in staged.constants
    }
    recorder = Recorder(sum(operands.values()))
    given = recorder.given(operands.values(), [dtype for _, dtype in operands])
    lanes = dict(zip(operands, given, strict=True))
    results: dict[NodeId, Lanes] = {}

    def taken(argument: NodeId, dtype: str) -> Lanes:
        if argument in staged.constants:
            return recorder.constant(as_dtype(run.values[argument].column, dtype))
        return results[argument].astype(dtype) if argument in inside else lanes[argument, dtype]

    for node, arguments in wiring:
        dtypes = staged.operands[called(run.graph, node)]
        results[node] = _recorded(run.graph, node, recorder, list(map(taken, arguments, map(str, dtypes))))
    targets = tuple((node, results[node].numbers) for node in read)
    passes = recorder.passes(number for _, numbers in targets for number in numbers)
    return Program(tuple(passes), np.array(recorder.constants, np.float64), tuple(operands.items()), targets)


def _recorded(graph: Graph, node: NodeId, recorder: Recorder, operands: list[Lanes]) -> Lanes:
    """What a lowering gives, saturated as where it is called alone."""
    here, call = graph.nodes[node], graph.nodes[called(graph, node)].operation
    assert isinstance(call, Call)  # noqa: S101 - nothing else is put off
    assert isinstance(call.builtin, Scalar)  # noqa: S101 - as above
    if isinstance(here.operation, Holds):
        return recorder.asarray(call.builtin.holds(recorder, *operands, **dict(call.options)))
    result = recorder.asarray(call.builtin.value(recorder, *operands, **dict(call.options)))
    result = result.astype(HOST[here.element])
    if call.builtin.overflows and (here.range is None or not here.range.within(Interval(-_MOST, _MOST))):
        result = recorder.saturate(result)
    return result


def _run(run: HostRun, program: Program, domain: Domain) -> dict[NodeId, Any]:
    _make_together(run, [node for (node, _), _ in program.operands])
    columns = {}
    targets: dict[int, list[Place]] = {}
    for node, numbers in program.targets:
        shape = (domain.rows, len(numbers)) if len(numbers) > 1 else (domain.rows,)
        columns[node] = np.empty(shape, HOST[run.graph.nodes[node].element])
        address, flags, width = _place(columns[node])
        for part, number in enumerate(numbers):
            targets.setdefault(number, []).append((address, flags, width, part))
    sources: list[Source] = []
    # Named here, so that none is freed before.
    arrays = [_source(run, operand, domain, sources) for operand, _ in program.operands]
    run_passes(program.passes, program.constants, dict(enumerate(sources)), targets, _offsets(domain))
    del arrays
    return columns


def _make_together(run: HostRun, nodes: Iterable[NodeId]) -> None:
    """Make the columns of those nodes that are pending, all over the same axes by one program."""
    pending: dict[Any, list[NodeId]] = {}
    for node in nodes:
        value = run.values[node]
        if isinstance(value.held, Pending):
            pending.setdefault(value.axes, []).append(value.held.node)
    for roots in pending.values():
        _make(run, roots)


def _offsets(domain: Domain) -> Rows:
    return domain.offsets if _is_long(domain) else np.array((0, domain.rows))


def run_passes(
    passes: Iterable[Pass], constants: npt.NDArray[np.float64], sources: Mapping[int, Source],
    targets: Mapping[int, list[Place]], offsets: Rows,
) -> None:  # fmt: skip
    """Take the steps of all passes: `sources` say where numbers are read, `targets` where they are written.

    Shapes: as in `kernels.steps`.
    """
    from rewardlang.kernels.steps import run_steps

    between: dict[int, Any] = {}
    for one in passes:
        places: list[tuple[int, ...]] = []
        for number, lane, later in one.targets:
            if later:
                between[number] = np.empty(offsets[-1])
                places.append((*_place(between[number]), 0, lane))
            places += [(*place, lane) for place in targets.get(number, ())]
        read = [sources[number] if number in sources else _own(between[number]) for number in one.sources]
        run_steps(one.code, constants, _table(read, 7), _table(places, 5), offsets)
        with np.errstate(all="ignore"):
            for function, taken, number in one.outer:
                between[number] = function(*(between[each] for each in taken))


def _table(rows: Sequence[tuple[int, ...]], width: int) -> Rows:
    return np.array(rows, np.int64).reshape(-1, width)


def _own(column: Any) -> Source:
    """What the kernel knows of a column whose rows are the program's."""
    return *_place(column), 0, len(column), 0, True


def _source(run: HostRun, operand: Operand, domain: Domain, sources: list[Source]) -> tuple[Any, ...]:
    """Add what the kernel knows of an operand's components to `sources`; the arrays that these name by addresses."""
    value = run.values[operand[0]]
    column, begins, along = value.column, None, True
    if value.uniform:
        begins, along = np.zeros(len(domain.offsets), np.int64), False
    elif value.axes != domain.axes and _is_long(domain):
        begins, along = run.domains.runs(domain, value.axes)
    elif value.axes != domain.axes:
        column = run.spread(value, domain)
    column = np.ascontiguousarray(as_dtype(column, operand[1]))
    address, flags, width = _place(column)
    parts, size, apart = width, len(column), 0
    if begins is not None and size < domain.rows and not (column.ndim == 1 and column.dtype == np.float64):
        # What is read many times is laid out first as that is fastest.
        column, apart = np.ascontiguousarray(column.T, np.float64), 8 * size
        address, flags, width = _place(column)[0], False, 1
    begin = 0 if begins is None else _place(begins)[0]
    sources += [
        (address + part * apart, flags, width, 0 if apart else part, size, begin, along) for part in range(parts)
    ]
    return column, begins


def _place(column: Any) -> tuple[int, bool, int]:
    """Where a column is, whether it is of bools, and its components."""
    return column.__array_interface__["data"][0], column.dtype == bool, column.shape[-1] if column.ndim > 1 else 1
