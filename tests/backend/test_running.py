"""Rewards built by hand, run from columns to scores."""

from __future__ import annotations

import numpy as np
from cores import apply, coalesce, const, field, param, reward, tree, when
from running import column, json_column, score
from toys import AVERAGE, BEFORE, BELOW, DOT, FIRST, KEEP, NUMBER_OF, ORDERED, SIZE, TOTAL, WORDS

from rewardlang.backend.host_values import HostBatch
from rewardlang.check import core as c
from rewardlang.facts import Interval
from rewardlang.types import BATCH, BOOL, FLOAT, GROUP, INT, JSON, TEXT, Axis, RecordElement, RecordField, Type

A = Axis("a", "a")
B = Axis("b", "b")
SPAN = const(1).span


def ragged(*lengths: int) -> np.ndarray:
    return np.array(lengths, np.int64)


def test_a_missing_entry_makes_its_sum_missing() -> None:
    x, y = field("x"), field("y", missing=[()])
    body = tree("sum", ("a", apply("/", x, y)), ("b", coalesce(y, 7.0)), ("m", x, None, "metric"))
    batch = HostBatch(3, {"x": column([1.0, 2.0, 3.0]), "y": column([2.0, 0.0, 0.0], [True, True, False])})
    scores = score(reward(body), batch)
    np.testing.assert_array_equal(scores.total_present, [True, False, False])
    assert scores.total[0] == 2.5
    np.testing.assert_array_equal(scores.present, [[1, 0, 0], [1, 1, 1], [1, 1, 1]])
    np.testing.assert_array_equal(scores.contribution[2], [0, 0, 0])


def test_axes_broadcast_by_name_and_reductions_see_no_padding() -> None:
    x, y = field("x", FLOAT, A), field("y", FLOAT, B)
    pairs = apply("*", x, y)
    body = apply(TOTAL, apply(TOTAL, pairs, over=((A,),)), over=((B,),))
    xs, ys = [[1.0, 2.0, 3.0], [], [4.0]], [[1.0], [5.0, 6.0], [2.0, 3.0, 4.0, 5.0, 6.0]]
    batch = HostBatch(
        3,
        {"x": column([v for row in xs for v in row]), "y": column([v for row in ys for v in row])},
        {A: ragged(3, 0, 1), B: ragged(1, 2, 5)},
    )
    expected = [sum(a * b for a in p for b in q) for p, q in zip(xs, ys, strict=True)]
    np.testing.assert_allclose(score(reward(body), batch).total, expected)
    several = apply(TOTAL, pairs, over=((A, B),))
    np.testing.assert_allclose(score(reward(several), batch).total, expected)


def test_an_empty_mean_is_missing_and_skip_leaves_entries_out() -> None:
    x = field("x", FLOAT, A, missing=[(A,)])
    batch = HostBatch(3, {"x": column([1.0, 2.0, 9.0, 4.0], [True, True, False, False])}, {A: ragged(3, 0, 1)})
    skipped = score(reward(apply(AVERAGE, x, over=((A,),), missing="skip")), batch)
    np.testing.assert_array_equal(skipped.total_present, [True, False, False])
    assert skipped.total[0] == 1.5
    spread = score(reward(apply(AVERAGE, x, over=((A,),), missing="spread")), batch)
    np.testing.assert_array_equal(spread.total_present, [False, False, False])


def test_lists_made_on_the_host_feed_the_device() -> None:
    made = Axis("words", "word")
    words = apply(WORDS, field("t", TEXT), made=made)
    numbers = apply(NUMBER_OF, words)
    body = apply(TOTAL, apply("*", coalesce(numbers, 0.0), param("w")), over=((made,),))
    batch = HostBatch(3, {"t": column(["1 2.5 x", "", "4"])})
    np.testing.assert_allclose(score(reward(body), batch, w=2.0).total, [7.0, 0.0, 8.0])


