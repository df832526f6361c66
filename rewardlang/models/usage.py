"""What the calls of a run came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Usage:
    """Counts of a run. `calls` are requests that were sent, retries among them; in a dry run, that would be sent.

    `missing` counts the requests of rewards that got nothing, by reason. Tokens and cost are the server's where it
    tells them; of a call that broke off they are what was reserved for it, the most that it can have cost.
    """

    calls: int = 0
    retries: int = 0
    from_cache: int = 0
    shared: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    answered: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    cache_faults: int = 0

    @property
    def asked(self) -> int:
        """Requests of rewards, answered or not."""
        return self.answered + self.missing.total()

    def __str__(self) -> str:
        parts = [f"{self.asked:,} asked", f"{self.answered:,} answered"]
        parts += [f"{count:,} {reason}" for reason, count in self.missing.most_common()]
        parts += [f"{self.calls:,} calls ({self.retries:,} retries)", f"{self.from_cache:,} from the cache"]
        tokens = f"{self.prompt_tokens:,} + {self.completion_tokens:,} tokens"
        return ", ".join([*parts, tokens, f"cost {self.cost:.4f}"])
