"""`python -m rewardlang` is the command line."""

from __future__ import annotations

from rewardlang.cli import run

run()
