"""Matching the entries of two lists one to one: `assign`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.ops.arrays import REACH, as_float
from rewardlang.ops.builtin import NUMBER, Array, Matrix, Parameter, Role, Xp
from rewardlang.types import BOOL

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALL = 4
"""Up to this declared bound of the shorter list, every assignment is weighed."""


class Assign(Matrix):
    """Which pairs of a one-to-one matching go together: its total is the sum of the scores there.

    Each entry has at most one partner, and only pairs with a score above 0 are made. `in_order`: each entry of the
    first list in turn takes the best free partner, the first of equals. `best`: again and again the best pair that is
    left, the first of equals in the order of the first list. `optimal`: a matching with the largest total; which of
    several is not said.

    Shapes: scores: runs along two axes, which the result keeps.
    Units: those of scores do not matter.
    Missing: never; scores must be present.
    Errors: none.
    Source: `in_order` is ToolRL's rule, `best` the greedy one of detection metrics, `optimal` the linear assignment
        problem: on the host by shortest augmenting paths (Jonker and Volgenant, 1987); on the device by weighing all
        subsets of the shorter list (Held and Karp, 1962) where its declared bound is at most 4, else by the Hungarian
        algorithm of optax.
    Example: any(assign(iou([box(0, 0, 1, 1)], rename([box(0, 0, 1, 1)], item: b)), by: best) over (item, b))
    """

    name = "assign"
    parameters = (
        Parameter("scores", NUMBER, axes=("a", "b")),
        Parameter("by", (), role=Role.WORD, words=("in_order", "best", "optimal")),
    )
    result = BOOL
    discrete = True
    keeps = ("a", "b")
    stacked = True
    tabled = True

    def one(self, scores: Sequence[Sequence[float]], by: str) -> list[list[bool]]:
        pairs = {"in_order": _one_in_order, "best": _one_best, "optimal": _one_optimal}[by](scores)
        return [[(a, b) in pairs for b in range(len(row))] for a, row in enumerate(scores)]

    def instance(self, xp: Xp, scores: Array, where: Array, *, by: str, most: int | None = None) -> Array:
        scores = as_float(xp, scores) * REACH
        scores = xp.where(where & (scores > 0), scores, xp.zeros_like(scores))
        if by == "optimal":
            matched = (_weighed if most is not None and most <= SMALL else _hungarian)(scores)
        else:
            matched = (_in_order if by == "in_order" else _best)(scores)
        return matched & (scores > 0)

    def stack(self, scores: Array, where: Array, *, by: str, most: int | None = None) -> Array:
        import numpy as np

        count, *size = scores.shape
        held = np.where(where, scores, 0).astype(np.float64)
        return self.tables(held.reshape(-1), *(np.full(count, each) for each in size), by=by).reshape(scores.shape)

    def tables(self, entries: Array, rows: Array, columns: Array, **options: Any) -> Array:
        import numpy as np

        from rewardlang.kernels import assignment
        from rewardlang.kernels.memory import fixed

        rules = {"in_order": assignment.in_order, "best": assignment.best_first, "optimal": assignment.optimal}
        held = np.where(entries > 0, entries, 0.0)
        return rules[options["by"]](fixed(held, np.float64), fixed(rows), fixed(columns))


def _one_in_order(scores: Sequence[Sequence[float]]) -> set[tuple[int, int]]:
    pairs: dict[int, int] = {}
    for a, row in enumerate(scores):
        free = [b for b, score in enumerate(row) if score > 0 and b not in pairs]
        if free:
            pairs[max(free, key=row.__getitem__)] = a
    return {(a, b) for b, a in pairs.items()}


def _one_best(scores: Sequence[Sequence[float]]) -> set[tuple[int, int]]:
    order = sorted(
        ((a, b) for a, row in enumerate(scores) for b, score in enumerate(row) if score > 0),
        key=lambda pair: -scores[pair[0]][pair[1]],
    )
    pairs: list[tuple[int, int]] = []
    for a, b in order:
        if all(a != other[0] and b != other[1] for other in pairs):
            pairs.append((a, b))
    return set(pairs)


def _one_optimal(scores: Sequence[Sequence[float]]) -> set[tuple[int, int]]:
    """By the augmenting path of the largest gain, again and again, until none gains."""
    partner: dict[int, int] = {}
    while (path := _best_path(scores, partner)) is not None:
        partner.update((b, a) for a, b in path)
    return {(a, b) for b, a in partner.items()}


def _best_path(scores: Sequence[Sequence[float]], partner: dict[int, int]) -> list[tuple[int, int]] | None:
    """New pairs (a, b) in order; an `a` that loses its partner stands in the next pair."""
    paths: dict[int, tuple[float, list[tuple[int, int]]]] = {
        a: (0.0, []) for a in range(len(scores)) if a not in partner.values()
    }
    best: tuple[float, list[tuple[int, int]] | None] = (0.0, None)
    for _ in scores:
        for a, (gain, path) in list(paths.items()):
            for b, score in enumerate(scores[a]):
                if score <= 0 or partner.get(b) == a:
                    continue
                owner = partner.get(b)
                after = gain + score - (scores[owner][b] if owner is not None else 0.0)
                if owner is None and after > best[0]:
                    best = (after, [*path, (a, b)])
                elif owner is not None and after > paths.get(owner, (float("-inf"), []))[0]:
                    paths[owner] = (after, [*path, (a, b)])
    return best[1]


def _pair(scores: Array, a: Array, b: Array, taken: Array) -> Array:
    """The matrix that holds at (a, b) alone, and nowhere where nothing is taken."""
    import jax.numpy as jnp

    rows, columns = jnp.arange(scores.shape[0]), jnp.arange(scores.shape[1])
    return (rows == a)[:, None] & (columns == b)[None, :] & taken


def _in_order(scores: Array) -> Array:
    import jax.numpy as jnp
    from jax import lax

    def step(free: Array, row: Array) -> tuple[Array, Array]:
        row = jnp.where(free, row, jnp.zeros_like(row))
        chosen = (jnp.arange(len(row)) == jnp.argmax(row)) & (row > 0)
        return free & ~chosen, chosen

    return lax.scan(step, jnp.ones(scores.shape[1], bool), scores)[1]


def _best(scores: Array) -> Array:
    import jax.numpy as jnp
    from jax import lax

    def step(_: Array, state: tuple[Array, Array]) -> tuple[Array, Array]:
        left, matched = state
        a, b = jnp.divmod(jnp.argmax(left), left.shape[1])
        pair = _pair(left, a, b, left[a, b] > 0)
        gone = jnp.any(pair, axis=1, keepdims=True) | jnp.any(pair, axis=0, keepdims=True)
        return jnp.where(gone, jnp.zeros_like(left), left), matched | pair

    return lax.fori_loop(0, min(scores.shape), step, (scores, jnp.zeros(scores.shape, bool)))[1]


def _weighed(scores: Array) -> Array:
    """The longer list in order; `total[s]` is the best total in which the set s of the shorter list has partners.

    All values are numbers, none an array of the sets: elementwise work on all samples, and no gathering. The choices of
    eight sets, 0 for none and else from 1, share an int of three bits each.
    """
    import jax.numpy as jnp
    from jax import lax

    if scores.shape[0] > scores.shape[1]:
        return _weighed(scores.T).T
    sets = range(2 ** scores.shape[0])

    def weigh(total: tuple[Array, ...], column: Array) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        weighed = [_with_one_more(total, which, column) for which in sets]
        words = [jnp.zeros((), jnp.int32), jnp.zeros((), jnp.int32)]
        for which, (_, choice) in enumerate(weighed):
            words[which // 8] |= choice << 3 * (which % 8)
        return tuple(best for best, _ in weighed), tuple(words)

    def trace(which: Array, words: tuple[Array, Array]) -> tuple[Array, Array]:
        choice = (jnp.where(which < 8, *words) >> 3 * (which % 8)) & 7
        return which - jnp.where(choice > 0, 1 << jnp.maximum(choice - 1, 0), 0), choice

    start = tuple(jnp.asarray(-jnp.inf if which else 0.0, scores.dtype) for which in sets)
    total, words = lax.scan(weigh, start, scores.T)
    most, whole = total[0], jnp.zeros((), jnp.int32)
    for which in sets[1:]:
        most, whole = jnp.maximum(most, total[which]), jnp.where(total[which] > most, which, whole)
    chosen = lax.scan(trace, whole, words, reverse=True)[1]
    return jnp.arange(scores.shape[0])[:, None] + 1 == chosen[None, :]


def _with_one_more(total: tuple[Array, ...], which: int, column: Array) -> tuple[Array, Array]:
    """The best total of a set after one entry more, and whose partner that became: 0 for nobody, else from 1."""
    import jax.numpy as jnp

    best, choice = total[which], jnp.zeros((), jnp.int32)
    for place in range(len(column)):
        if which >> place & 1:
            more = total[which ^ (1 << place)] + column[place]
            better = more > best
            best, choice = jnp.where(better, more, best), jnp.where(better, place + 1, choice)
    return best, choice


def _hungarian(scores: Array) -> Array:
    import jax
    import jax.numpy as jnp
    from optax.assignment import hungarian_algorithm  # type: ignore[import-untyped]

    # In 0..1, so that sums stay finite. Pairs that score nothing cost nothing, which is as good as none.
    most = jnp.max(scores)
    cost = -scores / jnp.where(most > 0, most, jnp.ones_like(most))
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        a, b = hungarian_algorithm(cost)
    return jnp.zeros(scores.shape, bool).at[a, b].set(True)


BUILTINS = (Assign(),)
