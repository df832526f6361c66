"""The specs that a command line names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.driver import find_spec

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Iterator


_CALLING = ("url", "allow", "key", "cache", "concurrency", "deadline", "max_calls", "dry_run")
"""The options that are those of `Calling`."""

_FUNCTION = "NAME=MODULE:FUNCTION"


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


def pairs(flag: str, words: Iterable[str], form: str) -> dict[str, str]:
    """What the words of a flag, each `NAME=VALUE`, say; `form` is how a message writes one.

    Raises:
        CallError: a word is no pair.
    """
    found: dict[str, str] = {}
    for word in words:
        name, _, value = word.partition("=")
        if not name or not value:
            raise CallError(f"`{flag} {word}`: write `{flag} {form}`")
        found[name] = value
    return found


def tokenizers(words: Iterable[str]) -> dict[str, Any]:
    """What `--tokenizer name=file` gives to `load`; nothing where there is none.

    Raises:
        CallError: a file is not named.
    """
    given = pairs("--tokenizer", words, "NAME=FILE")
    return {"tokenizers": given} if given else {}


def models(options: Namespace) -> dict[str, Any]:
    """What the options about models give to `load`: functions in the place of models, and how others are called.

    A function is the caller's own, named by the caller: a spec names none. Modules are looked for as by `python -m`,
    the folder of the call first.

    Raises:
        CallError: a function is not named, there is none of that name, or an option does not fit.
    """
    given = _functions("--model", options.model)
    found: dict[str, Any] = {"models": given} if given else {}
    told = calling(options)
    if told:
        from rewardlang.models.calling import Calling

        found["calling"] = Calling(**{**told, "tools": _functions("--tool", options.tool)})
    return found


def calling(options: Namespace) -> dict[str, Any]:
    """What the options say of how models are called, tools by their places; nothing where they say nothing."""
    told = {name: value for name in _CALLING if (value := getattr(options, name)) not in (None, False, [])}
    tools = pairs("--tool", options.tool, _FUNCTION)
    if tools:
        told["tools"] = tools
    return {**told, "allow": tuple(options.allow)} if told else {}


def _functions(flag: str, words: Iterable[str]) -> dict[str, Any]:
    """The functions that the words of a flag name, each `NAME=MODULE:FUNCTION`."""
    found: dict[str, Any] = {}
    for name, place in pairs(flag, words, _FUNCTION).items():
        module, _, function = place.partition(":")
        if not module or not function:
            raise CallError(f"`{flag} {name}={place}`: write `{flag} {_FUNCTION}`")
        found[name] = _imported(f"{flag} {name}={place}", module, function)
    return found


def _imported(word: str, module: str, function: str) -> Any:
    import importlib
    import sys

    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise CallError(f"`{word}`: {error}") from error


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
