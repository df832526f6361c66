from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import pytest

import rewardlang.driver  # noqa: F401 - the diagnostics of all stages are asked for
from rewardlang.diagnostics import Sink, every_diagnostic
from rewardlang.driver import check_source
from rewardlang.source import Source
from tests.golden import harness

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("path", harness.programs("diagnostics") + harness.programs("language"), ids=lambda p: p.stem)
def test_program_keeps_its_contract(path: Path) -> None:
    source, sink, checked = harness.run(path)
    assert harness.reported(source, sink) == harness.promised(source)
    found = harness.let_types(source, checked)
    for line, expected in harness.promised_types(source).items():
        assert found[line] == expected, f"line {line}"


@pytest.mark.parametrize("path", harness.programs("diagnostics"), ids=lambda p: p.stem)
def test_message_reads_as_before(path: Path) -> None:
    assert path.with_suffix(".out").read_text(encoding="utf-8") == harness.rendered(path)


@pytest.mark.parametrize("kind", tuple(every_diagnostic()), ids=lambda k: k.code)
def test_page_example_gives_its_code(kind: type) -> None:
    """The example on the page of a diagnostic is really reported with its code."""
    page = inspect.cleandoc(kind.__doc__ or "")
    example = re.search(r"\*?Example\.\*?\n\n((?:    .*\n|\n)+)", page)
    assert example is not None, "the page has no example"
    sink = Sink()
    check_source(Source("<page>", inspect.cleandoc(example[1])), None, sink)
    assert kind.code in {diagnostic.code for diagnostic in sink.diagnostics}


def test_every_code_has_a_program() -> None:
    programs = {path.stem for path in harness.programs("diagnostics")}
    assert {kind.code for kind in every_diagnostic()} <= programs
