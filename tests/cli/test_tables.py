"""Files in and out: what is read is what was written, whatever the size of the batches."""

from __future__ import annotations

import gzip
import itertools
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardlang.diagnostics import CallError
from rewardlang.report.summary import Statistics, number, plain_table
from rewardlang.tables.batch import Batch, Groups
from rewardlang.tables.reading import open_table
from rewardlang.tables.writing import open_writer
from rewardlang.types import BOOL, BOX, FLOAT, INT, JSON, TEXT, Type

if TYPE_CHECKING:
    from pathlib import Path

TEXT_, FLOAT_, JSON_ = Type(TEXT), Type(FLOAT), Type(JSON)


def columns(path: Path, wanted: dict[str, Type | None], **limits: int) -> dict[str, list[Any]]:
    """All of a file, after checking that batches follow one another."""
    found: dict[str, list[Any]] = {name: [] for name in wanted}
    row = 0
    for batch in open_table(path, wanted, **limits).batches():
        assert batch.start == row
        assert batch.rows <= limits.get("rows", 8192)
        row += batch.rows
        for name in wanted:
            found[name] += batch.values(name)
    return found


# --- JSON lines ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_json_lines(tmp_path: Path, rows: int) -> None:
    path = tmp_path / "d.jsonl"
    path.write_bytes(
        b'\xef\xbb\xbf{"a": "x\\ny", "b": [1, {"c": null}], "unread": [[[1]]]}\r\n\n   \n'
        b'{"b": 1.5}\n{"a": "\\ud83d\\ude00", "b": 123456789012345678901234567890}'
    )
    table = open_table(path, {})
    assert table.names() == ["a", "b", "unread"]
    assert columns(path, {"a": TEXT_, "b": JSON_}, rows=rows) == {
        "a": ["x\ny", None, "\N{GRINNING FACE}"],
        "b": [[1, {"c": None}], 1.5, 123456789012345678901234567890],
    }


def test_what_python_writes_is_read_although_it_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text(json.dumps({"a": "\ud800", "b": float("inf")}) + "\n")
    assert columns(path, {"a": None, "b": None}) == {"a": ["\ud800"], "b": [float("inf")]}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"a": 1', "line 3: no JSON: Expecting ',' delimiter, column 8"),
        (b'{"a": 1} x', "line 3: no JSON: Extra data, column 10"),
        (b"[1]", "line 3: a row is an object, `{...}`, not a list"),
        (b"null", "line 3: a row is an object, `{...}`, not null"),
        (b'{"a": "\xff"}', "line 3: no JSON: 'utf-8' codec can't decode byte 0xff in position 7: invalid start byte"),
        (b'{"a": ' + b"[" * 100_000, "line 3: no JSON: maximum recursion depth exceeded"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: bytes, reason: str) -> None:
    path = tmp_path / "d.jsonl"
    path.write_bytes(b'{"a": 1}\n\n' + line + b"\n")
    with pytest.raises(CallError) as raised:
        columns(path, {"a": None})
    assert str(raised.value).startswith(f"`{path}`, {reason}")


