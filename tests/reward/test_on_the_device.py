"""What a reward leaves to the device is pure: nothing in it asks the host, whatever reward of the library it is."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import jax

from tests.reward.hostile import batch
from tests.reward.systems import NAMES, each, reward

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = 3


def primitives(jaxpr: Any) -> Iterator[str]:
    """The names of all primitives, those within loops, branches and calls among them."""
    for equation in jaxpr.eqns:
        yield equation.primitive.name
        for inner in jax.tree.leaves(list(equation.params.values()), is_leaf=lambda part: hasattr(part, "eqns")):
            if hasattr(inner, "eqns"):
                yield from primitives(inner)
            elif hasattr(inner, "jaxpr"):
                yield from primitives(inner.jaxpr)


def test_callbacks_are_seen_within_loops() -> None:
    def asks(x: Any) -> Any:
        return jax.lax.fori_loop(0, 3, lambda _, y: jax.pure_callback(lambda z: z, y, y), x)

    assert any("callback" in name for name in primitives(jax.make_jaxpr(jax.jit(asks))(1.0).jaxpr))


@each(NAMES)
def test_no_reward_asks_the_host(name: str) -> None:
    run = reward(name)
    prepared = run.prepare(batch(random.Random(5), run, SAMPLES), group=[0] * SAMPLES, on_invalid="missing")
    state = run.initial_state(SAMPLES) or None

    def scores(params: Any, batch: Any, state: Any) -> Any:
        return run.device(params, batch, terms="all", state=state)

    traced = jax.make_jaxpr(scores)(run.params_array(), prepared, state)
    assert not [name for name in primitives(traced.jaxpr) if "callback" in name or name in ("infeed", "outfeed")]
