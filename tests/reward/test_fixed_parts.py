"""Parts that are known when compiling: components of vecs, entries of `choose`; and scans whose step reduces a list."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import rewardlang
from rewardlang import CompileError


def test_a_component_of_a_vec_is_never_missing() -> None:
    reward = rewardlang.compile("reward r(v: vec[3]) -> float { v[0] + 10 * v[2] }")
    assert reward(v=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).tolist() == [31.0, 64.0]
    assert "gather" not in str(jax.make_jaxpr(reward.step)({}, {"v": np.ones((2, 3), np.float32)}))


@pytest.mark.parametrize("place", ["3", "i"])
def test_a_place_that_may_be_outside_is(place: str) -> None:
    with pytest.raises(CompileError, match="possibly-missing"):
        rewardlang.compile(f"reward r(v: vec[3], i: int in 0..3) -> float {{ v[{place}] + i }}")


def test_an_index_in_a_bounded_range_is_inside() -> None:
    reward = rewardlang.compile("reward r(v: vec[3], i: int in 0..2) -> float { v[i] }")
    assert reward(v=[[1.0, 2.0, 3.0]] * 3, i=[0, 1, 2]).tolist() == [1.0, 2.0, 3.0]


def test_a_literal_subject_settles_what_may_be_missing() -> None:
    spec = """
    def shape(x: float, kind: text) = choose kind {{ "root": sqrt(x) "double": 2 * x else: number("") }}
    reward r(x: float) -> float {{ shape(x, "{}") + 1 }}
    """
    assert rewardlang.compile(spec.format("double"))(x=[3.0]).tolist() == [7.0]
    for kind in ("root", "other"):
        with pytest.raises(CompileError, match="possibly-missing"):
            rewardlang.compile(spec.format(kind))


def test_a_scan_whose_step_reduces_a_list_has_no_axis_of_it() -> None:
    reward = rewardlang.compile("""
    def step(state: float, fires: bool[edge], source: float[edge], target: float[edge]) -> float =
        lookup(target, where: fires and source == state) ?? state
    reward r(fires: bool[time][edge], source: float[edge], target: float[edge]) -> float[time] {
        scan(step, fires, source, target over time, start: 0)
    }
    """)
    fires = [[[True, False], [False, True], [False, True]], [[False, True], [True, False], [False, False]]]
    columns = {"source": [[0.0, 1.0]] * 2, "target": [[1.0, 2.0]] * 2}
    assert reward(fires=fires, **columns).tolist() == [[1.0, 2.0, 2.0], [0.0, 1.0, 1.0]]
