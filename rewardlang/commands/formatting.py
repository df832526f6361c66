"""`rwd fmt`: write specs in the canonical form."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rewardlang.commands.console import counted, say, show_diagnostics
from rewardlang.commands.specs import files_in
from rewardlang.diagnostics import CallError, CompileError
from rewardlang.source import Source

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from rewardlang.diagnostics import Diagnostic

_INPUT = Path("-")


def fmt(options: Namespace) -> int:
    """The exit code: 1 where a file does not parse, or would change under `--check`."""
    faults: list[Diagnostic] = []
    changed = total = 0
    for path in list(_paths(options.path)):
        total += 1
        text = _read(path)
        try:
            new = _formatted(path, text)
        except CompileError as error:
            faults += error.diagnostics
            continue
        changed += new != text
        _deal(path, text, new, check=options.check)
    if faults:
        show_diagnostics(faults)
    if options.path != ["-"]:
        _summarise(changed, total, check=options.check)
    return int(bool(faults) or (options.check and changed > 0))


def _paths(words: list[str]) -> Iterator[Path]:
    for word in words or ["."]:
        path = Path(word)
        if path == _INPUT:
            yield path
        elif path.is_dir():
            yield from files_in(path)
        elif not path.is_file():
            raise CallError(f"there is no file `{path}`")
        elif path.suffix != ".rwd":
            raise CallError(f"`{path}` is no .rwd file")
        else:
            yield path


def _read(path: Path) -> str:
    data = sys.stdin.buffer.read() if path == _INPUT else path.read_bytes()
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise CallError(f"`{path}` is no UTF-8 text: byte {error.start} is no part of a character") from None


def _formatted(path: Path, text: str) -> str:
    from rewardlang.syntax.formatter import format_text

    name = "<stdin>" if path == _INPUT else str(path)
    return format_text(Source(name, text.removeprefix("\ufeff")))


def _deal(path: Path, text: str, new: str, *, check: bool) -> None:
    if check:
        for line in _difference(path, text, new):
            say(line)
    elif path == _INPUT:
        sys.stdout.write(new)
    elif new != text:
        from rewardlang.files import replacing

        with replacing(path) as file:
            file.write(new.encode())


def _difference(path: Path, text: str, new: str) -> Iterator[str]:
    from difflib import unified_diff

    names = (str(path), f"{path} (formatted)")
    for line in unified_diff(text.splitlines(), new.splitlines(), *names, lineterm="", n=2):
        yield line.rstrip("\r")


def _summarise(changed: int, total: int, *, check: bool) -> None:
    what = "would change" if check else "changed"
    say(f"{counted(total, 'file')}: {changed or 'none'} {what}")
