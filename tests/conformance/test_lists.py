from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rewardlang.ops.builtin import Gather
from rewardlang.ops.registry import BUILTINS, overloads

ROWS, LENGTH = 60, 5
FURTHER = {"at": "i", "lookup": "where", "keep": "where"}
CASES = [
    (b.name, o)
    for b in BUILTINS
    if isinstance(b, Gather)
    for o in ([p.words for p in b.parameters if p.option] or [("",)])[0]
]
GATHERED = pytest.mark.parametrize(("name", "order"), CASES)


def batch() -> dict[str, Any]:
    rng = np.random.default_rng(2)
    length = rng.integers(0, LENGTH + 1, ROWS).astype(np.int32)
    position = np.broadcast_to(np.arange(LENGTH, dtype=np.int32), (ROWS, LENGTH))
    return {
        "x": rng.integers(-2, 3, (ROWS, LENGTH)).astype(np.float32), "length": length, "position": position,
        "mask": position < length[:, None], "i": rng.integers(-2, LENGTH + 2, ROWS).astype(np.int32),
        "where": rng.random((ROWS, LENGTH)) < 0.4,
    }  # fmt: skip


def expected(builtin: Gather, b: dict[str, Any], row: int, options: dict[str, str]) -> Any:
    size = int(b["length"][row])
    arguments = [b["x"][row, :size].tolist()]
    if builtin.name in FURTHER:
        further = b[FURTHER[builtin.name]][row]
        arguments.append(further[:size].tolist() if further.ndim else int(further))
    return builtin.one(*arguments, **options)


@GATHERED
def test_chosen_entries_are_those_of_one(name: str, order: str) -> None:
    (builtin,) = overloads(name)
    b = batch()
    options = {"order": order} if order else {}
    arrays = [b[FURTHER[name]]] if name in FURTHER else []
    arrays += [b["x"]] if builtin.keyed else []

    def choose(xp: Any, *parts: Any) -> Any:
        return builtin.positions(xp, *parts, **options)

    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        parts = (b["length"], b["position"], b["mask"], *arrays)
        device = jax.jit(lambda *parts: choose(jnp, *parts))(*parts)
    for chosen_places, chosen_held in (choose(np, *parts), device):
        places = np.asarray(chosen_places)
        held = np.broadcast_to(np.asarray(chosen_held), places.shape)
        assert ((places >= 0) & (places < LENGTH)).all()
        for row in range(ROWS):
            one, size = expected(builtin, b, row, options), int(b["length"][row])
            chosen = b["x"][row][places[row]]
            if builtin.makes:
                assert chosen[held[row]].tolist() == one
            elif builtin.keeps:
                assert [c if h else None for c, h in zip(chosen[:size].tolist(), held[row], strict=False)] == one
            else:
                assert (float(chosen) if held[row] else None) == one


def test_equal_entries_are_told_apart_by_their_first_place() -> None:
    (sort,) = overloads("sort")
    key = np.array([[1, 0, 1, 0, 7]], np.int32)
    position = np.arange(5, dtype=np.int32)[None]
    mask = position < 4
    for order, places in (("ascending", [1, 3, 0, 2]), ("descending", [0, 2, 1, 3])):
        for xp in (np, jnp):
            found, _ = sort.positions(
                xp, xp.asarray([4]), xp.asarray(position), xp.asarray(mask), xp.asarray(key), order=order
            )
            assert found[0, :4].tolist() == places


def test_a_list_proved_not_to_be_empty_has_a_first_entry() -> None:
    (first,), (lookup,) = overloads("first"), overloads("lookup")
    assert not first.may_miss([], {"least": 1})
    assert first.may_miss([], {})
    assert lookup.may_miss([], {"least": 1})


def test_occurrences_are_counted_before_each_entry() -> None:
    (occurrence,) = overloads("occurrence")
    b = batch()
    device = jax.jit(jax.vmap(lambda x, where: occurrence.instance(jnp, x, where, most=None)))(b["x"], b["mask"])
    for row in range(ROWS):
        size = int(b["length"][row])
        one = occurrence.one(b["x"][row, :size].tolist())
        assert np.asarray(device)[row, :size].tolist() == one
        assert occurrence.instance(np, b["x"][row], b["mask"][row]).tolist()[:size] == one
