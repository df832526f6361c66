"""`python -m tests.parity DIRECTORY`: a line a function, then sums; exit code 1 where a claimed function differs."""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rewardlang
from tests.parity.cases import Case, read_cases
from tests.parity.claim import GROUP
from tests.parity.claims import CLAIMS, LEFT_OUT, LIBRARY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rewardlang.backend.reward import Reward
    from rewardlang.backend.scores import Scores
    from tests.parity.claim import Claim, Inputs, LibraryClaim
    from tests.parity.claims import Claimed

Value = float | list[Any] | None
"""What a reward gives: a number, or one for each entry of an axis; of a case of several samples, a list of those."""

Settings = tuple[tuple[str, Any], ...]


@dataclass
class Outcome:
    """How the cases of one function did: those that a rule excuses, and those that differ, with what is to be said."""

    cases: int
    by_rule: frozenset[str] = frozenset()
    worst: float = 0.0
    differed: Mapping[str, str] = field(default_factory=dict)

    @property
    def agreed(self) -> int:
        """How many cases do not differ."""
        return self.cases - len(self.differed)


def main(arguments: list[str]) -> int:
    """Run every claim on the cases of a directory."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m tests.parity DIRECTORY", file=sys.stderr)
        return 2
    agreed = differed = left_out = 0
    for (system, function), found in sorted(read_cases(Path(arguments[0])).items()):
        outcome = compare((system, function), found)
        if outcome is None:
            left_out += len(found)
            reason = LEFT_OUT.get((system, function), "no reward claims it")
            print(f"{system} {function} {len(found)} left out: {reason}")
            continue
        agreed += outcome.agreed
        differed += len(outcome.differed)
        rule = f", {len(outcome.by_rule)} by rule" if outcome.by_rule else ""
        print(f"{system} {function} {len(found)} {outcome.agreed}{rule} {len(outcome.differed)} {outcome.worst:.1e}")
        for line in list(outcome.differed.values())[:5]:
            print(f"    {line}")
    print(f"{agreed} agreed, {differed} differed, {left_out} left out")
    return 1 if differed else 0


def compare(key: tuple[str, str], cases: list[Case]) -> Outcome | None:
    """How the cases of one function did in all that claim it; None where nothing does."""
    if key in LIBRARY:
        return run_library(LIBRARY[key], cases)
    outcomes = [run(claimed, cases) for claimed in CLAIMS if claimed.key == key]
    return together(outcomes) if outcomes else None


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """How the cases did in all claims of one function."""
    differed = {case: line for outcome in outcomes for case, line in outcome.differed.items()}
    by_rule = frozenset[str]().union(*(outcome.by_rule for outcome in outcomes))
    return Outcome(outcomes[0].cases, by_rule, max(outcome.worst for outcome in outcomes), differed)


def run(claimed: Claimed, cases: list[Case]) -> Outcome:
    """Score the cases of one function and compare."""
    claim = claimed.claim
    by_rule, differed, worst = set(), {}, 0.0
    for case, ours in score(claimed, cases):
        if any(rule.applies(case.inputs, case.expected) for rule in claim.rules):
            by_rule.add(case.case_id)
            continue
        recorded = _recorded(claim, case)
        theirs = recorded if claim.part is None else [1.0] * len(ours) if isinstance(ours, list) else 1.0
        distance = difference(ours, theirs)
        worst = max(worst, distance if distance != float("inf") else 0.0)
        if not agree(ours, theirs, claim.tolerance, slack(claim)):
            told = ours if claim.part is None else "another value"
            differed[case.case_id] = f"{case.case_id}: ours {told}, expected {recorded}"
    return Outcome(len(cases), frozenset(by_rule), worst, differed)


def run_library(claim: LibraryClaim, cases: list[Case]) -> Outcome:
    """Call the library on the cases of one function and compare."""
    import jax

    by_rule: set[str] = set()
    differed: dict[str, str] = {}
    worst = 0.0
    with jax.enable_x64(True):  # noqa: FBT003 - JAX's signature
        for case in cases:
            if any(rule.applies(case.inputs, case.expected) for rule in claim.rules):
                by_rule.add(case.case_id)
                continue
            ours, theirs = _flat(claim.call(case.inputs)), _flat(case.expected)
            pairs = list(zip(ours, theirs, strict=False))
            apart = max((difference(a, b) for a, b in pairs if abs(a - b) > claim.slack), default=0.0)
            worst = max(worst, apart)
            if len(ours) != len(theirs) or apart > claim.tolerance:
                differed[case.case_id] = f"{case.case_id}: ours {ours[:6]}, expected {theirs[:6]}"
    return Outcome(len(cases), frozenset(by_rule), worst, differed)


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
    if case.raises:
        return claim.raised
    return claim.expected(case.expected) if claim.recorded is None else claim.recorded(case.inputs, case.expected)


def slack(claim: Claim) -> float:
    """The absolute difference that a claim allows."""
    return claim.slack if claim.tolerance else 0.0


def difference(ours: Value, theirs: Value) -> float:
    """The relative difference, of lists the largest; infinite where one is missing and the other is not.

    What is wholly missing is a list in which all is. NaN equals itself.
    """
    if theirs is None and isinstance(ours, list):
        return max((difference(value, None) for value in ours), default=0.0)
    if isinstance(ours, list) and isinstance(theirs, list):
        return max(map(difference, ours, theirs), default=0.0) if len(ours) == len(theirs) else float("inf")
    if not isinstance(ours, int | float) or not isinstance(theirs, int | float):
        return 0.0 if ours is theirs else float("inf")
    if ours == theirs or (math.isnan(ours) and math.isnan(theirs)):
        return 0.0
    return abs(ours - theirs) / max(abs(theirs), 1e-30)


def agree(ours: Value, theirs: Value, relative: float, absolute: float) -> bool:
    """Whether two values differ by no more than is allowed, entry by entry."""
    if isinstance(ours, list) and isinstance(theirs, list):
        pairs = zip(ours, theirs, strict=False)
        return len(ours) == len(theirs) and all(agree(*pair, relative, absolute) for pair in pairs)
    distance = difference(ours, theirs)
    if distance <= relative or not isinstance(ours, int | float) or not isinstance(theirs, int | float):
        return distance <= relative
    return abs(ours - theirs) <= absolute


@cache
def loaded(spec: str, part: tuple[str, str] | None, consts: Settings = ()) -> Reward:
    """A reward, compiled once: several functions can share one. A def is compared with the field `expected`."""
    if part is None:
        return rewardlang.load(spec, consts=dict(consts))
    module, name = spec.split(":")
    fields, kind = part
    arguments = ", ".join(field.split(":")[0].strip() for field in fields.split(", ") if ":" in field)
    return rewardlang.compile(
        f"from {module} import {name}\n"
        f"reward agrees({fields}, expected: {kind}) -> score {{\n"
        f"    if same({name}({arguments}), expected) then 1 else 0\n"
        f"}}\n"
    )


def score(claimed: Claimed, cases: list[Case]) -> Iterator[tuple[Case, Value]]:
    """Our scores, in batches of cases with equal params and consts."""
    claim = claimed.claim
    if claim.calls:
        yield from ((case, _calls(claimed, case)) for case in cases)
        return
    batches: dict[tuple[Settings, Settings, str], list[Case]] = defaultdict(list)
    for case in cases:
        consts, params = (tuple(sorted(given(case.inputs).items())) for given in (claim.consts, claim.params))
        batches[consts, params, case.case_id if claim.alone else ""].append(case)
    for (consts, params, _), batch in batches.items():
        samples = [claim.columns(case.inputs) for case in batch]
        listed = [made if isinstance(made, list) else [made] for made in samples]
        columns = {name: [row[name] for rows in listed for row in rows] for name in next(filter(None, listed), [{}])[0]}
        if claim.part is not None:
            columns["expected"] = [
                value for case, made in zip(batch, samples, strict=True) for value in _wanted(claim, case, made)
            ]
        group = _groups(listed)
        columns.pop(GROUP, None)
        reward = loaded(claimed.spec, claim.part, consts)
        called = reward(columns, params=dict(params), on_invalid="missing", group=group) if columns else None
        scores = iter(_values(called, claim) if called is not None else ())
        for case, made in zip(batch, samples, strict=True):
            yield case, [next(scores) for _ in made] if isinstance(made, list) else next(scores)


def _groups(listed: list[list[Inputs]]) -> list[int]:
    """The groups of the samples of all cases: each case is one, or is several that its samples name."""
    names = [(place, row.get(GROUP)) for place, rows in enumerate(listed) for row in rows]
    ids = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return [ids[name] for name in names]


def _wanted(claim: Claim, case: Case, made: Inputs | list[Inputs]) -> list[Any]:
    """What a def must give for each sample of a case."""
    recorded = _recorded(claim, case)
    if not isinstance(made, list):
        return [recorded]
    return [None] * len(made) if recorded is None else recorded


def _calls(claimed: Claimed, case: Case) -> list[Any]:
    """The scores of calls that hand on what the reward remembers."""
    claim, reward = claimed.claim, loaded(claimed.spec, None)
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
