"""Why a model gave nothing: a short reason, always of a fixed set of words, never of what a server wrote."""

from __future__ import annotations

TIMEOUT = "timeout"
RATE_LIMITED = "rate limited"
NO_CONNECTION = "no connection"
CUT = "connection cut"
INVALID = "invalid response"
TOO_LARGE = "response too large"
REDIRECTED = "not allowed: redirected"
UNREADABLE = "unreadable reply"
EMPTY = "empty reply"
OUT_OF_SCALE = "out of scale"
NO_LOG_PROBABILITIES = "no log-probabilities"
REFUSED = "refused"
NO_VERDICT = "no verdict after its last step"
BUDGET = "budget"
DRY_RUN = "dry run"
NO_TOKENS = "no tokens"
TOO_LONG = "too long"
NOT_FINITE = "not finite"
TEMPLATE = "refused by the chat template"
FAILED = "the model failed"


class Failure(Exception):  # noqa: N818  it is an outcome of a call, not a fault of the program
    """A call that gave nothing. `again` says that the same call may yet succeed, `after` how many seconds to wait."""

    def __init__(self, reason: str, *, again: bool = False, after: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again
        self.after = after


def http_status(status: int, after: float = 0.0) -> Failure:
    """The failure that a status of HTTP other than 200 is."""
    if status == 429:
        return Failure(RATE_LIMITED, again=True, after=after)
    if 300 <= status < 400:
        return Failure(REDIRECTED)
    return Failure(f"http {status}", again=status in {408, 425} or status >= 500, after=after)
