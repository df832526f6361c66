from __future__ import annotations

import csv
import gzip
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import rewardlang
from rewardlang.cli import main
from rewardlang.tables.reading import open_table
from tests.cli import fakes
from tests.cli.conftest import Run, read_lines, samples, write_lines

if TYPE_CHECKING:
    from pathlib import Path

SUMMARY = """\
r: 10 rows
term               mean  min     max  contributes  active  missing
total           0.78125    0  1.5625
base            0.28125    0  0.5625      0.28125  100.0%
bonus (metric)        1    1       1            1   50.0%
"""


@pytest.fixture
def rewards(monkeypatch: pytest.MonkeyPatch) -> list[fakes.FakeReward]:
    """The rewards that commands load."""
    found: list[fakes.FakeReward] = []

    def load(spec: str) -> fakes.FakeReward:
        found.append(fakes.fake_load(spec))
        return found[-1]

    monkeypatch.setattr(rewardlang, "load", load, raising=False)
    return found


def test_the_summary_alone(run: Run) -> None:
    assert run("score", "r.rwd", "d.jsonl") == (0, SUMMARY, "")


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz", "parquet", "csv", "csv.gz"])
def test_every_kind_of_file_gives_the_same_scores(run: Run, folder: Path, suffix: str) -> None:
    data = folder / f"data.{suffix}"
    table = pa.Table.from_pylist(samples(10)).drop_columns(["tags"])
    if suffix == "parquet":
        pq.write_table(table, data, row_group_size=3)
    elif suffix == "csv":
        pyarrow.csv.write_csv(table, data)
    elif suffix == "csv.gz":
        with pa.CompressedOutputStream(str(data), "gzip") as file:
            pyarrow.csv.write_csv(table, file)
    else:
        text = (folder / "d.jsonl").read_bytes()
        data.write_bytes(gzip.compress(text) if suffix == "jsonl.gz" else text)
    assert run("score", "r.rwd", str(data)) == (0, SUMMARY, "")


def test_json_lines_out(run: Run, folder: Path) -> None:
    assert run("score", "r.rwd", "d.jsonl", "-o", "s.jsonl", "--keep", "note", "tags", "--group", "id")[0] == 0
    rows = read_lines(folder / "s.jsonl")
    assert [row["row"] for row in rows] == list(range(10))
    assert list(rows[3].items())[:7] == [
        ("row", 3), ("id", "p0"), ("note", "row 3"), ("tags", [3]), ("total", 1.1875), ("missing", False),
        ("reason", None),
    ]  # fmt: skip


def test_numbers_have_no_more_digits_than_single_precision(run: Run, folder: Path) -> None:
    write_lines(folder / "d.jsonl", [{"x": 0.3}])
    run("score", "r.rwd", "d.jsonl", "-o", "s.jsonl")
    assert '"total":0.3,' in (folder / "s.jsonl").read_text()


