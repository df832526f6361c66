"""Models that are asked over HTTP, against asking one after another."""

from __future__ import annotations

from tests.benchmarks.models import judging


def run() -> None:
    """All of them."""
    judging.run()
