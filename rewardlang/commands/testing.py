"""`rwd test`: run the examples and properties of specs."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import rewardlang
from rewardlang.commands.console import counted, say, show_diagnostics
from rewardlang.commands.specs import find_specs, tokenizers
from rewardlang.diagnostics import CallError, CompileError
from rewardlang.diagnostics.cells import Style, paint, wants_color

if TYPE_CHECKING:
    from argparse import Namespace

    from rewardlang.commands.specs import Spec
    from rewardlang.testing.cases import Case
    from rewardlang.testing.running import Outcome


def test(options: Namespace) -> int:
    """The exit code: 1 where a test fails, or a spec has an error."""
    started = time.perf_counter()
    outcomes: list[Outcome] = []
    broken = 0
    for spec in list(find_specs(options.spec)):
        try:
            outcomes += _test_spec(spec, options)
        except CompileError as error:
            show_diagnostics(error.diagnostics)
            broken += 1
    return _summarise(outcomes, broken, time.perf_counter() - started, options)


def _test_spec(spec: Spec, options: Namespace) -> list[Outcome]:
    from rewardlang.testing.hints import collect
    from rewardlang.testing.running import run

    known = rewardlang.load_tests(spec.path, **tokenizers(options.tokenizer))
    cases = [case for case in known if options.only is None or options.only in case.name]
    if not cases:
        return []
    say(str(spec.path))
    hints = collect(spec.path)
    wide = max(len(_written(case)) for case in cases)
    found = []
    for case in cases:
        outcome = run(case, hints, options.examples, options.seed)
        found.append(outcome)
        _show(case, outcome, wide)
    return found


def _written(case: Case) -> str:
    return f'example "{case.name}"' if case.kind == "example" else f"property {case.name}"


def _show(case: Case, outcome: Outcome, wide: int) -> None:
    color = wants_color(sys.stdout)
    verdict = "ok    " if outcome.passed else paint("FAILED", Style.ERROR, color=color)
    runs = "" if case.kind == "example" else f"{counted(outcome.runs, 'sample')}, "
    say(f"  {_written(case):{wide}}  {verdict}  {runs}{_duration(outcome.seconds)}")
    for line in outcome.remarks:
        say(f"      {line}")


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.1f} ms"


def _summarise(outcomes: list[Outcome], broken: int, seconds: float, options: Namespace) -> int:
    failed = sum(not outcome.passed for outcome in outcomes)
    if not outcomes and not broken:
        if options.only is not None:
            raise CallError(f"no test has `{options.only}` in its name")
        say("there are no examples and no properties to run")
        return 0
    parts = [f"{len(outcomes) - failed} passed"]
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{counted(broken, 'spec')} with errors"] if broken else []
    say(f"{', '.join(parts)} in {_duration(seconds)} (seed {options.seed})")
    return int(bool(failed or broken))
