"""What a step of an environment gives, by names and by paths into it: `info.speed`, `next_observation[2]`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_PATH = re.compile(r"(\w+)((?:\.\w+|\[-?\w+\])+)")
_WORD = re.compile(r"\.(\w+)|\[(-?\w+)\]")


class Seen(Mapping[str, Any]):
    """What is given, by name.

    A path goes into it: `.name` is a key or an attribute; `[0]` a component, behind the `lead` dimensions of the
    environments; `[agent]` is what has the key `agent`. Attributes of `beyond` are given, too, where no name is.
    """

    def __init__(self, known: Mapping[str, Any], lead: int, beyond: Any = None, agent: Any = None) -> None:
        self._known, self._lead, self._beyond, self._agent = known, lead, beyond, agent

    def __getitem__(self, name: str) -> Any:
        if name in self._known:
            return self._known[name]
        found = _PATH.fullmatch(name)
        head, rest = (found[1], found[2]) if found else (name, "")
        value = self._known[head] if head in self._known else _named(self._beyond, head, name)
        for word, component in _WORD.findall(rest):
            value = _named(value, word, name) if word else self._component(value, component, name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def _component(self, value: Any, word: str, path: str) -> Any:
        try:
            place = int(word)
        except ValueError:
            return _named(value, self._agent if word == "agent" else word, path)
        if isinstance(value, list | tuple):
            size = len(value)
        else:
            size = value.shape[self._lead] if len(getattr(value, "shape", ())) > self._lead else 0
        if not -size <= place < size:
            raise KeyError(path)
        return value[place] if isinstance(value, list | tuple) else value[(slice(None),) * self._lead + (place,)]


def _named(value: Any, word: Any, path: str) -> Any:
    """A key or an attribute, whichever there is."""
    if isinstance(word, str) and not word.startswith("_") and not isinstance(value, Mapping) and hasattr(value, word):
        return getattr(value, word)
    try:
        return value[word]
    except (KeyError, TypeError, IndexError):
        raise KeyError(path) from None
