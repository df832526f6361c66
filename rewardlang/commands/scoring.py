"""`rwd score`: score a file of samples."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rewardlang
from rewardlang.commands.console import counted, note, say
from rewardlang.commands.samples import Samples, settings
from rewardlang.commands.specs import models, tokenizers
from rewardlang.diagnostics import CallError
from rewardlang.diagnostics.cells import wants_color
from rewardlang.tables.writing import open_writer, writer_kind

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from rewardlang.backend.reward import Reward
    from rewardlang.backend.scores import Scores
    from rewardlang.report.summary import Summary
    from rewardlang.tables.batch import Batch
    from rewardlang.tables.writing import Writer

_TERMINATED = 143


def score(options: Namespace) -> int:
    """Always 0: what goes wrong here is the caller's mistake, an exception."""
    _check_out(options)
    asking = models(options)
    reward = rewardlang.load(options.spec, **tokenizers(options.tokenizer), **asking)
    if reward.memories:
        names = ", ".join(f"`{name}`" for name in reward.memories)
        raise CallError(f"`{reward.name}` remembers {names} from call to call: score it from Python, with `state=`")
    samples = Samples(reward, Path(options.data), options.group, tuple(options.keep))
    given = {"params": settings(reward, options.set), "on_invalid": options.on_invalid}
    for remark in samples.remarks():
        note(f"note: {remark}")
    with _terminable():
        summary = _score_all(reward, samples, given, options.out)
    to_stderr = options.out == "-"
    _print(summary, reward.name, to_stderr=to_stderr)
    if "calling" in asking:
        (note if to_stderr else say)(f"calls: {asking['calling'].usage}")
    return 0


def _check_out(options: Namespace) -> None:
    """Say what is wrong with the output before any work is done."""
    if options.out is None:
        if options.keep:
            raise CallError("`--keep` copies columns to the output: name it with `-o`")
        return
    if options.out == "-":
        return
    writer_kind(options.out)
    if Path(options.out).exists() and Path(options.data).exists() and Path(options.out).samefile(options.data):
        raise CallError(f"the scores would replace the data `{options.data}`: name another output")


def _score_all(reward: Reward, samples: Samples, given: dict[str, Any], out: str | None) -> Summary:
    from rewardlang.report.summary import Summary

    summary = Summary()
    opened: AbstractContextManager[Writer | None] = nullcontext() if out is None else open_writer(out)
    with opened as writer:
        for batch in _with_progress(samples):
            scores = samples.call(batch, lambda columns, group: reward(columns, **group, **given))
            summary.add(scores)
            if writer is not None:
                writer.write(_table(batch, scores, samples))
    return summary


def _table(batch: Batch, scores: Scores, samples: Samples) -> Any:
    """The output's columns: `row`, the group, the copied columns, then the scores."""
    import pyarrow as pa

    table = scores.to_arrow()
    columns: dict[str, Any] = {"row": pa.array(range(batch.start, batch.start + batch.rows), pa.int64())}
    for name in dict.fromkeys((*filter(None, (samples.group,)), *samples.keep)):
        columns[name] = _copied(batch, name)
    return pa.table(columns | {name: table.column(name) for name in table.column_names})


def _copied(batch: Batch, name: str) -> Any:
    import pyarrow as pa

    column = batch.columns[name]
    if not isinstance(column, list):
        return column
    try:
        return pa.array(column)
    except (pa.ArrowException, UnicodeEncodeError, OverflowError):
        # Values of several types in one column: JSON holds them all.
        import json

        return pa.array([None if value is None else json.dumps(value) for value in column], pa.string())


# --- what is shown ---------------------------------------------------------------------------------------------------


def _with_progress(samples: Samples) -> Iterator[Batch]:
    """The batches, with a bar on a terminal."""
    if not sys.stderr.isatty():
        yield from samples.batches()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.fields[rows]}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = Console(stderr=True, no_color=not wants_color(sys.stderr))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0, rows="")
        rows = 0
        for batch in samples.batches():
            yield batch
            rows += batch.rows
            bar.update(task, completed=samples.done(), rows=counted(rows, "row"))


def _print(summary: Summary, name: str, *, to_stderr: bool) -> None:
    from rewardlang.report.summary import COLUMNS, most_common, plain_table, rich_table, rows_of

    write: Callable[[str], None] = note if to_stderr else say
    stream = sys.stderr if to_stderr else sys.stdout
    rows = list(rows_of(summary))
    write(f"{name}: {counted(summary.rows, 'row')}")
    if stream.isatty():
        from rich.console import Console

        Console(file=stream, no_color=not wants_color(stream), highlight=False).print(rich_table(COLUMNS, rows))
    else:
        write(plain_table(COLUMNS, rows))
    for model, told in summary.models.items():
        because = _because(most_common(told.reasons))
        write(f"model {model}: {told.answered:,} of {told.asked:,} answered{because}")
    if summary.missing:
        write(f"missing totals: {summary.missing:,}" + _because(most_common(summary.reasons)))


def _because(reasons: Iterable[tuple[str, int]]) -> str:
    parts = [f"{count:,} × {reason}" for reason, count in reasons]
    return f" ({'; '.join(parts)})" if parts else ""


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the command as Ctrl-C does, so that no partial file is left."""

    def end(*_: object) -> None:
        raise SystemExit(_TERMINATED)

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
