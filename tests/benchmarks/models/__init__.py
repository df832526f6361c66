"""Models that are asked over HTTP, against asking one after another, and an encoder, against a text at a time."""

from __future__ import annotations

from tests.benchmarks.models import encoding, judging


def run() -> None:
    """All of them."""
    judging.run()
    encoding.run()
