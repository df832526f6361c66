"""SPARK: what its parts claim, from `tests/parity/spark/`."""

from __future__ import annotations

from tests.parity.spark import if_verify, math

CLAIMS = (*if_verify.CLAIMS, *math.CLAIMS)
ORIGINALS = {**if_verify.ORIGINALS, **math.ORIGINALS}
LEFT_OUT: dict[str, str] = {**if_verify.LEFT_OUT}
