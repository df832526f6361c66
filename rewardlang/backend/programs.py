"""Exported device functions: StableHLO for several platforms, the number of samples left open.

The lengths of lists are left open too, where a lowering does not depend on them. Where one does for short lists, there
is a program for each padded size that is short and one for all others, unless these are many: then the device function
is traced when it is called first, as it is without programs.
"""

from __future__ import annotations

import math
import struct
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import jax
from jax import export

from rewardlang.backend.batch import Batch, Groups
from rewardlang.backend.device import PARTS, Scores, WideTerm
from rewardlang.backend.dtypes import DEVICE
from rewardlang.backend.jitting import jitted
from rewardlang.backend.shapes import axis_size
from rewardlang.diagnostics import CallError
from rewardlang.ops.arrays import SHORT
from rewardlang.types import BOOL, FLOAT, GROUP, INT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rewardlang.backend.batch import Prepared
    from rewardlang.backend.device import Terms
    from rewardlang.backend.executor import Executor, Packed
    from rewardlang.types import Axis

PLATFORMS = ("cpu", "cuda", "tpu")
OPEN, LONG = "any", "long"
"""Sizes of lists, or of groups, that a program is for: all, those that are not short; else a number."""
MOST = 8
"""So many combinations of sizes are worth programs of their own."""
_TERMS: tuple[Terms, ...] = ("none", "all")
_UNEXPORTED = (jax.errors.InconclusiveDimensionOperation, ValueError, TypeError, NotImplementedError)
"""What JAX raises where an operation needs a size that is left open."""


_NEWEST = export.maximum_supported_calling_convention_version


@dataclass(frozen=True)
class Programs:
    """Programs by the parts of terms that they give, and by the lengths of lists that they are for."""

    known: Mapping[tuple[str, str], export.Exported]

    def find(self, terms: Terms, prepared: Prepared) -> export.Exported | None:
        """The program for a batch; None where it has to be traced."""
        platform = {"gpu": "cuda"}.get(jax.default_backend(), jax.default_backend())
        sizes = [*prepared.shape.sizes, *prepared.shape.groups[1:]] if prepared.batch.groups else prepared.shape.sizes
        for known in (OPEN, _name(str(size) if size <= SHORT else LONG for size in sizes)):
            program = self.known.get((terms, known))
            if program is not None and platform in program.platforms:
                return program
        return None


def _name(sizes: Iterable[str]) -> str:
    return "-".join(sizes)


def run(executor: Executor, program: export.Exported, terms: Terms, params: Packed, batch: Batch) -> Scores:
    """The scores of one batch."""
    arrays = _compiled(program)(params.floats, params.ints, params.bools, *jax.tree.leaves(batch))
    parts = PARTS[terms]
    wide = tuple(WideTerm(*parts) for _ in executor.device_function.wide) if parts else ()
    stacks: dict[str, Any] = dict.fromkeys(parts, 0)
    form = Scores(0, 0, wide=wide, **stacks)
    scores: Scores = jax.tree.unflatten(jax.tree.structure(form), arrays)
    return scores


@cache
def _compiled(program: export.Exported) -> Any:
    return jitted(program.call)


def exported(executor: Executor) -> dict[str, bytes]:
    """The programs of a reward as bytes, by the name that `read` knows; none where it cannot be exported so."""
    with _without_places():
        return _exported(executor)


@contextmanager
def _without_places() -> Iterator[None]:
    """Without the places in files that each operation comes from: they are this machine's."""
    name = "jax_traceback_in_locations_limit"
    before = getattr(jax.config, name)
    jax.config.update(name, 0)  # type: ignore[no-untyped-call] # JAX has no types here
    try:
        yield
    finally:
        jax.config.update(name, before)  # type: ignore[no-untyped-call] # JAX has no types here


def _exported(executor: Executor) -> dict[str, bytes]:
    if executor.graph.memories:
        # The state has its own shapes.
        return {}
    axes, grouped = executor.shapes.ragged, GROUP in executor.shapes.across
    found = _programs(executor, (OPEN,) * (len(axes) + grouped), OPEN)
    choices = [_sizes(axis) for axis in axes] + [(*map(str, (1, 2, 4, 8, 16)), LONG)] * grouped
    if found or math.prod(map(len, choices)) > MOST:
        return found
    for sizes in product(*choices):
        found |= _programs(executor, sizes, _name(sizes))
    return found