def test_lines_of_a_row_are_counted_from_one_with_blank_ones(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('\n{"a": 1}\n\n{"a": 2}\n')
    (batch,) = open_table(path, {"a": None}).batches()
    assert batch.place(1) == "row 1 (line 4)"


@pytest.mark.parametrize("cut", [10, 30])
def test_a_gzip_file_that_is_cut(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "d.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 1000)[:cut])
    with pytest.raises(CallError, match="is no whole gzip file"):
        columns(path, {"a": None})


def test_batches_are_bounded_in_bytes(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text("".join(json.dumps({"a": "x" * 1000}) + "\n" for _ in range(20)))
    assert [batch.rows for batch in open_table(path, {"a": None}, size=5000).batches()] == [5] * 4
    pq.write_table(pa.table({"a": [f"{i:01000}" for i in range(20)]}), path.with_suffix(".parquet"))
    sizes = [batch.rows for batch in open_table(path.with_suffix(".parquet"), {"a": None}, size=5000).batches()]
    assert sum(sizes) == 20
    assert max(sizes) <= 5


# --- Parquet ---------------------------------------------------------------------------------------------------------


def test_parquet_reads_only_what_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    texts = pa.array(["a", None, "c"]).dictionary_encode()
    pq.write_table(pa.table({"a": texts, "b": [[1], [], [2, 3]], "c": [1, 2, 3]}), path, row_group_size=2)
    assert open_table(path, {}).names() == ["a", "b", "c"]
    assert columns(path, {"b": None, "a": None}, rows=2) == {"b": [[1], [], [2, 3]], "a": ["a", None, "c"]}


def test_what_is_no_parquet(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    path.write_text("hello")
    with pytest.raises(CallError, match=r"is no Parquet file: "):
        open_table(path, {}).names()


# --- CSV -------------------------------------------------------------------------------------------------------------


def test_csv_fields_are_read_by_type(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text(
        'text,maybe,n,f,b,box,plain\r\n007,,7,1e-3,true,"[0, 1, 2, 3]",1\r\n"a ""b""\nc","", 8 ,2,0,"[4,5,6,7]",\r\n'
    )
    optional = Type(TEXT).lacking(())
    wanted = {
        "text": TEXT_,
        "maybe": optional,
        "n": Type(INT),
        "f": FLOAT_,
        "b": Type(BOOL),
        "box": Type(BOX),
        "plain": None,
    }
    expected = {
        "text": ["007", 'a "b"\nc'],
        "maybe": [None, ""],
        "n": [7, 8],
        "f": [0.001, 2.0],
        "b": [True, False],
        "box": [[0, 1, 2, 3], [4, 5, 6, 7]],
        "plain": ["1", ""],
    }
    assert columns(path, wanted) == expected
    assert columns(path, wanted, rows=1) == expected


@pytest.mark.parametrize(
    ("type_", "field", "message"),
    [
        (Type(INT), "1.5", "row 1: column `a` needs a `int`, got '1.5'"),
        (FLOAT_, "one", "row 1: column `a` needs a `float`, got 'one'"),
        (Type(BOOL), "yes", "row 1: column `a` needs a `bool`, got 'yes'"),
        (Type(BOX), "1 2", "row 1: column `a` needs a `box` as JSON, got '1 2'"),
    ],
)
def test_a_csv_field_of_a_wrong_type_is_named(tmp_path: Path, type_: Type, field: str, message: str) -> None:
    path = tmp_path / "d.csv"
    path.write_text(f"a,b\n,1\n{field},2\n")
    with pytest.raises(CallError) as raised:
        columns(path, {"a": type_})
    assert str(raised.value) == f"`{path}`, {message}"


def test_a_csv_row_of_a_wrong_length(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("a,b\n1,2\n3\n")
    with pytest.raises(CallError, match=r"is no CSV file: CSV parse error"):
        columns(path, {"a": None})


# --- groups ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 6), max_size=20), st.integers(1, 7), st.sampled_from(["list", "arrow"]))
def test_groups_are_never_cut_and_nothing_is_lost(sizes: list[int], step: int, kind: str) -> None:
    ids = [i for i, size in enumerate(sizes) for _ in range(size)]
    whole = Batch(0, len(ids), {"id": pa.array(ids, pa.int64()) if kind == "arrow" else ids}, list(range(len(ids))))
    pieces = [whole.part(start, min(start + step, len(ids))) for start in range(0, len(ids), step)]
    cut = list(Groups("f", "id").cut(pieces))
    found = [batch.values("id") for batch in cut]
    assert [value for batch in found for value in batch] == ids
    assert [batch.start for batch in cut] == [ids.index(values[0]) for values in found]
    assert all(not set(one) & set(other) for one, other in itertools.pairwise(found))
    assert [list(batch.lines or ()) for batch in cut] == [list(range(b.start, b.start + b.rows)) for b in cut]
    for batch, values in zip(cut, found, strict=True):
        assert Groups("f", "id").numbers(batch) == [value - values[0] for value in values]


# --- out -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["parquet", "jsonl", "csv"])
def test_what_is_written_is_read_again(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"s.{suffix}"
    first = pa.table({"a": pa.array([0.1, None], pa.float32()), "b": ["x", "ü\n,"], "c": pa.nulls(2)})
    second = pa.table({"a": pa.array([3e10], pa.float32()), "b": ["z"], "c": ["late"]})
    with open_writer(str(path)) as writer:
        writer.write(first)
        writer.write(second)
    found = columns(path, {"a": FLOAT_, "b": TEXT_, "c": Type(TEXT).lacking(())})
    assert np.allclose(found["a"][0], 0.1)
    assert found["a"][1] is None
    assert found["a"][2] == np.float32(3e10)
    assert found["b"] == ["x", "ü\n,", "z"]
    assert found["c"] == [None, None, "late"]
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_column_that_changes_its_type(tmp_path: Path) -> None:
    def write() -> None:
        with open_writer(str(tmp_path / "s.parquet")) as writer:
            writer.write(pa.table({"a": [1]}))
            writer.write(pa.table({"a": ["x"]}))

    with pytest.raises(CallError, match=r"write .jsonl, which holds any value"):
        write()
    assert list(tmp_path.iterdir()) == []


# --- statistics ------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.floats(-1e9, 1e9, width=32), min_size=1, max_size=60),
    st.lists(st.integers(0, 60), max_size=4),
)
def test_statistics_do_not_depend_on_the_batches(numbers: list[float], cuts: list[int]) -> None:
    whole, merged = Statistics(), Statistics()
    whole.add(numbers)
    for part in np.split(np.array(numbers), sorted(min(cut, len(numbers)) for cut in cuts)):
        merged.add(part)
    assert (merged.mean, merged.least, merged.most, merged.count) == (
        whole.mean,
        min(numbers),
        max(numbers),
        len(numbers),
    )


def test_no_numbers_have_no_mean() -> None:
    assert Statistics().mean is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (1.0, "1"), (0.1 + 0.2, "0.3"), (1234.5678, "1234.6"), (1e-9, "1e-09"), (-0.5, "-0.5")],
)
def test_numbers_as_people_read_them(value: float | None, text: str) -> None:
    assert number(value) == text


def test_a_plain_table_is_aligned() -> None:
    assert plain_table(("term", "n"), [("a", "1"), ("longer", "100")]) == "term      n\na         1\nlonger  100"
