"""Weights of Flax modules in files: safetensors, and folders that Orbax wrote. Tensors, never pickles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.diagnostics import CallError
from rewardlang.models.safetensors import read_tensors, write_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SEPARATOR = "/"
"""Between the names on the way to a tensor, as in `params/out/kernel`."""


def read_weights(path: Path) -> dict[str, Any]:
    """The variables of a module: nested dicts of arrays.

    Raises:
        CallError: there is no such file, or it is neither safetensors nor a folder of Orbax.
    """
    if path.is_dir():
        return _read_orbax(path)
    if path.suffix != ".safetensors":
        raise CallError(f"the checkpoint {path} is no `.safetensors` file and no folder that Orbax wrote")
    nested: dict[str, Any] = {}
    for name, tensor in read_tensors(path).items():
        here = nested
        *way, last = name.split(_SEPARATOR)
        for part in way:
            here = here.setdefault(part, {})
            if not isinstance(here, dict):
                raise CallError(f"the checkpoint {path} has a tensor and tensors below it: `{name}`")
        if last in here:
            raise CallError(f"the checkpoint {path} has a tensor and tensors below it: `{name}`")
        here[last] = tensor
    return nested


def save_weights(path: Path, variables: Mapping[str, Any]) -> None:
    """Write the variables of a module, nested dicts of arrays, as safetensors; the file whole or not at all."""
    write_tensors(path, dict(_flat(variables, "")))


def _flat(tree: Mapping[str, Any], above: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in tree.items():
        below = f"{above}{_SEPARATOR}{name}" if above else name
        found += _flat(value, below) if hasattr(value, "items") else [(below, np.asarray(value))]
    return found


def _read_orbax(path: Path) -> dict[str, Any]:
    import jax
    import orbax.checkpoint as ocp

    try:
        with ocp.PyTreeCheckpointer() as reader:
            known = reader.metadata(path.resolve()).item_metadata.tree
            # As arrays of the host: the file's own placement is of another machine.
            plain = jax.tree.map(lambda _: ocp.RestoreArgs(restore_type=np.ndarray), known)
            restored = reader.restore(path.resolve(), restore_args=plain)
    except Exception as error:  # the package raises nothing narrower
        told = f"{type(error).__name__}: {error}".splitlines()[0]
        raise CallError(f"the checkpoint {path} cannot be read by Orbax: {told}") from error
    if not isinstance(restored, dict):
        raise CallError(f"the checkpoint {path} holds no tree of tensors by name")
    return restored
