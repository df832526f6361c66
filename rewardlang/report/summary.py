"""A summary of many scores: running statistics of the total and of every term, merged batch by batch."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass
class Statistics:
    """Count, mean, least and most of numbers, in float64.

    The sum is kept as two floats that do not overlap, so that the mean does not depend on how the numbers were cut into
    batches.

    Source: J. R. Shewchuk, Adaptive precision floating-point arithmetic and fast robust geometric predicates, 1997.
    """

    count: int = 0
    least: float = math.inf
    most: float = -math.inf
    _sum: float = 0.0
    _rest: float = 0.0

    def add(self, numbers: Any) -> None:
        """Numbers of any shape."""
        flat = np.asarray(numbers, np.float64).ravel()
        if not len(flat):
            return
        parts = [self._sum, self._rest, *flat.tolist()]
        self.count += len(flat)
        self._sum = math.fsum(parts)
        self._rest = math.fsum([*parts, -self._sum])
        self.least = min(self.least, float(flat.min()))
        self.most = max(self.most, float(flat.max()))

    @property
    def mean(self) -> float | None:
        """None where there are no numbers."""
        return (self._sum + self._rest) / self.count if self.count else None


@dataclass
class TermSummary:
    """One term: its raw values where it is active and present, its contributions where it is active."""

    kind: str
    raw: Statistics = field(default_factory=Statistics)
    contribution: Statistics = field(default_factory=Statistics)
    samples: int = 0
    active: int = 0
    missing: int = 0

    def add(self, term: Any, lengths: Any = None) -> None:
        """The scores of one batch; `lengths` are those of the samples, where a score is a list."""
        raw = np.ma.getdata(term.raw)
        active, present = (np.broadcast_to(_over(mask, raw), raw.shape) for mask in (term.active, term.present))
        inside = np.ones(raw.shape, bool)
        if lengths is not None and raw.ndim > 1:
            inside &= np.arange(raw.shape[1]) < lengths[:, None]
        counted = inside & active & present & ~np.ma.getmaskarray(term.raw)
        self.samples += int(inside.sum())
        self.active += int((inside & active).sum())
        self.missing += int((inside & active & ~present).sum())
        self.raw.add(raw[counted])
        if term.contribution is not None:
            self.contribution.add(np.broadcast_to(_over(term.contribution, raw), raw.shape)[counted])


def _over(values: Any, like: Any) -> Any:
    """An array with the trailing axes that it lacks."""
    array = np.asarray(np.ma.getdata(values))
    return array.reshape(array.shape + (1,) * (like.ndim - array.ndim))


@dataclass
class ModelSummary:
    """How often a model was asked and answered, and why it did not."""

    asked: int = 0
    answered: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, model: Any) -> None:
        """What one batch tells of the model."""
        self.asked += model.asked
        self.answered += model.answered
        self.reasons.update(model.reasons)


@dataclass
class Summary:
    """All scores of a file so far."""

    rows: int = 0
    missing: int = 0
    total: Statistics = field(default_factory=Statistics)
    terms: dict[str, TermSummary] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    models: dict[str, ModelSummary] = field(default_factory=dict)

    def add(self, scores: Any) -> None:
        """The scores of one batch."""
        missing = np.asarray(scores.missing)
        self.rows += len(missing)
        self.missing += int(missing.sum())
        total = np.ma.getdata(scores.total)
        self.total.add(total[~np.ma.getmaskarray(scores.total) & ~_over(missing, total)])
        self.reasons.update(reason for reason in scores.reasons if reason is not None)
        for path, term in scores.terms.items():
            self.terms.setdefault(path, TermSummary(term.kind)).add(term, scores.lengths)
        for name, model in scores.models.items():
            self.models.setdefault(name, ModelSummary()).add(model)


COLUMNS = ("term", "mean", "min", "max", "contributes", "active", "missing")


def rows_of(summary: Summary) -> Iterator[tuple[str, ...]]:
    """The cells of the table: the total, then a row a term."""
    yield ("total", *_numbers(summary.total), "", "", _some(summary.missing))
    for path, term in summary.terms.items():
        mark = "" if term.kind == "entry" else f" ({term.kind})"
        share = f"{100 * term.active / term.samples:.1f}%" if term.samples else ""
        yield (
            path + mark, *_numbers(term.raw), number(term.contribution.mean), share, _some(term.missing),
        )  # fmt: skip


def _numbers(found: Statistics) -> tuple[str, str, str]:
    if not found.count:
        return "", "", ""
    return number(found.mean), number(found.least), number(found.most)


def _some(count: int) -> str:
    return f"{count:,}" if count else ""


def number(value: float | None) -> str:
    """A number as a person reads it: at most five digits, no rest of a binary fraction."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.5g}"


def plain_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Columns under their heads: the first to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    return "\n".join(_plain_row(row, widths) for row in (head, *rows))


def _plain_row(row: tuple[str, ...], widths: list[int]) -> str:
    first, *others = (
        cell.ljust(width) if i == 0 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join((first, *others)).rstrip()


def rich_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Any:
    """The same for a terminal."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for i, title in enumerate(head):
        table.add_column(title, justify="left" if i == 0 else "right", overflow="fold")
    for i, row in enumerate(rows):
        table.add_row(*map(Text, row), style="bold" if i == 0 else None)
    return table


def most_common(reasons: Mapping[str, int], most: int = 3) -> list[tuple[str, int]]:
    """The commonest reasons for a missing total."""
    return Counter(reasons).most_common(most)
