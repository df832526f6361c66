"""What the caller decides about calls, and a spec does not: how many, how fast, how dear, where to, by which key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.models.origins import LOADED, origin
from rewardlang.models.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_AT_LEAST_ONE = ("concurrency", "requests_per_minute", "tokens_per_minute", "attempts", "response_bytes")
_NOT_NEGATIVE = ("max_calls", "max_cost")


@dataclass(frozen=True, eq=False)
class Calling:
    """How models are called. Limits, budgets and counts are shared by all models that are opened with one of these.

    Attributes:
        concurrency: calls that are under way at once; of a model that runs here, texts of a batch.
        requests_per_minute, tokens_per_minute: as the server's owner allows; None is no limit.
        deadline: seconds for one request, its retries included. Waiting for its turn does not count.
        attempts: how often a request is sent at most.
        max_calls: requests that are sent at most, over the life of this object.
        max_cost: what they may cost at most, in the unit of `prices`.
        prices: of a million tokens, in and out, by the model's name: `{"gpt": (2.5, 10.0)}`.
        cache: a file that keeps replies for later runs; several processes may share it. None keeps the last few
            thousand in memory.
        dry_run: send nothing; count calls, and estimate tokens and cost.
        progress: show a bar, where standard error is a terminal.
        url: where models without a url of their own are; allowed thereby.
        allow: the other origins that may be called; and `hf:NAME` for models of Hugging Face that may be loaded.
        key: the environment variable that holds the key, or one for each url.
        max_missing: the share of the requests of one call of a reward that may come back empty; more is a `CallError`.
        tools: functions that a spec's judge may call, by the names in its `tools: […]`. Their arguments are those of
            their signatures, which need types; a parameter `fields` gets the sample, images as bytes. They give a text,
            JSON, an image, or a text and an image. They run here, with arguments that a model has written.
        response_bytes: the largest response that is read.
        usage: what was used so far.
    """

    concurrency: int = 32
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    deadline: float = 60.0
    attempts: int = 4
    max_calls: int | None = None
    max_cost: float | None = None
    prices: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    cache: str | Path | None = None
    dry_run: bool = False
    progress: bool = True
    url: str | None = None
    allow: tuple[str, ...] = ()
    key: str | Mapping[str, str] | None = None
    max_missing: float | None = None
    response_bytes: int = 4_000_000
    tools: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage, init=False, repr=False)

    def __post_init__(self) -> None:
        for name in _AT_LEAST_ONE:
            self._require(name, 1)
        for name in _NOT_NEGATIVE:
            self._require(name, 0)
        self._require("deadline", 0.001)
        self._require("max_missing", 0)
        if isinstance(self.allow, str):
            raise CallError(f"`allow` is a tuple of urls: ({self.allow!r},)")
        _ = self.origins
        if self.tools:
            from rewardlang.models.tools import require_bindable

            require_bindable(self.tools)

    def _require(self, name: str, least: float) -> None:
        value = getattr(self, name)
        if value is not None and (not isinstance(value, int | float) or isinstance(value, bool) or not value >= least):
            raise CallError(f"`{name}` is at least {least}, not {value!r}")

    @property
    def origins(self) -> list[str]:
        """All that may be called."""
        addresses = [entry for entry in self.allow if not entry.startswith(LOADED)]
        return sorted({origin(url) for url in (*addresses, *((self.url,) if self.url else ()))})

    def price(self, model: str) -> tuple[float, float] | None:
        """What a token of `model` costs, in and out."""
        found = self.prices.get(model)
        return None if found is None else (found[0] / 1e6, found[1] / 1e6)

    def __getstate__(self) -> dict[str, Any]:
        """In another process there is another engine."""
        return {name: value for name, value in self.__dict__.items() if name != "_engine"}