def test_parquet_and_csv_out(run: Run, folder: Path) -> None:
    run("score", "r.rwd", "d.jsonl", "-o", "s.parquet", "--keep", "tags")
    table = pq.read_table(folder / "s.parquet")
    assert table.column_names[:5] == ["row", "tags", "total", "missing", "reason"]
    assert table.column("total").type == pa.float32()
    assert table.column("tags").to_pylist()[2] == [2]
    run("score", "r.rwd", "d.jsonl", "-o", "s.csv", "--keep", "tags")
    with (folder / "s.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["total"]) for row in rows] == table.column("total").to_pylist()
    assert rows[2]["tags"] == "[2]"


def test_a_dash_prints_json_lines_and_the_summary_goes_aside(run: Run) -> None:
    code, out, err = run("score", "r.rwd", "d.jsonl", "-o", "-")
    assert code == 0
    assert [json.loads(line)["row"] for line in out.splitlines()] == list(range(10))
    assert err == SUMMARY


def test_params_are_set(run: Run, rewards: list[fakes.FakeReward]) -> None:
    run("score", "r.rwd", "d.jsonl", "--set", "w=0.5")
    assert rewards[0].calls[0]["params"] == {"w": 0.5}


def test_groups_are_numbered_and_never_cut(
    run: Run, rewards: list[fakes.FakeReward], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(open_table.__kwdefaults__, "rows", 3)
    run("score", "r.rwd", "d.jsonl", "--group", "id")
    assert [call["group"] for call in rewards[0].calls] == [[0] * 4, [0] * 4, [0] * 2]


def test_a_group_that_comes_back(run: Run, folder: Path) -> None:
    write_lines(folder / "d.jsonl", [{"id": name, "x": 0} for name in "aba"])
    _, _, err = run("score", "r.rwd", "d.jsonl", "--group", "id")
    assert err == (
        "error: `d.jsonl`, row 2 (line 3): the group 'a' of `id` comes back after other groups; sort the file by that"
        " column\n"
    )


@pytest.mark.parametrize(("value", "what"), [(None, "nothing"), ([1], "list"), ({"a": 1}, "dict")])
def test_a_row_without_a_group(run: Run, folder: Path, value: Any, what: str) -> None:
    write_lines(folder / "d.jsonl", [{"id": 1, "x": 0}, {"id": value, "x": 0}])
    _, _, err = run("score", "r.rwd", "d.jsonl", "--group", "id")
    assert err == (f"error: `d.jsonl`, row 1 (line 2): the group column `id` needs a text or a number, not {what}\n")


def test_an_invalid_row_stops_everything_and_is_named(run: Run, folder: Path) -> None:
    rows = samples(10)
    rows[7]["x"] = 9
    write_lines(folder / "d.jsonl", rows)
    code, out, err = run("score", "r.rwd", "d.jsonl", "-o", "s.parquet")
    assert (code, out) == (2, "")
    assert err == "error: `d.jsonl`, row 7 (line 8): column `x` is 9, outside 0..1\n"
    assert sorted(path.name for path in folder.iterdir()) == ["d.jsonl", "r.rwd"]


def test_an_invalid_row_can_be_missing(run: Run, folder: Path) -> None:
    rows = samples(10)
    rows[7]["x"] = 9
    write_lines(folder / "d.jsonl", rows)
    code, out, _ = run("score", "r.rwd", "d.jsonl", "--on-invalid", "missing", "-o", "s.jsonl")
    assert code == 0
    assert out.splitlines()[-1] == "missing totals: 1 (1 × `x` is wrong)"
    assert read_lines(folder / "s.jsonl")[7]["total"] is None


def test_an_optional_column_that_is_misspelt_is_told(run: Run, folder: Path) -> None:
    write_lines(folder / "d.jsonl", [{"x": 0.5, "bonsu": 1}])
    code, _, err = run("score", "r.rwd", "d.jsonl")
    assert (code, err) == (0, "note: there is no column `bonus`, so it is left out; did you mean `bonsu`?\n")


def test_the_output_replaces_only_when_it_is_whole(run: Run, folder: Path) -> None:
    (folder / "s.jsonl").write_text("before")
    write_lines(folder / "d.jsonl", [{"x": 0.5}, {"x": "bad"}])
    assert run("score", "r.rwd", "d.jsonl", "-o", "s.jsonl")[0] == 2
    assert (folder / "s.jsonl").read_text() == "before"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["d.json"],
            "the suffix `.json` of `d.json` is unknown: rows are read from .jsonl, .jsonl.gz, .parquet, .csv, .csv.gz",
        ),
        (["data"], "`data` has no suffix: rows are read from .jsonl, .jsonl.gz, .parquet, .csv, .csv.gz"),
        (["dd.jsonl"], "there is no file `dd.jsonl`; did you mean `d.jsonl`?"),
        (
            ["d.jsonl", "-o", "s.txt"],
            "the suffix `.txt` of `s.txt` is unknown: scores are written as .parquet, .jsonl, .csv",
        ),
        (["d.jsonl", "-o", "d.jsonl"], "the scores would replace the data `d.jsonl`: name another output"),
        (["d.jsonl", "-o", "no/s.csv"], "there is no folder `no` to write `s.csv` into"),
        (["d.jsonl", "--keep", "note"], "`--keep` copies columns to the output: name it with `-o`"),
        (["d.jsonl", "--group", "idd"], "`d.jsonl` has no column `idd`, which `--group` names; did you mean `id`?"),
        (["d.jsonl", "--set", "w"], "`--set w` has no value: write `--set w=VALUE`"),
        (["d.jsonl", "--set", "w=much"], "`--set w=much`: `w` is a `float`, and `much` is none"),
        (["d.jsonl", "--set", "w=3"], "`--set w=3`: `w` must lie in 0..2"),
        (["d.jsonl", "--set", "v=1"], "`r` has no param `v`; its params: w"),
    ],
)
def test_mistakes_are_told_before_anything_is_scored(
    run: Run, rewards: list[fakes.FakeReward], words: list[str], message: str
) -> None:
    code, out, err = run("score", "r.rwd", *words)
    assert (code, out, err) == (2, "", f"error: {message}\n")
    assert not any(reward.calls for reward in rewards)


def test_a_faulty_spec_is_a_finding(run: Run, folder: Path) -> None:
    (folder / "f.rwd").write_text("reward r(x: float) -> float { y }\n")
    code, out, err = run("score", "f.rwd", "d.jsonl")
    assert (code, out) == (1, "")
    assert err.startswith("error[unknown-name]")


def test_copied_values_of_several_types(run: Run, folder: Path) -> None:
    write_lines(folder / "d.jsonl", [{"x": 0, "gold": 1}, {"x": 0, "gold": "a"}, {"x": 0, "gold": None}])
    assert run("score", "r.rwd", "d.jsonl", "-o", "s.parquet", "--keep", "gold")[0] == 0
    assert pq.read_table(folder / "s.parquet").column("gold").to_pylist() == ["1", '"a"', None]


# --- with the compiler ------------------------------------------------------------------------------------------------

