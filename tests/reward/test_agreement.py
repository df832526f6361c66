"""A sample scores the same alone, in a batch, permuted, jitted or not; terms add up to what holds them."""

from __future__ import annotations

import random
from typing import Any

import jax
import numpy as np
import pytest

import rewardlang
from rewardlang import Reward, Scores
from tests.reward.hostile import batch
from tests.reward.profile import scaled
from tests.reward.systems import SOME, each, reward, scored

SAMPLES = 16
GROUPED = ("compared", "systems.bleuberi:bleu_rm")


def agree(run: Reward, one: Scores, rows: Any, other: Scores) -> None:
    """The rows of one call score as the other call: discrete parts equally, floats within the promise."""
    low, high = run.range
    span = min(high - low, 1e6) if np.isfinite(high - low) else 1.0
    np.testing.assert_array_equal(one.missing[rows], other.missing)
    assert [one.reasons[row] for row in rows] == list(other.reasons)
    close(one.total[rows], other.total, span)
    for path, term in one.terms.items():
        twin = other.terms[path]
        np.testing.assert_array_equal(*of_one_shape(term.active[rows], twin.active))
        np.testing.assert_array_equal(*of_one_shape(term.present[rows], twin.present))
        for name in ("raw", "weight", "contribution"):
            mine, theirs = getattr(term, name), getattr(twin, name)
            assert (mine is None) == (theirs is None)
            if mine is not None:
                close(mine[rows], theirs, span)


def of_one_shape(one: Any, other: Any) -> tuple[Any, Any]:
    """Both with the padding of the wider one: totals along an axis are as wide as the longest list of their call."""
    shape = tuple(map(max, one.shape, other.shape))
    return padded(one, shape), padded(other, shape)


def padded(array: Any, shape: tuple[int, ...]) -> Any:
    widths = [(0, wide - narrow) for wide, narrow in zip(shape, array.shape, strict=True)]
    if not isinstance(array, np.ma.MaskedArray):
        return np.pad(array, widths)
    mask = np.pad(np.ma.getmaskarray(array), widths, constant_values=True)
    return np.ma.array(np.pad(array.data, widths), mask=mask)


def close(one: Any, other: Any, span: float) -> None:
    one, other = of_one_shape(one, other)
    np.testing.assert_array_equal(np.ma.getmaskarray(one), np.ma.getmaskarray(other))
    np.testing.assert_allclose(one.compressed(), other.compressed(), rtol=1e-6, atol=1e-6 * span)


def rows_of(columns: dict[str, list[Any]], rows: Any) -> dict[str, list[Any]]:
    return {name: [column[row] for row in rows] for name, column in columns.items()}


def call(run: Reward, columns: dict[str, list[Any]]) -> Scores:
    """Each sample as a group of its own."""
    return scored(run, columns, **({"group": 1} if "group" in run.interface.across else {}))


@each(SOME)
def test_alone_and_permuted(name: str) -> None:
    run, rng = reward(name), random.Random(f"agree {name}")
    columns = batch(rng, run, SAMPLES)
    together = call(run, columns)
    # What reduces over the batch depends on all of it.
    for row in range(0, SAMPLES, 9) if "batch" not in run.interface.across else ():
        agree(run, together, [row], call(run, rows_of(columns, [row])))
    order = rng.sample(range(SAMPLES), SAMPLES)
    agree(run, together, order, call(run, rows_of(columns, order)))


@each(SOME[:: scaled(3, 1, 1)])
def test_not_jitted(name: str) -> None:
    run, rng = reward(name), random.Random(f"not jitted {name}")
    columns = batch(rng, run, SAMPLES)
    together = call(run, columns)
    with jax.disable_jit():
        agree(run, together, range(SAMPLES), call(run, columns))


@pytest.mark.parametrize("name", GROUPED)
def test_groups_permuted(name: str) -> None:
    run, rng = reward(name), random.Random(3)
    columns = batch(rng, run, 24)
    together = run(columns, group=4, on_invalid="missing")
    order = [row for group in (3, 0, 5, 1, 4, 2) for row in rng.sample(range(4 * group, 4 * group + 4), 4)]
    agree(run, together, order, run(rows_of(columns, order), group=4, on_invalid="missing"))


TREE = """
param w: float in 0..2 = 0.6
reward r(a: float in -1..1, b: score, c: score, d: float?, action: text) -> float? in -99..99 {
    sum {
        plain: a
        weighted: b weight w
        nested: sum { x: a weight 2  y: mean { p: b weight c  q: c weight 1 } weight w } weight 0.5
        gated: gate b > 0.5 { x: a  y: c weight 3 }
        chosen: choose action { "click": sum { x: a  y: b }  "type", "enter": b  else: mean { x: c } } weight 2
        least: min { x: a  y: sum { p: b  q: c } }
        most: max { x: a  y: b  z: c } weight w
        steps: tiers { x: b  y: c weight 2 }
        optional: clip(d, -1..1) ?? 0
        metric seen: b
        together: product { x: b  y: c weight 2 }
    }
}
"""
ADDING = ("nested", "nested/y", "gated", "chosen", "least", "least/y", "most", "steps")


