"""ROUGE, chrF and edit similarities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.parity.claim import Claim

CLAIMS: tuple[Claim, ...] = ()
ORIGINALS: dict[str, Callable[..., Any]] = {}
LEFT_OUT: dict[str, str] = {}
