"""Metrics of libraries, by family."""

from __future__ import annotations

from tests.parity.text_metrics import bleu, similarity

CLAIMS = (*bleu.CLAIMS, *similarity.CLAIMS)
ORIGINALS = {**bleu.ORIGINALS, **similarity.ORIGINALS}
LEFT_OUT = bleu.LEFT_OUT
