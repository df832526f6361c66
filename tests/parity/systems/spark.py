"""SPARK: what its parts claim, from `tests/parity/spark/`."""

from __future__ import annotations

from tests.parity.spark import if_verify

CLAIMS = (*if_verify.CLAIMS,)
ORIGINALS = {**if_verify.ORIGINALS}
LEFT_OUT: dict[str, str] = {**if_verify.LEFT_OUT}
