"""The samples of a file, as the inputs of a reward."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from rewardlang.diagnostics import CallError, suggest
from rewardlang.tables.batch import Groups, together
from rewardlang.tables.fitting import Wanted, check_names, first_fault, near_misses
from rewardlang.tables.reading import open_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from rewardlang.backend.reward import ParamInfo, Reward
    from rewardlang.tables.batch import Batch
    from rewardlang.tables.reading import Table
    from rewardlang.types import Type

T = TypeVar("T")


@dataclass
class Samples:
    """The rows of `path` as samples of `reward`; `group` and `keep` are columns that are read beside its inputs."""

    reward: Reward
    path: Path
    group: str | None = None
    keep: tuple[str, ...] = ()

    def batches(self) -> Iterator[Batch]:
        """Batches with the columns that are there; between groups where there are some.

        Raises:
            CallError: a column or the group is missing, or the file cannot be read.
        """
        if "group" in self._across and self.group is None:
            raise CallError(
                f"`{self.reward.name}` compares the samples of a group: name their column, `--group COLUMN`"
            )
        found = self._table.batches()
        if "batch" in self._across:
            parts = list(found)
            return iter([together(parts)] if parts else [])
        return found if self._groups is None else self._groups.cut(found)

    def together(self, batch: Batch, row: int) -> tuple[int, int]:
        """The rows of a batch that the score of one depends on, from the first to after the last: its group, or all."""
        if "batch" in self._across:
            return 0, batch.rows
        if self._groups is None:
            return row, row + 1
        numbers = self._groups.numbers(batch)
        start = numbers.index(numbers[row])
        return start, start + numbers.count(numbers[row])

    def done(self) -> float:
        """Which part of the file was read, 0 to 1."""
        return self._table.done()

    def call(self, batch: Batch, function: Callable[[dict[str, Any], dict[str, Any]], T]) -> T:
        """`function(columns, group)` of one batch, with the caller's mistakes told in rows of the file."""
        columns = {name: column for name, column in batch.columns.items() if name in self.reward.inputs}
        group = {} if self._groups is None else {"group": self._groups.numbers(batch)}
        try:
            return function(columns, group)
        except CallError:
            fault = first_fault(batch, self._inputs)
            if fault is None:
                raise
            raise CallError(f"`{self.path}`, {fault}") from None

    def remarks(self) -> Iterator[str]:
        """What the caller should know, though it is no fault."""
        yield from near_misses(self._names, self._inputs)
        if "batch" in self._across:
            yield f"`{self.reward.name}` reduces over batch, so the whole file is read as one batch"

    @cached_property
    def _inputs(self) -> dict[str, Wanted]:
        return {name: Wanted(found.type, found.required) for name, found in self.reward.inputs.items()}

    @cached_property
    def _names(self) -> list[str]:
        names = open_table(self.path, {}).names()
        check_names(self.path, names, self.reward.name, self._inputs)
        for flag, column in (("--group", self.group), *(("--keep", name) for name in self.keep)):
            if column is not None and column not in names:
                meant = suggest(column, names)
                remark = f"did you mean `{meant}`?" if meant else f"its columns: {', '.join(names)}"
                raise CallError(f"`{self.path}` has no column `{column}`, which `{flag}` names; {remark}")
        return names

    @cached_property
    def _table(self) -> Table:
        wanted: dict[str, Type | None] = dict.fromkeys((*filter(None, (self.group,)), *self.keep))
        types: dict[str, Type | None] = {
            name: found.type for name, found in self._inputs.items() if name in self._names
        }
        return open_table(self.path, wanted | types)

    @cached_property
    def _groups(self) -> Groups | None:
        return None if self.group is None else Groups(str(self.path), self.group)

    @property
    def _across(self) -> frozenset[str]:
        """Whether the reward reduces over the group, over the batch: then it matters how the file is cut."""
        return self.reward.interface.across


def settings(reward: Reward, words: Iterable[str]) -> dict[str, Any]:
    """The values of `--set name=value`.

    Raises:
        CallError: no such param, or a value that is none of its type.
    """
    given: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise CallError(f"`--set {word}` has no value: write `--set {name}=VALUE`")
        if name not in reward.params:
            meant = suggest(name, reward.params)
            known = ", ".join(reward.params) or "none"
            remark = f"did you mean `{meant}`?" if meant else f"its params: {known}"
            raise CallError(f"`{reward.name}` has no param `{name}`; {remark}")
        given[name] = _setting(name, text, reward.params[name])
    return given


def _setting(name: str, text: str, param: ParamInfo) -> bool | int | float:
    kind = param.type.element.name
    try:
        value = _truth(text) if kind == "bool" else int(text) if kind == "int" else float(text)
    except ValueError:
        raise CallError(f"`--set {name}={text}`: `{name}` is a `{kind}`, and `{text}` is none") from None
    if kind != "bool" and value not in param.type.interval:
        raise CallError(f"`--set {name}={text}`: `{name}` must lie in {param.type.interval}")
    return value


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"