def test_a_missing_list_is_empty_for_its_default() -> None:
    made = Axis("words", "word")
    words = apply(WORDS, field("t", TEXT, missing=[()]), made=made)
    nothing = c.ListOf(type=Type(TEXT, (Axis("none", "none", (), 0, 0),)), span=SPAN, items=(), axis=made)
    sizes = apply(SIZE, coalesce(words, nothing))
    batch = HostBatch(2, {"t": column(["ab c", "not here"], [True, False])})
    scores = score(reward(apply(TOTAL, sizes, over=((made,),))), batch)
    np.testing.assert_array_equal(scores.total_present, [True, True])
    np.testing.assert_allclose(scores.total, [3.0, 0.0])


def test_gathers_choose_texts_and_numbers() -> None:
    made = Axis("words", "word")
    words = apply(WORDS, field("t", TEXT), made=made)
    first = apply(SIZE, apply(FIRST, words, over=((made,),)))
    last = apply(FIRST, apply(ORDERED, field("x", FLOAT, A), over=((A,),)), over=((A,),))
    body = tree("sum", ("word", coalesce(first, 0)), ("least", coalesce(last, -1.0)))
    batch = HostBatch(3, {"t": column(["abc d", "", "e fg"]), "x": column([3.0, 1.0, 5.0])}, {A: np.array([2, 0, 1])})
    scores = score(reward(body), batch)
    np.testing.assert_allclose(scores.raw, [[3, 0, 1], [1, -1, 5]])


def test_a_kept_axis_carries_the_mask_of_its_entries() -> None:
    x = field("x", FLOAT, A)
    rise = apply("-", x, apply(BEFORE, x, over=((A,),)))
    body = apply(TOTAL, coalesce(rise, 0.0), over=((A,),))
    batch = HostBatch(2, {"x": column([1.0, 4.0, 9.0, 5.0])}, {A: ragged(3, 1)})
    np.testing.assert_allclose(score(reward(body), batch).total, [8.0, 0.0])


def test_lists_of_lists_are_consumed_inside_out() -> None:
    turn = Axis("turn", "turn")
    made = Axis("words", "word", (turn,))
    words = apply(WORDS, field("t", TEXT, turn), made=made)
    kept_axis = Axis("kept", "kept", (turn,))
    long = apply(KEEP, words, apply(BELOW, 1, apply(SIZE, words)), over=((made,), (made,)), made=kept_axis)
    inner = apply(TOTAL, apply(SIZE, long), over=((kept_axis,),))
    body = apply(TOTAL, apply("*", inner, param("w")), over=((turn,),))
    batch = HostBatch(3, {"t": column(["a bb ccc", "", "dd", "e"])}, {turn: ragged(2, 0, 2)})
    np.testing.assert_allclose(score(reward(body), batch, w=1.0).total, [5.0, 0.0, 2.0])


def test_consumed_axes_need_not_come_last() -> None:
    made = Axis("words", "word")
    words = apply(WORDS, field("t", TEXT), made=made)
    grid = apply(BELOW, apply(SIZE, words), field("x", FLOAT, A))
    texts = when(grid, words, const("none"))
    first = apply(FIRST, texts, over=((made,),))
    body = apply(TOTAL, apply(SIZE, coalesce(first, "")), over=((A,),))
    batch = HostBatch(2, {"t": column(["abc d", ""]), "x": column([2.0, 4.0, 1.0])}, {A: ragged(2, 1)})
    np.testing.assert_allclose(score(reward(body), batch).total, [4 + 3, 0])


def test_groups_exclude_padding_and_invalid_samples() -> None:
    x = field("x", within=Interval(0, 100))
    body = apply("-", x, coalesce(apply(AVERAGE, x, across=GROUP), 0.0))
    ids = np.array([0, 0, 0, 1, 1, 2])
    valid = np.array([True, True, False, True, True, True])
    batch = HostBatch(6, {"x": column([1.0, 3.0, 50.0, 4.0, 8.0, 5.0])}, valid=valid, groups=ids)
    scores = score(reward(body), batch)
    np.testing.assert_allclose(scores.total, [-1, 1, 48, -2, 2, 0])
    np.testing.assert_array_equal(scores.total_present, valid)
    whole = apply("-", x, coalesce(apply(AVERAGE, x, across=BATCH), 0.0))
    np.testing.assert_allclose(score(reward(whole), batch).total, np.array([1, 3, 50, 4, 8, 5]) - 4.2, rtol=1e-5)


