"""The page of a diagnostic code, as `rwd explain CODE` prints it."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from typing import TYPE_CHECKING

from rewardlang.diagnostics.diagnostic import every_diagnostic
from rewardlang.diagnostics.suggest import suggest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewardlang.diagnostics.diagnostic import Diagnostic

HEADINGS = ("What it means", "Why it matters", "Example", "Instead")
"""What a page says after its first line, in this order. Each starts a line: `*Example.*`, `Example.` or `Example:`."""

_HEADING = re.compile(rf"^(\*?)({'|'.join(HEADINGS)})([.:])\1(?=\s|$)", re.MULTILINE)

MODULES = ("errors", "name_errors", "warnings")
"""Where a stage keeps what it can say."""


def every_kind() -> Iterator[type[Diagnostic]]:
    """All kinds of diagnostic of all stages, by code."""
    from pathlib import Path

    package = Path(__file__).parent.parent
    for module in MODULES:
        for path in sorted(package.glob(f"*/{module}.py")):
            import_module(f"rewardlang.{path.parent.name}.{module}")
    return every_diagnostic()


def explain(code: str) -> str:
    """The page of a code, among the kinds of diagnostic that were imported.

    Raises:
        KeyError: No such code; the first argument says so, with the code that was probably meant.
    """
    kinds = {kind.code: kind for kind in every_diagnostic()}
    if code not in kinds:
        meant = suggest(code, kinds)
        raise KeyError(f"no diagnostic has the code `{code}`" + (f"; did you mean `{meant}`?" if meant else ""))
    return page(kinds[code])


def page(kind: type[Diagnostic]) -> str:
    """The docstring of a kind of diagnostic, titled with its code; plain text, so its headings lose their asterisks."""
    text = _HEADING.sub(r"\2\3", _docstring(kind))
    return f"{kind.code}: {text}"


def summary(kind: type[Diagnostic]) -> str:
    """The first line of the page, without the code."""
    return _docstring(kind).partition("\n")[0]


def headings(kind: type[Diagnostic]) -> tuple[str, ...]:
    """The fixed headings that a page has, in its order: a page without fault has `HEADINGS`."""
    return tuple(found[2] for found in _HEADING.finditer(_docstring(kind)))


def _docstring(kind: type[Diagnostic]) -> str:
    return inspect.cleandoc(kind.__doc__ or "")
