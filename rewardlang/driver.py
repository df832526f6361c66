"""The pipeline in reading order: one line a stage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewardlang.check.checker import check
from rewardlang.check.modules import Loader, candidates, read_source
from rewardlang.diagnostics import CallError, Sink
from rewardlang.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.check.checked import Checked


def check_source(source: Source, folder: Path | None, sink: Sink, consts: Mapping[str, Any] | None = None) -> Checked:
    """Text to `Checked`: parse the module and those it imports, then check it. Faults go to `sink`."""
    module = Loader(sink).load(source, folder)
    return check(module, sink, consts)


def find_spec(spec: str) -> tuple[Path, str | None]:
    """The file that `spec` means, and the reward after its colon.

    A spec is a path (`rewards/rec.rwd`) or a module of the standard library (`systems.vlm_r1`), perhaps with `:reward`.

    Raises:
        CallError: there is no such file.
    """
    name, _, reward = spec.rpartition(":") if ":" in spec and not Path(spec).exists() else (spec, "", "")
    path = Path(name)
    if path.suffix != ".rwd" and not path.exists():
        path = next((p for p in candidates(tuple(name.split(".")), None) if p.is_file()), path)
    if not path.is_file():
        raise CallError(f"there is no spec `{name}`: neither a file nor a module of the standard library")
    return path, reward or None


def check_file(path: Path, sink: Sink, consts: Mapping[str, Any] | None = None) -> Checked:
    """A `.rwd` file to `Checked`."""
    return check_source(read_source(path), path.parent, sink, consts)
