"""Literals as text: the inverse of `literals`."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from rewardlang.syntax.literals import ESCAPES

if TYPE_CHECKING:
    from collections.abc import Sequence

_WRITTEN = {character: f"\\{letter}" for letter, character in ESCAPES.items()}
_BRACES = {"{": "{{", "}": "}}"}
_QUOTED = str.maketrans(dict(_WRITTEN))
_SINGLE = str.maketrans(_WRITTEN | _BRACES)
_TRIPLE = str.maketrans({key: written for key, written in _WRITTEN.items() if key not in '"\n'} | _BRACES)
_LONG_RUN = re.compile('"{3,}')
_LAST_RUN = re.compile(r'"{3,}|"+\Z')


def write_number(value: float) -> str:
    """The shortest literal of a number that is not negative."""
    if math.isinf(value):
        return "inf"
    mantissa, exponent, power = repr(value).partition("e")
    return f"{mantissa}e{int(power)}" if exponent else mantissa


def quote(text: str) -> str:
    """A string literal."""
    return f'"{_visible(text.translate(_QUOTED))}"'


def quote_template(parts: Sequence[str | tuple[str]], *, may_break: bool) -> str:
    """A template literal; a part in a tuple is the text of a hole. Triple quotes where a line or a hole needs them."""
    texts = [part for part in parts if isinstance(part, str)]
    holes = [part[0] for part in parts if isinstance(part, tuple)]
    if any('"' in hole for hole in holes) or (may_break and any("\n" in text for text in texts)):
        return f't"""{_triple(parts)}"""'
    written = [_visible(part.translate(_SINGLE)) if isinstance(part, str) else f"{{{part[0]}}}" for part in parts]
    return f't"{"".join(written)}"'


def _triple(parts: Sequence[str | tuple[str]]) -> str:
    """The inside of a template with triple quotes: only quotes that would end it are escaped."""
    written = []
    for index, part in enumerate(parts):
        runs = _LAST_RUN if index == len(parts) - 1 else _LONG_RUN
        if isinstance(part, str):
            written.append(runs.sub(_escaped, _visible(part.translate(_TRIPLE))))
        else:
            written.append(f"{{{part[0]}}}")
    return "".join(written)


def _escaped(quotes: re.Match[str]) -> str:
    return '\\"' * len(quotes.group())


def _visible(text: str) -> str:
    """Text in which characters that no one sees are escapes; half of a surrogate pair has none and stays."""
    return "".join(
        c if c.isprintable() or c == "\n" or "\ud800" <= c <= "\udfff" else f"\\u{{{ord(c):x}}}" for c in text
    )
