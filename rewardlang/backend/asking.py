"""Calls of models on the host: which rows ask, what they ask, and what becomes of the answers.

Requests are made of the rows whose result depends on the answer, each distinct one once. A row that did not ask, and
one that got no answer, is missing with its reason.
"""

from __future__ import annotations

import json as json_text
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.dtypes import HOST, LARGEST
from rewardlang.backend.host import HostRun, plain
from rewardlang.backend.host_values import HostValue
from rewardlang.backend.scores import NOT_ASKED
from rewardlang.columns.column import take
from rewardlang.columns.texts import Texts
from rewardlang.diagnostics import CallError, InternalError
from rewardlang.ir.graph import Model
from rewardlang.ops.registry import overloads
from rewardlang.types import BOOL, GROUP, INT, JSON, TEXT, RecordElement

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from rewardlang.backend.answers import Answering, Answers
    from rewardlang.backend.domains import Domain
    from rewardlang.ir.graph import GraphNode, NodeId
    from rewardlang.types.declared import ModelSpec

    Rows = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

_JSON: Any = overloads("json")[0]


@dataclass(frozen=True, eq=False)
class Call:
    """A call in the making: the rows of `domain` are what it runs along."""

    run: HostRun
    index: NodeId
    node: GraphNode
    operation: Model
    spec: ModelSpec
    domain: Domain
    entries: Domain | None
    """Where it gives a list, the rows of that: those of `domain`, and the entries of each."""

    @property
    def width(self) -> int:
        """How many numbers an answer has."""
        size = next((axis.size for axis in self.node.axes if axis.name == "dim"), None)
        return self.node.element.width if size is None else size


def ask(run: HostRun, index: NodeId, node: GraphNode) -> HostValue:
    """The value of a call of a model; where it answered is kept in `run.held`, why not in `run.reasons`.

    Raises:
        CallError: The model gives what does not fit its signature, or nothing where it must; or it looks at whole
            groups, and the call has none.
    """
    operation = node.operation
    assert isinstance(operation, Model)  # noqa: S101 - the caller has looked
    spec = next(spec for spec in run.graph.models if spec.name == operation.name)
    whole = {axis for axes in operation.consumed for axis in axes}
    kept = [axis for axis in node.axes if axis in whole]
    domain = run.domains.of(axis for axis in node.axes if axis.name != "dim" and axis not in kept)
    call = Call(run, index, node, operation, spec, domain, run.domains.along((*domain.axes, *kept)) if kept else None)
    asked = _asked(call)
    grouped = any(axis.name == GROUP.name for field in spec.fields for axis in field.type.axes)
    values, reasons = _groups(call, asked) if grouped else _each(call, asked)
    if call.entries is not None:
        values, reasons = _entrywise(call.entries, values, reasons)
        domain = run.domains.of(call.entries.axes)
        places = run.domains.rows(domain, call.entries)
        if places is not None:
            values, reasons = [values[place] for place in places], [reasons[place] for place in places]
    present = np.fromiter((value is not None for value in values), bool, domain.rows)
    if node.element == JSON:
        column, decoded = _decoded(call, values)
        for row in np.flatnonzero(present & ~decoded).tolist():
            reasons[row] = f"not the JSON of a `{spec.result.element}`"
        present &= decoded
    else:
        column = _column(call, values)
    run.held[index] = HostValue(present, domain.axes)
    run.reasons.setdefault(spec.name, []).append((domain.sample, reasons))
    return HostValue(column, run.domains.of(node.axes).axes)


def _asked(call: Call) -> Bools:
    """bool[rows]: whose answer counts."""
    run, domain = call.run, call.domain
    valid = np.ones(domain.rows, np.bool_) if run.batch.valid is None else run.batch.valid[domain.sample]
    counts: Any = run.asked.get(call.index) or run.value(run.staged.demands[call.index])
    asked: Bools = np.logical_and(valid, run.spread(counts, domain))
    # There is nothing to ask about a list of nothing.
    return asked if call.entries is None else asked & (np.diff(call.entries.offsets) > 0)


# --- asking -----------------------------------------------------------------------------------------------------------


