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
from tests.parity.claims import CLAIMS, LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewardlang.backend.reward import Reward
    from rewardlang.backend.scores import Scores
    from tests.parity.claim import Claim
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
        if claimed is None:
            left_out += len(found)
            reason = LEFT_OUT.get((system, function), "no reward claims it")
            print(f"{system} {function} {len(found)} left out: {reason}")
            continue
        outcome = run(claimed, found)
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
        pairs = paired(ours, theirs)
        distance = max((difference(*pair) for pair in pairs), default=0.0)
        outcome.worst = max(outcome.worst, distance if distance != float("inf") else 0.0)
        if all(_agree(claim, *pair) for pair in pairs):
            outcome.agreed += 1
        else:
            told = ours if claim.part is None else "another value"
            outcome.differed += (f"{case.case_id}: ours {told}, expected {recorded}",)
    return outcome


def paired(ours: Any, theirs: Any) -> list[tuple[Any, Any]]:
    """The numbers on both sides in nested lists of one shape; one pair that differs where the shapes do.

    Where the original throws on a batch, every sample must be missing.
    """
    if isinstance(ours, list) and theirs is None:
        theirs = [None] * len(ours)
    if isinstance(ours, list) != isinstance(theirs, list):
        return [(None, 0.0)]
    if not isinstance(ours, list):
        return [(ours, theirs)]
    if len(ours) != len(theirs):
        return [(None, 0.0)]
    return [pair for mine, other in zip(ours, theirs, strict=True) for pair in paired(mine, other)]


def _agree(claim: Claim, ours: float | None, theirs: float | None) -> bool:
    if difference(ours, theirs) <= claim.tolerance:
        return True
    return ours is not None and theirs is not None and abs(ours - theirs) <= slack(claim)


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


def score(claimed: Claimed, cases: list[Case]) -> Iterator[tuple[Case, Any]]:
    """Our scores, in batches of cases with equal params."""
    claim = claimed.claim
    reward = loaded(claimed.spec, claim.part)
    if claim.calls:
        yield from ((case, _calls(reward, claim, case)) for case in cases)
        return
    batches: dict[Any, list[Case]] = defaultdict(list)
    for case in cases:
        batches[tuple(sorted(claim.params(case.inputs).items()))].append(case)
    for params, batch in batches.items():
        made = [claim.columns(case.inputs) for case in batch]
        rows = [row for found in made for row in (found if isinstance(found, list) else [found])]
        columns = {name: [row[name] for row in rows] for name in (rows[0] if rows else {})}
        if claim.part is not None:
            columns["expected"] = [_recorded(claim, case) for case in batch]
        group = [str(place) for place, found in enumerate(made) for _ in found] if claim.grouped else None
        called = reward(columns, params=dict(params), on_invalid="missing", group=group) if rows else None
        values = iter(_values(called, claim) if called is not None else ())
        for case, found in zip(batch, made, strict=True):
            yield case, [next(values) for _ in found] if isinstance(found, list) else next(values)


def _calls(reward: Reward, claim: Claim, case: Case) -> list[Any]:
    """The scores of calls that hand on what the reward remembers."""
    state, found = reward.initial_state(), []
    for rows in claim.columns(case.inputs):
        columns = {name: [row[name] for row in rows] for name in rows[0]}  # type: ignore[index] # a list of samples
        scores = reward(columns, params=dict(claim.params(case.inputs)), on_invalid="missing", state=state)
        state = scores.state
        found.append(_values(scores, claim))
    return found


def _values(scores: Scores, claim: Claim) -> list[Any]:
    """Of each sample its total, or a list of it and its terms."""
    totals = scores.tolist()
    if not claim.terms:
        return totals
    parts = [scores.terms[path].raw.tolist() for path in claim.terms]
    return [list(values) for values in zip(totals, *parts, strict=True)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
