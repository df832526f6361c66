"""`rwd check`: find the faults of specs, without running them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang import __version__, driver
from rewardlang.commands.console import counted, say, show_diagnostics, tally
from rewardlang.commands.specs import find_specs, named_rewards, only_reward
from rewardlang.diagnostics import Sink

if TYPE_CHECKING:
    from argparse import Namespace

    from rewardlang.check.checked import Checked
    from rewardlang.commands.specs import Spec
    from rewardlang.diagnostics import Diagnostic


def check(options: Namespace) -> int:
    """The exit code: 1 where a spec has an error."""
    specs = list(find_specs(options.spec))
    checked, found = _check_all(specs)
    failed = any(diagnostic.severity == "error" for diagnostic in found)
    _report(found, options.format)
    for spec, module in zip(specs, checked, strict=True):
        if options.emit and (options.emit == "ast" or not failed):
            _emit(module, spec, options.emit)
    if failed:
        return 1
    for spec, module in zip(specs, checked, strict=True):
        if options.data:
            _check_columns(module, spec, options.data)
    if not options.emit and options.format == "text":
        say(_summary(checked, found))
    return 0


def _check_all(specs: list[Spec]) -> tuple[list[Checked], list[Diagnostic]]:
    """Every module, and each fault once: files that import one another report the same."""
    checked, everything = [], Sink()
    for spec in specs:
        sink = Sink()
        module = driver.check_file(spec.path, sink)
        everything.extend(sink.diagnostics)
        if not sink.failed:
            named_rewards(module, spec)
        checked.append(module)
    return checked, everything.diagnostics


def _report(found: list[Diagnostic], form: str) -> None:
    if form == "json":
        from rewardlang.diagnostics.interchange import render_json

        say(render_json(found))
    elif form == "sarif":
        from rewardlang.diagnostics.interchange import render_sarif

        say(render_sarif(found, __version__))
    elif found:
        show_diagnostics(found)


def _summary(checked: list[Checked], found: list[Diagnostic]) -> str:
    parts = [
        counted(sum(len(getattr(module, kind)) for module in checked), noun, plural)
        for kind, noun, plural in (
            ("rewards", "reward", None),
            ("properties", "property", "properties"),
            ("examples", "example", None),
        )
    ]
    return f"checked {counted(len(checked), 'spec')} ({', '.join(parts)}): {tally(found)}"


def _emit(checked: Checked, spec: Spec, stage: str) -> None:
    if stage == "ast":
        from rewardlang.report.dump import dump_ast

        say(dump_ast(checked.module.tree))
        return
    for reward in named_rewards(checked, spec):
        if stage == "checked":
            from rewardlang.report.dump import dump_reward

            say(dump_reward(reward))
        else:
            later: Any = driver  # the stages after the checker
            say(later.emit(checked, reward.name, stage))


def _check_columns(checked: Checked, spec: Spec, data: str) -> None:
    from pathlib import Path

    from rewardlang.tables.fitting import check_file, inputs_of

    reward = only_reward(checked, spec)
    rows = check_file(Path(data), reward.name, inputs_of(reward))
    say(f"`{data}` fits `{reward.name}`: {counted(rows, 'row')}")
