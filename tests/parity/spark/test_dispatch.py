"""The label chooses the check: `if_verify` gives what the checks give alone."""

from __future__ import annotations

from tests.parity.__main__ import run
from tests.parity.cases import read_cases
from tests.parity.claim import Claim, same
from tests.parity.claims import Claimed
from tests.parity.sample import SAMPLE
from tests.parity.spark.if_verify import CHECKS, HUGE


def test_the_label_names_the_check() -> None:
    found = read_cases(SAMPLE)
    cases = [case for name in CHECKS for case in found["spark", f"if_verify.{name}"]]
    claim = Claim("if_verify", "systems.spark_if_verify:if_verify", same("query", "label"), rules=(HUGE,))
    assert len({case.inputs["label"] for case in cases}) > len(CHECKS)
    assert run(Claimed("spark", claim), cases).differed == {}
