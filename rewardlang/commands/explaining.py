"""`rwd explain`: the tree of one score, or the page of a diagnostic code."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import rewardlang
from rewardlang.commands.console import draws_lines, say
from rewardlang.commands.specs import Spec
from rewardlang.diagnostics import CallError, every_diagnostic
from rewardlang.diagnostics.cells import wants_color

if TYPE_CHECKING:
    from argparse import Namespace

    from rewardlang.commands.contract import Explanation
    from rewardlang.commands.samples import Samples
    from rewardlang.tables.batch import Batch


def explain(options: Namespace) -> int:
    """Always 0."""
    if options.data is None:
        if options.row is not None or options.set or options.group:
            raise CallError("to explain a score, name a spec and the data: `rwd explain SPEC DATA --row N`")
        _explain_code(options.spec)
    else:
        _explain_row(options)
    return 0


def _explain_code(code: str | None) -> None:
    from rewardlang.diagnostics import pages

    _import_diagnostics()
    if code is None:
        kinds = list(every_diagnostic())
        wide = max(len(kind.code) for kind in kinds)
        for kind in kinds:
            say(f"{kind.code:{wide}}  {pages.summary(kind)}")
        return
    try:
        say(pages.explain(code))
    except KeyError as error:
        if code.endswith(".rwd") or Path(code).exists():
            raise CallError(f"to explain a score of `{code}`, name the data too: `rwd explain {code} DATA`") from None
        raise CallError(f"{error.args[0]}\n`rwd explain` lists the codes") from None


def _import_diagnostics() -> None:
    """Each stage keeps what it can say in its module `errors`."""
    package = Path(rewardlang.__file__).parent
    for path in sorted(package.glob("*/errors.py")):
        import_module(f"rewardlang.{path.parent.name}.errors")


def _explain_row(options: Namespace) -> None:
    from rewardlang.commands.contract import load
    from rewardlang.commands.samples import Samples, settings
    from rewardlang.driver import find_spec

    wanted = 0 if options.row is None else options.row
    if wanted < 0:
        raise CallError(f"`--row {wanted}`: rows are counted from 0")
    spec = Spec(*find_spec(options.spec))
    reward = load(spec)
    samples = Samples(reward, spec, Path(options.data), options.group)
    given = {"params": settings(reward, options.set)} if options.set else {}
    batch, row = _find(samples, wanted)
    explained = samples.call(batch, lambda columns, group: reward.explain(columns, row, **group, **given))
    say(_title(reward.name, wanted, explained))
    _draw(explained)


def _find(samples: Samples, wanted: int) -> tuple[Batch, int]:
    """The samples that the score of a row depends on, and where in them the row is."""
    rows = 0
    for batch in samples.batches():
        if wanted < batch.start + batch.rows:
            row = wanted - batch.start
            if samples.reads_alone:
                return batch.part(row, row + 1), 0
            return batch, row
        rows = batch.start + batch.rows
    last = f"0 to {rows - 1}" if rows else "none"
    raise CallError(f"`{samples.path}` has no row {wanted}; its rows: {last}")


def _title(name: str, row: int, explained: Explanation) -> str:
    from rewardlang.report.summary import number

    if explained.total is None or explained.missing_reason is not None:
        return f"{name}, row {row}: missing ({explained.missing_reason or 'no reason is known'})"
    return f"{name}, row {row}: {number(float(explained.total))}"


def _draw(explained: Explanation) -> None:
    from rewardlang.report.tree import draw

    for line in draw(explained.tree, color=wants_color(sys.stdout), lines=draws_lines(sys.stdout)):
        say(line)
