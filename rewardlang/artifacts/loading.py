"""An artifact to a reward: neither the spec nor the language is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewardlang.artifacts.manifest import BINARY, INTERFACE, MANIFEST, PLAN, PROGRAM, Interface, decoded, read_files
from rewardlang.backend import interface
from rewardlang.backend.programs import read
from rewardlang.backend.reward import Reward
from rewardlang.columns.tokenizers import given_tokenizers
from rewardlang.diagnostics import CallError
from rewardlang.ir.plan_reading import read_plan
from rewardlang.models.binding import bound_models

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.artifacts.manifest import Manifest


def load_artifact(
    directory: str | Path, *, fingerprint: str | None = None, models: Mapping[str, Any] | None = None
) -> Reward:
    """The reward of an artifact that `rwd export jax` or `save_artifact` wrote.

    Args:
        directory: the artifact's folder.
        fingerprint: what `Reward.fingerprint` must be, where the caller knows it.
        models: for each model that the reward asks, a function, as `load` takes it.

    Raises:
        CallError: there is no artifact, a file of it is missing or changed, it was written by a version that this one
            cannot read, it is another reward, or a model is not given.
    """
    folder = Path(directory)
    if not folder.is_dir():
        raise CallError(f"there is no artifact `{folder}`")
    try:
        return _load(folder, fingerprint, models)
    except CallError as error:
        raise CallError(f"the artifact `{folder}`: {error}") from None


def _load(folder: Path, fingerprint: str | None, models: Mapping[str, Any] | None) -> Reward:
    manifest, files = read_files(folder)
    known = _interface(manifest, files, fingerprint)
    tokenizers = {name: folder / f"tokenizer.{name}.json" for name in _named(files, "tokenizer.", ".json")}
    try:
        graph, types = read_plan(files[PLAN], given_tokenizers(tokenizers))
    except CallError as error:
        raise CallError(f"{PLAN}: {error}") from None
    if set(types) != {"result", "total"} or not types["total"].element.numeric or graph.name != manifest.reward:
        raise CallError(f"{PLAN} does not belong to `{manifest.reward}`")
    promised = interface.Interface(types["result"], types["total"], frozenset(known.across), known.fingerprint)
    return Reward(graph, promised, bound_models(graph.models, models), read(_named(files, PROGRAM, BINARY)))


def _interface(manifest: Manifest, files: Mapping[str, bytes], fingerprint: str | None) -> Interface:
    known = decoded(files[INTERFACE], Interface, INTERFACE)
    if known.fingerprint != manifest.fingerprint:
        raise CallError(f"{MANIFEST} and {INTERFACE} have two fingerprints")
    if fingerprint is not None and fingerprint != known.fingerprint:
        raise CallError(f"its reward has the fingerprint {known.fingerprint}, not {fingerprint}")
    return known


def _named(files: Mapping[str, bytes], prefix: str, suffix: str) -> dict[str, bytes]:
    """The files whose names start and end so, by what stands between."""
    found = {name: data for name, data in files.items() if name.startswith(prefix) and name.endswith(suffix)}
    return {name.removeprefix(prefix).removesuffix(suffix): data for name, data in found.items()}
