"""`step`: a reward inside a traced computation."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rewardlang
from tests.reward.systems import reward

RNG = np.random.default_rng(0)
COLUMNS = {
    "speed": RNG.normal(size=6).astype(np.float32), "torque": RNG.normal(size=(6, 3)).astype(np.float32),
    "pose": RNG.normal(size=(6, 3)).astype(np.float32), "fallen": np.array([False, True] * 3),
    "effort": RNG.normal(size=6).astype(np.float32),
}  # fmt: skip
SHAPES = """
reward s(
    v: vec[3][time], u: vec?[3][time], p: vec[3]?, xs: float[time]?, ys: float?[other], m: float[other, time], k: int in 0..9,
    q: box?, late: float[time 2..2] = [1, 2]
) -> float? in -1000..1000 {
    clip(
        sum(v * u ?? 0 over (time, dim)) + (sum(p * p) ?? 100) + (sum(xs) ?? 200) + sum(ys ?? 300) + k * 7
            + sum(m * (ys ?? 1) over (other, time)) + (area(q) ?? 400) + sum(late * sum(v over dim)),
        -1000..1000
    )
}
"""


def one(columns: Any, row: int) -> Any:
    return {name: column[row] for name, column in columns.items()}


def test_a_step_is_a_call() -> None:
    walk = reward("walk")
    expected = walk(COLUMNS, params={"w": 1.5})
    batched = jax.jit(lambda arrays, w: walk.step({"w": w}, arrays))(COLUMNS, 1.5)
    np.testing.assert_allclose(batched.total, expected.total, rtol=1e-6, atol=1e-5)
    for row, path in enumerate(walk.term_paths):
        np.testing.assert_allclose(
            batched.raw[row], expected.terms[path].raw.filled(batched.raw[row]), rtol=1e-6, atol=1e-5
        )
        np.testing.assert_array_equal(batched.active[row], expected.terms[path].active)
    single = walk.step({"w": 1.5}, one(COLUMNS, 2))
    assert single.total.shape == ()
    assert single.raw.shape == (len(walk.term_paths),)
    np.testing.assert_allclose(single.total, expected.total[2], rtol=1e-6, atol=1e-5)


def test_steps_in_vmap_and_scan() -> None:
    walk = reward("walk")
    expected = walk(COLUMNS).total
    mapped = jax.jit(jax.vmap(lambda arrays: walk.step({}, arrays).total))(COLUMNS)
    np.testing.assert_allclose(mapped, expected, rtol=1e-6, atol=1e-5)

    def episode(carry: Any, arrays: Any) -> Any:
        total = walk.step({}, arrays).total
        return carry + total, total

    last, totals = jax.lax.scan(episode, jnp.float32(0), COLUMNS)
    np.testing.assert_allclose(totals, expected, rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(last, expected.sum(), rtol=1e-5, atol=1e-5)
    doubled = {name: jnp.stack([column, column[::-1]]) for name, column in COLUMNS.items()}
    many = jax.lax.scan(lambda c, a: (c, walk.step({}, a).total), 0, doubled)[1]
    np.testing.assert_allclose(many[1], expected[::-1], rtol=1e-6, atol=1e-5)
    weights = jnp.linspace(0.0, 2.0, 50)
    swept = jax.vmap(lambda w: walk.step({"w": w}, COLUMNS).total)(weights)
    np.testing.assert_allclose(swept[10], walk(COLUMNS, params={"w": float(weights[10])}).total, rtol=1e-6, atol=1e-5)


def test_what_is_not_finite_makes_the_sample_missing() -> None:
    walk = reward("walk")
    spoiled = {name: column.copy() for name, column in COLUMNS.items()}
    spoiled["speed"][0], spoiled["torque"][2, 1], spoiled["pose"][3, 2], spoiled["effort"][4] = (
        np.nan,
        np.inf,
        -np.inf,
        np.nan,
    )
    present = walk.step({}, spoiled).total_present
    assert present.tolist() == [False, True, False, False, True, True]
    scores = walk(spoiled, on_invalid="missing")
    np.testing.assert_array_equal(present, ~scores.missing)
    np.testing.assert_allclose(walk.step({}, spoiled).total[4], scores.total[4], rtol=1e-6, atol=1e-5)
    assert jnp.isfinite(walk.step({}, spoiled).total).all()


def test_out_of_range_makes_the_sample_missing() -> None:
    bounded = rewardlang.compile("reward r(a: float in 0..1, k: int in 1..3) -> float in 0..4 { a + k }")
    arrays = {"a": jnp.array([0.5, 1.5, 1.0, 0.0]), "k": jnp.array([1, 1, 4, 3])}
    scores = bounded.step({}, arrays)
    assert scores.total_present.tolist() == [True, False, False, True]
    assert scores.total[np.array([0, 3])].tolist() == [1.5, 3.0]
    assert bounded(arrays, on_invalid="missing").tolist() == [1.5, None, None, 3.0]


def test_lists_vectors_and_optional_fields() -> None:
    run = rewardlang.compile(SHAPES)
    columns: dict[str, Any] = {
        "v": RNG.normal(size=(5, 2, 3)).astype("f4"), "u": RNG.normal(size=(5, 2, 3)).astype("f4"),
        "p": RNG.normal(size=(5, 3)).astype("f4"), "xs": RNG.normal(size=(5, 2)).astype("f4"),
        "ys": RNG.normal(size=(5, 4)).astype("f4"), "m": RNG.normal(size=(5, 4, 2)).astype("f4"),
        "k": np.arange(5, dtype=np.int32), "q": RNG.normal(size=(5, 4)).astype("f4"), "late": np.ones((5, 2), "f4"),
    }  # fmt: skip
    columns["u"][0, 1, 2], columns["p"][1, 0], columns["ys"][2, 3], columns["q"][3, 1] = np.nan, np.nan, np.inf, np.nan
    while True:
        expected, found = run(columns, on_invalid="missing"), run.step({}, columns)
        np.testing.assert_array_equal(found.total_present, ~expected.missing)
        np.testing.assert_allclose(found.total, expected.total.filled(0), rtol=1e-5, atol=1e-3)
        if "u" not in columns:
            break
        columns.pop(next(name for name in ("late", "q", "p", "xs", "u") if name in columns))


def error_of(run: rewardlang.Reward, arrays: Any, params: Any = None) -> str:
    with pytest.raises(rewardlang.CallError) as caught:
        run.step(params or {}, arrays)
    return str(caught.value)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"speed": None}, "`step` needs the array `speed: float`"),
    ({"sped": jnp.zeros(6)}, "`walk` has no field `sped`: did you mean `speed`?"),
    ({"pose": jnp.zeros((6, 2))}, "`pose` is `vec[3]`, but its last dimension is 2"),
    ({"torque": jnp.zeros((5, 3))}, "`torque` has 5 samples, but `speed` has 6"),
    ({"torque": jnp.zeros((2, 6, 3))}, "`torque` has 3 dimensions; one sample has 1, a batch 2"),
    ({"fallen": jnp.zeros(6)}, "`fallen` is `bool`, not an array of float32"),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_wrong_arrays(change: dict[str, Any], message: str) -> None:
    assert error_of(reward("walk"), {**COLUMNS, **change}) == message


def test_what_a_step_cannot_do() -> None:
    text = error_of(rewardlang.load("systems.vlm_r1:rec"), {"completion": jnp.zeros(2), "solution": jnp.zeros(2)})
    assert text.startswith("`rec` does work that cannot be traced: it reads text or JSON, or makes a list")
    assert text.endswith("use `prepare` and `device`")
    assert "`compared` uses `over group`" in error_of(
        rewardlang.compile("reward compared(a: float) -> float { a - mean(a over group) }"), {"a": jnp.zeros(2)}
    )
    assert error_of(reward("walk"), COLUMNS, {"W": 1.0}) == "`walk` has no param `W`: did you mean `w`?"


def test_the_compiler_options_change_no_score() -> None:
    run = rewardlang.compile("reward r(x: float, y: float) -> float { sum { a: tanh(x - y)  b: exp(-x * x) } }")
    fields = {"x": jnp.linspace(-3, 3, 100), "y": jnp.linspace(2, -1, 100)}
    plain = jax.jit(lambda held: run.step({}, held).total)(fields)
    wide = jax.jit(lambda held: run.step({}, held).total, compiler_options=rewardlang.COMPILER_OPTIONS)(fields)
    np.testing.assert_allclose(plain, wide, rtol=1e-6)
