"""What is measured, in the text format of Prometheus."""

from __future__ import annotations

import threading
from collections import Counter as Tally
from collections import deque
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from rewardlang.trainers.terms import sums

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewardlang.backend.reward import Reward
    from rewardlang.backend.scores import Scores

LATEST = 10_000
"""Samples, at least, that means are of: those since the start would hide what a policy does now."""
TOTAL, MISSING = "total", "missing"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_SAMPLES = tuple(2.0**power for power in range(13))


class Metrics:
    """The metrics of one server; `under_way` counts its requests that are not answered yet. Any thread may report."""

    def __init__(self, reward: Reward, under_way: Callable[[], float]) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter("rewardlang_requests", "Requests answered.", ["path", "status"], registry=registry)
        self._seconds = Histogram(
            "rewardlang_request_seconds", "From a request's head to its answer.", ["path"], buckets=_SECONDS,
            registry=registry,
        )  # fmt: skip
        self._samples = Counter("rewardlang_samples", "Samples scored.", registry=registry)
        self._missing = Counter("rewardlang_missing_samples", "Samples without a score.", registry=registry)
        self._batch = Histogram(
            "rewardlang_batch_samples", "Samples of one call of the reward.", buckets=_SAMPLES, registry=registry
        )
        Gauge("rewardlang_queue_requests", "Requests accepted and not yet answered.", registry=registry).set_function(
            under_way
        )
        self._share = Gauge(
            "rewardlang_missing_ratio", f"Samples without a score, of the latest {LATEST:,}.", registry=registry
        )
        self._means = Gauge(
            "rewardlang_mean", f"Of the total and of the terms, of the latest {LATEST:,} samples.", ["term"],
            registry=registry,
        )  # fmt: skip
        Info("rewardlang_reward", "What is served.", registry=registry).info(
            {"name": reward.name, "fingerprint": reward.fingerprint}
        )
        self._lock = threading.Lock()
        self._window: deque[tuple[int, dict[str, tuple[float, int]]]] = deque()
        self._sums: Tally[str] = Tally()
        self._counts: Tally[str] = Tally()
        self._held = 0

    def answered(self, path: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def scored(self, scores: Scores) -> None:
        """The reward was called."""
        samples = len(scores)
        if not samples:
            return
        found = sums(scores)
        self._samples.inc(samples)
        self._missing.inc(found[MISSING][0])
        self._batch.observe(samples)
        found[TOTAL] = float(scores.total.sum() or 0), int(scores.total.count())
        with self._lock:
            self._add(samples, found)
            for name, count in self._counts.items():
                mean = self._sums[name] / count if count else 0.0
                (self._share if name == MISSING else self._means.labels(name)).set(mean)

    def text(self) -> bytes:
        """All of them."""
        return generate_latest(self._registry)

    def _add(self, samples: int, found: dict[str, tuple[float, int]]) -> None:
        """Move the window: the oldest calls leave it as soon as it has enough samples without them."""
        self._window.append((samples, found))
        self._count(samples, found, 1)
        while self._held - self._window[0][0] >= LATEST:
            self._count(*self._window.popleft(), -1)

    def _count(self, samples: int, found: dict[str, tuple[float, int]], sign: int) -> None:
        self._held += sign * samples
        for name, (total, count) in found.items():
            self._sums[name] += sign * total  # type: ignore[assignment] # a tally of floats
            self._counts[name] += sign * count
