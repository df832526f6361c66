"""Numeric rewards against hand-written JAX and the per-sample Python that papers ship: a module a family."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules


def run(*families: str) -> None:
    """Run the families that are named, or all."""
    for found in iter_modules(__path__):
        if not families or found.name in families:
            import_module(f"{__name__}.{found.name}").run()
