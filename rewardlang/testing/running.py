"""Examples and properties, run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rewardlang.testing.literals import write_call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.testing.hints import Hints


@dataclass(frozen=True)
class Outcome:
    """What a test came to: how many samples it ran on, and what to say of it."""

    passed: bool
    runs: int
    seconds: float
    remarks: tuple[str, ...] = ()


class _FalsifiedError(Exception):
    """Carries the sample that shows it."""

    def __init__(self, sample: Mapping[str, Any]) -> None:
        super().__init__()
        self.sample = sample


def run(case: Any, hints: Hints, examples: int, seed: int) -> Outcome:
    """Run a case: an example once, a property on `examples` samples.

    `case` has `name`, `kind` (`example` or `property`), `inputs` (a type a name) and `holds`, which takes columns.

    Raises:
        CallError: values of an input cannot be drawn.
    """
    started = time.perf_counter()
    if case.kind == "example":
        passed = _holds(case, {})
        return Outcome(passed, 1, time.perf_counter() - started, () if passed else ("it is false",))
    runs, found = _search(case, hints, examples, seed)
    seconds = time.perf_counter() - started
    if found is None:
        return Outcome(passed=True, runs=runs, seconds=seconds)
    call = write_call(case.name, found, case.inputs)
    return Outcome(False, runs, seconds, (f"{call} is false",))  # noqa: FBT003  the first field says what it is


def _holds(case: Any, sample: Mapping[str, Any]) -> bool:
    """Whether a case holds for one sample."""
    return all(bool(held) for held in case.holds({name: [value] for name, value in sample.items()}))


def _search(case: Any, hints: Hints, examples: int, seed: int) -> tuple[int, Mapping[str, Any] | None]:
    """On how many samples it ran, and the smallest counterexample that was found."""
    import hypothesis

    from rewardlang.testing.strategies import arguments

    runs = 0

    def attempt(sample: dict[str, Any]) -> None:
        nonlocal runs
        runs += 1
        if not _holds(case, sample):
            raise _FalsifiedError(sample)

    settings = hypothesis.settings(
        max_examples=examples, deadline=None, database=None, print_blob=False, report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    prepared = hypothesis.seed(seed)(settings(hypothesis.given(arguments(case.inputs, hints))(attempt)))
    try:
        prepared()
    except _FalsifiedError as falsified:
        return runs, falsified.sample
    return runs, None
