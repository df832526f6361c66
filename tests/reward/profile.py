"""How much these tests do: `REWARDLANG_PROFILE` is `quick` (the default), `ci` or `deep`."""

from __future__ import annotations

import os

PROFILE = os.environ.get("REWARDLANG_PROFILE", "quick")


def scaled(quick: int, ci: int, deep: int) -> int:
    """The number of this profile."""
    return {"quick": quick, "ci": ci, "deep": deep}[PROFILE]
