"""Random specs on random batches: compiled rewards agree with the oracle, and what the oracle itself must keep.

`REWARDLANG_PROFILE` says how many specs are drawn: `quick` (the default), `ci`, or `deep`.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.reference.agreement import FIELDS, Scores, assert_agrees
from tests.reference.compiled import compiled_scores
from tests.reference.interpreter import evaluate
from tests.reference.running import checked
from tests.strategies.batches import batches, params
from tests.strategies.specs import specs

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewardlang.check.checked import Checked

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
quick = settings(max_examples=40, deadline=None, database=None, derandomize=True, suppress_health_check=SLOW)
SPECS = {"quick": 40, "ci": 150, "deep": 2000}[os.environ.get("REWARDLANG_PROFILE", "quick")]
profile = settings(quick, max_examples=SPECS)
compiling = settings(quick, max_examples=max(2, SPECS // 20))
SPEC = "reward r(a: float, xs: float[time]) { sum { x: a weight 3  y: max { p: sum(xs)  q: 1 }  z: a > 0.5 } }"
BATCH = [{"a": 0.7, "xs": [1.1, 2.2]}, {"a": 0.1, "xs": []}]


def single(value: Any) -> Any:
    """Every float rounded to float32."""
    if isinstance(value, list):
        return [single(entry) for entry in value]
    return struct.unpack("f", struct.pack("f", value))[0] if isinstance(value, float) else value


def rounded(*call: Any) -> Scores:
    return [
        {
            "total": single(result.total),
            "terms": {
                path: {name: single(getattr(term, name)) for name in FIELDS} for path, term in result.terms.items()
            },
        }
        for result in evaluate(*call)
    ]


@quick
@given(specs(), batches(), params())
def test_generated_specs_are_accepted_and_agree_with_their_own_rounding(spec: str, batch: Any, given_: Any) -> None:
    assert_agrees(checked(spec), "r", batch[0], given_, batch[1], rounded)


@quick
@given(specs(), batches(), params())
def test_a_sample_depends_on_its_group_alone(spec: str, batch: Any, given_: Any) -> None:
    if "over batch" in spec:
        spec = spec.replace("over batch", "over group")
    module, (samples, groups) = checked(spec), batch
    whole = evaluate(module, "r", samples, given_, groups)
    chosen = [place for place, group in enumerate(groups) if group == groups[-1]]
    alone = evaluate(module, "r", [samples[i] for i in chosen], given_, [groups[i] for i in chosen])
    assert [whole[i].total for i in chosen] == [result.total for result in alone]
    assert [whole[i].terms for i in chosen] == [result.terms for result in alone]


@quick
@given(specs(), batches(), params())
def test_contributions_of_the_roots_entries_add_up(spec: str, batch: Any, given_: Any) -> None:
    for result in evaluate(checked(spec), "r", batch[0], given_, batch[1]):
        roots = [term for path, term in result.terms.items() if "/" not in path and term.counts]
        shares = [term.contribution for term in roots]
        # A branch of an `if` that is no block has no entries.
        taken = any(term.active is not False for term in roots)
        if result.total is not None and taken and None not in shares:
            assert sum(shares) == pytest.approx(result.total, rel=1e-9, abs=1e-9 * result.scale)


def spoiled(change: Callable[[Any], None]) -> Callable[..., Scores]:
    def scores_of(*call: Any) -> Scores:
        scores = rounded(*call)
        change(scores[0])
        return scores

    return scores_of


@pytest.mark.parametrize(
    ("message", "change"),
    [
        ("sample 0: total", lambda s: s.update(total=s["total"] * 1.0001)),
        ("sample 0: total", lambda s: s.update(total=None)),
        ("term x: raw", lambda s: s["terms"]["x"].update(raw=0.71)),
        ("term x: weight", lambda s: s["terms"]["x"].update(weight=2)),
        ("term z: raw", lambda s: s["terms"]["z"].update(raw=0)),
        ("term y/q: contribution", lambda s: s["terms"]["y/q"].update(contribution=1.0)),
        ("term y: active", lambda s: s["terms"]["y"].update(active=False)),
        ("term y: present", lambda s: s["terms"]["y"].update(present=False)),
        ("terms", lambda s: s["terms"].pop("y/p")),
    ],
)
def test_the_harness_sees_every_difference(message: str, change: Callable[[Any], None]) -> None:
    spec: Checked = checked(SPEC)
    assert_agrees(spec, "r", BATCH, None, None, rounded)
    with pytest.raises(AssertionError, match=message):
        assert_agrees(spec, "r", BATCH, None, None, spoiled(change))


COMPILED = [
    SPEC,
    'reward r(a: float, xs: float[time]) -> float? { sum { x: mean(xs) weight a  y: choose "k" { "k": a  else: 0 } } }',
    "reward r(a: float, xs: float[time]) { tiers { x: clip(a, 0..1)  y: mean { p: a > 0.5 weight 2  q: 1 } } }",
    "reward r(a: float, xs: float[time]) { gate a > 0.5 { x: sum(xs / a, missing: skip)  metric m: count(xs > 1.5) } }",
    "reward r(a: float, xs: float[time]) { let off = a - mean(a over group) return sum { x: off  y: max(xs) ?? off } }",
]


@pytest.mark.parametrize("spec", COMPILED)
def test_compiled_rewards_agree(spec: str) -> None:
    assert_agrees(checked(spec), "r", BATCH, None, [0, 0], compiled_scores)


@profile
@given(specs(), batches(), params())
def test_random_rewards_agree(spec: str, batch: Any, given_: Any) -> None:
    import jax

    # The same operations one by one: compiling would take most of the time, and has a test of its own.
    with jax.disable_jit():
        assert_agrees(checked(spec), "r", batch[0], given_, batch[1], compiled_scores)


@compiling
@given(specs(depth=1), batches(most=3), params())
def test_random_rewards_agree_when_jitted(spec: str, batch: Any, given_: Any) -> None:
    assert_agrees(checked(spec), "r", batch[0], given_, batch[1], compiled_scores)
