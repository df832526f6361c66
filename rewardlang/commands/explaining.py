"""`rwd explain`: the tree of one score, or the page of a diagnostic code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rewardlang
from rewardlang.commands.console import draws_lines, say
from rewardlang.diagnostics import CallError
from rewardlang.diagnostics.cells import Style, paint, printable, wants_color

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from rewardlang.backend.explain import Explanation
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

    kinds = list(pages.every_kind())
    if code is None:
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


def _explain_row(options: Namespace) -> None:
    from rewardlang.commands.samples import Samples, settings
    from rewardlang.commands.specs import models, tokenizers

    wanted = 0 if options.row is None else options.row
    if wanted < 0:
        raise CallError(f"`--row {wanted}`: rows are counted from 0")
    reward = rewardlang.load(options.spec, **tokenizers(options.tokenizer), **models(options))
    samples = Samples(reward, Path(options.data), options.group)
    given = {"params": settings(reward, options.set)} if options.set else {}
    batch, row = _find(samples, wanted)
    explained = samples.call(batch, lambda columns, group: reward.explain(columns, row, **group, **given))
    for line in _lines(reward.name, wanted, explained):
        say(line)


def _find(samples: Samples, wanted: int) -> tuple[Batch, int]:
    """The samples that the score of a row depends on, and where in them the row is."""
    rows = 0
    for batch in samples.batches():
        if wanted < batch.start + batch.rows:
            row = wanted - batch.start
            start, end = samples.together(batch, row)
            return batch.part(start, end), row - start
        rows = batch.start + batch.rows
    last = f"0 to {rows - 1}" if rows else "none"
    raise CallError(f"`{samples.path}` has no row {wanted}; its rows: {last}")


def _lines(name: str, row: int, explained: Explanation) -> Iterator[str]:
    from rewardlang.report.tree import draw, short, written

    color = wants_color(sys.stdout)
    missing = f"missing ({explained.missing_reason or 'no reason is known'})"
    yield f"{name}, row {row}: {missing if explained.total is None else written(explained.total)}"
    yield from draw(explained.tree, color=color, lines=draws_lines(sys.stdout))
    if explained.values:
        yield ""
        for value, text in explained.values:
            yield f"let {paint(value, Style.ASIDE, color=color)} = {short(text)}"
    if explained.tools:
        yield ""
        for judge, use in explained.tools:
            asked = paint(f"{judge}: {printable(use.tool)}", Style.ASIDE, color=color)
            yield f"{asked} {short(use.arguments)} -> {short(use.result)}"