def _sizes(axis: Axis) -> tuple[str, ...]:
    """The padded sizes of an axis, long ones as one."""
    sizes = [axis_size(length, axis.most) for length in (1, 4, SHORT, SHORT + 1)]
    return tuple(dict.fromkeys(str(size) if size <= SHORT else LONG for size in sizes))


def read(parts: Mapping[str, bytes]) -> Programs:
    """The programs of an artifact.

    Raises:
        CallError: this version of JAX cannot read one.
    """
    known: dict[tuple[str, str], export.Exported] = {}
    for name, data in parts.items():
        terms, _, sizes = name.partition(".")
        try:
            known[terms, sizes] = export.deserialize(bytearray(data))
        except (ValueError, TypeError, LookupError, AttributeError, AssertionError, struct.error) as error:
            least, most = export.minimum_supported_calling_convention_version, _NEWEST
            told = f"JAX {jax.__version__} reads the calling conventions {least} to {most}"
            raise CallError(f"the program `{name}` cannot be read ({error}): {told}; export the reward anew") from None
    return Programs(known)


def _programs(executor: Executor, sizes: tuple[str, ...], name: str) -> dict[str, bytes]:
    batch = _batch(executor, sizes)
    try:
        return {f"{terms}.{name}": _program(executor, terms, batch) for terms in _TERMS}
    except _UNEXPORTED:
        return {}


def _program(executor: Executor, terms: Terms, batch: Batch) -> bytes:
    from rewardlang.backend.executor import Packed

    leaves, tree = jax.tree.flatten(batch)

    def scores(floats: Any, ints: Any, bools: Any, *arrays: Any) -> list[Any]:
        params = executor.unpacked(Packed(floats, ints, bools))
        found = executor.device_function.scores(params, jax.tree.unflatten(tree, arrays), terms)
        leaves: list[Any] = jax.tree.leaves(found)
        return leaves

    counts = {kind: len(names) for kind, names in executor.kinds.items()}
    params = [_array((2, counts[FLOAT]), FLOAT), _array((counts[INT],), INT), _array((counts[BOOL],), BOOL)]
    return bytes(export.export(jax.jit(scores), platforms=PLATFORMS)(*params, *leaves).serialize())


def _array(shape: tuple[Any, ...], element: Any) -> Any:
    return jax.ShapeDtypeStruct(shape, DEVICE[element])  # type: ignore[no-untyped-call] # JAX has no types here


def _batch(executor: Executor, sizes: tuple[str, ...]) -> Batch:
    """A batch of these sizes: see `Batch` for the shapes."""
    staged, device = executor.staged, executor.device_function
    grouped = GROUP in executor.shapes.across
    rows = ["samples", *["groups"] * grouped]
    names = [f"size{place}" if size in (OPEN, LONG) else size for place, size in enumerate(sizes)]
    limits = [f"{name} >= 1" for name in (*rows, *names)]
    limits += [f"{name} >= {SHORT + 1}" for name, size in zip(names, sizes, strict=True) if size == LONG]
    limits = [limit for limit in limits if not limit[0].isdigit()]
    dims: Any = export.symbolic_shape(", ".join((*rows, *names)), constraints=limits)
    samples, *found = dims
    table = (found.pop(0), found[-1]) if grouped else ()
    known: dict[Axis, Any] = {**staged.fixed_sizes, **dict(zip(staged.ragged_axes, found, strict=False))}
    counts = {"floats": 0, "ints": 0, "bools": 0}
    arrays: dict[int, Any] = {}
    for node, (stack, place) in [*device.layout.values.items(), *device.layout.lows.items()]:
        if stack in counts:
            counts[stack] += 1
            continue
        here = executor.graph.nodes[node]
        shape = (samples, *(known[axis] for axis in device.axes_in_order(here.axes)))
        arrays[place] = _array((*shape, *((here.element.width,) if here.element.width > 1 else ())), here.element)
    parents = [device.axes_in_order(axis.parents) for axis in staged.ragged_axes]
    return Batch(
        valid=_array((samples,), BOOL),
        floats=_array((counts["floats"], samples), FLOAT),
        ints=_array((counts["ints"], samples), INT),
        bools=_array((counts["bools"], samples), BOOL),
        arrays=tuple(arrays[place] for place in range(len(arrays))),
        lengths=tuple(_array((samples, *(known[axis] for axis in axes)), INT) for axes in parents),
        groups=Groups(_array(table, INT), _array(table, BOOL), _array((samples,), INT)) if grouped else None,
        # What networks take is not there: a reward with networks is no artifact.
        encoded={},
        sizes=tuple(found[: len(staged.ragged_axes)]),
    )
