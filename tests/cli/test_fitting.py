"""What the quick check of a file says of a value is what the running side says of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rewardlang.backend.ingest import ingest
from rewardlang.diagnostics import CallError
from rewardlang.facts import Interval
from rewardlang.tables.batch import Batch
from rewardlang.tables.fitting import Wanted, first_fault, misfit
from rewardlang.testing.hints import Hints
from rewardlang.testing.strategies import arguments, strategy_for
from rewardlang.types import (
    BOOL,
    BOX,
    FLOAT,
    INT,
    JSON,
    POINT,
    TEXT,
    Axis,
    RecordElement,
    RecordField,
    Type,
    vec_axis,
    write_type,
)

FOUND = Axis("input:found", "found")
FEW = Axis("input:few", "few", (), 1, 2)
INNER = Axis("input:inner", "inner")
CALL = RecordElement("Call", 0, fields=(
    RecordField("name", Type(TEXT)),
    RecordField("n", Type(INT).lacking(())),
    RecordField("more", Type(JSON).lacking(())),
))  # fmt: skip

TYPES = (
    Type(BOOL),
    Type(INT),
    Type(INT).within(Interval(0, 3)),
    Type(FLOAT),
    Type(FLOAT).within(Interval(0, 1)),
    Type(FLOAT).lacking(()),
    Type(TEXT),
    Type(TEXT).lacking(()),
    Type(POINT),
    Type(BOX),
    Type(BOX).lacking(()),
    Type(FLOAT, (vec_axis(3),)),
    Type(FLOAT, (FOUND,)),
    Type(FLOAT, (FOUND,)).lacking((FOUND,)),
    Type(TEXT, (FOUND,)).lacking(()),
    Type(TEXT, (FEW,)),
    Type(BOX, (FOUND,)),
    Type(INT, (FOUND, INNER)),
    Type(FLOAT, (vec_axis(2), FOUND)),
    Type(JSON),
    Type(CALL),
    Type(CALL, (FOUND,)),
)

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 5), st.just(2**40), st.floats(width=32),
    st.sampled_from(["", "a", "2", '{"name": "x"}']),
)  # fmt: skip
records = st.fixed_dictionaries({}, optional={"name": scalars, "n": scalars})
values = st.recursive(scalars | records, lambda inner: st.lists(inner, max_size=4), max_leaves=6)


def fits(value: Any, type_: Type) -> bool:
    try:
        return not ingest("x", [value], type_).invalid.any()
    except CallError:
        return False


@pytest.mark.parametrize("type_", TYPES, ids=write_type)
def test_what_fits_can_be_scored(type_: Type) -> None:
    @settings(max_examples=60, deadline=None, database=None)
    @given(values | strategy_for(type_))
    @example(1)
    @example([1, 2, 3, 4])
    @example([1, None, 3, 4])
    @example([[1, 2], [1]])
    @example({"name": "f", "n": "wrong", "extra": []})
    @example({"n": 1})
    def check(value: Any) -> None:
        # Arrow takes a text for a list of characters and a fraction for a whole number; a file is held to its types.
        lenient = type_.element == INT or any(axis.name != "dim" for axis in type_.axes)
        fault = misfit(value, type_)
        assert fits(value, type_) or fault is not None
        assert not fits(value, type_) or fault is None or lenient

    check()


@pytest.mark.parametrize("type_", TYPES, ids=write_type)
def test_what_is_drawn_for_a_type_is_of_the_type(type_: Type) -> None:
    @settings(max_examples=40, deadline=None, database=None)
    @given(strategy_for(type_, Hints(words=("click",), numbers=(0.5, 20), tags=(("<a>", "</a>"),))))
    def check(value: Any) -> None:
        assert misfit(value, type_) is None

    check()


SHARED = {"a": Type(FLOAT, (FOUND,)), "b": Type(TEXT, (FOUND,)).lacking(()), "c": Type(BOX, (INNER,))}


@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(arguments(SHARED, Hints()), min_size=1, max_size=3))
def test_lists_that_share_an_axis_are_drawn_with_one_length(samples: list[dict[str, Any]]) -> None:
    columns = {name: [sample[name] for sample in samples] for name in SHARED}
    assert (
        first_fault(Batch(0, len(samples), columns), {n: Wanted(t, required=True) for n, t in SHARED.items()}) is None
    )


def test_lists_that_share_an_axis_and_differ_are_told() -> None:
    batch = Batch(7, 2, {"a": [[1], [1, 2]], "b": [["x"], ["x"]], "c": [[], []]}, [8, 10])
    fault = first_fault(batch, {name: Wanted(type_, required=True) for name, type_ in SHARED.items()})
    assert fault == "row 8 (line 10): columns `a` and `b` share the axis `found`, but have 2 and 1 entries"


@pytest.mark.parametrize(
    ("value", "type_", "text"),
    [
        (None, Type(FLOAT), "is missing, but `float` is required"),
        ([1, 2, 3], Type(BOX), "is [1, 2, 3], no `box`"),
        ([], Type(TEXT, (FEW,)), "has 0 entries along `few`, not 1..2"),
        ([[1], [1, 2]], Type(INT, (FOUND, INNER)), "has lists of different lengths along `inner`"),
        ({"n": 1}, Type(CALL), "is {'n': 1}, no `Call`"),
        ("x" * 100, Type(FLOAT), f"is '{'x' * 59}…, no `float`"),
        (5, Type(FLOAT).within(Interval(0, 1)), "is 5, outside 0..1"),
    ],
)
def test_misfits_are_told(value: Any, type_: Type, text: str) -> None:
    assert misfit(value, type_) == text
