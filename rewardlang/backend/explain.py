"""Why one sample scored what it did: the tree, and the text or value behind each leaf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.scores import INVALID
from rewardlang.ir.graph import Call, Constant, Input
from rewardlang.ops.builtin import Lists, Role, Rows

if TYPE_CHECKING:
    from rewardlang.backend.answers import ToolUse
    from rewardlang.backend.columns import Columns
    from rewardlang.backend.executor import Executor, HostResult, Packed
    from rewardlang.backend.host_values import HostBatch
    from rewardlang.backend.reward import Reward
    from rewardlang.ir.graph import Graph, NodeId, Term

LONGEST = 160
MISSING = "missing"


@dataclass(frozen=True)
class Leaf:
    """One entry of the tree for one sample. Numbers are None where the entry is inactive or missing, or has none."""

    path: str
    label: str
    depth: int
    kind: str
    raw: float | None
    weight: float | None
    contribution: float | None
    active: bool
    present: bool
    evidence: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Explanation:
    """One sample's score: the total (None where missing, with the reason), and the tree in the order of the spec."""

    reward: str
    row: int
    total: float | None
    missing_reason: str | None
    tree: tuple[Leaf, ...]
    values: tuple[tuple[str, str], ...]
    """Named values of the body (`let`s), as the language writes them."""
    tools: tuple[tuple[str, ToolUse], ...] = ()
    """The tools that judges used for the sample, each with the judge's name, in order."""


def explain(
    reward: Reward, executor: Executor, batch: HostBatch, gathered: Columns, params: Packed, row: int
) -> Explanation:
    """See `Reward.explain`."""
    result = executor.host(batch, whole=True)
    state = reward.initial_state(gathered.samples) or None
    scores = reward.results.scores(gathered, result.run, executor.score(params, result, state))
    seen = _Seen(executor, result, row)
    tree = tuple(_leaf(seen, term, scores.terms[term.path], row) for term in executor.graph.terms)
    total = None if scores.missing[row] else scores.tolist()[row]
    lets = tuple((name, seen.text(value, present)) for name, value, present in executor.graph.lets if seen.known(value))
    reason = scores.reasons[row]
    tools = tuple((name, use) for name, model in scores.models.items() for use in model.traces.get(row, ()))
    return Explanation(reward.name, row, total, reason if reason != INVALID else None, tree, lets, tools)


def _leaf(seen: _Seen, term: Term, scores: Any, row: int) -> Leaf:
    path = term.path.split("/")

    def number(values: Any) -> Any:
        if values is None:
            return None
        value = values[row]
        return None if np.ma.is_masked(value) else value.tolist()

    active, present = bool(np.any(scores.active[row])), bool(np.any(scores.present[row]))
    inner = any(other.path.startswith(f"{term.path}/") for other in seen.graph.terms)
    evidence = () if inner else seen.evidence(term)
    numbers = (number(scores.raw), number(scores.weight), number(scores.contribution))
    return Leaf(term.path, path[-1], len(path) - 1, term.kind, *numbers, active, present, evidence)


class _Seen:
    """What the host saw of one sample."""

    def __init__(self, executor: Executor, result: HostResult, row: int) -> None:
        self.executor, self.result, self.row = executor, result, row
        self.graph: Graph = executor.graph
        self.host = {*executor.staged.host, *executor.staged.explained}
        self.named = {value: (name, present) for name, value, present in self.graph.lets}

    def known(self, node: NodeId) -> bool:
        """Whether the host has the value."""
        return node in self.host or isinstance(self.graph.nodes[node].operation, Constant)

    def value(self, node: NodeId) -> Any:
        return self.executor.explain(self.result, node, self.row)

    def text(self, node: NodeId, present: NodeId | None) -> str:
        """A value as a person reads it."""
        if present is not None and self.known(present) and not np.any(self.value(present)):
            return MISSING
        return shown(self.value(node))

    def evidence(self, term: Term) -> tuple[tuple[str, str], ...]:
        """The parsed values and matched texts nearest to a leaf."""
        found: dict[str, str] = {}
        waiting = [term.raw]
        done: set[NodeId] = set()
        while waiting and len(found) < 6:
            node = waiting.pop(0)
            if node in done:
                continue
            done.add(node)
            if self._tells(node):
                name, present = self._name(node)
                found.setdefault(name, self._said(node, present))
                continue
            waiting += self.graph.nodes[node].arguments
        return tuple(found.items())

    def _tells(self, node: NodeId) -> bool:
        operation = self.graph.nodes[node].operation
        if node not in self.host:
            return False
        if node in self.named or (isinstance(operation, Input) and operation.part == "value"):
            return True
        if not isinstance(operation, Call) or operation.builtin.internal:
            return False
        return isinstance(operation.builtin, Rows | Lists)

    def _name(self, node: NodeId) -> tuple[str, NodeId | None]:
        if node in self.named:
            return self.named[node]
        here = self.graph.nodes[node]
        if isinstance(here.operation, Input):
            return here.operation.name, None
        span = here.span
        assert isinstance(here.operation, Call)  # noqa: S101 - nothing else tells
        written = " ".join(span.text.split())[:LONGEST] if span is not None else here.operation.builtin.name
        return written, None

    def _said(self, node: NodeId, present: NodeId | None) -> str:
        operation = self.graph.nodes[node].operation
        if isinstance(operation, Call):
            matched = self._matched(node, operation)
            if matched is not None:
                return matched
            if operation.builtin.partial and not np.any(self._held(node)):
                return MISSING
        return self.text(node, present)

    def _held(self, node: NodeId) -> Any:
        held = self.result.run.held.get(node)
        if held is None:
            return True
        return held.column if held.uniform else held.column[self.result.run.domains.of(held.axes).sample == self.row]

    def _matched(self, node: NodeId, call: Call) -> str | None:
        """The text that a pattern matched, for builtins that only say whether."""
        pattern = next((p.name for p in call.builtin.parameters if p.role is Role.REGEX), None)
        if pattern is None or self.graph.nodes[node].axes or not self.graph.nodes[node].element.numeric:
            return None
        text = self.value(self.graph.nodes[node].arguments[0])
        if not isinstance(text, str):
            return None
        return _match_of(text, *dict(call.options)[pattern], full=call.builtin.name == "full_match")


def _match_of(text: str, pattern: str, flags: str, *, full: bool) -> str:
    from rewardlang.columns.texts import Texts
    from rewardlang.regex import machine
    from rewardlang.regex.program import compile_pattern

    column = Texts.of([text])
    found = machine.search(compile_pattern(pattern, flags), column.buffer, column.starts, column.ends, full)
    start, end = int(found[0, 0]), int(found[0, 1])
    if start < 0:
        return "no match"
    return f"matches {shown(bytes(column.buffer[start:end]).decode())}"


def shown(value: Any) -> str:
    """A value as the language writes it, cut where it is long."""
    if value is None:
        return MISSING
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return _cut("[" + ", ".join(shown(item) for item in value) + "]")
    if isinstance(value, str):
        return _cut('"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"')
    return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 20]} … {text[-16:]}"
