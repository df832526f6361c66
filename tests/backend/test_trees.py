"""The reward tree: values, scales and contributions of each kind of block."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cores import apply, const, field, param, reward, tree, when
from running import column, executor, score, scored
from toys import BELOW

from rewardlang.backend.host_values import HostBatch
from rewardlang.facts import TRUTH, Interval
from rewardlang.types import BOOL, TEXT

X, Y, Z = (field(name, within=Interval(0, 4)) for name in "xyz")
XS, YS, ZS = [0.5, 2.0, 1.0, 0.0], [1.0, 0.25, 1.0, 0.0], [0.0, 3.0, 0.5, 4.0]
BATCH = HostBatch(4, {"x": column(XS), "y": column(YS), "z": column(ZS)})


def rows(function: Any) -> list[float]:
    return [function(x, y, z) for x, y, z in zip(XS, YS, ZS, strict=True)]


@pytest.mark.parametrize(
    ("kind", "weighted", "expected"),
    [
        ("sum", True, lambda x, y, z: 2 * x + 0.5 * y + z),
        ("mean", True, lambda x, y, z: (2 * x + 0.5 * y + z) / 3.5),
        ("product", True, lambda x, y, z: x**2 * y**0.5 * z),
        ("min", False, min),
        ("max", False, max),
        ("tiers", True, lambda x, y, z: 2 * x + 0.5 * x * y + x * y * z),
    ],
)
def test_the_value_of_each_kind(kind: str, weighted: Any, expected: Any) -> None:
    entries = [("x", X, 2.0), ("y", Y, 0.5), ("z", Z)] if weighted else [("x", X), ("y", Y), ("z", Z)]
    scores = score(reward(tree(kind, *entries)), BATCH)
    np.testing.assert_allclose(scores.total, rows(expected), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("kind", ["sum", "mean", "tiers", "min", "max"])
def test_children_add_up_to_their_parent(kind: str) -> None:
    weights = [] if kind in ("min", "max") else [3.0]
    inner = tree(kind, ("x", X, *weights), ("y", Y), ("z", Z))
    body = tree("sum", ("inner", inner, param("w")), ("rest", X))
    scores = score(reward(body), BATCH, w=1.5)
    np.testing.assert_allclose(scores.contribution[1:4].sum(axis=0), scores.contribution[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(scores.contribution[0] + scores.contribution[4], scores.total, rtol=1e-6)


def test_the_first_of_equal_winners_takes_all() -> None:
    scores = score(reward(tree("max", ("x", X), ("y", Y))), BATCH)
    np.testing.assert_allclose(scores.contribution, [[0, 2, 1, 0], [1, 0, 0, 0]])


def test_a_mean_without_weight_is_zero_and_inactive() -> None:
    body = tree("mean", ("x", X, param("w")), ("y", Y, param("v")))
    scores = score(reward(body), BATCH, w=0.0, v=0.0)
    np.testing.assert_array_equal(scores.total, [0, 0, 0, 0])
    assert not scores.active.any()


def test_a_gate_counts_where_it_is_open() -> None:
    maybe = field("maybe", missing=[()])
    gate = tree("gate", ("maybe", maybe, 2.0), ("log", Y, None, "metric"), subject=apply(BELOW, X, 1.0))
    body = tree("sum", ("gate", gate), ("x", X))
    batch = HostBatch(4, {**BATCH.columns, "maybe": column([1.0] * 4, [True, False, False, False])})
    scores = score(reward(body), batch)
    np.testing.assert_array_equal(scores.total_present, [True, True, True, False])
    np.testing.assert_allclose(scores.total[:3], [2.5, 2.0, 1.0])
    np.testing.assert_array_equal(scores.active[1], [True, False, False, True])
    np.testing.assert_allclose(scores.contribution[1], [2, 0, 0, 0])
    np.testing.assert_allclose(scores.contribution[2], [0, 0, 0, 0])


def test_choose_takes_the_entry_of_the_label() -> None:
    kind = field("kind", TEXT)
    body = tree("choose", ("click", X, 2.0), (("type", "enter"), tree("sum", ("y", Y))), ("else", Z), subject=kind)
    batch = HostBatch(4, {**BATCH.columns, "kind": column(["click", "enter", "typ", "click"])})
    scores = score(reward(body), batch)
    np.testing.assert_allclose(scores.total, [1.0, 0.25, 0.5, 0.0])
    terms = [term.path for term in executor(reward(body)).graph.terms]
    assert terms == ["click", "type,enter", "type,enter/y", "else"]
    np.testing.assert_array_equal(scores.active[0], [True, False, False, True])
    np.testing.assert_allclose(scores.contribution.sum(axis=0), [1.0, 0.5, 0.5, 0.0])


def test_one_path_in_both_branches_is_one_term() -> None:
    body = when(apply(BELOW, X, 1.0), tree("sum", ("a", X), ("b", Y)), tree("sum", ("a", Z)))
    scores = score(reward(body), BATCH)
    assert [term.path for term in executor(reward(body)).graph.terms] == ["a", "b"]
    np.testing.assert_allclose(scores.raw[0], [0.5, 3.0, 0.5, 0.0])
    np.testing.assert_array_equal(scores.active, [[1, 1, 1, 1], [1, 0, 0, 1]])
    np.testing.assert_allclose(scores.contribution.sum(axis=0), scores.total)


def test_all_is_decided_by_one_false_entry() -> None:
    sure = field("sure", BOOL, within=TRUTH)
    maybe = field("maybe", BOOL, within=TRUTH, missing=[()])
    body = tree("all", ("sure", sure), ("maybe", maybe))
    batch = HostBatch(3, {"sure": column([False, True, True]), "maybe": column([True] * 3, [False, False, True])})
    scores = score(reward(body), batch)
    np.testing.assert_array_equal(scores.total_present, [True, False, True])
    np.testing.assert_allclose(scores.total[[0, 2]], [0, 1])
    either = score(reward(tree("any", ("sure", sure), ("maybe", maybe))), batch)
    np.testing.assert_array_equal(either.total_present, [False, True, True])


def test_nothing_below_a_product_has_a_contribution() -> None:
    body = tree("sum", ("p", tree("product", ("x", X), ("s", tree("sum", ("y", Y))))), ("c", const(1.0)))
    terms = executor(reward(body)).graph.terms
    assert [(term.path, term.contribution is None) for term in terms] == [
        ("p", False),
        ("p/x", True),
        ("p/s", True),
        ("p/s/y", True),
        ("c", False),
    ]


def test_a_total_over_an_axis_keeps_it_in_its_terms() -> None:
    from rewardlang.types import FLOAT, Axis

    time = Axis("time", "time")
    body = tree("sum", ("speed", field("v", FLOAT, time)), ("x", X))
    batch = HostBatch(2, {"v": column([1.0, 2.0, 3.0]), "x": column([0.5, 1.0])}, {time: np.array([2, 1])})
    scores = scored(executor(reward(body)), batch)
    np.testing.assert_allclose(scores.total[:, :2], [[1.5, 2.5], [4.0, 1.0]])
    assert scores.raw.shape == (1, 2)
    np.testing.assert_allclose(scores.wide[0].raw[0, :2], [1.0, 2.0])
