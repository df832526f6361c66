"""Tools of a judge: functions that it may call before its verdict, with typed arguments, and results as text or images.

A spec names tools. Those that come with rewardlang see the fields of the sample alone; all others are functions that
the caller binds. A tool never raises: what went wrong is told to the judge, which may do better or give its verdict.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import threading
from dataclasses import MISSING, dataclass, field, make_dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple, get_type_hints

from rewardlang.columns.images import content_of, data_url
from rewardlang.diagnostics import CallError, suggest
from rewardlang.models.messages import plain
from rewardlang.models.supplied import SUPPLIED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pydantic import TypeAdapter, ValidationError

    from rewardlang.models.signature import ModelSignature

SEEN = "fields"
"""A parameter of this name gets the fields of the sample, by name, and is none of the judge's (see `seen`)."""

LONGEST = 8000
"""Characters of a result that the judge gets."""

LARGEST = 24_000_000
"""Characters of the `data:` URL of an image that the judge gets: one of 2048x2048 pixels fits, whatever it shows."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_TOLD = 300


class Told(NamedTuple):
    """What the judge gets of a call: a text, and the `data:` URL of an image where it made one."""

    text: str
    image: str | None = None


@dataclass(frozen=True, eq=False)
class Tool:
    """A tool that a judge can call. `arguments` reads and checks what the judge sends: a JSON object."""

    name: str
    function: Callable[..., Any]
    arguments: TypeAdapter[Any]
    description: str
    sees: bool

    @property
    def schema(self) -> dict[str, Any]:
        """As the protocol of chat completions describes a tool."""
        made = self.arguments.json_schema()
        made.pop("title", None)
        about = {"name": self.name, "description": self.description, "parameters": made}
        return {"type": "function", "function": about}

    async def use(self, arguments: str, fields: Mapping[str, Any], seconds: float) -> Told:
        """The result for arguments in JSON; what is wrong, where they do not fit or the tool fails."""
        from pydantic import ValidationError

        try:
            made = self.arguments.validate_json(plain(arguments) or "{}", strict=True)
        except ValidationError as error:
            return _failed(f"the arguments do not fit: {_faults(error)}")
        given = {name: getattr(made, name) for name in type(made).__dataclass_fields__}
        if self.sees:
            given[SEEN] = fields
        return await _in_time(self.function, given, seconds)


def tool(name: str, function: Callable[..., Any]) -> Tool:
    """A function as a tool: its arguments and their types are those of its signature, its docstring says what it does.

    Raises:
        CallError: the name is none that the protocol allows, or an argument has no type, no name or no end.
    """
    if not _NAME.fullmatch(name):
        raise CallError(f"tools: `{name}` is no name of a tool: letters, digits, `_` and `-`, at most 64")
    if not callable(function):
        raise CallError(f"tools: `{name}` must be a function, not {type(function).__name__}")
    try:
        parameters = inspect.signature(function).parameters.values()
        taken = [parameter for parameter in parameters if parameter.name != SEEN]
        types = _types(function, taken)
    except (TypeError, ValueError, NameError) as error:
        raise CallError(f"tools: the signature of `{name}` cannot be read: {error}") from error
    for parameter in taken:
        if parameter.kind in _UNNAMED:
            raise CallError(f"tools: `{name}`: its argument `{parameter.name}` cannot be given by name")
        if parameter.name not in types:
            raise CallError(f"tools: `{name}`: its argument `{parameter.name}` has no type: annotate it")
    members = [(p.name, types[p.name], p.default if p.default is not p.empty else MISSING) for p in taken]
    described = inspect.cleandoc(function.__doc__ or name).partition("\n\n")[0]
    sees = any(parameter.name == SEEN for parameter in parameters)
    return made_tool(name, function, members, described, sees=sees)


_UNNAMED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _types(function: Callable[..., Any], taken: Sequence[inspect.Parameter]) -> dict[str, Any]:
    """The types of these parameters, those of others left unread: they may be names that only a type checker knows."""
    written = {each.name: each.annotation for each in taken if each.annotation is not each.empty}
    known = getattr(inspect.unwrap(function), "__globals__", {})
    return get_type_hints(SimpleNamespace(__annotations__=written), known, include_extras=True)


def _faults(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'arguments'}: {fault['msg']}" for fault in faults[:5])


def made_tool(
    name: str, function: Callable[..., Any], members: Sequence[tuple[str, Any, Any]], description: str, *, sees: bool
) -> Tool:
    """A tool of arguments, each a name, a type and a default (or `MISSING`).

    Raises:
        CallError: an argument's type has no form in JSON.
    """
    from pydantic import ConfigDict, PydanticUserError, TypeAdapter

    parts = [(n, t, field() if default is MISSING else _default(default)) for n, t, default in members]
    strict = {"__pydantic_config__": ConfigDict(extra="forbid")}
    made = make_dataclass("Arguments", parts, kw_only=True, namespace=strict)
    try:
        found = Tool(name, function, TypeAdapter(made), description, sees)
        _ = found.schema
    except (PydanticUserError, TypeError, ValueError) as error:
        told = str(error).partition("\n")[0]
        raise CallError(f"tools: an argument of `{name}` has a type without a form in JSON: {told}") from error
    return found


def _default(value: Any) -> Any:
    return field(default_factory=lambda: value)  # by a factory, as a dataclass takes no list


def named_tools(
    signature: ModelSignature, names: Sequence[str], bound: Mapping[str, Callable[..., Any]]
) -> dict[str, Tool]:
    """The tools that a spec names, of those that come with rewardlang and those that the caller binds.

    Raises:
        CallError: there is no such tool, or one that does not fit this model.
    """
    return {name: _named(signature, name, bound) for name in names}


def _named(signature: ModelSignature, name: str, bound: Mapping[str, Callable[..., Any]]) -> Tool:
    if name in bound:
        return tool(name, bound[name])
    if name not in SUPPLIED:
        close = suggest(name, [*SUPPLIED, *bound])
        hint = f"did you mean `{close}`? Or" if close else f"{', '.join(f'`{n}`' for n in SUPPLIED)} come with it;"
        raise CallError(
            f"the model `{signature.name}` names the tool `{name}`, which does not come with rewardlang: {hint} bind a "
            f'function, `Calling(tools={{"{name}": f}})`'
        )
    found = SUPPLIED[name]
    return made_tool(name, found.function, found.members_of(signature, name), found.description, sees=True)


def require_bindable(bound: Mapping[str, Callable[..., Any]]) -> None:
    """What a caller binds as tools: functions whose arguments have types, under names that are free.

    Raises:
        CallError: one is not.
    """
    for name, function in bound.items():
        if name in SUPPLIED:
            raise CallError(f"tools: `{name}` comes with rewardlang: give the function another name")
        tool(name, function)


def seen(fields: Mapping[str, Any], images: Sequence[str]) -> dict[str, Any]:
    """The fields of a sample as tools see them: of an image the bytes of its file, or where it is none what it is."""
    return {name: _bytes(value) if name in images else value for name, value in fields.items()}


def _bytes(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_bytes(entry) for entry in value]
    url = data_url(value)
    return value if url is None else content_of(url)


async def _in_time(function: Callable[..., Any], given: Mapping[str, Any], seconds: float) -> Told:
    """The result of a call in a thread of its own, which is left alone where it takes longer."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Told] = loop.create_future()

    def run() -> None:
        told = _result(function, given)
        loop.call_soon_threadsafe(lambda: None if done.done() else done.set_result(told))

    # Not of a pool: the interpreter would wait for it at its end.
    threading.Thread(target=run, name="rewardlang-tool", daemon=True).start()
    try:
        async with asyncio.timeout(seconds):
            return await done
    except TimeoutError:
        return _failed(f"it took longer than {seconds:g} seconds")


def _result(function: Callable[..., Any], given: Mapping[str, Any]) -> Told:
    try:
        result = function(**given)
        if inspect.iscoroutine(result):
            result = asyncio.run(result)
        return _told(result)
    except BaseException as error:  # noqa: BLE001  whatever it raises ends this tool's thread alone
        return _failed(f"{type(error).__name__}: {error}".splitlines()[0])


def _told(result: Any) -> Told:
    """Of an image, alone or with a text before it, what shows it; of all else the text, or its JSON."""
    text, given = result if isinstance(result, tuple) and len(result) == 2 else ("An image.", result)
    image = None if isinstance(given, str) or not isinstance(text, str) else data_url(given)
    if image is None:
        text = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, default=str)
    elif len(image) > LARGEST:
        return _failed(f"its image takes {len(image):,} characters, and {LARGEST:,} are the most")
    text = plain(text)
    more = len(text) - LONGEST
    return Told(text if more <= 0 else f"{text[:LONGEST]}\n… cut: {more} more characters", image)


def _failed(why: str) -> Told:
    return Told(plain(f"error: {why[:_TOLD]}"))
