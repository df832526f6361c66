"""`/score`: columns or rows under the names of the reward's own fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from rewardlang.backend.columns import group_numbers
from rewardlang.diagnostics import CallError
from rewardlang.diagnostics.suggest import suggest
from rewardlang.serving.scoring import Block
from rewardlang.trainers.fields import columns_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.backend.reward import Reward
    from rewardlang.serving.scoring import Part


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """Samples as columns or as rows, one of the two; `terms` asks for those of each sample."""

    columns: dict[str, list[Any]] | None = None
    rows: list[dict[str, Any]] | None = None
    terms: bool = False


class Plain:
    """The endpoint; `group` is the column that is equal for the samples of one prompt.

    Raises:
        CallError: the reward compares the samples of a group, and no column tells them.
    """

    path = "/score"
    about = "For any caller. A missing score is null, with its reason."
    asked = Asked
    answered: ClassVar[Any] = {"totals": [1.5, None], "reasons": [None, "invalid input: …"], "fingerprint": "…"}

    def __init__(self, reward: Reward, group: str | None, *, compares: bool) -> None:
        if compares and group is None:
            raise CallError(f"`{reward.name}` compares the samples of a group: name their column, `--group COLUMN`")
        self._reward, self._group, self._compares = reward, group, compares

    def block(self, asked: Asked) -> Block:
        """The columns, checked as far as they must be before they are put together with those of others."""
        if (asked.columns is None) == (asked.rows is None):
            raise CallError("a request has either `columns` or `rows`")
        columns = asked.columns if asked.columns is not None else columns_of(asked.rows or [])
        samples = self._length(columns) if columns else len(asked.rows or [])
        groups = self._groups(columns, samples)
        own = {name: values for name, values in columns.items() if name != self._group or name in self._reward.inputs}
        if not samples:
            own = {name: own.get(name, []) for name in self._reward.inputs} | own
        return Block(own, samples, groups)

    def told(self, asked: Asked, part: Part) -> dict[str, Any]:
        """Totals, reasons and the fingerprint; terms where they are asked for."""
        told = {"totals": part.totals, "reasons": part.reasons, "fingerprint": self._reward.fingerprint}
        return {**told, "terms": part.terms} if asked.terms else told

    def _length(self, columns: Mapping[str, list[Any]]) -> int:
        first = next(iter(columns))
        samples = len(columns[first])
        for name, values in columns.items():
            if len(values) != samples:
                raise CallError(f"column `{name}` has {len(values)} samples, but column `{first}` has {samples}")
        return samples

    def _groups(self, columns: Mapping[str, list[Any]], samples: int) -> list[int] | None:
        if not self._compares or self._group is None:
            return None
        if samples and self._group not in columns:
            close = suggest(self._group, list(columns))
            remark = f"; is `{close}` meant?" if close else ""
            raise CallError(f"the column `{self._group}`, which tells the groups, is missing{remark}")
        numbers: list[int] = group_numbers(columns.get(self._group, []), samples).tolist()
        return numbers
