"""The specs that a command line names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.driver import find_spec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True)
class Spec:
    """A file, and the reward in it that the caller means (None: all, or the only one)."""

    path: Path
    reward: str | None


def find_specs(words: Iterable[str]) -> Iterator[Spec]:
    """The specs that words on the command line name; a folder names every `.rwd` file in it.

    Raises:
        CallError: there is no such file, or no `.rwd` file in a folder.
    """
    for word in words:
        if Path(word).is_dir():
            yield from (Spec(path, None) for path in files_in(Path(word)))
        else:
            yield Spec(*find_spec(word))


def tokenizers(words: Iterable[str]) -> dict[str, Any]:
    """What `--tokenizer name=file` gives to `load`; nothing where there is none.

    Raises:
        CallError: a file is not named.
    """
    given: dict[str, str] = {}
    for word in words:
        name, _, file = word.partition("=")
        if not name or not file:
            raise CallError(f"`--tokenizer {word}`: write `--tokenizer NAME=FILE`")
        given[name] = file
    return {"tokenizers": given} if given else {}


def models(words: Iterable[str]) -> dict[str, Any]:
    """What `--model name=module:function` gives to `load`; nothing where there is none.

    The function is the caller's own, named by the caller: a spec names none. Modules are looked for as by
    `python -m`, the folder of the call first.

    Raises:
        CallError: a function is not named, or there is none of that name.
    """
    given: dict[str, Any] = {}
    for word in words:
        name, _, place = word.partition("=")
        module, _, function = place.partition(":")
        if not name or not module or not function:
            raise CallError(f"`--model {word}`: write `--model NAME=MODULE:FUNCTION`")
        given[name] = _imported(word, module, function)
    return {"models": given} if given else {}


def _imported(word: str, module: str, function: str) -> Any:
    import importlib
    import sys

    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise CallError(f"`--model {word}`: {error}") from error


def files_in(folder: Path) -> list[Path]:
    """The `.rwd` files in a folder and those below it, hidden folders left out."""
    found = sorted(
        path
        for path in folder.rglob("*.rwd")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not found:
        raise CallError(f"there is no .rwd file in `{folder}`")
    return found
