"""Every kind of column that a caller may have gives the same scores."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

import rewardlang

SPEC = """
record Call { name: text, score: float? }
reward r(
    a: float, k: int, b: bool, t: text, xs: float[time], ys: int[time], v: vec[3], vs: vec[2][step], p: point, q: box,
    qs: box[found], words: text[word], call: Call, calls: Call[call], doc: json, nested: float[i, j],
    oa: float? = 2, ok: int?, ot: text?, oxs: float[time]?, zs: float?[other], oq: box?, ob: bool = true, op: point?,
    ocall: Call?
) -> float {
    a + k * 2 + (if b then 4 else 0) + length(t) * 8 + sum(xs * ys) + sum(v * v) + sum(vs * 2 over (step, dim)) + p.x * 3
        + area(q) + sum(area(qs)) + sum(length(words)) + (call.score ?? 7) + length(call.name)
        + sum((calls.score ?? 5) + length(calls.name)) + (number(doc.x) ?? 11) + sum(nested over (i, j))
        + (oa ?? 13) + (ok ?? 17) + length(ot ?? "missing") + (sum(oxs * xs) ?? 19) + sum(zs ?? 23) + (area(oq) ?? 29)
        + (if ob then 31 else 37) + (op.y ?? 41) + (ocall.score ?? 43)
}
"""
REWARD = rewardlang.compile(SPEC)
NAN = float("nan")
PLAIN: dict[str, list[Any]] = {
    "a": [1.5, -2.25, 0.0], "k": [3, -4, 100], "b": [True, False, True], "t": ["", "añ😀", "x" * 50],
    "xs": [[1.0, 2.0], [], [3.5]], "ys": [[1, 2], [], [-3]], "v": [[1.0, 2.0, 3.0], [0.0, 0.5, 0.0], [4.0, 4.0, 4.0]],
    "vs": [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]], []], "p": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
    "q": [[0.0, 0.0, 2.0, 2.0], [1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 4.0, 0.5]],
    "qs": [[[0.0, 0.0, 1.0, 1.0]], [], [[0.0, 0.0, 3.0, 1.0], [0.0, 0.0, 1.0, 2.0]]],
    "words": [["a", "bc"], [], ["déf"]],
    "call": [{"name": "f", "score": 1.0}, {"name": "gg", "score": None}, {"name": "", "score": 0.5}],
    "calls": [[{"name": "f", "score": 1.0}], [], [{"name": "h", "score": None}, {"name": "ii", "score": 2.0}]],
    "doc": [{"x": 1}, {"x": 2}, {"x": None}], "nested": [[[1.0, 2.0], [3.0, 4.0]], [], [[5.0], [6.0]]],
    "oa": [1.0, None, 3.0], "ok": [None, 5, 6], "ot": ["ab", None, ""], "oxs": [[1.0, 1.0], [], None],
    "zs": [[1.0, None], [], [None]], "oq": [[0.0, 0.0, 1.0, 1.0], None, None], "ob": [False, True, False],
    "op": [None, [1.0, 2.0], None], "ocall": [None, {"name": "f", "score": 3.0}, {"name": "f", "score": None}],
}  # fmt: skip
LEFT_OUT = ("oa", "ok", "ot", "oxs", "zs", "oq", "ob", "op", "ocall")
EXPECTED = REWARD(PLAIN).tolist()


def by_hand(row: int) -> float:
    d = {name: column[row] for name, column in PLAIN.items()}

    def area(box: Any) -> float:
        return (box[2] - box[0]) * (box[3] - box[1])

    total = (
        d["a"] + d["k"] * 2 + 4 * d["b"] + 8 * len(d["t"]) + sum(x * y for x, y in zip(d["xs"], d["ys"], strict=True))
    )
    total += sum(x * x for x in d["v"]) + sum(2 * x for row_ in d["vs"] for x in row_) + 3 * d["p"][0] + area(d["q"])
    total += sum(map(area, d["qs"])) + sum(map(len, d["words"])) + len(d["call"]["name"])
    total += 7 if d["call"]["score"] is None else d["call"]["score"]
    total += sum((5 if c["score"] is None else c["score"]) + len(c["name"]) for c in d["calls"])
    total += 11 if d["doc"]["x"] is None else d["doc"]["x"]
    total += sum(x for row_ in d["nested"] for x in row_) + (13 if d["oa"] is None else d["oa"])
    total += (17 if d["ok"] is None else d["ok"]) + len("missing" if d["ot"] is None else d["ot"])
    total += 19 if d["oxs"] is None else sum(x * y for x, y in zip(d["oxs"], d["xs"], strict=True))
    total += sum(23 if z is None else z for z in d["zs"]) + (29 if d["oq"] is None else area(d["oq"]))
    total += (31 if d["ob"] else 37) + (41 if d["op"] is None else d["op"][1])
    return total + (43 if d["ocall"] is None or d["ocall"]["score"] is None else d["ocall"]["score"])


def test_plain_lists_score_as_by_hand() -> None:
    assert pytest.approx([by_hand(row) for row in range(3)], rel=1e-6) == EXPECTED


def filled(values: Any) -> Any:
    return [NAN if value is None else value for value in values]


NUMBERS = ("a", "k", "b", "v", "p", "q")
KINDS: dict[str, dict[str, Any]] = {
    "tuple": {name: tuple(map(tuple, column)) if name in ("xs", "ys", "v", "p", "q", "words") else tuple(column)
              for name, column in PLAIN.items()},
    "numpy": {name: np.array(PLAIN[name]) for name in NUMBERS},
    "numpy float32": {name: np.array(PLAIN[name], np.float32) for name in ("a", "v", "p", "q")},
    "numpy float16": {name: np.array(PLAIN[name], np.float16) for name in ("a", "v", "p", "q")},
    "numpy rows": {name: [np.array(row) for row in PLAIN[name]] for name in ("v", "p", "q", "words")}
    | {name: [np.array(row, np.float32) for row in PLAIN[name]] for name in ("xs",)}
    | {name: [np.array(row, np.int8) for row in PLAIN[name]] for name in ("ys",)},
    "numpy object": {name: np.array([*PLAIN[name], None], object)[:-1] for name in PLAIN},
    "numpy text": {"t": np.array(PLAIN["t"]), "doc": np.array(PLAIN["doc"], object)},
    "numpy StringDType": {"t": np.array(PLAIN["t"], np.dtypes.StringDType())},
    "numpy floats for ints": {"k": np.array(PLAIN["k"], np.float64), "ok": np.array([NAN, 5.0, 6.0])},
    **{f"numpy {kind}": {"k": np.array(PLAIN["k"], kind)} for kind in ("int8", "int16", "int32", "int64")},
    "nan for missing": {"oa": filled(PLAIN["oa"]), "ok": filled(PLAIN["ok"]), "zs": [[1.0, NAN], [], [NAN]],
                        "oq": [[0.0, 0.0, 1.0, 1.0], [NAN] * 4, [NAN, 0, 0, 0]]},
    "nan arrays": {"oa": np.array(filled(PLAIN["oa"]), np.float32), "oq": np.array([[0, 0, 1, 1], [NAN] * 4, [NAN] * 4]),
                   "op": np.array([[NAN, 1], [1, 2], [NAN, NAN]])},
    "jax": {name: jnp.array(PLAIN[name]) for name in NUMBERS} | {"oa": jnp.array(filled(PLAIN["oa"]))},
    "jax bfloat16": {"a": jnp.array(PLAIN["a"], jnp.bfloat16)},
    "jax rows": {"xs": [jnp.array(row) for row in PLAIN["xs"]], "p": [jnp.array(row) for row in PLAIN["p"]]},
    "jax scalars": {"a": [jnp.float32(value) for value in PLAIN["a"]], "k": [np.int64(value) for value in PLAIN["k"]]},
    "arrow": {name: pa.array(column) for name, column in PLAIN.items()},
    "arrow chunks": {name: pa.chunked_array([pa.array(column[:1], pa.array(column).type), pa.array(column[1:], pa.array(column).type)])
                     for name, column in PLAIN.items()},
    "arrow slices": {name: pa.array([column[0], *column, column[0]])[1:-1] for name, column in PLAIN.items()},
    "arrow texts": {"t": pa.array(PLAIN["t"], pa.large_string()), "ot": pa.array(PLAIN["ot"]).dictionary_encode(),
                    "words": pa.array(PLAIN["words"], pa.large_list(pa.large_string()))},
    "arrow string_view": {"t": pa.array(PLAIN["t"], pa.string_view())},
    "arrow narrow": {"a": pa.array(PLAIN["a"], pa.float32()), "k": pa.array(PLAIN["k"], pa.int8()),
                     "xs": pa.array(PLAIN["xs"], pa.list_(pa.float32()))},
    "arrow fixed size": {"v": pa.array(PLAIN["v"], pa.list_(pa.float32(), 3)), "q": pa.array(PLAIN["q"], pa.list_(pa.float64(), 4)),
                         "oq": pa.array(PLAIN["oq"], pa.list_(pa.float64(), 4)),
                         "qs": pa.array(PLAIN["qs"], pa.list_(pa.list_(pa.float64(), 4))),
                         "vs": pa.array(PLAIN["vs"], pa.list_(pa.list_(pa.float64(), 2))),
                         "op": pa.array([None, *PLAIN["op"]], pa.list_(pa.float64(), 2))[1:]},
    "arrow null": {"ocall": None, "doc": pa.array(PLAIN["doc"])},
    "polars": {name: pl.Series(name, column) for name, column in PLAIN.items()},
    "polars categories": {"t": pl.Series(PLAIN["t"], dtype=pl.Categorical), "ot": pl.Series(PLAIN["ot"], dtype=pl.Categorical)},
    "polars arrays": {"v": pl.Series(PLAIN["v"], dtype=pl.Array(pl.Float32, 3)), "oq": pl.Series(PLAIN["oq"], dtype=pl.Array(pl.Float64, 4))},
    "record texts": {"call": ['{"name": "f", "score": 1}', '{"name": "gg"}', '{"name": "", "score": 0.5}']},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_column(kind: str) -> None:
    change = KINDS[kind]
    alone = {name: column for name, column in change.items() if column is not None}
    if len(alone) < len(change):
        columns = {name: column for name, column in PLAIN.items() if name not in set(change) - set(alone)}
        assert REWARD({**PLAIN, **change}).tolist() == REWARD(columns).tolist()
        return
    for name, column in change.items():
        assert REWARD({**PLAIN, name: column}).tolist() == EXPECTED, name
    assert REWARD({**PLAIN, **change}).tolist() == EXPECTED


def test_fields_left_out() -> None:
    given = {name: column for name, column in PLAIN.items() if name not in LEFT_OUT}
    told = {**given, "oa": [2.0] * 3, "ob": [True] * 3} | {
        name: [None] * 3 for name in ("ok", "ot", "oxs", "oq", "op", "ocall")
    }
    assert REWARD(given).tolist() == REWARD({**told, "zs": [[]] * 3}).tolist()


def test_pandas_series() -> None:
    try:
        import pandas as pd
    except ImportError:
        return
    change = {name: pd.Series(PLAIN[name]) for name in ("a", "k", "b", "t", "xs", "oa", "ok", "ot")}
    assert REWARD({**PLAIN, **change}).tolist() == EXPECTED


def test_a_missing_list_shares_its_axis_with_one_that_is_there() -> None:
    run = rewardlang.compile("reward r(t: text[a], n: float?[a], o: text[a]?, v: vec?[2][a]) -> float"
                             " { sum(length(t)) + sum(n ?? 1) + (sum(length(o)) ?? 50) + sum(v * v ?? 3 over (a, dim)) }")  # fmt: skip
    columns = {
        "t": [["a", "bb"], ["c"]],
        "n": [[5, None], [None]],
        "o": [None, ["dd"]],
        "v": [[None, [1, 2]], [[1, 1]]],
    }
    assert run(columns).tolist() == [3 + 6 + 50 + 6 + 5, 1 + 1 + 2 + 2]
    assert run(t=columns["t"]).tolist() == [3 + 2 + 50 + 12, 1 + 1 + 50 + 6]
