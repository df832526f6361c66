"""`chat(…)`: a judge behind an OpenAI-compatible endpoint."""

from __future__ import annotations

import asyncio
from collections import Counter
from statistics import fmean, median, median_low
from typing import TYPE_CHECKING, Any, NamedTuple

from rewardlang.diagnostics import CallError
from rewardlang.models import completions, failure, listwise
from rewardlang.models.engine import engine_of
from rewardlang.models.failure import Failure
from rewardlang.models.messages import Prompts
from rewardlang.models.options import chat_options
from rewardlang.models.origins import require_allowed
from rewardlang.models.outcomes import answers
from rewardlang.models.replies import reader, visible
from rewardlang.models.request import Request
from rewardlang.models.tools import named_tools, seen
from rewardlang.models.verifying import Verifier, note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rewardlang.backend.answers import Answering, Answers, ToolUse
    from rewardlang.models.calling import Calling
    from rewardlang.models.engine import Engine
    from rewardlang.models.messages import Message
    from rewardlang.models.options import ChatOptions
    from rewardlang.models.request import Reply
    from rewardlang.models.signature import ModelSignature

_AGAIN = frozenset({failure.UNREADABLE, failure.EMPTY})
"""What asking once more may mend. A score out of the scale is an answer, and is not asked away."""


def open_chat(signature: ModelSignature, options: Mapping[str, Any], calling: Calling) -> Answering:
    """A chat model, ready to be asked; faults of the options and addresses that are not allowed are told now."""
    return Chat(signature, chat_options(signature, options), calling)


class _Row(NamedTuple):
    """One request: its fields, and for each variant what tools its judge used."""

    fields: Mapping[str, Any]
    traces: Mapping[tuple[int, bool], list[ToolUse]]