def test_contributions_add_up() -> None:
    rng = random.Random(4)
    run = rewardlang.compile(TREE)
    rows = 200
    columns = {
        "a": [rng.uniform(-1, 1) for _ in range(rows)], "b": [rng.choice((0, 1, rng.random())) for _ in range(rows)],
        "c": [rng.choice((0, 1, rng.random())) for _ in range(rows)], "d": [rng.choice((None, rng.gauss(0, 1))) for _ in range(rows)],
        "action": [rng.choice(("click", "type", "enter", "scroll", "")) for _ in range(rows)],
    }  # fmt: skip
    scores = run(columns, params={"w": 1.3})
    shares = {path: term.contribution for path, term in scores.terms.items()}
    assert not scores.missing.any()
    roots = [shares[path].filled(0) for path in shares if "/" not in path and scores.terms[path].kind != "metric"]
    np.testing.assert_allclose(np.sum(roots, axis=0), scores.total, rtol=1e-5, atol=1e-5)
    for parent in ADDING:
        children = [
            path for path in shares if path.startswith(f"{parent}/") and path.count("/") == parent.count("/") + 1
        ]
        assert len(children) > 1
        total = np.sum([shares[child].filled(0) for child in children], axis=0)
        np.testing.assert_allclose(total, shares[parent].filled(0), rtol=1e-5, atol=1e-5, err_msg=parent)
    assert shares["together/x"] is None


@pytest.mark.parametrize(("kind", "missing"), [("max", "x"), ("max", "y"), ("min", "x"), ("min", "y"), ("tiers", "x")])
def test_what_a_missing_entry_would_decide_earns_nothing(kind: str, missing: str) -> None:
    run = rewardlang.compile(
        f"reward r(x: float?, y: float?) -> float? {{ {kind} {{ x: clip(x, 0..1)  y: clip(y, 0..1) }} }}"
    )
    scores = run({name: [0.5, None if name == missing else 0.25, None if name == missing else 1.0] for name in "xy"})
    assert scores.missing.tolist() == [False, True, True]
    other = scores.terms["y" if missing == "x" else "x"]
    assert other.present.all()
    assert other.contribution[1:].tolist() == [0, 0]


@pytest.mark.parametrize("name", ["texts", "documents", "scalars", "lists", "shapes", "walk"])
def test_roots_add_up_to_the_total(name: str) -> None:
    run = reward(name)
    scores = run(batch(random.Random(5), run, 200), on_invalid="missing")
    roots = [
        t.contribution.filled(0) for path, t in scores.terms.items() if "/" not in path and t.contribution is not None
    ]
    held = ~scores.missing
    np.testing.assert_allclose(np.sum(roots, axis=0)[held], scores.total[held].data, rtol=1e-5, atol=1e-4)
    assert held.any()


def test_scores_as_a_table() -> None:
    scores = rewardlang.compile("reward r(a: float, xs: float[time]) -> float in -9..9 { sum { a: clip(a, -9..8)  metric m: xs + 1 } }")(
        {"a": [1.0, float("nan"), 2.0], "xs": [[1.0], [2.0, 3.0], []]}, on_invalid="missing"
    )  # fmt: skip
    table = scores.to_arrow().to_pydict()
    assert table["total"] == [1.0, None, 2.0]
    assert table["missing"] == [False, True, False]
    assert table["reason"] == [None, "invalid input: `a` is not a finite number", None]
    assert table["a/contribution"] == [1.0, None, 2.0]
    assert table["m/raw"] == [[2.0], [None, None], []]
    assert np.isnan(np.asarray(scores)).tolist() == [False, True, False]
    along = rewardlang.compile("reward r(t: text) -> float?[word] { number(words(t)) }")(t=["1 x 3", "", "y"])
    assert along.tolist() == [[1.0, None, 3.0], [], None]
    assert along.to_arrow()["total"].to_pylist() == [[1.0, None, 3.0], [], []]
    missing = rewardlang.compile("reward r(xs: float[time]?, a: float) -> float[time]? in -9..9 { clip(xs + a, -9..9) }")(
        {"xs": [[1, 2], None, [], []], "a": [0, 0, 0, float("nan")]}, on_invalid="missing"
    )  # fmt: skip
    assert missing.tolist() == [[1.0, 2.0], None, [], None]
