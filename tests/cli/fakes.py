"""A compiled reward without a compiler: the sum of the columns `x` and `bonus`, from a checked spec."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from rewardlang.check.evidence import across
from rewardlang.diagnostics import CallError, Sink
from rewardlang.driver import check_file, find_spec
from rewardlang.types import Type, write_type

SPEC = """\
param w: float in 0..2 = 1.0

reward r(x: float in 0..1, bonus: float = 0) -> float {
    sum {
        base: x
        bonus: bonus weight w
    }
}
"""


@dataclass(frozen=True)
class FakeInput:
    type: Type
    required: bool

    def __str__(self) -> str:
        return write_type(self.type)


@dataclass(frozen=True)
class FakeTerm:
    raw: Any
    weight: Any
    contribution: Any
    active: Any
    present: Any
    kind: str = "entry"


@dataclass(frozen=True)
class FakeScores:
    total: Any
    missing: Any
    reasons: list[str | None]
    terms: dict[str, FakeTerm]
    lengths: Any = None
    models: dict[str, Any] = field(default_factory=dict)

    def to_arrow(self) -> pa.Table:
        columns = {
            "total": pa.array(self.total, pa.float32(), mask=self.missing),
            "missing": pa.array(self.missing),
            "reason": pa.array(self.reasons, pa.string()),
        }
        for path, term in self.terms.items():
            columns[f"{path}/raw"] = pa.array(term.raw, pa.float32())
            columns[f"{path}/weight"] = pa.array(term.weight, pa.float32())
            columns[f"{path}/contribution"] = pa.array(term.contribution, pa.float32())
            columns[f"{path}/active"] = pa.array(term.active)
        return pa.table(columns)


@dataclass(frozen=True)
class FakeNode:
    path: str
    label: str
    depth: int
    raw: float
    weight: float
    contribution: float | None
    kind: str = "entry"
    active: bool = True
    present: bool = True
    evidence: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class FakeExplanation:
    total: float | None
    missing_reason: str | None
    tree: list[FakeNode]
    values: tuple[tuple[str, str], ...] = ()
    tools: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class FakeInterface:
    across: frozenset[str]


@dataclass
class FakeReward:
    name: str
    inputs: dict[str, FakeInput]
    params: dict[str, Any]
    interface: FakeInterface
    calls: list[dict[str, Any]] = field(default_factory=list)
    memories: tuple[str, ...] = ()

    def __call__(
        self, columns: dict[str, Any], *, group: Any = None, params: Any = None, on_invalid: str = "error"
    ) -> Any:
        rows = len(columns["x"])
        x = [value.as_py() if hasattr(value, "as_py") else value for value in columns["x"]]
        self.calls.append({"columns": dict(columns), "group": group, "params": params, "on_invalid": on_invalid})
        bad = np.array([not isinstance(value, int | float) or not 0 <= value <= 1 for value in x], bool)
        if bad.any() and on_invalid == "error":
            raise CallError(f"column `x`, sample {int(np.argmax(bad))}: is wrong")
        values = np.array([0.0 if wrong else value for value, wrong in zip(x, bad, strict=True)])
        weight = (params or {}).get("w", 1.0)
        bonus = np.asarray(columns.get("bonus", np.zeros(rows)), float)
        everywhere = np.ones(rows, bool)
        terms = {
            "base": FakeTerm(values, np.ones(rows), values, everywhere, ~bad),
            "bonus": FakeTerm(bonus, np.full(rows, weight), bonus * weight, bonus > 0, everywhere, "metric"),
        }
        reasons = ["`x` is wrong" if wrong else None for wrong in bad]
        return FakeScores((values + weight * bonus).astype(np.float32), bad, reasons, terms)

    def explain(self, columns: dict[str, Any], row: int, **options: Any) -> FakeExplanation:
        scores = self(columns, **options)
        nodes = [
            FakeNode(
                "base", "base", 0, float(scores.terms["base"].raw[row]), 1, 1.0, evidence=(("x", "0.5\nfrom a line"),)
            ),
            FakeNode("bonus", "bonus", 0, 0.0, 2.0, None, kind="metric"),
            FakeNode("bonus/deep", "deep", 1, 0.0, 1.0, None, active=False, evidence=(("x", "hidden"),)),
        ]
        return FakeExplanation(float(scores.total[row]), scores.reasons[row], nodes, (("near", "true"),))


def fake_load(spec: str) -> FakeReward:
    sink = Sink()
    path, reward = find_spec(spec)
    checked = check_file(path, sink)
    sink.raise_if_failed()
    found = checked.rewards[reward or next(iter(checked.rewards))]
    inputs = {f.name: FakeInput(f.type, f.default is None and not f.type.optional) for f in found.inputs}
    return FakeReward(found.name, inputs, dict(checked.params), FakeInterface(across(found)))
