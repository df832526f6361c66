"""A Python function as a model."""

from __future__ import annotations

import asyncio
import inspect
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rewardlang.backend.answers import Answers
from rewardlang.columns.images import content_of
from rewardlang.diagnostics import CallError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

_SHOWN = 200


@dataclass(frozen=True, eq=False)
class Function:
    """A model that the caller gives as a function, plain or `async`.

    It gets the columns of the distinct requests as keyword arguments by the names of the model's fields, and gives a
    list with an entry a request: a value, or None where it has none. Where it raises, all requests of the call are
    missing for that reason.
    """

    name: str
    function: Callable[..., Any]
    images: frozenset[str] = frozenset()
    """The fields whose values are images, of which the function gets the bytes."""

    def __call__(self, fields: Mapping[str, Sequence[Any]]) -> Answers:
        """The answers of the function.

        Raises:
            CallError: It gives no list, or one of another length.
        """
        count = len(next(iter(fields.values()), ()))
        columns = {name: _contents(column) if name in self.images else column for name, column in fields.items()}
        try:
            given = self.function(**columns)
            if inspect.iscoroutine(given):
                given = _finished(given)
        except Exception as error:  # noqa: BLE001 - a grader that failed is not a wrong answer
            return Answers([None] * count, [_reason(error)] * count)
        if isinstance(given, Answers):
            return given
        values = _listed(given)
        if values is None or len(values) != count:
            found = type(given).__name__ if values is None else f"{len(values)} values"
            raise CallError(
                f"the model `{self.name}` must give a list of {count} values, one a request, but gave {found}"
            )
        values = [None if value is None or value != value else value for value in values]  # noqa: PLR0124 - NaN
        return Answers(values, ["it gave no value" if value is None else None for value in values])


def _contents(column: Any) -> Any:
    return content_of(column) if isinstance(column, str) else [_contents(entry) for entry in column]


def _listed(given: Any) -> list[Any] | None:
    if isinstance(given, str | bytes) or not hasattr(given, "__len__"):
        return None
    return list(given.tolist() if hasattr(given, "tolist") else given)


def _finished(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine, whether or not this thread already runs a loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    found: list[Any] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(asyncio.run(coroutine))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            failed.append(error)

    thread = threading.Thread(target=run, name="rewardlang-model")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]


def _reason(error: Exception) -> str:
    text = f"{type(error).__name__}: {error}".splitlines()[0]
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
