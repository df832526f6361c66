"""JSON texts for tests, and JSON columns read back as plain Python."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from rewardlang.columns import json as columns
from rewardlang.kernels.json_scalars import INTEGER, LONG
from rewardlang.ops.json import parsed
from rewardlang.ops.json_meaning import load, present
from tests.ops_text.parity import any_text, column, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.columns.column import JsonColumn

LITERALS = st.sampled_from(
    [
        "0",
        "-0.0",
        "1",
        "1.0",
        "1e2",
        "2147483648",
        "9007199254740993",
        "1e999",
        "-5",
        "2.5",
        "null",
        "true",
        "false",
        "NaN",
        '"a"',
        '""',
        r'"\ud800"',
        r'"\u0061"',
        "[]",
        "{}",
        "[1, 2]",
        "[1, 2, 3, 4]",
        "[0.5, -1]",
        '["a", "b"]',
    ]
)
KEYS = st.sampled_from(['"a"', '"b"', '"name"', r'"\u0061"', '""', '"é"'])


def _containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.tuples(KEYS, inner).map(": ".join)
    return st.one_of(
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(members, max_size=5).map(lambda items: f"{{{', '.join(items)}}}"),
    )


documents = st.recursive(
    LITERALS | any_text.map(lambda text: json.dumps(text, ensure_ascii=False)), _containers, max_leaves=8
)
json_texts = st.one_of(documents, texts, st.lists(documents, max_size=3).map("\n".join))
dialects = st.sampled_from(["strict", "python"])


def values(written: Sequence[str], dialect: str = "python") -> tuple[JsonColumn, list[Any]]:
    """The texts as a column, and as Python values."""
    return parsed(column(written), dialect), [load(text, dialect) for text in written]


def read(tape: columns.Tape, node: int) -> Any:
    """The Python value of one node; None for no node, NULL for null."""
    return None if node < 0 else present(_inner(tape, int(node)))


def _inner(tape: columns.Tape, node: int) -> Any:
    here = np.array([node])
    kind = columns.kinds(tape, here)[0]
    if kind == columns.ARRAY:
        return [_inner(tape, int(child)) for child in columns.elements(tape, here)[2]]
    if kind == columns.OBJECT:
        _, _, keys, nodes = columns.members(tape, here)
        names = [_slice(keys, row) for row in range(len(nodes))]
        return {name: _inner(tape, int(child)) for name, child in zip(names, nodes, strict=True)}
    if kind == columns.STRING:
        return _slice(columns.texts(tape, here)[0], 0)
    if kind != columns.NUMBER:
        return {columns.NULL: None, columns.FALSE: False, columns.TRUE: True}[kind]
    value = float(tape.nodes.value[node])
    if tape.nodes.kind[node] == LONG:
        return int(Decimal(_slice(columns.text_of(tape, here), 0)))
    return int(value) if tape.nodes.kind[node] == INTEGER else value


def _slice(spans: columns.Spans, row: int) -> str:
    return str(spans.buffer[spans.starts[row] : spans.ends[row]].tobytes(), "utf-8")
