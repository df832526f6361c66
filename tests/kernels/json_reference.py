"""What the JSON columns must agree with: `json.loads`, Python's values, and a plain definition of equality."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.columns import json as columns
from rewardlang.kernels.json_scalars import INTEGER, LONG

if TYPE_CHECKING:
    from collections.abc import Sequence

ABSENT = object()
_SURROGATE = re.compile("[\ud800-\udfff]")


def column(texts: Sequence[str]) -> columns.Spans:
    """Texts laid end to end, with nothing between them, so that reading past an end would be seen."""
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([len(text) for text in encoded], dtype=np.int64)
    starts = np.concatenate((np.zeros(1, np.int64), ends))[:-1]
    return columns.Spans(np.frombuffer(b"".join(encoded) + bytes(16), np.uint8), starts, ends)


def parse(texts: Sequence[str], dialect: columns.Dialect = "python") -> tuple[columns.Tape, np.ndarray]:
    return columns.parse(*column(texts), dialect)


def strings(spans: columns.Spans) -> list[str]:
    return [spans.buffer[a:b].tobytes().decode() for a, b in zip(spans.starts, spans.ends, strict=True)]


def _clean(value: Any) -> Any:
    """With U+FFFD for lone surrogates, as at the language's boundary (keys are cleaned where the object is made)."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    return [_clean(item) for item in value] if isinstance(value, list) else value


def _refuse(word: str) -> None:
    raise ValueError(word)


def loads(text: str, dialect: columns.Dialect = "python") -> Any:
    """What the text means, or ABSENT; for "strict" with integers of any length left out of account."""
    constants = {} if dialect == "python" else {"parse_constant": _refuse}
    pairs = {"object_pairs_hook": lambda members: {_clean(key): _clean(value) for key, value in members}}
    try:
        return _clean(json.loads(text, **constants, **pairs))
    except (ValueError, RecursionError):
        return ABSENT


def read(tape: columns.Tape, node: int) -> Any:
    """The Python value of a node, by way of the column operations."""
    here = np.array([node])
    kind = columns.kinds(tape, here)[0]
    if kind == columns.MISSING:
        return ABSENT
    if kind == columns.STRING:
        return strings(columns.texts(tape, here)[0])[0]
    if kind == columns.NUMBER:
        return _read_number(tape, node)
    if kind == columns.ARRAY:
        return [read(tape, child) for child in columns.elements(tape, here)[2]]
    if kind == columns.OBJECT:
        _, _, keys, values = columns.members(tape, here)
        return {key: read(tape, value) for key, value in zip(strings(keys), values, strict=True)}
    return {columns.NULL: None, columns.FALSE: False, columns.TRUE: True}[kind]


def _read_number(tape: columns.Tape, node: int) -> int | float:
    value = float(tape.nodes.value[node])
    if tape.nodes.kind[node] == INTEGER:
        return int(value)
    if tape.nodes.kind[node] == LONG:
        return int(strings(columns.text_of(tape, np.array([node])))[0])
    return value


def same(left: Any, right: Any, dialect: columns.Dialect) -> bool:
    """Equality as the documentation defines it, on Python values."""
    if dialect == "python":
        # `loads` gives one object for all NaN: in lists the operator finds it equal to itself.
        return left is not ABSENT and left == right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(a, b, dialect) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key], dialect) for key in left)
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return left is not ABSENT and not (isinstance(left, float) and math.isnan(left)) and left == right
