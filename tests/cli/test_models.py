"""Models on the command line: bound to functions in `score` and `explain`, replaced by stand-ins in `test`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from rewardlang.cli import main
from rewardlang.models.stub.server import StubServer
from tests.cli.conftest import write_lines

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
model judge(completion: text) -> score?
reward r(completion: text) -> float? { sum { judged: judge(completion) } }
property stays_in_range(x: text) { (r(x) ?? 0) <= 1 and (r(x) ?? 0) >= 0 }
property never_missing(x: text) { present(r(x)) }
"""
JUDGES = """\
def mark(completion):
    return [len(c) / 10 if c else None for c in completion]
"""


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "judged.rwd").write_text(SPEC)
    (tmp_path / "command_line_judges.py").write_text(JUDGES)
    write_lines(tmp_path / "d.jsonl", [{"completion": "abc"}, {"completion": "abcde"}, {"completion": ""}])
    return "judged.rwd"


def test_a_function_answers_for_a_model(spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", spec, "d.jsonl", "--model", "judge=command_line_judges:mark"]) == 0
    out = capsys.readouterr().out
    assert "judged   0.4  0.3  0.5" in out
    assert out.endswith(
        "model judge: 2 of 3 answered (1 × it gave no value)\nmissing totals: 1 (1 × the model `judge`: it gave no value)\n"
    )
    assert main(["explain", spec, "d.jsonl", "--row", "1", "--model", "judge=command_line_judges:mark"]) == 0
    assert "0.5" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], 'the model `judge` has no backend: pass `models={"judge": f}`'),
        (["--model", "judge"], "write `--model NAME=MODULE:FUNCTION`"),
        (["--model", "judge=command_line_judges:mork"], "has no attribute 'mork'"),
        (["--model", "judge=no_such_module_here:f"], "No module named 'no_such_module_here'"),
        (["--model", "juge=command_line_judges:mark"], "asks no model `juge`: did you mean `judge`?"),
    ],
)
def test_a_mistake_in_the_binding_is_one_error(
    spec: str, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main(["score", spec, "d.jsonl", *words]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1


def test_properties_stand_whatever_a_model_answers(spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", spec]) == 1
    out = capsys.readouterr().out
    assert "stays_in_range ok" in " ".join(out.split())
    assert "never_missing FAILED" in " ".join(out.split())


TOOLS = """
def letters(part: str) -> int:
    return len(part)
"""
LOOKS = """\
model judge(completion: text) -> float? in 0..5 = chat("m", reply: score, tools: ["letters"], steps: 2)
reward r(completion: text) -> float? { sum { judged: judge(completion) } }
"""


def test_a_function_is_a_tool_of_a_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "looks.rwd").write_text(LOOKS)
    (tmp_path / "command_line_tools.py").write_text(TOOLS)
    write_lines(tmp_path / "d.jsonl", [{"completion": "abc"}])
    with StubServer() as server:
        words = ["looks.rwd", "d.jsonl", "--url", server.url]
        assert main(["explain", *words]) == 2
        assert "names the tool `letters`, which does not come with rewardlang" in capsys.readouterr().err
        assert main(["explain", *words, "--tool", "letters=command_line_tools:letters"]) == 0
        assert server.requests == 2
    assert capsys.readouterr().out.endswith('\njudge: letters {"part": "a"} -> 1\n')