ACROSS = """\
reward ranked(x: float) -> float { sum { better: if x > mean(x over group) then 1 else 0 } }
reward spread(x: float) -> float { sum { off: x - mean(x over batch) } }
reward steps(height: float[time]) -> float[time] { sum { high: height weight 0.5 } }
"""


@pytest.fixture
def real(folder: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """As `run`, with nothing faked, of rewards across samples and along an axis."""
    (folder / "s.rwd").write_text(ACROSS)
    write_lines(folder / "d.jsonl", [{"id": i // 2, "x": i, "height": [0.3] * (i % 3)} for i in range(6)])

    def call(*words: str) -> tuple[int, str, str]:
        code = main(words)
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return call


def test_groups_reach_the_reward(real: Run) -> None:
    code, out, err = real("score", "s.rwd:ranked", "d.jsonl", "-o", "-", "--group", "id")
    assert code == 0, err
    assert [json.loads(line)["total"] for line in out.splitlines()] == [0, 1] * 3
    code, out, err = real("score", "s.rwd:ranked", "d.jsonl")
    assert (code, out) == (2, "")
    assert err == "error: `ranked` compares the samples of a group: name their column, `--group COLUMN`\n"


def test_a_reward_over_the_batch_gets_the_whole_file(real: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(open_table.__kwdefaults__, "rows", 2)
    code, out, err = real("score", "s.rwd:spread", "d.jsonl", "-o", "-")
    assert code == 0
    assert err.startswith("note: `spread` reduces over batch, so the whole file is read as one batch\n")
    assert [json.loads(line)["total"] for line in out.splitlines()] == [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_scores_along_an_axis_are_lists(real: Run, folder: Path, suffix: str) -> None:
    assert real("score", "s.rwd:steps", "d.jsonl", "-o", f"s.{suffix}")[0] == 0
    if suffix == "csv":
        with (folder / "s.csv").open(newline="") as file:
            totals = [json.loads(row["total"]) for row in csv.DictReader(file)]
    elif suffix == "jsonl":
        totals = [row["total"] for row in read_lines(folder / "s.jsonl")]
    else:
        totals = [[round(v, 6) for v in row] for row in pq.read_table(folder / "s.parquet").column("total").to_pylist()]
    assert totals == [[0.15] * (i % 3) for i in range(6)]


def test_a_real_score_is_explained(real: Run) -> None:
    code, out, err = real("explain", "s.rwd:ranked", "d.jsonl", "--row", "3", "--group", "id")
    assert (code, err) == (0, "")
    assert out.splitlines()[:2] == ["ranked, row 3: 1", "└── better  1"]
    assert "x = 3" in out


# --- explain ---------------------------------------------------------------------------------------------------------


def test_a_row_is_explained(run: Run) -> None:
    code, out, err = run("explain", "r.rwd", "d.jsonl", "--row", "5", "--set", "w=2")
    assert (code, err) == (0, "")
    assert (
        out
        == """\
r, row 5: 2.3125
├── base      0.3125, gives 1
│       x = 0.5↵from a line
└── bonus     0, weight 2  (metric)
    └── deep  not active

let near = true
"""
    )


def test_the_rows_of_the_group_come_along(run: Run, rewards: list[fakes.FakeReward]) -> None:
    run("explain", "r.rwd", "d.jsonl", "--row", "5")
    assert len(rewards[0].calls[0]["columns"]["x"]) == 1
    run("explain", "r.rwd", "d.jsonl", "--row", "5", "--group", "id")
    assert rewards[1].calls[0]["columns"]["x"] == [i / 16 for i in range(4, 8)]
    assert rewards[1].calls[0]["group"] == [0] * 4


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["r.rwd", "d.jsonl", "--row", "10"], "`d.jsonl` has no row 10; its rows: 0 to 9"),
        (["r.rwd", "d.jsonl", "--row", "-1"], "`--row -1`: rows are counted from 0"),
        (["r.rwd"], "to explain a score of `r.rwd`, name the data too: `rwd explain r.rwd DATA`"),
        (
            ["unknown-nam"],
            "no diagnostic has the code `unknown-nam`; did you mean `unknown-name`?\n  `rwd explain` lists the codes",
        ),
        (
            ["unknown-name", "--row", "1"],
            "to explain a score, name a spec and the data: `rwd explain SPEC DATA --row N`",
        ),
    ],
)
def test_what_cannot_be_explained(run: Run, words: list[str], message: str) -> None:
    assert run("explain", *words) == (2, "", f"error: {message}\n")


def test_a_code_is_explained(run: Run) -> None:
    code, out, err = run("explain", "unknown-name")
    assert (code, err) == (0, "")
    assert out.startswith("unknown-name: A name that nothing declares.\n\nWhat it means.")
    assert "Instead." in out


def test_without_a_code_all_are_listed(run: Run) -> None:
    lines = run("explain")[1].splitlines()
    assert lines == sorted(lines)
    assert any(line.startswith("possibly-missing ") for line in lines)
    assert any(line.startswith("syntax ") for line in lines)
