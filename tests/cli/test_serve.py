"""`rwd serve` up to where it would serve: mistakes, and what it says. The server itself: `tests/serving`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rewardlang.cli import main
from rewardlang.serving import running
from rewardlang.serving.scoring import Scoring

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
param brevity: float in 0..1 = 0.5
reward asked(completion: text, word: text) -> float in 0..2 {
    sum {
        right: if contains(completion, word) then 1 else 0
        short: if length(completion) < 20 then 1 else 0 weight brevity
    }
}
reward best(completion: text) -> score { sum { longest: length(completion) >= max(length(completion) over group) } }
"""


@pytest.fixture
def spec(tmp_path: Path) -> str:
    (tmp_path / "asked.rwd").write_text(SPEC)
    return str(tmp_path / "asked.rwd")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--token-env", "NO_SUCH_NAME"], "`--token-env NO_SUCH_NAME`: there is no environment variable `NO_SUCH_NAME`, or it is empty"),
        (["--set", "brevty=1"], "`asked` has no param `brevty`; did you mean `brevity`?"),
        (["--set", "brevity=7"], "`brevity` must lie in 0..1"),
        (["--missing", "skip"], "OpenRLHF cannot be told `skip` of a missing score: write `error` or a number"),
        (["--column", "wrd=label"], "`asked` has no field `wrd`; did you mean `word`?"),
        (["--queue", "0"], "argument --queue: `0` is no positive number; see `rwd serve --help`"),
        (["--host", "no such host"], "cannot listen on `no such host`, port 0: "),
        (["--model", "judge=rewardlang:load"], "asks no model `judge`"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_error(spec: str, capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert main(["serve", spec, *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert message in told.err
    assert told.err.count("\n") == 1


def test_groups_need_their_column(spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", f"{spec}:best"]) == 2
    assert "name their column, `--group COLUMN`" in capsys.readouterr().err


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would be served, instead of serving it."""
    found: list[Any] = []

    def run(app: Any, _: Any, announce: Any) -> None:
        found.append(app)
        announce()

    monkeypatch.setattr(running, "run", run)
    monkeypatch.setattr(Scoring, "warm", lambda _: None)
    return found


def test_the_url_is_the_result(spec: str, served: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", spec, "--set", "brevity=0.25"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("http://127.0.0.1:")
    assert told.err == ""
    assert len(served) == 1


def test_an_open_door_is_a_warning(
    spec: str, served: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["serve", spec, "--host", "0.0.0.0"]) == 0  # noqa: S104 - what is warned of
    assert "warning: whoever reaches `0.0.0.0` can call this server: `--token-env NAME`" in capsys.readouterr().err
    monkeypatch.setenv("REWARD_TOKEN", "s3cret")
    assert main(["serve", spec, "--host", "0.0.0.0", "--token-env", "REWARD_TOKEN"]) == 0  # noqa: S104 - as above
    told = capsys.readouterr()
    assert told.err == ""
    assert "s3cret" not in told.out
    assert len(served) == 2


def test_paths_that_are_not_served_are_named(spec: str, served: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", f"{spec}:best", "--group", "prompt"]) == 0
    notes = capsys.readouterr().err.splitlines()
    assert len(served) == 1
    assert [note.partition(" is not served: ")[0] for note in notes] == ["note: `/openrlhf`", "note: `/slime`"]