def test_group_statistics_skip_missing_samples() -> None:
    x = field("x", missing=[()])
    body = apply(AVERAGE, x, across=GROUP, missing="skip")
    ids = np.array([0, 0, 1, 1])
    batch = HostBatch(4, {"x": column([1.0, 9.0, 3.0, 5.0], [True, False, False, False])}, groups=ids)
    scores = score(reward(body), batch)
    np.testing.assert_array_equal(scores.total_present, [True, True, False, False])
    np.testing.assert_allclose(scores.total[:2], [1, 1])


CALL = RecordElement(
    "Call",
    fields=(
        RecordField("name", Type(TEXT)),
        RecordField("score", Type(FLOAT, missing=frozenset({frozenset()}))),
        RecordField("tags", Type(TEXT, (Axis("tags", "tag"),))),
    ),
)


def test_records_are_decoded_field_by_field() -> None:
    calls = field("calls", CALL, A)
    tag = Axis("tag of call", "tag", (A,))
    name = c.Project(type=Type(TEXT, (A,)), span=SPAN, of=calls, name="name")
    points = c.Project(type=Type(FLOAT, (A,), frozenset({frozenset({A})})), span=SPAN, of=calls, name="score")
    tags = c.Project(type=Type(TEXT, (A, tag)), span=SPAN, of=calls, name="tags")
    sizes = apply(TOTAL, apply(SIZE, tags), over=((tag,),))
    each = apply("+", apply("+", apply(SIZE, name), coalesce(points, -1.0)), sizes)
    body = apply(TOTAL, each, over=((A,),))
    values = [
        {"name": "ab", "score": 2.5, "tags": ["x", "yz"], "more": 1},
        {"name": "c", "score": "2", "tags": []},
        {"name": "", "tags": ["long"]},
    ]
    batch = HostBatch(2, {"calls": json_column(values)}, {A: ragged(2, 1)})
    np.testing.assert_allclose(score(reward(body), batch).total, [2 + 2.5 + 3 + 1 - 1 + 0, 0 - 1 + 4])


def test_a_chosen_record_keeps_its_fields() -> None:
    left, right = field("left", CALL), field("right", CALL)
    chosen = c.Select(type=Type(CALL), span=SPAN, condition=apply(BELOW, field("x"), 1.0), yes=left, no=right)
    tag = Axis("tag of chosen", "tag")
    tags = c.Project(type=Type(TEXT, (tag,)), span=SPAN, of=chosen, name="tags")
    name = c.Project(type=Type(TEXT), span=SPAN, of=chosen, name="name")
    body = apply("+", apply(TOTAL, apply(SIZE, tags), over=((tag,),)), apply(SIZE, name))
    one, two = {"name": "a", "tags": ["b", "c"]}, {"name": "long", "tags": ['d\n"e']}
    batch = HostBatch(2, {"left": json_column([one, two]), "right": json_column([two, two]), "x": column([0.0, 2.0])})
    np.testing.assert_allclose(score(reward(body), batch).total, [3, 8])


def test_an_invalid_record_is_missing() -> None:
    call = field("call", JSON)
    from rewardlang.ops.records import DECODE

    decoded = c.Apply(
        type=Type(CALL, missing=frozenset({frozenset()})),
        span=SPAN,
        builtin=DECODE,
        operands=(call,),
        options=(("type", Type(CALL)),),
    )
    name = c.Project(type=Type(TEXT, missing=frozenset({frozenset()})), span=SPAN, of=decoded, name="name")
    body = apply(SIZE, name)
    values = [{"name": "abc", "tags": []}, {"name": 1, "tags": []}, {"name": "a", "tags": [1]}, "text"]
    scores = score(reward(body), HostBatch(4, {"call": json_column(values)}))
    np.testing.assert_array_equal(scores.total_present, [True, False, False, False])


