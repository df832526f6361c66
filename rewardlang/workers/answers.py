"""What builtins ask workers, with the answers of earlier calls kept."""

from __future__ import annotations

import atexit
import os
import threading
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.kernels.threads import cores
from rewardlang.workers.pool import UNDECIDED, Pool
from rewardlang.workers.process import WorkerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Request = tuple[str, ...]
"""What to do, then its arguments, as `rewardlang.workers.mathematics` takes them."""

LARGEST = 2**20
"""Bytes of one text beyond which it is not sent: undecided."""

MOST = 8
"""Processes by default, where there are more cores: each takes about 150 MB."""

LONG = 1000
"""Code points of an answer that is not kept for later."""

NEEDED = "math-verify is not installed, which mathematics needs: install `rewardlang[math]`"


@dataclass(frozen=True)
class Settings:
    """See `configure_workers`."""

    processes: int
    seconds: float
    kept: int


class Answers:
    """The workers of this process, and the answers that they gave: the `kept` that were used last."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pool = Pool("rewardlang.workers.mathematics", settings.processes, settings.seconds)
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, Any] = OrderedDict()

    def ask(self, requests: Sequence[Request]) -> list[Any]:
        """Give an answer to each request, of which none should be there twice."""
        keys = [_key(request) for request in requests]
        found = self._recalled(keys)
        places = [place for place, key in enumerate(keys) if key not in found]
        answers = self.pool.ask([requests[place] for place in places])
        new = {keys[place]: answer for place, answer in zip(places, answers, strict=True)}
        self._keep(new)
        return [found[key] if key in found else new[key] for key in keys]

    def _recalled(self, keys: Iterable[bytes]) -> dict[bytes, Any]:
        with self._lock:
            found = {key: self._known[key] for key in keys if key in self._known}
            for key in found:
                self._known.move_to_end(key)
        return found

    def _keep(self, answers: dict[bytes, Any]) -> None:
        with self._lock:
            self._known.update((key, answer) for key, answer in answers.items() if not _long(answer))
            while len(self._known) > self.settings.kept:
                self._known.popitem(last=False)


def _long(answer: Any) -> bool:
    return isinstance(answer, str) and len(answer) > LONG


def _key(request: Request) -> bytes:
    """A digest: texts are long, and many."""
    digest = blake2b(digest_size=16)
    for part in request:
        body = part.encode("utf-8", "surrogatepass")
        digest.update(len(body).to_bytes(8, "little"))
        digest.update(body)
    return digest.digest()


_lock = threading.Lock()
_answers = Answers(Settings(min(cores(), MOST), 5.0, 2**16))


def ask(requests: Sequence[Request]) -> list[Any]:
    """Have requests answered, each by a worker or from memory; `UNDECIDED` where one took too long or is too large.

    Raises:
        CallError: math-verify is not installed, or no worker can be started.
    """
    if not installed():
        raise CallError(NEEDED)
    small = [max(len(part.encode(errors="replace")) for part in request) <= LARGEST for request in requests]
    try:
        answers = iter(_answers.ask([request for request, fits in zip(requests, small, strict=True) if fits]))
    except WorkerError as error:
        raise CallError(f"no process for math-verify can be started: {error}") from error
    return [next(answers) if fits else UNDECIDED for fits in small]


def installed() -> bool:
    """Whether math-verify is there; without importing it."""
    return find_spec("math_verify") is not None


def configure_workers(
    *, processes: int | None = None, seconds: float | None = None, kept: int | None = None
) -> Settings:
    """Set how `math_equal` and its like work in this process; gives the settings that hold from now on.

    Args:
        processes: How many worker processes there are at most. By default one a core, at most 8; each starts when
            it is needed, and takes about 150 MB.
        seconds: How long one pair may take before its worker is killed, and the pair is missing: 5 by default.
        kept: How many answers are kept for later calls: 65,536 by default, about 10 MB.

    Raises:
        CallError: A setting is not above 0.
    """
    global _answers  # noqa: PLW0603 - the settings of the process
    for name, value in (("processes", processes), ("seconds", seconds), ("kept", kept)):
        if value is not None and not value > 0:
            raise CallError(f"`{name}` must be above 0, but is {value!r}")
    with _lock:
        old = _answers.settings
        new = Settings(processes or old.processes, seconds or old.seconds, kept or old.kept)
        if new != old:
            _answers.pool.retire()
            _answers = Answers(new)
        return new


def _kill() -> None:
    _answers.pool.kill()


def _after_fork() -> None:
    """Start anew in a child: workers, threads and locks are the parent's."""
    global _answers, _lock  # noqa: PLW0603 - the settings of the process
    _lock = threading.Lock()
    _answers.pool.abandon()
    _answers = Answers(_answers.settings)


atexit.register(_kill)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
