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
from tests.parity.claims import CLAIMS, Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewardlang.backend.reward import Reward


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
    claims = {(claim.system, claim.function): claim for claim in CLAIMS}
    agreed = differed = left_out = 0
    for (system, function), found in sorted(cases.items()):
        claim = claims.get((system, function))
        if claim is None:
            left_out += len(found)
            print(f"{system} {function} {len(found)} left out: no reward claims it")
            continue
        outcome = run(claim, found)
        agreed += outcome.agreed
        differed += len(outcome.differed)
        rule = f", {outcome.by_rule} by rule" if outcome.by_rule else ""
        print(f"{system} {function} {len(found)} {outcome.agreed}{rule} {len(outcome.differed)} {outcome.worst:.1e}")
        for line in outcome.differed[:5]:
            print(f"    {line}")
    print(f"{agreed} agreed, {differed} differed, {left_out} left out")
    return 1 if differed else 0


def run(claim: Claim, cases: list[Case]) -> Outcome:
    """Score the cases of one function and compare."""
    outcome = Outcome()
    for case, ours in score(claim, cases):
        if any(rule.applies(case.inputs, case.expected) for rule in claim.rules):
            outcome.by_rule += 1
            outcome.agreed += 1
            continue
        theirs = claim.raised if case.raises else claim.expected(case.expected)
        distance = difference(ours, theirs)
        outcome.worst = max(outcome.worst, distance if distance != float("inf") else 0.0)
        if distance <= claim.tolerance or (
            ours is not None and theirs is not None and abs(ours - theirs) <= slack(claim)
        ):
            outcome.agreed += 1
        else:
            outcome.differed += (f"{case.case_id}: ours {ours}, expected {theirs}",)
    return outcome


def slack(claim: Claim) -> float:
    """The absolute difference that a claim allows."""
    return claim.slack if claim.tolerance else 0.0


def difference(ours: float | None, theirs: float | None) -> float:
    """The relative difference; infinite where one is missing and the other is not."""
    if ours is None or theirs is None:
        return 0.0 if ours is theirs else float("inf")
    return 0.0 if ours == theirs else abs(ours - theirs) / max(abs(theirs), 1e-30)


@cache
def loaded(spec: str) -> Reward:
    """A reward, compiled once: several functions can share one."""
    return rewardlang.load(spec)


def score(claim: Claim, cases: list[Case]) -> Iterator[tuple[Case, float | None]]:
    """Our scores, in batches of cases with equal params."""
    reward = loaded(claim.spec)
    batches: dict[Any, list[Case]] = defaultdict(list)
    for case in cases:
        batches[tuple(sorted(claim.params(case.inputs).items()))].append(case)
    for params, batch in batches.items():
        rows = [claim.columns(case.inputs) for case in batch]
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        scores = reward(columns, params=dict(params), on_invalid="missing")
        yield from zip(batch, scores.tolist(), strict=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