def _each(call: Call, asked: Bools) -> tuple[list[Any], list[str | None]]:
    """A request for each row that asks, equal ones once."""
    rows = np.flatnonzero(asked)
    places: dict[Any, int] = {}
    columns = [_entries(call, place, rows) for place in range(len(call.spec.fields))]
    keys = zip(*(map(_key, column) for column in columns), strict=True) if columns else ((),) * len(rows)
    owner = [places.setdefault(key, len(places)) for key in keys]
    first = list(dict(zip(reversed(owner), range(len(owner) - 1, -1, -1), strict=True)).values())[::-1]
    first.sort(key=lambda row: owner[row])
    lengths = None if call.entries is None else np.diff(call.entries.offsets)[rows[first]].tolist()
    answers = _answers(call, [[column[row] for row in first] for column in columns], len(places), lengths)
    values: list[Any] = [None] * len(asked)
    reasons: list[str | None] = [NOT_ASKED] * len(asked)
    for row, place in zip(rows.tolist(), owner, strict=True):
        values[row], reasons[row] = answers.values[place], answers.reasons[place]
        _keep_trace(call, answers, place, row)
    return values, reasons


def _entrywise(entries: Domain, values: list[Any], reasons: list[str | None]) -> tuple[list[Any], list[str | None]]:
    """What was answered for lists as what was answered for each entry."""
    found: list[Any] = []
    why: list[str | None] = []
    for length, value, reason in zip(np.diff(entries.offsets).tolist(), values, reasons, strict=True):
        given = [None] * length if value is None else list(value)
        found += given
        why += [reason or (None if one is not None else "no score for this entry") for one in given]
    return found, why


def _groups(call: Call, asked: Bools) -> tuple[list[Any], list[str | None]]:
    """A request for each group with a row that asks: a list of all its samples for each field over `group`."""
    run = call.run
    if run.batch.groups is None:
        raise CallError(
            f"the model `{call.spec.name}` looks at whole groups: pass `group=`, an id for each sample or the size of "
            "every group"
        )
    if call.domain.axes:
        raise InternalError("a model over `group` runs along lists")
    valid = np.ones(len(asked), np.bool_) if run.batch.valid is None else run.batch.valid
    ids = run.batch.groups
    members = [np.flatnonzero(valid & (ids == one)) for one in np.unique(ids[asked])]
    whole = [any(axis.name == GROUP.name for axis in field.type.axes) for field in call.spec.fields]
    everyone = np.arange(len(asked))
    columns = [_entries(call, place, everyone) for place in range(len(call.spec.fields))]
    requests: list[list[Any]] = []
    for field, column, listed in zip(call.spec.fields, columns, whole, strict=True):
        if listed:
            requests.append([[column[row] for row in rows] for rows in members])
            continue
        for rows in members:
            other = next((row for row in rows if _key(column[row]) != _key(column[rows[0]])), None)
            if other is not None:
                text = f"`{field.name}` is the same for a whole group, but sample {other} differs from {rows[0]}"
                raise CallError(f"the model `{call.spec.name}`: {text}")
        requests.append([column[rows[0]] for rows in members])
    answers = _answers(call, requests, len(members), [len(rows) for rows in members])
    values: list[Any] = [None] * len(asked)
    reasons: list[str | None] = [NOT_ASKED] * len(asked)
    for place, rows in enumerate(members):
        given = answers.values[place]
        for at, row in enumerate(rows.tolist()):
            values[row] = None if given is None else given[at]
            reasons[row] = answers.reasons[place] or (None if values[row] is not None else "no score for this sample")
            _keep_trace(call, answers, place, row)
    return values, reasons


def _keep_trace(call: Call, answers: Answers, place: int, row: int) -> None:
    """What tools were used for a row stands with its sample."""
    if answers.traces and answers.traces[place]:
        kept = call.run.traces.setdefault(call.spec.name, {})
        kept.setdefault(int(call.domain.sample[row]), []).extend(answers.traces[place])


def _entries(call: Call, place: int, rows: Rows) -> list[Any]:
    """What an argument is for each of these rows: a text or number, or a list along the axes that are consumed."""
    run, value = call.run, call.run.values[call.node.arguments[place]]
    own = run.graph.nodes[call.node.arguments[place]].axes
    consumed = (*call.operation.consumed[place], *(axis for axis in own if axis.name == "dim"))
    parts = _parts(call, place)
    if not consumed:
        column = run.spread(value, call.domain)
        return _plain(take(column, rows), parts)
    domain = run.domains.along((*call.domain.axes, *consumed))
    entries = _plain(run.spread(value, domain), parts)
    for depth in range(len(consumed), 0, -1):
        offsets = run.domains.along((*call.domain.axes, *consumed[:depth])).offsets.tolist()
        entries = [entries[first:last] for first, last in pairwise(offsets)]
    return [entries[row] for row in rows]


