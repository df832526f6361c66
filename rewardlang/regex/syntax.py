"""From the text of a regular expression to its tree: Python's `re` syntax, without what is not matched in linear time.

Needs no array library: the checker of the language reads patterns with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rewardlang.regex.constructors import alternation, any_character, character, sequence, simplified
from rewardlang.regex.escapes import ESCAPED_CHARACTERS, HEX_LENGTHS, REFUSED_ESCAPES, RegexError
from rewardlang.regex.tree import Assertion, At, CharClass, Group, Node, Repeat, expansion, nullable

INSTRUCTION_BUDGET = 20_000
DEPTH_BUDGET = 50
REPEAT_LIMIT = 2**32 - 1

_SPECIAL = frozenset(".^$*+?{[(|)\\")
_DIGITS = frozenset("0123456789")
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_COMPARE = "name the groups and compare what they take: `let m = find(t, /(?P<a>.) (?P<b>.)/)`, then `m.a == m.b`"
_ASSERTIONS = {"A": At.TEXT_START, "Z": At.TEXT_END, "b": At.WORD_BOUNDARY, "B": At.NO_WORD_BOUNDARY}
_REFUSED_GROUPS = {
    "=": (
        "look-ahead",
        "put what you need in a group, `x(?=y)` as `(x)y`, or ask twice: `matches(t, /a/) and matches(t, /b/)`",
    ),
    "!": (
        "negative look-ahead",
        "ask for it by itself, `matches(t, /a/) and not matches(t, /b/)`, or write `.*?` for `(?:(?!end).)*`",
    ),
    "<=": ("look-behind", "match what precedes too, and put what you need in a group: `(?<=x)y` as `x(y)`"),
    "<!": (
        "negative look-behind",
        "match the character before, or the start, and put what you need in a group: `(?<!x)y` as `(?:^|[^x])(y)`",
    ),
    "<": ("a name without `P`", "write `(?P<name>...)`"),
    ">": ("an atomic group", "write `(?:...)`: matching is linear without it"),
    "(": ("a conditional", "write both cases as branches: `(?:a...b|...)`"),
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parsed regular expression.

    `group_names` has one entry a group, `None` for one without a name. `nullable`: the empty text may match.
    """

    source: str
    flags: str
    root: Node
    group_names: tuple[str | None, ...]
    nullable: bool

    @property
    def group_count(self) -> int:
        """How many capturing groups there are, the whole match not counted."""
        return len(self.group_names)


@lru_cache(maxsize=512)
def parse(pattern: str, flags: str = "") -> Pattern:
    """Parse `pattern` as Python's `re` does under `flags`, letters out of `ims`.

    Raises:
        RegexError: the pattern is not one of Python's, needs more than linear time (look-around, back-references) or is
            larger than the budget of 20,000 instructions or 50 nested groups.
    """
    for letter in flags:
        if letter not in "ims":
            raise RegexError(f"unknown flag `{letter}`", 0, len(pattern), "the flags are `i`, `m` and `s`")
    parser = _Parser(pattern, frozenset(flags))
    root = parser.whole()
    if expansion(root) > INSTRUCTION_BUDGET:
        message = f"the pattern expands to more than {INSTRUCTION_BUDGET:,} instructions"
        raise RegexError(message, 0, len(pattern), "lower the counts in `{m,n}`, or use `*` or `+`")
    return Pattern(pattern, "".join(sorted(parser.flags)), root, tuple(parser.names), nullable(root))


