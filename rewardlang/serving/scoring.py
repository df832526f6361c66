"""Requests scored together: those that wait are one call of the reward, and each has its part of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.trainers.batching import Batching
from rewardlang.trainers.outcomes import Outcome, outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rewardlang.backend.reward import Reward
    from rewardlang.backend.scores import Scores

MOST = 4096
"""Samples a call, unless one request has more."""
WARMED = tuple(2**power for power in range(9))
"""Sizes of batches that are compiled ahead: those of one sample a request."""


@dataclass(frozen=True)
class Block:
    """The samples of one request: columns by field, and the number of each sample's group, where there are some."""

    columns: Mapping[str, list[Any]]
    samples: int
    groups: Sequence[int] | None = None

    @property
    def kind(self) -> tuple[Any, ...]:
        """Blocks of one kind can be scored together."""
        return tuple(sorted(self.columns)), self.groups is None


class Scored:
    """One call of the reward."""

    def __init__(self, scores: Scores) -> None:
        self.scores = scores

    @cached_property
    def totals(self) -> list[Any]:
        """A number a sample (of a reward along an axis a list), None where it is missing."""
        return self.scores.tolist()

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """As trainers are told."""
        return outcomes(self.scores)

    @cached_property
    def terms(self) -> dict[str, list[Any]]:
        """As `rwd score` writes them: `path/raw`, `/weight`, `/contribution` and `/active`."""
        columns = self.scores.to_arrow().to_pydict()
        return {name: values for name, values in columns.items() if "/" in name}


@dataclass(frozen=True)
class Part:
    """What a request has of a call: the samples from `start` to before `end`."""

    scored: Scored
    start: int
    end: int

    @property
    def totals(self) -> list[Any]:
        """Those of `Scored`, of these samples."""
        return self.scored.totals[self.start : self.end]

    @property
    def reasons(self) -> list[str | None]:
        """Why totals are missing."""
        return list(self.scored.scores.reasons[self.start : self.end])

    @property
    def outcomes(self) -> list[Outcome]:
        """Those of `Scored`, of these samples."""
        return self.scored.outcomes[self.start : self.end]

    @property
    def terms(self) -> dict[str, list[Any]]:
        """Those of `Scored`, of these samples."""
        return {name: values[self.start : self.end] for name, values in self.scored.terms.items()}


class Scoring:
    """Scores requests with one reward; `params` are values other than the defaults, `seen` is told of every call.

    Raises:
        CallError: the reward remembers from call to call.
    """

    def __init__(self, reward: Reward, params: Mapping[str, Any], seen: Callable[[Scores], None]) -> None:
        if reward.memories:
            names = ", ".join(f"`{name}`" for name in reward.memories)
            raise CallError(f"`{reward.name}` remembers {names} from call to call, which a server would mix up")
        self.reward = reward
        self._params, self._seen = dict(params), seen
        self._across = reward.interface.across
        self._batching: Batching[Block, Part] = Batching(self._parts)

    @property
    def compares(self) -> bool:
        """Whether the reward compares the samples of a group."""
        return "group" in self._across

    async def ask(self, block: Block) -> Part:
        """The scores of a request; blocks no event loop.

        Raises:
            CallError: a column does not fit.
        """
        return await self._batching.ask(block)

    def warm(self) -> None:
        """Compile the reward for the usual batches, by samples of which nothing is known. Models are not asked."""
        required = [name for name, found in self.reward.inputs.items() if found.required]
        if self.reward.models or not required:
            return
        for samples in WARMED:
            columns = {name: [None] * samples for name in required}
            group = 1 if self.compares else None
            self.reward(columns, group=group, params=self._params, on_invalid="missing")

    def _parts(self, blocks: Sequence[Block]) -> list[Part]:
        found: dict[int, Part] = {}
        for places in self._calls(blocks):
            scored = Scored(self._call([blocks[place] for place in places]))
            start = 0
            for place in places:
                end = start + blocks[place].samples
                found[place] = Part(scored, start, end)
                start = end
            self._seen(scored.scores)
        return [found[place] for place in range(len(blocks))]

    def _calls(self, blocks: Sequence[Block]) -> Iterator[list[int]]:
        """Which blocks are scored by one call. A reward that compares all samples of a call has each alone."""
        kinds: dict[Any, list[int]] = {}
        for place, block in enumerate(blocks):
            alone = place if "batch" in self._across else None
            kinds.setdefault((alone, block.kind), []).append(place)
        for places in kinds.values():
            taken: list[int] = []
            samples = 0
            for place in places:
                if taken and samples + blocks[place].samples > MOST:
                    yield taken
                    taken, samples = [], 0
                taken.append(place)
                samples += blocks[place].samples
            yield taken

    def _call(self, blocks: Sequence[Block]) -> Scores:
        names = blocks[0].columns
        columns = {name: list(chain.from_iterable(block.columns[name] for block in blocks)) for name in names}
        return self.reward(columns, group=_groups(blocks), params=self._params, on_invalid="missing")


def _groups(blocks: Sequence[Block]) -> list[int] | None:
    """Numbers of the groups of all blocks: no two blocks share one."""
    if blocks[0].groups is None:
        return None
    found: list[int] = []
    for block in blocks:
        first = found[-1] + 1 if found else 0
        found += [first + number for number in block.groups or ()]
    return found
