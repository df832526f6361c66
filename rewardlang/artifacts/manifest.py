"""The manifest of an artifact: what it is, and a digest of each of its files."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar

import msgspec

from rewardlang.diagnostics import CallError

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
"""Goes up when an older reader would not understand an artifact."""
MANIFEST, PLAN, INTERFACE = "manifest.json", "plan.json", "interface.json"
PROGRAM, BINARY = "device.", ".stablehlo"
"""How the names of exported programs start and end."""


class Part(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A part of a document."""


Read = TypeVar("Read", bound=msgspec.Struct)


class Manifest(Part):
    """What an artifact is: `rewardlang` is the version that wrote it, `files` the SHA-256 by name."""

    format: int
    reward: str
    fingerprint: str
    rewardlang: str
    files: dict[str, str]


class Interface(Part):
    """What stands in the interface beside the types that the plan holds."""

    across: tuple[str, ...]
    fingerprint: str


class _Format(msgspec.Struct):
    """The part of a manifest of any version that says which it is."""

    format: int


def digest(data: bytes) -> str:
    """The digest of a file."""
    return sha256(data).hexdigest()


def read_files(folder: Path) -> tuple[Manifest, dict[str, bytes]]:
    """The manifest of an artifact, and its files, which are as they were written.

    Raises:
        CallError: there is no artifact, one of another format, or one of which a file is missing or changed.
    """
    data = _bytes(folder / MANIFEST)
    found = decoded(data, _Format, MANIFEST).format
    if found != FORMAT:
        raise CallError(f"the artifact has the format {found}, and this version of rewardlang reads {FORMAT}")
    manifest = decoded(data, Manifest, MANIFEST)
    for name in (PLAN, INTERFACE):
        if name not in manifest.files:
            raise CallError(f"{MANIFEST} names no {name}")
    files = {name: _bytes(_inside(folder, name)) for name in manifest.files}
    for name, known in manifest.files.items():
        if digest(files[name]) != known:
            raise CallError(f"{name} is not as it was written: its SHA-256 is another")
    return manifest, files


def decoded(data: bytes, kind: type[Read], name: str) -> Read:
    """A document of this kind.

    Raises:
        CallError: it is none.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CallError(f"{name} cannot be read: {error}") from None


def _inside(folder: Path, name: str) -> Path:
    if name != (folder / name).name:
        raise CallError(f"{MANIFEST} names `{name}`, which is no file of the artifact's folder")
    return folder / name


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CallError(f"{path.name} cannot be read: {(error.strerror or str(error)).lower()}") from None
