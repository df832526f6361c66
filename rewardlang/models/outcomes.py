"""From what each request came to, to `Answers`: counted, and no more missing than the caller takes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rewardlang.backend.answers import Answers
from rewardlang.diagnostics import CallError
from rewardlang.models.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.backend.answers import ToolUse
    from rewardlang.models.calling import Calling


def answers(
    model: str, outcomes: Sequence[Any], calling: Calling, traces: Sequence[tuple[ToolUse, ...]] = ()
) -> Answers:
    """Values and reasons; a `CallError` that names the most frequent reason where too many are missing."""
    reasons = [outcome.reason if isinstance(outcome, Failure) else None for outcome in outcomes]
    missing = Counter(reason for reason in reasons if reason is not None)
    calling.usage.answered += len(outcomes) - missing.total()
    calling.usage.missing.update(missing)
    share = missing.total() / max(1, len(outcomes))
    if calling.max_missing is not None and share > calling.max_missing and not calling.dry_run:
        reason, times = missing.most_common(1)[0]
        raise CallError(
            f"the model `{model}` gave nothing for {missing.total():,} of {len(outcomes):,} requests, more than "
            f"`max_missing` of {calling.max_missing:g}; most often: {reason} ({times:,})"
        )
    return Answers([None if isinstance(outcome, Failure) else outcome for outcome in outcomes], reasons, traces)
