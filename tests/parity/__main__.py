"""`python -m tests.parity DIRECTORY`: a line a function, then sums; exit code 1 where a claimed function differs."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rewardlang
from tests.parity.cases import Case, read_cases
from tests.parity.claims import CLAIMS, LEFT_OUT, LIBRARY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewardlang.backend.reward import Reward
    from tests.parity.claim import Claim, LibraryClaim
    from tests.parity.claims import Claimed


@dataclass
class Outcome:
    """How one function did."""

    agreed: int = 0
    by_rule: int = 0
    worst: float = 0.0
    differed: tuple[str, ...] = ()


def main(arguments: list[str]) -> int:
    """Run every claim on the cases of a directory."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m tests.parity DIRECTORY", file=sys.stderr)
        return 2
    cases = read_cases(Path(arguments[0]))
    claims = {claimed.key: claimed for claimed in CLAIMS}
    agreed = differed = left_out = 0
    for (system, function), found in sorted(cases.items()):
        claimed = claims.get((system, function))
        library = LIBRARY.get((system, function))
        if claimed is None and library is None:
            left_out += len(found)
            reason = LEFT_OUT.get((system, function), "no reward claims it")
            print(f"{system} {function} {len(found)} left out: {reason}")
            continue
        outcome = run(claimed, found) if claimed is not None else run_library(library, found)
        agreed += outcome.agreed
        differed += len(outcome.differed)
        rule = f", {outcome.by_rule} by rule" if outcome.by_rule else ""
        print(f"{system} {function} {len(found)} {outcome.agreed}{rule} {len(outcome.differed)} {outcome.worst:.1e}")
        for line in outcome.differed[:5]:
            print(f"    {line}")
    print(f"{agreed} agreed, {differed} differed, {left_out} left out")
    return 1 if differed else 0


def run(claimed: Claimed, cases: list[Case]) -> Outcome:
    """Score the cases of one function and compare."""
    outcome = Outcome()
    claim = claimed.claim
    for case, ours in score(claimed, cases):
        if any(rule.applies(case.inputs, case.expected) for rule in claim.rules):
            outcome.by_rule += 1
            outcome.agreed += 1
            continue
        recorded = _recorded(claim, case)
        theirs = recorded if claim.part is None else 1.0
        distance = difference(ours, theirs)
        outcome.worst = max(outcome.worst, distance if distance != float("inf") else 0.0)
        if distance <= claim.tolerance or (
            ours is not None and theirs is not None and abs(ours - theirs) <= slack(claim)
        ):
            outcome.agreed += 1
        else:
            told = ours if claim.part is None else "another value"
            outcome.differed += (f"{case.case_id}: ours {told}, expected {recorded}",)
    return outcome


def run_library(claim: LibraryClaim, cases: list[Case]) -> Outcome:
    """Call the library on the cases of one function and compare."""
    import jax

    outcome = Outcome()
    with jax.enable_x64(True):  # noqa: FBT003 - JAX's signature
        for case in cases:
            if any(rule.applies(case.inputs, case.expected) for rule in claim.rules):
                outcome.by_rule += 1
                outcome.agreed += 1
                continue
            ours, theirs = _flat(claim.call(case.inputs)), _flat(case.expected)
            pairs = list(zip(ours, theirs, strict=False))
            apart = max((difference(a, b) for a, b in pairs if abs(a - b) > claim.slack), default=0.0)
            apart = apart if len(ours) == len(theirs) else float("inf")
            outcome.worst = max(outcome.worst, apart if apart != float("inf") else 0.0)
            if apart <= claim.tolerance:
                outcome.agreed += 1
            else:
                outcome.differed += (f"{case.case_id}: ours {ours[:6]}, expected {theirs[:6]}",)
    return outcome


def _flat(value: Any) -> list[float]:
    """The numbers of nested lists, arrays and dicts (by key), in order; NaN as 0 beyond any other number."""
    if isinstance(value, dict):
        return [number for key in sorted(value) for number in _flat(value[key])]
    if isinstance(value, list | tuple):
        return [number for item in value for number in _flat(item)]
    if hasattr(value, "tolist"):
        return _flat(value.tolist())
    number = float(value)
    return [1e308 if number != number else number]  # noqa: PLR0124 - NaN


def _recorded(claim: Claim, case: Case) -> Any:
    return claim.raised if case.raises else claim.expected(case.expected)


def slack(claim: Claim) -> float:
    """The absolute difference that a claim allows."""
    return claim.slack if claim.tolerance else 0.0


def difference(ours: float | None, theirs: float | None) -> float:
    """The relative difference; infinite where one is missing and the other is not."""
    if ours is None or theirs is None:
        return 0.0 if ours is theirs else float("inf")
    return 0.0 if ours == theirs else abs(ours - theirs) / max(abs(theirs), 1e-30)


@cache
def loaded(spec: str, part: tuple[str, str] | None) -> Reward:
    """A reward, compiled once: several functions can share one. A def is compared with the field `expected`."""
    if part is None:
        return rewardlang.load(spec)
    module, name = spec.split(":")
    fields, kind = part
    arguments = ", ".join(field.split(":")[0].strip() for field in fields.split(", ") if ":" in field)
    return rewardlang.compile(
        f"from {module} import {name}\n"
        f"reward agrees({fields}, expected: {kind}) -> score {{\n"
        f"    if same({name}({arguments}), expected) then 1 else 0\n"
        f"}}\n"
    )


def score(claimed: Claimed, cases: list[Case]) -> Iterator[tuple[Case, float | None]]:
    """Our scores, in batches of cases with equal params."""
    claim = claimed.claim
    reward = loaded(claimed.spec, claim.part)
    batches: dict[Any, list[Case]] = defaultdict(list)
    for case in cases:
        batches[tuple(sorted(claim.params(case.inputs).items()))].append(case)
    for params, batch in batches.items():
        rows = [claim.columns(case.inputs) for case in batch]
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        if claim.part is not None:
            columns["expected"] = [_recorded(claim, case) for case in batch]
        scores = reward(columns, params=dict(params), on_invalid="missing")
        yield from zip(batch, scores.tolist(), strict=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
