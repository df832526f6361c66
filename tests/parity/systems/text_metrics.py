"""Metrics of texts: the families of `tests/parity/text_metrics`."""

from __future__ import annotations

from tests.parity.text_metrics import similarity

CLAIMS = (*similarity.CLAIMS,)
ORIGINALS = {**similarity.ORIGINALS}
LEFT_OUT: dict[str, str] = {}