class Chat:
    """Judges requests. One request is asked in every order and sample, and each of those until it can be read."""

    def __init__(self, signature: ModelSignature, options: ChatOptions, calling: Calling) -> None:
        url = options.url or calling.url
        if url is None:
            raise CallError(f"the model `{signature.name}` has no url: give `url`, in the spec or to the call")
        place = require_allowed(signature.name, url, calling.origins)
        if calling.max_cost is not None and calling.price(options.model) is None:
            raise CallError(f"`max_cost` needs the price of `{options.model}`: give it in `prices`")
        self._signature = signature
        self._options = options
        self._calling = calling
        self._place = place
        self._url = url.rstrip("/") + "/chat/completions"
        self._seed = options.seed if options.seed is not None else listwise.SEED
        frames = options.frame == "tags"
        self._prompts = Prompts(
            signature, options.kind, options.prompt, options.system, frames=frames, seed=self._seed,
            note=note(options.steps, frames=frames) if options.tools and frames else "",
        )  # fmt: skip
        tools = named_tools(signature, options.tools, calling.tools)
        self._schemas = [tool.schema for tool in tools.values()]
        self._verifier = Verifier(
            tools, options.steps, calling.deadline, frames, self._prompts.instruction, options.max_tokens
        )
        orders = (False, True) if options.swap else (False,)
        self._variants = [(sample, swapped) for sample in range(options.samples) for swapped in orders]
        engine_of(calling).open_origin(place)

    def __call__(self, fields: Mapping[str, Sequence[Any]]) -> Answers:
        """The judgements of a list of requests."""
        columns = {field.name: fields[field.name] for field in self._signature.fields}
        count = len(next(iter(columns.values())))
        fields_of = ({name: column[at] for name, column in columns.items()} for at in range(count))
        rows = [_Row(each, {variant: [] for variant in self._variants}) for each in fields_of]
        ask = self._by_function if callable(self._options.reply) else self._by_form
        outcomes = [self._combined(parts) for parts in ask(rows)]
        traces = [tuple(use for trace in row.traces.values() for use in trace) for row in rows]
        return answers(self._signature.name, outcomes, self._calling, traces if self._schemas else ())

    def _by_form(self, rows: Sequence[_Row]) -> list[list[Any]]:
        """What each variant of each row gave: a value or a `Failure`."""

        async def judged(at: int) -> list[Any]:
            return await asyncio.gather(*(self._until_read(rows[at], variant) for variant in self._variants))

        return self._engine().each(len(rows), judged, self._signature.name)

    async def _until_read(self, row: _Row, variant: tuple[int, bool]) -> Any:
        read = self._reader(row)
        outcome: Any = None
        for ask in range(self._options.attempts):
            try:
                return self._as_asked(read(await self._reply(row, variant, ask)), variant)
            except Failure as error:
                outcome = error
            if outcome.reason not in _AGAIN:
                break
        return outcome

    def _reader(self, row: _Row) -> Callable[[Reply], Any]:
        if self._options.kind != "listwise":
            return reader(self._options.kind, self._signature)
        count = len(row.fields[self._signature.groups[0]])
        return lambda reply: listwise.read(reply, count, self._seed, self._signature)

    def _as_asked(self, value: Any, variant: tuple[int, bool]) -> Any:
        return 1.0 - value if variant[1] else value

    def _by_function(self, rows: Sequence[_Row]) -> list[list[Any]]:
        """As `_by_form`, by a function that takes many replies: all are asked, then all read, as often as needed."""
        outcomes: list[list[Any]] = [[None] * len(self._variants) for _ in rows]
        unread = [(at, number) for at in range(len(rows)) for number in range(len(self._variants))]
        for ask in range(self._options.attempts):
            replies = self._asked(rows, unread, ask)
            read = iter(self._read([reply for reply in replies if isinstance(reply, str)]))
            for (at, number), reply in zip(unread, replies, strict=True):
                outcomes[at][number] = next(read) if isinstance(reply, str) else reply
            unread = [(at, number) for at, number in unread if _is_unread(outcomes[at][number])]
        return outcomes

    def _asked(self, rows: Sequence[_Row], places: Sequence[tuple[int, int]], ask: int) -> list[Any]:
        """The texts of replies, or failures."""

        async def asked(place: int) -> Any:
            at, number = places[place]
            try:
                return visible((await self._reply(rows[at], self._variants[number], ask)).text)
            except Failure as error:
                return error

        return self._engine().each(len(places), asked, self._signature.name)

    def _read(self, texts: Sequence[str]) -> list[Any]:
        if not texts or not callable(self._options.reply):
            return []
        values = self._options.reply(texts)
        if len(values) != len(texts):
            raise CallError(
                f"the model `{self._signature.name}`: its `reply` made {len(values)} values of {len(texts)} replies"
            )
        return [Failure(failure.UNREADABLE) if value is None else value for value in values]

    async def _reply(self, row: _Row, variant: tuple[int, bool], ask: int) -> Reply:
        fields = self._swapped(row.fields) if variant[1] else row.fields
        messages = self._prompts.messages(fields, critique=self._options.critique)
        if self._options.critique:
            critique = await self._critique(messages, variant[0], ask)
            messages = self._prompts.after_critique(messages, critique)
        if not self._schemas:
            return await self._send(messages, variant[0], ask, final=True)

        async def send(talk: Sequence[Message], *, offered: bool) -> Reply:
            return await self._send(talk, variant[0], ask, final=True, offered=offered)

        looked_at = seen(fields, self._signature.images)
        return await self._verifier.reply(messages, looked_at, send, row.traces[variant])

    async def _critique(self, messages: Sequence[Message], sample: int, ask: int) -> str:
        try:
            return visible((await self._send(messages, sample, ask, final=False)).text)
        except Failure as error:
            if error.reason != failure.DRY_RUN:
                raise
            return "word " * self._options.max_tokens  # the call that follows is counted too

    def _swapped(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        a, b = self._signature.texts[-2:]
        return {**fields, a: fields[b], b: fields[a]}

    async def _send(
        self, messages: Sequence[Message], sample: int, ask: int, *, final: bool, offered: bool = True
    ) -> Reply:
        kind = self._options.kind if final else "critique"
        if self._schemas:
            kind = f"{kind}, {self._options.steps} steps"
        made = completions.body(self._options, messages, sample, ask, final=final, tools=self._schemas, offered=offered)
        return await self._engine().ask(
            Request(self._options.model, self._url, made, kind, completions.read, sample, ask, self._options.max_tokens)
        )

    def _engine(self) -> Engine:
        engine = engine_of(self._calling)
        engine.open_origin(self._place)
        return engine

    def _combined(self, parts: Sequence[Any]) -> Any:
        """One judgement from those of all samples and orders; missing where fewer than half could be read."""
        if self._options.swap:
            parts = [_mean(parts[at], parts[at + 1]) for at in range(0, len(parts), 2)]
        values = [part for part in parts if not isinstance(part, Failure)]
        failures = Counter(part.reason for part in parts if isinstance(part, Failure))
        if failures and len(values) * 2 <= len(parts):
            return Failure(failures.most_common(1)[0][0])
        return values[0] if len(values) == 1 else _middle(values, self._signature.result, self._options.kind)


def _is_unread(outcome: Any) -> bool:
    return isinstance(outcome, Failure) and outcome.reason in _AGAIN


def _mean(one: Any, other: Any) -> Any:
    failed = next((part for part in (one, other) if isinstance(part, Failure)), None)
    return fmean((one, other)) if failed is None else failed


def _middle(values: Sequence[Any], result: str, kind: str) -> Any:
    """The median of numbers, of each member for a list; of other values the most frequent, the first of equals."""
    if kind == "listwise":
        present = [[value for value in member if value is not None] for member in zip(*values, strict=True)]
        return [_middle(member, result, "score") if member else None for member in present]
    if result == "float":
        return median(values)
    if result == "int":
        return median_low(values)
    return max(values, key=values.count)
