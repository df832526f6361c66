"""Specs as texts, checked and interpreted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import Sink
from rewardlang.driver import check_source
from rewardlang.source import Source
from tests.reference.interpreter import Result, evaluate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rewardlang.check.checked import Checked


def checked(text: str, consts: Mapping[str, Any] | None = None, folder: Path | None = None) -> Checked:
    """A spec that the checker must accept."""
    sink = Sink()
    result = check_source(Source("<test>", text), folder, sink, consts)
    sink.raise_if_failed()
    return result


def results(
    text: str, batch: Sequence[Mapping[str, Any]], params: Mapping[str, Any] | None = None,
    groups: Sequence[Any] | None = None, name: str = "r",
) -> list[Result]:  # fmt: skip
    return evaluate(checked(text), name, batch, params, groups)


def totals(text: str, *batch: Mapping[str, Any], **options: Any) -> list[Any]:
    return [result.total for result in results(text, batch, **options)]