class _Parser:
    """Recursive descent over `text`; `at` is the next character's offset."""

    def __init__(self, text: str, flags: frozenset[str]) -> None:
        self.text = text
        self.at = 0
        self.flags = flags
        self.names: list[str | None] = []
        self.depth = 0

    def fail(self, message: str, start: int, hint: str = "") -> RegexError:
        return RegexError(message, start, max(min(self.at, len(self.text)) - start, 0), hint)

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, text: str) -> bool:
        found = self.text.startswith(text, self.at)
        self.at += len(text) * found
        return found

    def run_of(self, allowed: frozenset[str], limit: int | None = None) -> str:
        start = self.at
        stop = len(self.text) if limit is None else min(start + limit, len(self.text))
        while self.at < stop and self.text[self.at] in allowed:
            self.at += 1
        return self.text[start : self.at]

    def whole(self) -> Node:
        self.leading_flags()
        node = self.alternation(self.flags)
        if self.at < len(self.text):
            self.at += 1
            raise self.fail("`)` without its `(`", self.at - 1, r"write `\)` for the character")
        return node

    def leading_flags(self) -> None:
        """Flags for the whole pattern, which Python accepts only before anything else."""
        while self.text.startswith("(?", self.at):
            start = self.at
            if self.take("(?#"):
                self.comment(start)
                continue
            close = self.text.find(")", start)
            letters = self.text[start + 2 : max(close, 0)]
            if not letters or any(letter not in "aiLmsux" for letter in letters):
                return
            self.at = close + 1
            self.flags |= self.checked_flags(letters, start)

    def checked_flags(self, letters: str, start: int) -> frozenset[str]:
        for letter in letters:
            if letter not in "imsu":
                known = "the flags are `i`, `m` and `s`"
                raise self.fail(f"unknown flag `{letter}`", start, known)
        return frozenset(letters) - {"u"}

    def comment(self, start: int) -> None:
        # An escaped `)` does not close it.
        while (char := self.peek()) and char != ")":
            self.at += 2 if char == "\\" else 1
        if not self.take(")"):
            self.at = len(self.text)
            raise self.fail("the comment is not closed", start, "add `)`")

    def alternation(self, flags: frozenset[str]) -> Node:
        branches = [self.sequence(flags)]
        while self.take("|"):
            branches.append(self.sequence(flags))
        return alternation(branches)

    def sequence(self, flags: frozenset[str]) -> Node:
        parts: list[Node] = []
        # Python repeats neither an assertion nor a repetition, unless a group is around it.
        repeatable = ""
        while (char := self.peek()) and char not in "|)":
            start = self.at
            counts = self.quantifier()
            if counts is not None:
                self.refuse_quantifier(start, repeatable)
                parts[-1] = self.repeated(parts[-1], counts, start)
                repeatable = "repeat"
                continue
            if self.take("(?#"):
                self.comment(start)
                continue
            node = self.item(flags)
            repeatable = "assertion" if isinstance(node, Assertion) and char != "(" else "item"
            parts.append(node)
        return sequence(parts)

    def refuse_quantifier(self, start: int, repeatable: str) -> None:
        if repeatable == "item":
            return
        if repeatable == "repeat":
            raise self.fail("a repetition is repeated", start, "put the inner one in a group: `(?:a*)*`")
        mark = self.text[start]
        raise self.fail("nothing to repeat", start, f"write `\\{mark}` for the character itself")

    def quantifier(self) -> tuple[int, int | None] | None:
        """The counts of the quantifier that starts here, or `None` (a `{` that is no quantifier stands for itself)."""
        for mark, counts in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.take(mark):
                return counts
        start = self.at
        if self.peek() != "{" or self.text.startswith("{}", start):
            return None
        self.at += 1
        low = self.run_of(_DIGITS)
        high = self.run_of(_DIGITS) if self.take(",") else low
        if not self.take("}"):
            self.at = start
            return None
        least, most = self.count(low or "0", start), self.count(high, start) if high else None
        if most is not None and most < least:
            raise self.fail("the smallest count is above the largest", start, f"write `{{{most},{least}}}`")
        return least, most

    def count(self, digits: str, start: int) -> int:
        # Above the limit Python overflows; the length is asked first, as `int` refuses thousands of digits.
        digits = digits.lstrip("0") or "0"
        if len(digits) > len(str(REPEAT_LIMIT)) or int(digits) >= REPEAT_LIMIT:
            raise self.fail("the count is too large", start, "use `*` or `+`")
        return int(digits)

    def repeated(self, body: Node, counts: tuple[int, int | None], start: int) -> Node:
        greedy = not self.take("?")
        if greedy and self.take("+"):
            raise self.fail(
                "a possessive repetition is not supported", start, "drop the `+`: matching is linear without"
            )
        return Repeat(body, *counts, greedy)

    def item(self, flags: frozenset[str]) -> Node:
        char = self.peek()
        start = self.at
        self.at += 1
        match char:
            case "(":
                return self.group(start, flags)
            case "[":
                return self.char_class(start, flags)
            case ".":
                return any_character(dot_all="s" in flags)
            case "^":
                return Assertion(At.LINE_START if "m" in flags else At.TEXT_START)
            case "$":
                return Assertion(At.LINE_END if "m" in flags else At.LAST_LINE_END)
            case "\\":
                return self.escape(start, flags)
            case _:
                return character(ord(char), ignore_case="i" in flags)

    def group(self, start: int, flags: frozenset[str]) -> Node:
        self.depth += 1
        if self.depth > DEPTH_BUDGET:
            raise self.fail(f"more than {DEPTH_BUDGET} nested groups", start, "leave out groups that do nothing")
        index = 0
        if self.take("?"):
            if self.take("P<"):
                index = self.open_group(self.group_name(), start)
            elif not self.take(":"):
                flags = self.scoped_flags(start, flags)
        else:
            index = self.open_group(None, start)
        body = self.alternation(flags)
        if not self.take(")"):
            raise self.fail("the group is not closed", start, r"add `)`, or write `\(` for the character")
        self.depth -= 1
        # A group around an assertion may be repeated, so that it must not look like the bare assertion.
        return Group(index, body) if index else body

    def open_group(self, name: str | None, start: int) -> int:
        if name is not None and name in self.names:
            raise self.fail(f"the group name `{name}` is used twice", start, "give each group its own name")
        self.names.append(name)
        return len(self.names)

    def group_name(self) -> str:
        start = self.at
        close = self.text.find(">", start)
        name = self.text[start : max(close, start)]
        self.at = len(self.text) if close < 0 else close + 1
        if not name.isidentifier():
            raise self.fail("a group's name is missing or is no name", start, "write `(?P<name>...)`")
        return name

    def scoped_flags(self, start: int, flags: frozenset[str]) -> frozenset[str]:
        """The flags inside `(?ims-ims:`, whose `(?` is already read; refuses every other extension."""
        for mark, (name, hint) in _REFUSED_GROUPS.items():
            if self.take(mark):
                raise self.fail(f"{name} is not supported", start, hint)
        if self.take("P="):
            raise self.fail("a back-reference is not supported", start, _COMPARE)
        letters = frozenset("aiLmsux")
        added = self.run_of(letters)
        removed = self.run_of(letters) if self.take("-") else ""
        negative = self.text[self.at - len(removed) - 1] == "-"
        if added and self.peek() == ")" and not negative:
            self.at += 1
            raise self.fail("flags for the whole pattern stand at its start", start, f"write `(?{added}:...)` here")
        if not self.take(":") or not (added or removed) or (negative and not removed):
            self.at += 1
            raise self.fail(
                "unknown kind of group", start, "the kinds are `(...)`, `(?:...)`, `(?P<name>...)`, `(?i:...)`"
            )
        plus, minus = self.checked_flags(added, start), self.checked_flags(removed, start)
        if plus & minus or "u" in removed:
            raise self.fail("a flag is both turned on and off, or cannot be turned off", start, "leave it out")
        return (flags | plus) - minus

    def escape(self, start: int, flags: frozenset[str]) -> Node:
        char = self.peek()
        if char and char in _ASSERTIONS:
            self.at += 1
            return Assertion(_ASSERTIONS[char])
        point = self.escaped(start)
        if isinstance(point, str):
            return CharClass((), point)
        return character(point, ignore_case="i" in flags)

    def escaped(self, start: int, *, in_class: bool = False) -> int | str:
        """The code point, or the category's letter, of the escape whose backslash is already read."""
        char = self.peek()
        self.at += 1
        if not char:
            raise self.fail("the pattern ends in a single backslash", start, r"write `\\` for the character")
        if char in "dDwWsS":
            return char
        if in_class and char == "b":
            return 8
        if char in ESCAPED_CHARACTERS:
            return ESCAPED_CHARACTERS[char]
        if char in HEX_LENGTHS:
            return self.hex_escape(start, char)
        if char in _DIGITS and char != "0" and not in_class:
            raise self.fail("a back-reference is not supported", start, _COMPARE)
        if char.isascii() and char.isalnum():
            hint = REFUSED_ESCAPES.get(char, f"write `{char}` for the letter, `\\xhh` for a character by its number")
            raise self.fail(f"unknown escape `\\{char}`", start, hint)
        return ord(char)

    def hex_escape(self, start: int, kind: str) -> int:
        digits = self.run_of(_HEX_DIGITS, HEX_LENGTHS[kind])
        if len(digits) < HEX_LENGTHS[kind]:
            raise self.fail(f"`\\{kind}` needs {HEX_LENGTHS[kind]} hexadecimal digits", start, "add zeros on the left")
        point = int(digits, 16)
        if point > 0x10FFFF:
            raise self.fail("there is no such character", start, r"the last one is `\U0010ffff`")
        return point

    def char_class(self, start: int, flags: frozenset[str]) -> Node:
        negated = self.take("^")
        ranges: list[tuple[int, int]] = []
        categories = ""
        while self.peek() != "]" or not (ranges or categories):
            first = self.class_member(start)
            item = self.at
            if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] != "]":
                self.at += 1
                last = self.class_member(start)
                if isinstance(first, str) or isinstance(last, str) or last < first:
                    hint = r"give two characters in rising order, or write `\-` for the character"
                    raise self.fail("bad character range", item - 1, hint)
                ranges.append((first, last))
            elif isinstance(first, str):
                categories += first
            else:
                ranges.append((first, first))
        self.at += 1
        return simplified(CharClass(tuple(ranges), categories, negated, "i" in flags))

    def class_member(self, start: int) -> int | str:
        char = self.peek()
        if not char:
            raise self.fail("the character class is not closed", start, r"add `]`, or write `\[` for the character")
        self.at += 1
        return self.escaped(self.at - 1, in_class=True) if char == "\\" else ord(char)
