"""Secrets: they come from the environment, go into one header, and appear nowhere else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rewardlang.diagnostics import CallError
from rewardlang.models.origins import origin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REDACTED = "[redacted]"


class Secret:
    """A key that does not show itself: not when it is printed, not in a traceback with values, not when pickled."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled: the other process reads its own environment")

    def header(self) -> dict[str, str]:
        """The header that carries it."""
        return {"Authorization": f"Bearer {self._value}"}

    def redacted(self, text: str) -> str:
        """`text`, in which a server may have repeated the key, without it."""
        return text.replace(self._value, REDACTED)


def key_of(place: str, key: str | Mapping[str, str] | None, origins: Sequence[str]) -> Secret | None:
    """The secret for one origin. One variable for several origins would tell each of them the others' key."""
    if isinstance(key, str):
        if len({*origins, place}) > 1:
            raise CallError("`key` names one variable for several urls: say which is whose, {url: variable}")
        name: str | None = key
    else:
        name = next((variable for url, variable in (key or {}).items() if origin(url) == place), None)
    return None if name is None else Secret(_read(name))


def _read(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise CallError(f"the environment variable `{name}`, which `key` names, is not set")
    if not value.isascii() or not value.isprintable():
        raise CallError(f"the environment variable `{name}`, which `key` names, holds what no header can carry")
    return value
