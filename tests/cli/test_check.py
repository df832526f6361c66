from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rewardlang import cli, driver
from rewardlang.diagnostics import Sink
from tests.cli.conftest import Run, write_lines

FAULTY = "reward r(x: float) -> float { y }\n"


def test_a_spec_without_faults(run: Run) -> None:
    assert run("check", "r.rwd") == (0, "checked 1 spec (1 reward, 0 properties, 0 examples): no faults\n", "")


def test_a_folder_names_all_its_specs(run: Run, folder: Path) -> None:
    (folder / "more").mkdir()
    (folder / "more" / "s.rwd").write_text((folder / "r.rwd").read_text())
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "t.rwd").write_text(FAULTY)
    assert run("check", ".")[1] == "checked 2 specs (2 rewards, 0 properties, 0 examples): no faults\n"


def test_faults_go_to_standard_error_with_their_number(run: Run, folder: Path) -> None:
    (folder / "f.rwd").write_text(FAULTY)
    code, out, err = run("check", "f.rwd", "r.rwd")
    assert (code, out) == (1, "")
    assert err.startswith("error[unknown-name]: there is no name `y`\n --> f.rwd:1:31\n")
    assert err.endswith(("\n1 error and 1 warning\n", "\n1 error\n"))


def test_faults_as_json_and_sarif_go_to_standard_output(run: Run, folder: Path) -> None:
    (folder / "f.rwd").write_text(FAULTY)
    code, out, err = run("check", "f.rwd", "--format", "json")
    assert (code, err) == (1, "")
    assert json.loads(out)[0]["code"] == "unknown-name"
    code, out, err = run("check", "f.rwd", "--format", "sarif")
    assert (code, err) == (1, "")
    assert json.loads(out)["runs"][0]["results"][0]["ruleId"] == "unknown-name"
    assert run("check", "r.rwd", "--format", "json") == (0, "[]\n", "")


def test_a_reward_that_is_not_there(run: Run, folder: Path) -> None:
    (folder / "f.rwd").write_text("reward walk(speed: float) -> float { speed }\n")
    assert run("check", "f.rwd:wlak")[2] == "error: `f.rwd` has no reward `wlak`: did you mean `walk`?\n"
    assert run("check", "r.rwd:other")[2] == "error: `r.rwd` has no reward `other`; it has `r`\n"


def test_the_syntax_tree_is_printed_even_of_a_faulty_spec(run: Run, folder: Path) -> None:
    (folder / "f.rwd").write_text('"""Doc."""\nreward r(x: float = 0) -> float? { gate true { a: -x weight 0.5 } }\n')
    code, out, _ = run("check", "f.rwd", "--emit", "ast")
    assert code in (0, 1)
    assert (
        out
        == """\
doc: 'Doc.'
# line 2
Reward name='r'
  fields:
    -: Field name='x'
      type: TypeExpression element='float'
      default: Number value=0
  result: TypeExpression element='float' optional=True
  body: Body
    result: Block kind='gate'
      subject: Truth value=True
      entries:
        -: Entry
          labels:
            -: 'a'
          value: Unary operator='-'
            operand: Name name='x'
          weight: Number value=0.5
"""
    )


def test_the_checked_reward_names_shared_values_once(run: Run, folder: Path) -> None:
    (folder / "f.rwd").write_text("reward r(x: float in 0..2) -> float { let s = x * x return s + s }\n")
    code, out, _ = run("check", "f.rwd", "--emit", "checked")
    assert code == 0
    assert (
        out
        == """\
reward r -> float in 0..8
  input x: float in 0..2
  let s: %1 = Apply *: float in 0..4
    Input 'x': float in 0..2
    Input 'x': float in 0..2
  return Apply +: float in 0..8
    %1
    %1
"""
    )


def test_every_stage_is_printed(run: Run) -> None:
    assert cli.STAGES == driver.STAGES
    for stage in cli.STAGES:
        code, out, err = run("check", "r.rwd", "--emit", stage)
        assert (code, err) == (0, "")
        assert out == driver.emit(driver.check_file(Path("r.rwd"), Sink()), stage) + "\n"


# --- --data ----------------------------------------------------------------------------------------------------------


def test_data_that_fits(run: Run) -> None:
    code, out, err = run("check", "r.rwd", "--data", "d.jsonl")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "`d.jsonl` fits `r`: 10 rows"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "`f.jsonl` has no column `x` (`float in 0..1`), which `r` needs\n  its columns: none"),
        ([{"x": 1}, {"x": "one"}], "`f.jsonl`, row 1 (line 2): column `x` is 'one', no `float in 0..1`"),
        ([{"x": 2}], "`f.jsonl`, row 0 (line 1): column `x` is 2, outside 0..1"),
        ([{"x": 1}, {}], "`f.jsonl`, row 1 (line 2): column `x` is missing, but `float in 0..1` is required"),
        ([{"x": float("nan")}], "`f.jsonl`, row 0 (line 1): column `x` is nan, which is no finite number"),
        ([[1, 2]], "`f.jsonl`, line 1: a row is an object, `{...}`, not a list"),
    ],
)
def test_data_that_does_not_fit(run: Run, folder: Path, rows: list[Any], message: str) -> None:
    write_lines(folder / "f.jsonl", rows)
    assert run("check", "r.rwd", "--data", "f.jsonl") == (2, "", f"error: {message}\n")


def test_a_misspelt_column(run: Run, folder: Path) -> None:
    (folder / "f.rwd").write_text("reward walk(speed: float, up: bool) -> float { speed + up }\n")
    write_lines(folder / "f.jsonl", [{"sped": 1, "id": 0}])
    assert run("check", "f.rwd", "--data", "f.jsonl")[2] == (
        "error: `f.jsonl` has no column `speed` (`float`), which `walk` needs; did you mean `sped`?\n"
        "  `f.jsonl` has no column `up` (`bool`), which `walk` needs\n"
        "  its columns: sped, id\n"
    )


def test_two_rewards_need_a_name(run: Run, folder: Path) -> None:
    (folder / "two.rwd").write_text("reward a(x: float) -> float { x }\nreward b(x: float) -> float { x }\n")
    _, _, err = run("check", "two.rwd", "--data", "d.jsonl")
    assert err == "error: `two.rwd` has several rewards; name one of `a`, `b`\n"
    assert run("check", "two.rwd:b", "--data", "d.jsonl")[0] == 0


def test_parquet_is_checked_too(run: Run, folder: Path) -> None:
    pq.write_table(pa.table({"x": [0.5, 3.0]}), folder / "f.parquet")
    assert (
        run("check", "r.rwd", "--data", "f.parquet")[2]
        == "error: `f.parquet`, row 1: column `x` is 3.0, outside 0..1\n"
    )
