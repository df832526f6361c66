"""The program as a process: start-up, exit codes, pipes, signals."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rewardlang.commands import console
from tests.cli.conftest import Run, samples, write_lines
from tests.cli.fakes import SPEC

ROOT = Path(__file__).parents[2]
HEAVY = ("jax", "numpy", "numba", "pyarrow", "rich", "hypothesis", "msgspec", "flax", "pydantic")
IMPORTED = (
    "import sys\nfrom rewardlang.cli import main\nassert main() == 0\n"
    f"print([name for name in {HEAVY} if name in sys.modules])"
)


def program(*words: str, cwd: Path, code: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    start = ["-m", "rewardlang"] if code is None else ["-c", code]
    return subprocess.run(
        [sys.executable, *start, *words], cwd=cwd, env=_environment(**more), capture_output=True, text=True, check=False
    )


def _environment(**more: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"} | more


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "r.rwd").write_text(SPEC)
    write_lines(tmp_path / "d.jsonl", samples(10))
    return tmp_path


@pytest.mark.parametrize("stage", ["ast", "checked", "graph", "facts", "staged"])
def test_check_imports_nothing_heavy(here: Path, stage: str) -> None:
    done = program("check", "r.rwd", "--emit", stage, cwd=here, code=IMPORTED)
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "[]"


def test_check_of_a_file_of_samples_imports_no_running_side(here: Path) -> None:
    done = program("check", "r.rwd", "--data", "d.jsonl", cwd=here, code=IMPORTED)
    assert done.stdout.splitlines()[-1] == "['msgspec']"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["check", "r.rwd"], 0),
        (["check", "faulty.rwd"], 1),
        (["fmt", "--check", "ugly.rwd"], 1),
        (["check", "nowhere.rwd"], 2),
        (["check", "r.rwd", "--fast"], 2),
        (["chek", "r.rwd"], 2),
        ([], 2),
        (["--version"], 0),
        (["score", "--help"], 0),
    ],
)
def test_exit_codes(here: Path, words: list[str], code: int) -> None:
    (here / "faulty.rwd").write_text("reward r(x: float) -> float { y }\n")
    (here / "ugly.rwd").write_text("reward r( x:float )->float { x }\n")
    done = program(*words, cwd=here)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert (done.stderr == "") == (code == 0 or "fmt" in words)


def test_an_internal_error_asks_for_a_report(here: Path) -> None:
    broken = (
        "import sys\nfrom rewardlang import driver\nfrom rewardlang.cli import main\n"
        "def check_file(*_): raise RuntimeError('the list is empty')\n"
        "driver.check_file = check_file\nsys.exit(main())"
    )
    done = program("check", "r.rwd", cwd=here, code=broken)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("internal error: RuntimeError: the list is empty (<string>:4)\n")
    assert "please report it" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in program("check", "r.rwd", cwd=here, code=broken, REWARDLANG_DEBUG="1").stderr


def test_a_reader_that_goes_away_is_no_error(here: Path) -> None:
    (here / "long.rwd").write_text("\n".join(f"const c{i} = {i}" for i in range(3000)))
    command = [sys.executable, "-m", "rewardlang", "check", "long.rwd", "--emit", "ast"]
    with subprocess.Popen(
        command, cwd=here, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141


def test_no_colour_without_a_terminal(here: Path) -> None:
    (here / "faulty.rwd").write_text("reward r(x: float) -> float { y }\n")
    assert "\x1b" not in program("check", "faulty.rwd", cwd=here, FORCE_COLOR="1").stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_no_partial_file(here: Path, number: signal.Signals, code: int) -> None:
    (here / "s.parquet").write_bytes(b"before")
    slow = (
        "import sys, time, rewardlang\nfrom tests.cli import fakes\n"
        "class Slow(fakes.FakeReward):\n"
        "    def __call__(self, *a, **k):\n"
        "        print('scoring', flush=True); time.sleep(60)\n"
        "fakes.FakeReward = Slow\nrewardlang.load = fakes.fake_load\n"
        "from rewardlang.cli import main\nsys.exit(main())"
    )
    command = [sys.executable, "-c", slow, "score", "r.rwd", "d.jsonl", "-o", "s.parquet"]
    with subprocess.Popen(
        command, cwd=here, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "scoring\n"
        assert len(list(here.glob(".s.parquet.*"))) == 1
        time.sleep(0.05)
        process.send_signal(number)
        process.wait(10)
    assert process.returncode == code
    assert (here / "s.parquet").read_bytes() == b"before"
    assert sorted(path.name for path in here.iterdir()) == ["d.jsonl", "r.rwd", "s.parquet"]


def test_every_command_has_an_example_in_its_help(run: Run) -> None:
    for command in ("check", "score", "explain", "fmt", "test", "export", "serve"):
        with pytest.raises(SystemExit) as left:
            run(command, "--help")
        assert left.value.code == 0


def test_help_shows_an_example_and_the_exit_codes(here: Path) -> None:
    text = program("score", "--help", cwd=here, COLUMNS="100").stdout
    assert "  rwd score rewards/rec.rwd rollouts.parquet -o scores.parquet --group prompt_id" in text
    assert "exit codes: 0 fine; 1 a finding" in text
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["chek", "r.rwd"], "there is no command `chek`; did you mean `check`?"),
        (["frobnicate"], "there is no command `frobnicate`; see `rwd --help`"),
        (["check", "r.rwd", "--emti", "ast"], "`rwd check` takes no flag `--emti`; did you mean `--emit`?"),
        (["explain", "a", "b", "c"], "`rwd explain` takes no further argument `c`"),
        (["score", "r.rwd"], "the following arguments are required: DATA; see `rwd score --help`"),
        (["test", "r.rwd", "--examples", "0"], "argument --examples: `0` is no positive number; see `rwd test --help`"),
        (
            ["check", "nowhere.rwd"],
            "there is no spec `nowhere.rwd`: neither a file nor a module of the standard library",
        ),
        (["check", "empty"], "there is no .rwd file in `empty`"),
    ],
)
def test_mistakes_in_the_call(run: Run, folder: Path, words: list[str], message: str) -> None:
    (folder / "empty").mkdir()
    code, out, err = run(*words)
    assert (code, out, err) == (2, "", f"error: {message}\n")


def test_a_file_that_cannot_be_opened_is_the_callers_mistake(run: Run, folder: Path) -> None:
    (folder / "loop.rwd").symlink_to("loop.rwd")
    code, _, err = run("fmt", "loop.rwd")
    assert (code, err) == (2, "error: there is no file `loop.rwd`\n")


def test_a_full_disk_is_no_internal_error(here: Path) -> None:
    (here / "s.jsonl").symlink_to("/dev/full")
    code = (
        "import sys, rewardlang\nfrom tests.cli import fakes\nrewardlang.load = fakes.fake_load\n"
        "from rewardlang.cli import main\nsys.exit(main())"
    )
    done = program("score", "r.rwd", "d.jsonl", "-o", "s.jsonl", cwd=here, code=code)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: cannot write: no space left on device\n"


@pytest.mark.parametrize("terminal", [True, False])
def test_warnings_of_the_library_are_notes_on_a_terminal(
    terminal: bool,  # noqa: FBT001 - a case
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    console.note_warnings()
    console.note_warnings()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    logging.getLogger("rewardlang").warning("compiling kernels")
    logging.getLogger("rewardlang").info("something else")
    assert capsys.readouterr().err == "note: compiling kernels\n" * terminal
