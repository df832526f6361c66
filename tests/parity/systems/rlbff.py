"""RLBFF."""

from __future__ import annotations

import math

import numpy as np

from tests.parity.cases import NOT_FINITE
from tests.parity.claim import DEVICE, Claim, Inputs

Logit = float | str
LEAST = -50.0


def _number(logit: Logit) -> float:
    """A logit; of what is no word for one, minus infinity."""
    return NOT_FINITE.get(logit, -math.inf) if isinstance(logit, str) else logit


def genrm_principle_reward(logit_yes: Logit, logit_no: Logit, max_other_logit: Logit) -> float:
    yes, no, other = (np.float32(_number(logit)) for logit in (logit_yes, logit_no, max_other_logit))
    top = max(yes, no, other)
    return float(max(yes - top, LEAST) - max(no - top, LEAST))


def scalar_principle_reward(logit_yes: Logit, logit_no: Logit) -> float:
    return _number(logit_yes) - _number(logit_no)


def _listed(logit: Logit) -> float | None:
    """A token of which nothing is known is not listed."""
    known = _number(logit)
    return known if math.isfinite(known) else None


def _tokens(inputs: Inputs) -> Inputs:
    theirs = {"yes": "logit_yes", "no": "logit_no", "other": "max_other_logit"}
    return {ours: _listed(inputs[name]) for ours, name in theirs.items()}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


CLAIMS = (
    Claim("genrm_principle_reward", "genrm", _tokens, tolerance=DEVICE, slack=1e-5),
    Claim(
        "scalar_principle_reward", "scalar",
        lambda inputs: {"yes": _number(inputs["logit_yes"]), "no": _number(inputs["logit_no"])},
        expected=_finite, tolerance=DEVICE, slack=1e-5,
    ),
)  # fmt: skip
ORIGINALS = {f.__name__: f for f in (genrm_principle_reward, scalar_principle_reward)}
SINGLE = tuple(ORIGINALS)