def test_a_scan_carries_along_its_axis() -> None:
    x = field("x", FLOAT, A)
    carry = c.Symbol(type=Type(FLOAT), span=SPAN, name="carry")
    entry = c.Symbol(type=Type(FLOAT), span=SPAN, name="entry")
    step = apply("+", apply("*", carry, param("w")), apply("*", entry, entry))
    scan = c.Scan(
        type=Type(FLOAT, (A,)),
        span=SPAN,
        start=const(1.0),
        operands=(x,),
        axis=A,
        carry="carry",
        names=("entry",),
        body=step,
    )
    body = apply(TOTAL, scan, over=((A,),))
    batch = HostBatch(2, {"x": column([1.0, 2.0, 3.0])}, {A: ragged(2, 1)})
    np.testing.assert_allclose(score(reward(body), batch, w=0.5).total, [1.5 + 4.75, 9.5])


def test_matrices_run_an_instance_at_a_time() -> None:
    x, y = field("x", FLOAT, A), field("y", FLOAT, A)
    body = apply(DOT, x, y, over=((A,), (A,)))
    batch = HostBatch(2, {"x": column([1.0, 2.0, 3.0]), "y": column([4.0, 5.0, 6.0])}, {A: ragged(2, 1)})
    np.testing.assert_allclose(score(reward(body), batch).total, [14, 18])


def test_positions_and_new_names_pair_a_list_with_itself() -> None:
    x = field("x", FLOAT, A)
    other = Axis("other", "other")
    renamed = c.Relabel(type=Type(FLOAT, (other,)), span=SPAN, of=x, old=A, new=other)
    place = c.Position(type=Type(INT, (A,)), span=SPAN, axis=A)
    body = apply(TOTAL, apply("*", apply("*", x, place), renamed), over=((A, other),))
    batch = HostBatch(2, {"x": column([1.0, 2.0, 3.0, 4.0])}, {A: ragged(3, 1)})
    np.testing.assert_allclose(score(reward(body), batch).total, [8 * 6, 0])
    shorter = Axis("shorter", "shorter", (), 0, 2)
    cut = c.Cut(type=Type(FLOAT, (shorter,)), span=SPAN, of=x, old=A, new=shorter)
    np.testing.assert_allclose(score(reward(apply(TOTAL, cut, over=((shorter,),))), batch).total, [3, 4])


def test_stacks_hold_numbers_and_texts() -> None:
    two = Axis("two", "two", (), 2, 2)
    numbers = c.ListOf(type=Type(FLOAT, (two,)), span=SPAN, items=(field("x"), const(5.0)), axis=two)
    texts = c.ListOf(type=Type(TEXT, (two,)), span=SPAN, items=(field("t", TEXT), const("abc")), axis=two)
    each = apply("*", numbers, apply(SIZE, texts))
    batch = HostBatch(2, {"x": column([1.0, 2.0]), "t": column(["a", "bb"])})
    np.testing.assert_allclose(score(reward(apply(TOTAL, each, over=((two,),))), batch).total, [16, 19])


def test_numbers_from_text_compare_exactly_with_params_and_device_values() -> None:
    number = coalesce(apply(NUMBER_OF, field("t", TEXT)), 0.0)
    below = apply(BELOW, number, param("w"))
    texts = ["0.1", "0.1000000001", "0.0999999999", "0.3"]
    scores = score(reward(tree("sum", ("b", below))), HostBatch(4, {"t": column(texts)}), w=0.1)
    np.testing.assert_array_equal(scores.total, [0, 0, 1, 0])
    doubled = apply(BELOW, number, apply("*", param("w"), 1.0 + 2.0**-20))
    near = score(reward(tree("sum", ("b", doubled))), HostBatch(2, {"t": column(["1", "1.00000096"])}), w=1.0)
    np.testing.assert_array_equal(near.total, [1, 0])


def test_what_overflows_saturates() -> None:
    x = field("x")
    body = apply("-", apply("*", x, x), apply("*", apply("*", x, x), x))
    scores = score(reward(body), HostBatch(3, {"x": column([1e30, -1e38, 1e300])}))
    assert np.isfinite(scores.total).all()


def test_a_bool_list_counts_as_numbers() -> None:
    body = apply(TOTAL, field("x", BOOL, A), over=((A,),))
    batch = HostBatch(2, {"x": column([True, False, True])}, {A: ragged(3, 0)})
    np.testing.assert_allclose(score(reward(body), batch).total, [2, 0])
