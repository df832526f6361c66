"""Every builtin on numbers, points and boxes has finite values and gradients where mathematics has none.

The calls come from the registry, in rewards that `step` runs: `jit(vmap(grad))` of each field, one sample at a time.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rewardlang
from rewardlang.diagnostics import CompileError
from rewardlang.ops.builtin import Gather, Matrix, Reduction, Role, Scalar
from rewardlang.ops.registry import BUILTINS
from rewardlang.types import BOOL, BOX, FLOAT, POINT, Element

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewardlang import Reward
    from rewardlang.ops.builtin import Builtin, Parameter

OPERATORS = ("+", "-", "*", "/", "%", "**", "==", "!=", "<", "<=", ">", ">=")
ON_THE_HOST = ("keep", "unique")
"""The lists that they make are made there; `step` refuses them."""
PAIRS = "abs(l0 * rename(l1, a: b))"
WRITTEN = {
    "average_precision": tuple(
        f"average_precision({PAIRS}, l1, l2 > 0, rename(l2, a: b) > 0{more})" for more in ("", ", threshold: 0.5")
    ),
    "bellman": ("bellman(l0, index(a), index(a) + 1, 0.9)", "bellman(l0, index(a), 0 * index(a), mean(l1) ?? 0)"),
    "lookup": ("lookup(l0, where: l1 > 0)",),
}
"""Calls of builtins whose signature does not say all."""
WRAPPERS = ("{}", "({}) ?? 0", "if {} then 1 else 0", "sum({})", "sum({} ?? 0)", "count({})", "sum({} over (a, b))",
            "count({} over (a, b))", "({}).x + ({}).y", "area({})", "if {} ?? false then 1 else 0")  # fmt: skip
FIELDS = "x0: float, x1: float, x2: float, x3: float, p0: point, p1: point, b0: box, b1: box"
LISTED = "l0: float[a], l1: float[a], l2: float[a]"
PRODUCTS = ("assign", "average_precision", "bellman", "dtw", "frechet")
"""Their work is a product of two lengths."""
LENGTHS = (0, 1, 4)
LONG = 4096
SAME, OTHER = (0.0, 0.0, 10.0, 10.0), (3.0, 4.0, 8.0, 6.0)
BOXES = (SAME, OTHER, (5.0, 5.0, 5.0, 5.0), (10.0, 10.0, 0.0, 0.0), (10.0, 0.0, 20.0, 10.0), (0.0, 0.0, 10.0, 0.0),
         (0.0, 0.0, 0.0, 0.0), (20.0, 30.0, 21.0, 31.0), (-1e4, -1e4, 1e4, 1e4))  # fmt: skip
"""Coincident, nested, a point, inverted, touching, flat, empty, far apart, large."""
NUMBERS = (0.0, -0.0, 1.0, -1.0, 0.5, 1e-6, 1e4, -1e4)


def differentiable(builtin: Builtin) -> bool:
    """Whether it has numbers to differentiate by, on the device."""
    kinds = (Scalar, Reduction, Gather, Matrix)
    takes = any(not {FLOAT, POINT, BOX}.isdisjoint(p.accepts) for p in builtin.parameters if not p.option)
    return takes and isinstance(builtin, kinds) and not builtin.internal and builtin.name not in ON_THE_HOST


def calls(builtin: Builtin) -> Iterator[str]:
    """Calls with fields of all kinds that it takes, one a word."""
    if builtin.name in WRITTEN:
        yield from WRITTEN[builtin.name]
        return
    taken = [parameter for parameter in builtin.parameters if not parameter.option]
    shapes = [e for e in (FLOAT, POINT, BOX) if any(e in p.accepts for p in taken)]
    words = [p for p in builtin.parameters if p.role is Role.WORD]
    for shape in shapes if not taken[0].axes else shapes[:1]:
        values = [_value(parameter, place, shape) for place, parameter in enumerate(taken)]
        if builtin.name in OPERATORS:
            yield f"{values[0]} {builtin.name} {values[1]}"
            continue
        name = "-" if builtin.name == "negate" else builtin.name
        for word in words[0].words if words else (None,):
            option = [] if word is None else [f"{words[0].name}: {word}"]
            yield f"{name}({', '.join([*values, *option])})"


def _value(parameter: Parameter, place: int, shape: Element) -> str:
    if parameter.role is Role.RANGE:
        return "-1..1"
    if len(parameter.axes) == 2:
        return PAIRS
    number = f"l{place}" if parameter.axes else f"x{place}"
    known = {FLOAT: number, POINT: f"p{place % 2}", BOX: f"b{place % 2}"}
    if shape in parameter.accepts:
        return known[shape]
    if parameter.accepts == (BOOL,):
        return f"{known[FLOAT]} > 0"
    return next(known[element] for element in known if element in parameter.accepts)


CALLS = list(dict.fromkeys(call for builtin in BUILTINS if differentiable(builtin) for call in calls(builtin)))


def in_lists(call: str) -> bool:
    return "l0" in call


@cache
def reward_of(call: str) -> Reward:
    fields = LISTED if in_lists(call) else FIELDS
    for wrapper in WRAPPERS:
        written = wrapper.replace("{}", call)
        try:
            return rewardlang.compile(f"reward r({fields}) -> float? {{ {written} }}")
        except CompileError as error:
            found = error
    raise AssertionError(f"no wrapper makes a number of `{call}`: {found}")


def samples(call: str, length: int) -> dict[str, Any]:
    """Equal numbers and boxes on both sides, then all pairs of awkward ones."""
    rng = np.random.default_rng(length)
    pairs = [(one, other) for one in range(len(BOXES)) for other in range(len(BOXES))]
    numbers = [(NUMBERS[i % 8], NUMBERS[j % 8]) for i, j in pairs]
    if not in_lists(call):
        sides = [np.array([pair[side] for pair in numbers], np.float32) for side in (0, 1)]
        fields = {f"x{place}": sides[place % 2] for place in range(4)}
        for side in (0, 1):
            boxes = np.array([BOXES[pair[side]] for pair in pairs], np.float32)
            fields |= {f"p{side}": boxes[:, :2], f"b{side}": boxes}
        return fields
    lists = {}
    for place in range(3):
        same = np.repeat(np.array([[pair[place % 2]] for pair in numbers], np.float32), length, axis=1)
        # Lists of one number again and again, and of several with equal ones and zeros among them.
        lists[f"l{place}"] = np.concatenate((same, rng.choice(np.array(NUMBERS[:6], np.float32), same.shape)))
    return lists


@pytest.mark.parametrize("call", CALLS)
def test_values_and_gradients_are_finite(call: str) -> None:
    for length in LENGTHS if in_lists(call) else (1,):
        check(reward_of(call), samples(call, length))


def check(reward: Reward, fields: dict[str, Any]) -> Any:
    """Finite totals in the proved range, and finite gradients; gives the scores."""
    used = {name: jnp.asarray(column) for name, column in fields.items()}
    scores = reward.step({}, used)
    totals, (low, high) = np.asarray(scores.total), reward.range
    assert np.isfinite(totals).all()
    assert ((totals >= np.float32(low)) & (totals <= np.float32(high))).all()

    def total(sample: dict[str, Any]) -> Any:
        return reward.step({}, sample).total.astype(jnp.float32)

    for name, gradient in jax.jit(jax.vmap(jax.grad(total)))(used).items():
        bad = np.argwhere(~np.isfinite(np.asarray(gradient)))
        assert not len(bad), (name, {n: np.asarray(column)[bad[0][0]] for n, column in used.items()})
    return scores


@pytest.mark.parametrize("call", CALLS)
def test_numbers_that_are_none_make_their_sample_missing(call: str) -> None:
    fields = {name: column[:3].copy() for name, column in samples(call, 4).items()}
    for row, bad in enumerate((np.nan, np.inf, -np.inf)):
        for column in fields.values():
            column[row].flat[-1:] = bad
            column[row, ...] = np.where(column.ndim == 1, bad, column[row])
    scores = check(reward_of(call), fields)
    assert not np.asarray(scores.total_present).any()


@pytest.mark.parametrize("call", [call for call in CALLS if in_lists(call) and not call.startswith(PRODUCTS)])
def test_lists_of_4096(call: str) -> None:
    check(reward_of(call), {name: column[-2:] for name, column in samples(call, LONG).items()})


def test_the_calls_cover_the_builtins() -> None:
    names = {"negate" if call.startswith("-(") else call.split("(")[0] for call in CALLS}
    told = {name for name in OPERATORS if any(f" {name} " in call for call in CALLS)}
    assert {builtin.name for builtin in BUILTINS if differentiable(builtin)} <= names | told
