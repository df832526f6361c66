"""The escapes of a regular expression, and the error that a pattern may raise."""

from __future__ import annotations


class RegexError(ValueError):
    """A pattern cannot be used.

    `offset` and `length` point at the part of the pattern; `help` says how to write it otherwise.
    """

    def __init__(self, message: str, offset: int, length: int, help: str) -> None:  # noqa: A002 - the public name
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.length = length
        self.help = help


ESCAPED_CHARACTERS = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
"""Letter after the backslash to code point."""

HEX_LENGTHS = {"x": 2, "u": 4, "U": 8}
"""Letter after the backslash to the number of hexadecimal digits that follow it."""

REFUSED_ESCAPES = {
    "z": r"write `\Z` for the end of the text",
    "N": r"write the character itself, or `\uhhhh`",
    "p": r"write the ranges of characters in `[...]`",
    "P": r"write the ranges of characters in `[^...]`",
    "h": r"write `[ \t]`",
    "R": r"write `\r?\n`",
    "K": "put what you need in a group",
    "0": r"write `\x00`",
}
"""What to write for the escapes that other dialects have."""
