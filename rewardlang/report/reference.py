"""The reference pages: builtins from their classes, diagnostics from theirs.

`python -m rewardlang.report.reference docs/reference` writes the pages; with `--check` it writes nothing, and its exit
code is 1 where a page on disk is another.
"""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

from rewardlang.check.special import FORMS
from rewardlang.diagnostics.pages import HEADINGS, every_kind, summary
from rewardlang.ops.registry import FAMILIES, signature

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from rewardlang.diagnostics import Diagnostic
    from rewardlang.ops.builtin import Builtin

FACTS = ("Shapes", "Units", "Missing", "Errors", "Source", "Example")
"""What the docstring of a builtin says after its first paragraph."""

_FACT = re.compile(rf"^({'|'.join(FACTS)}): ", re.MULTILINE)
_HEADING = re.compile(rf"^\*?({'|'.join(HEADINGS)})[.:]\*?(?=\s|$)", re.MULTILINE)
_INDENTED = re.compile(r"(?:^    .*\n|^\n(?=    ))+", re.MULTILINE)

BUILTINS_INTRODUCTION = """\
# Builtins

Written from the classes in `rewardlang/ops/`; do not edit. A signature names the parameters, so that every argument
can also be given by name. `T` is any type; `float` also takes `int` and `bool`. An axis in brackets (`x: float[a]`) is
a list that is consumed; other lists broadcast by the names of their axes. `?` marks what may be missing, `in` the range
that is proved whatever the arguments are.
"""
DIAGNOSTICS_INTRODUCTION = """\
# Diagnostics

Written from the classes in `errors.py` of each stage; do not edit. The codes are stable. `rwd explain CODE` prints
one page.
"""


def builtins_page() -> str:
    """All builtins that can be called by name, family by family, and the forms that look like calls."""
    parts = [BUILTINS_INTRODUCTION, _contents(), *map(_family, FAMILIES), _forms()]
    return "\n".join(parts)


def diagnostics_page() -> str:
    """Every diagnostic of every stage, by code."""
    kinds = list(every_kind())
    rows = [f"| [`{kind.code}`](#{kind.code}) | {kind.severity} | {summary(kind)} |" for kind in kinds]
    table = "\n".join(("| code | severity | |", "| --- | --- | --- |", *rows))
    return "\n".join((DIAGNOSTICS_INTRODUCTION, table + "\n", *map(_diagnostic, kinds)))


PAGES = {"builtins.md": builtins_page, "diagnostics.md": diagnostics_page}


# --- builtins --------------------------------------------------------------------------------------------------------


def _named(family: ModuleType) -> dict[str, list[Builtin]]:
    """The builtins of a family that a spec can name, overloads together."""
    found: dict[str, list[Builtin]] = {}
    for builtin in family.BUILTINS:
        if not builtin.internal:
            found.setdefault(builtin.name, []).append(builtin)
    return found


def _title(family: ModuleType) -> str:
    return family.__name__.rpartition(".")[2].replace("_", " ").capitalize()


def _contents() -> str:
    rows = [f"- **{_title(family)}**: {', '.join(f'`{name}`' for name in _named(family))}" for family in FAMILIES]
    return "\n".join((*rows, f"- **Forms**: {', '.join(f'`{name}`' for name in FORMS)}", ""))


def _family(family: ModuleType) -> str:
    about = inspect.cleandoc(family.__doc__ or "")
    entries = [_builtin(name, overloads) for name, overloads in _named(family).items()]
    return "\n".join((f"## {_title(family)}\n", about + "\n", *entries))


def _builtin(name: str, overloads: Sequence[Builtin]) -> str:
    parts = [f"### `{name}`\n"]
    for builtin in overloads:
        parts.append(f"```text\n{signature(builtin)}\n```\n")
        parts.append(_facts(inspect.cleandoc(type(builtin).__doc__ or "")))
    return "\n".join(parts)


def _facts(docstring: str) -> str:
    """The first paragraph, then the facts as a list; what would span several lines is joined."""
    about, *facts = _FACT.split(docstring)
    items = [f"- {title}: {_fact(title, text)}" for title, text in zip(facts[::2], facts[1::2], strict=True)]
    return "\n".join((about.strip() + "\n", *items, ""))


def _fact(title: str, text: str) -> str:
    joined = " ".join(text.split())
    return f"`{joined}`" if title == "Example" else joined


def _forms() -> str:
    about = "They look like calls and are part of the language: they see names, axes or presence, not only values."
    entries = [f"- {inspect.cleandoc(form.__doc__ or '')}" for form in FORMS.values()]
    return "\n".join(("## Forms\n", about + "\n", *entries, ""))


# --- diagnostics -----------------------------------------------------------------------------------------------------


def _diagnostic(kind: type[Diagnostic]) -> str:
    text = inspect.cleandoc(kind.__doc__ or "") + "\n"
    text = _HEADING.sub(r"**\1.**", _INDENTED.sub(_fenced, text))
    return f"## `{kind.code}`\n\n*{kind.severity}*: {text}"


def _fenced(block: re.Match[str]) -> str:
    return f"\n```rwd\n{dedent(block[0]).strip()}\n```\n"


# --- files -----------------------------------------------------------------------------------------------------------


def stale(folder: Path) -> list[Path]:
    """The pages in `folder` that are not what the classes say."""
    paths = {folder / name: page for name, page in PAGES.items()}
    return [path for path, page in paths.items() if not path.is_file() or path.read_text("utf-8") != page()]


def write(folder: Path) -> None:
    """Write every page into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8", newline="\n")


def main(arguments: Sequence[str]) -> int:
    """The exit code: 1 where `--check` finds a stale page."""
    folder = Path(arguments[-1])
    if "--check" not in arguments:
        write(folder)
        return 0
    pages = stale(folder)
    for path in pages:
        print(f"{path} is stale: run `make docs`", file=sys.stderr)  # noqa: T201 - a command's output
    return int(bool(pages))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
