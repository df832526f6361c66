"""A reward to an artifact: a folder that is written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import rewardlang
from rewardlang.artifacts.loading import load_artifact
from rewardlang.artifacts.manifest import FORMAT, INTERFACE, MANIFEST, PLAN, Interface, Manifest, digest
from rewardlang.backend.platform import jax_version
from rewardlang.columns.tokenizers import BYTES, FileTokenizer, given_tokenizers
from rewardlang.diagnostics import CallError, InternalError
from rewardlang.ir.graph import Call, Scan
from rewardlang.ir.plan_reading import read_plan
from rewardlang.ir.plan_writing import write_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rewardlang.backend.reward import Reward
    from rewardlang.ir.graph import Graph


def save_artifact(reward: Reward, directory: str | Path, *, replace: bool = False) -> None:
    """Write a reward to a folder, from which `load_artifact` reads it.

    Args:
        reward: what `load` or `compile` gave.
        directory: the folder, which is made; the one that it stands in is there.
        replace: whether an artifact that is there already is replaced.

    Raises:
        CallError: the reward holds a network, the folder cannot be made, or something is there.
    """
    folder = Path(directory)
    _check_place(folder, replace=replace)
    if reward.weights:
        names = ", ".join(f"`{name}`" for name in reward.weights)
        raise CallError(f"`{reward.name}` holds the network {names}, which an artifact cannot hold")
    _write(folder, _files(reward))


def _check_place(folder: Path, *, replace: bool) -> None:
    if not folder.parent.is_dir():
        raise CallError(f"there is no folder `{folder.parent}`")
    if not os.path.lexists(folder):
        return
    if not folder.is_dir() or not (folder / MANIFEST).is_file():
        raise CallError(f"`{folder}` exists, and is no artifact")
    if not replace:
        raise CallError(f"the artifact `{folder}` exists; `--force`, or `replace=True`, replaces it")


def _files(reward: Reward) -> dict[str, bytes]:
    """All files of an artifact, the manifest last."""
    graph, known = reward.graph, reward.interface
    plan = write_plan(graph, {"result": known.result, "total": known.total})
    files = {PLAN: plan, **_tokenizers(graph)}
    _check_plan(graph, plan)
    interface = Interface(across=tuple(sorted(known.across)), fingerprint=known.fingerprint)
    files[INTERFACE] = msgspec.json.encode(interface)
    manifest = Manifest(
        format=FORMAT, reward=reward.name, fingerprint=known.fingerprint, rewardlang=rewardlang.__version__,
        jax=jax_version(), files={name: digest(data) for name, data in files.items()},
    )  # fmt: skip
    return {**files, MANIFEST: msgspec.json.format(msgspec.json.encode(manifest), indent=2)}
