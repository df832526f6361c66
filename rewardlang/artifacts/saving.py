"""A reward to an artifact: a folder that is written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import rewardlang
from rewardlang.artifacts.manifest import (
    BINARY,
    FORMAT,
    INTERFACE,
    MANIFEST,
    PLAN,
    PROGRAM,
    Interface,
    Manifest,
    digest,
)
from rewardlang.backend.programs import exported
from rewardlang.columns.tokenizers import FileTokenizer, Tokenizer
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
    files |= {f"{PROGRAM}{name}{BINARY}": data for name, data in exported(reward.executor).items()}
    _check_plan(graph, plan)
    interface = Interface(across=tuple(sorted(known.across)), fingerprint=known.fingerprint)
    files[INTERFACE] = msgspec.json.encode(interface)
    manifest = Manifest(
        format=FORMAT, reward=reward.name, fingerprint=known.fingerprint, rewardlang=rewardlang.__version__,
        files={name: digest(data) for name, data in files.items()},
    )  # fmt: skip
    return {**files, MANIFEST: msgspec.json.format(msgspec.json.encode(manifest), indent=2)}


def _check_plan(graph: Graph, plan: bytes) -> None:
    """What cannot be read back is not written."""
    again, _ = read_plan(plan, {tokenizer.name: tokenizer for tokenizer in _used(graph)})
    if (again.nodes, again.terms, again.inputs, again.params) != (graph.nodes, graph.terms, graph.inputs, graph.params):
        raise InternalError(f"the plan of `{graph.name}` is read as another")


def _used(graph: Graph) -> Iterator[Tokenizer]:
    """The tokenizers that calls name, those within scans among them."""
    for node in graph.nodes:
        match node.operation:
            case Scan(body=body):
                yield from _used(body)
            case Call(options=options):
                yield from (value for _, value in options if isinstance(value, Tokenizer))


def _tokenizers(graph: Graph) -> dict[str, bytes]:
    """The file of each tokenizer that the graph uses."""
    return {
        f"tokenizer.{tokenizer.name}.json": tokenizer.backend.to_str().encode()
        for tokenizer in _used(graph)
        if isinstance(tokenizer, FileTokenizer)
    }


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """A folder beside the place, filled, takes the place."""
    beside = _made(folder)
    try:
        for name, data in files.items():
            with (beside / name).open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        _take_place(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _made(folder: Path) -> Path:
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise CallError(f"`{folder}` cannot be made: {(error.strerror or str(error)).lower()}") from None
    beside.chmod(0o777 & ~_umask())
    return beside


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _take_place(beside: Path, folder: Path) -> None:
    """Rename the new folder to its place; an artifact that is there goes only when the new one stands."""
    if not folder.exists():
        beside.rename(folder)
        return
    old = beside.with_name(f"{beside.name}.old")
    folder.rename(old)
    try:
        beside.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
