"""Flax modules as models of the device: what a caller binds, and the heads that a spec names with a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen, nnx

from rewardlang.backend.networks import TAKEN, Network
from rewardlang.diagnostics import CallError
from rewardlang.diagnostics.suggest import suggest
from rewardlang.models.checkpoints import read_weights
from rewardlang.models.heads import HEADS

if TYPE_CHECKING:
    from rewardlang.types import Type
    from rewardlang.types.declared import BackendSpec, ModelSpec

_ROWS = 2
"""Samples of the arrays that a module's result is checked on; nothing is computed for it."""


def bound_network(spec: ModelSpec, given: Any) -> Network:
    """The network that a caller binds: `(module, variables)` of Linen, or a module of NNX, alone or with its state.

    Raises:
        CallError: it is neither, or what it gives does not fit the model's signature.
    """
    module, variables = given if isinstance(given, tuple) and len(given) == 2 else (given, None)
    if isinstance(module, nnx.Module):
        return checked(spec, _of_nnx(module, variables))
    if not isinstance(module, linen.Module) or variables is None:
        raise CallError(
            f"models: `{spec.name}` is part of the device's function: bind `(module, variables)` of Flax, or an NNX "
            f"module, not {type(given).__name__}"
        )
    return checked(spec, Network(module.apply, jax.tree.map(jnp.asarray, variables)))


def _of_nnx(module: nnx.Module, state: Any) -> Network:
    parts: Any = nnx.split(module, nnx.Param, ...)
    graph, params, rest = parts

    def apply(weights: Any, *fields: Any) -> Any:
        merged: Any = nnx.merge(graph, weights, rest)
        return merged(*fields)

    return Network(apply, params if state is None else state)


def named_network(spec: ModelSpec, backend: BackendSpec) -> Network:
    """The network that a spec alone can name: a head of `models.heads`, with a checkpoint in the spec's own folder.

    Raises:
        CallError: it names anything else, or the checkpoint does not fit.
    """
    options = dict(backend.options)
    name, checkpoint = options.get("module"), options.get("checkpoint")
    if name is None or checkpoint is None:
        raise CallError(f"the model `{spec.name}` names no module with a checkpoint: pass `{_binding(spec)}`")
    if name not in HEADS:
        close = suggest(name, list(HEADS))
        hint = f"did you mean `{close}`?" if close else f"a spec names {' or '.join(f'`{head}`' for head in HEADS)}"
        raise CallError(
            f"the model `{spec.name}`: no module `{name}` comes with rewardlang: {hint}; pass another one, "
            f"`{_binding(spec)}`"
        )
    variables = read_weights(own_file(spec, backend, checkpoint))
    params = variables.get("params")
    if set(variables) != {"params"} or not isinstance(params, dict):
        raise CallError(f"the checkpoint of `{spec.name}` holds no `params` of a `{name}`")
    weights = jax.tree.map(lambda tensor: jnp.asarray(tensor, jnp.float32), variables)
    return checked(spec, Network(HEADS[name](params).apply, weights))


def own_file(spec: ModelSpec, backend: BackendSpec, name: str) -> Path:
    """A file or folder that a spec names, which lies in the spec's own folder with all that is in it.

    Raises:
        CallError: it lies outside, or the spec is no file.
    """
    source = None if backend.span is None else Path(backend.span.source.name)
    if source is None or not source.is_file():
        raise CallError(
            f"the model `{spec.name}` names the checkpoint `{name}`, but its spec is no file and has no folder: pass "
            f"`{_binding(spec)}`"
        )
    folder = source.resolve().parent
    try:
        path = (folder / name).resolve()
        inside = path.is_relative_to(folder) and path != folder
        inside = inside and all(part.resolve().is_relative_to(path) for part in path.rglob("*"))
    except (OSError, ValueError, RuntimeError):
        inside = False
    if not inside:
        raise CallError(
            f"the model `{spec.name}` names the checkpoint `{name}`, which lies outside the spec's folder: pass "
            f"`{_binding(spec)}`"
        )
    if not path.exists():
        raise CallError(f"the model `{spec.name}` names the checkpoint `{name}`, but there is none")
    return path


def checked(spec: ModelSpec, network: Network) -> Network:
    """The network, if what it gives for arrays of the model's fields fits the model's result.

    Raises:
        CallError: it does not, or the module cannot be applied to such arrays.
    """
    fields = [_array(field.type) for field in spec.fields]
    wanted = _array(spec.result).shape
    try:
        found: Any = jax.eval_shape(network.apply, network.weights, *fields)
    except Exception as error:  # a module may raise anything
        told = f"{type(error).__name__}: {error}".splitlines()[0]
        shapes = ", ".join(f"{field.name} {array.shape}" for field, array in zip(spec.fields, fields, strict=True))
        raise CallError(f"the module of `{spec.name}` cannot be applied to {shapes}: {told}") from error
    shape = getattr(found, "shape", None)
    # One number a sample may stand in an array of its own, as a last layer gives it.
    if shape != wanted and not (wanted == (_ROWS,) and shape == (_ROWS, 1)):
        raise CallError(f"the module of `{spec.name}` must give {wanted} for {_ROWS} samples, but gives {shape}")
    return network


def _array(type_: Type) -> Any:
    sizes = tuple(axis.size for axis in type_.axes if axis.name == "dim" and axis.size is not None)
    width = (type_.element.width,) if type_.element.width > 1 else ()
    return np.zeros((_ROWS, *sizes, *width), TAKEN.get(type_.element, "float32"))


def _binding(spec: ModelSpec) -> str:
    return f'models={{"{spec.name}": (module, variables)}}'