def _parts(call: Call, place: int) -> int:
    return call.run.graph.nodes[call.node.arguments[place]].element.width


def _plain(column: Any, parts: int) -> list[Any]:
    entries = plain(column)
    return [tuple(entry) for entry in entries] if parts > 1 else entries


def _key(value: Any) -> Any:
    return tuple(map(_key, value)) if isinstance(value, list) else value


# --- answers ----------------------------------------------------------------------------------------------------------


def _answers(call: Call, columns: Sequence[list[Any]], count: int, sizes: list[int] | None = None) -> Answers:
    """The answers to distinct requests, each checked against the signature."""
    from rewardlang.backend.answers import Answers

    if count == 0:
        return Answers([], [])
    answering: Answering = call.run.staged.answering[call.spec.name]
    given = answering({field.name: column for field, column in zip(call.spec.fields, columns, strict=True)})
    if len(given.values) != count or len(given.reasons) != count:
        raise CallError(f"the model `{call.spec.name}` gave {len(given.values)} answers to {count} requests")
    values, reasons = [], []
    for place, (value, reason) in enumerate(zip(given.values, given.reasons, strict=True)):
        fault = None if value is None else _fault(call, value, None if sizes is None else sizes[place])
        if (value is None or fault) and not call.spec.result.optional:
            why = fault or reason or "it gave no value"
            raise CallError(f"the model `{call.spec.name}`, request {place}: {why}, and its result is never missing")
        values.append(None if fault else value)
        # Without the value, so that reasons can be counted.
        reasons.append(fault.partition(":")[0] if fault else (reason or "no answer" if value is None else None))
    return Answers(values, reasons, given.traces)


def _fault(call: Call, value: Any, size: int | None) -> str | None:
    """Why an answer does not fit the signature of the model."""
    if size is None:
        return _misfit(call, value)
    if not isinstance(value, list | tuple | np.ndarray) or len(value) != size:
        return f"expected {size} scores for a {'group' if call.entries is None else 'list'}, got {_shown(value)}"
    return next((fault for one in value if one is not None and (fault := _misfit(call, one))), None)


def _misfit(call: Call, value: Any) -> str | None:
    element, interval, width = call.node.element, call.node.range, call.width
    if element in (TEXT, JSON):
        return None if element == JSON or isinstance(value, str) else f"expected a text, got {_shown(value)}"
    numbers = np.asarray(value).ravel().tolist() if width > 1 and _is_sequence(value) else [value]
    if len(numbers) != width or not all(isinstance(n, int | float | np.number | np.bool_) for n in numbers):
        return f"expected {'a number' if width == 1 else f'{width} numbers'}, got {_shown(value)}"
    if not all(math.isfinite(number) for number in numbers):
        return f"not finite: {_shown(value)}"
    if element in (BOOL, INT) and any(number != int(number) for number in numbers):
        return f"expected a whole number, got {_shown(value)}"
    if interval is not None and any(number not in interval for number in map(float, numbers)):
        return f"out of scale: {_shown(value)} is not in {interval}"
    return None


def _is_sequence(value: Any) -> bool:
    return isinstance(value, list | tuple) or hasattr(value, "__array__")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _decoded(call: Call, values: list[Any]) -> tuple[Any, Bools]:
    """The answers as JSON, and where they are that: the texts of it, or values that Python's `json` can write."""
    texts = ["null" if v is None else v if isinstance(v, str) else json_text.dumps(v) for v in values]
    element = call.spec.result.element
    record = element if isinstance(element, RecordElement) else None
    column, present = _JSON.rows(Texts.of(texts), dialect="python", record=record)
    return column, present


def _column(call: Call, values: list[Any]) -> Any:
    """The answers as a column, with something of the type where there is none."""
    element = call.node.element
    if element == TEXT:
        return Texts.of(["" if value is None else value for value in values])
    width = call.width
    blank: Any = 0 if width == 1 else (0,) * width
    interval = call.node.range
    if width == 1 and interval is not None and 0 not in interval:
        blank = interval.low if math.isfinite(interval.low) else interval.high
    filled = [blank if value is None else value for value in values]
    # The components of a vec are an axis of the column, those of a point or box are not.
    parts = (element.width,) if element.width > 1 else ()
    array = np.array(filled, HOST[element]).reshape(-1, *parts)
    return np.clip(array, -LARGEST["float64"], LARGEST["float64"]) if array.dtype == np.float64 else array
