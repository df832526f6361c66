"""Whether the column lowering of a builtin agrees with its meaning, row by row."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from rewardlang.columns.column import Bundle, Captures, JsonColumn, Ragged
from rewardlang.columns.texts import PADDING, Texts
from rewardlang.ops.builtin import Lists

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.ops.builtin import Builtin

any_text = st.text(st.characters(codec="utf-8"), max_size=12)
tags = st.lists(
    st.sampled_from(["<a>", "</a>", "<", ">", "a", "b", " ", "\n", "\t", "é", "😀", "\u3000", ""]), max_size=8
)
numbers = st.lists(
    st.sampled_from(["1", "-2", "+", "-", ".", "3.5", "e5", "1e999", "0", "9007199254740993", ",", " ", "x", ")", "٣"]),
    max_size=7,
)
texts = st.one_of(any_text, tags.map("".join), numbers.map("".join))
columns = st.lists(texts, max_size=6)


def column(values: Sequence[str]) -> Texts:
    """Texts with other characters between them and the smallest padding, in reverse order."""
    blob, starts = b"<", [0] * len(values)
    for row in reversed(range(len(values))):
        starts[row] = len(blob)
        blob += values[row].encode() + b"a\xe3\x80\x80>1"
    ends = [start + len(value.encode()) for start, value in zip(starts, values, strict=True)]
    buffer = np.frombuffer(blob + bytes(PADDING), dtype=np.uint8)
    return Texts(buffer, np.array(starts, np.int64), np.array(ends, np.int64))


def ragged(lists: Sequence[Sequence[Any]], make: Any = column) -> Ragged:
    offsets = np.concatenate(([0], np.cumsum([len(entries) for entries in lists], dtype=np.int64))).astype(np.int64)
    return Ragged(offsets, make([entry for entries in lists for entry in entries]))


def unpacked(result: Any) -> list[Any]:
    """A column as Python values."""
    if isinstance(result, Ragged):
        assert result.offsets[0] == 0
        assert len(result.column) == result.offsets[-1]
        flat = unpacked(result.column)
        return [flat[start:end] for start, end in pairwise(result.offsets.tolist())]
    if isinstance(result, Texts):
        return result.to_list()
    if isinstance(result, JsonColumn):
        from tests.ops_text.json_values import read

        return [read(result.tape, node) for node in result.nodes]
    if isinstance(result, Captures):
        groups = [result.group(number) for number in range(result.spans.shape[1] // 2)]
        listed = [(texts.to_list(), present) for texts, present in groups]
        return [tuple(texts[row] if present[row] else None for texts, present in listed) for row in range(len(result))]
    if isinstance(result, Bundle):
        listed = {name: unpacked(part) for name, part in result.parts.items()}
        return [dict(zip(listed, row, strict=True)) for row in zip(*listed.values(), strict=True)]
    assert isinstance(result, np.ndarray)
    return result.tolist()


def lowered(builtin: Builtin, *arguments: Any, **options: Any) -> list[Any]:
    """What the lowering gives, None where it is missing."""
    run = builtin.lists if isinstance(builtin, Lists) else builtin.rows
    result = run(*arguments, **options)
    if not builtin.partial:
        return unpacked(result)
    values, present = result
    assert present.dtype == np.bool_
    return [value if here else None for value, here in zip(unpacked(values), present.tolist(), strict=True)]


def same(left: Any, right: Any) -> bool:
    """Equality that tells 0.0 from -0.0 but not 1 from 1.0, and has NaN equal itself."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) and isinstance(right, float):
        if math.isnan(left) or math.isnan(right):
            return math.isnan(left) and math.isnan(right)
        return left == right and math.copysign(1, left) == math.copysign(1, right)
    return left == right


def agree(builtin: Builtin, arguments: Sequence[Any], rows: Sequence[Sequence[Any]], **options: Any) -> None:
    """`arguments` are columns, `rows` the Python values that they hold, row by row."""
    found = lowered(builtin, *arguments, **options)
    wanted = [builtin.one(*row, **options) for row in rows]
    assert same(found, wanted), f"{builtin.name}: {found} is not {wanted} for {rows} with {options}"
