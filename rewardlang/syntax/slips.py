"""What went wrong where the grammar does not go on: the common slips one by one, and the general message."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rewardlang.source import Source, Span
from rewardlang.syntax.errors import Syntax
from rewardlang.syntax.lexical import DECLARATIONS, RESERVED, Kind, Lexeme, ends_operand

if TYPE_CHECKING:
    from collections.abc import Callable

_OPENERS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True)
class Situation:
    """Where the parser stopped: the lexemes before, the one found (None at the end), and the terminals accepted.

    `is_followed` says whether another declaration stands behind the end.
    """

    source: Source
    before: list[Lexeme]
    found: Lexeme | None
    after: Lexeme | None
    accepts: frozenset[str]
    start: int
    is_followed: bool

    @property
    def text(self) -> str:
        """What was found, as written; nothing at the end."""
        return self.found.text if self.found else ""

    @property
    def last(self) -> str:
        """The lexeme before, as written."""
        return self.before[-1].text if self.before else ""

    @property
    def is_word(self) -> bool:
        """Whether a word was found."""
        return self.found is not None and self.found.kind is Kind.WORD

    @property
    def wants_operand(self) -> bool:
        """Whether an expression can start here."""
        return "NUMBER" in self.accepts and "NAME" in self.accepts

    @property
    def wants_operator(self) -> bool:
        """Whether an expression can end, or go on with an operator, here."""
        return "COMPARE" in self.accepts

    @cached_property
    def open(self) -> list[Lexeme]:
        """The brackets before that are not closed."""
        stack: list[Lexeme] = []
        for lexeme in self.before:
            if lexeme.text in {"(", "[", "{"}:
                stack.append(lexeme)
            elif lexeme.kind is Kind.SIGN and stack and _OPENERS.get(lexeme.text) == stack[-1].text:
                stack.pop()
        return stack

    def span(self) -> Span:
        """What was found, or the last lexeme where the text ends too early."""
        place = self.found or (self.before[-1] if self.before else None)
        return Span(self.source, place.start, place.end) if place else Span(self.source, self.start, self.start)


Slip = tuple[str, str | None]


def explain(at: Situation) -> Syntax:
    """The diagnostic for a situation: the first slip that fits, or what was expected and what was found."""
    if at.found is None and at.open:
        opener = at.open[-1]
        problem, advice = f"this `{opener.text}` is not closed", f"close it with `{_closer(opener.text)}`"
        return Syntax(span=Span(at.source, opener.start, opener.end), problem=problem, advice=advice)
    for rule in _RULES:
        slip = rule(at)
        if slip:
            return Syntax(span=at.span(), problem=slip[0], advice=slip[1])
    return Syntax(span=at.span(), problem=f"expected {_expected(at)}, found {_found(at)}")


def _closer(opener: str) -> str:
    return next(closer for closer, known in _OPENERS.items() if known == opener)


# --- slips, the more special first ------------------------------------------------------------------------------------


def _unclosed_literal(at: Situation) -> Slip | None:
    if at.found is None or at.found.kind is not Kind.BROKEN:
        return None
    if at.text.lstrip("t").startswith('"""'):
        return 'the `"""` is not closed', 'end the text with `"""`'
    if at.text.lstrip("t").startswith('"'):
        return (
            "the string is not closed",
            'end it with `"` on its line; `\\"` is a quote inside of it, `\\n` a new line',
        )
    return None


def _unclosed_regex(at: Situation) -> Slip | None:
    if not at.text.startswith("/") or not at.wants_operand:
        return None
    if at.last == "/" or (at.after is not None and at.after.text == "/"):
        return "`//` starts no comment", "comments start with `#`"
    return "the regular expression is not closed", "end it with `/` on its line; `\\/` is a slash inside of it"


_FOREIGN = {
    "&&": "and",
    "||": "or",
    "!": "not",
    "&": "and",
    "|": "or",
    "^": "**",
}


def _foreign_sign(at: Situation) -> Slip | None:
    if at.text in _FOREIGN:
        return f"`{at.text}` is no operator", f"write `{_FOREIGN[at.text]}`"
    if at.text in {"'", "\u2018", "\u2019", "\u201c", "\u201d"}:
        return f"`{at.text}` starts no string", 'strings have double quotes: `"text"`'
    if at.text == ";":
        return "`;` separates nothing", "leave it out: each statement starts with its keyword"
    if at.found is not None and at.found.kind is Kind.BROKEN:
        if at.text.isalpha():
            return f"`{at.text}` stands in no name", "names are made of `a` to `z`, `A` to `Z`, digits and `_`"
        return f"`{_visible(at.text)}` has no meaning here", None
    return None


def _foreign_word(at: Situation) -> Slip | None:
    if at.text == "elif":
        return "`elif` is no word of the language", "write `else if … then …`"
    if at.text == "weights" and at.wants_operator:
        return "`weights` is no word of the language", "write `weight`"
    if at.text == "not" and "IN" in at.accepts:
        return "`not` stands before a comparison, not inside of it", "write `not x in y`"
    if at.text == "is" and at.wants_operator:
        return "`is` is no operator", "write `==`, or `present(x)` to ask whether there is a value"
    if at.text == "import" and "_FROM" in at.accepts:
        return "an import starts with its module", "write `from module import name`"
    return None


def _doc_as_text(at: Situation) -> Slip | None:
    if at.found is not None and at.found.kind is Kind.DOC and "DOC" not in at.accepts:
        return '`"""` opens a doc, no value', 'write `"…"` with `\\n`, or a template `t"""…"""`'
    return None


def _equals(at: Situation) -> Slip | None:
    is_argument = len(at.before) > 1 and at.before[-1].kind is Kind.WORD and at.before[-2].text in {"(", ","}
    if at.text == "=" and is_argument and "EQUAL" not in at.accepts and at.open and at.open[-1].text == "(":
        return "the name of an argument is not followed by `=`", f"write `{at.last}: …`"
    if at.text == "=" and at.before and ends_operand(at.before[-1]) and "EQUAL" not in at.accepts:
        return "`=` gives a name a value and compares nothing", "write `==` to compare"
    if at.text == "==" and "EQUAL" in at.accepts:
        return "`==` compares and gives no value", "write `=`"
    return None


def _if_parts(at: Situation) -> Slip | None:
    if "_ELSE" in at.accepts:
        return "the `if` has no `else`", "write `if … then … else …`: every expression has a value"
    if "_THEN" in at.accepts:
        return "the condition of `if` is not followed by `then`", "write `if … then … else …`"
    if at.text == "?" and at.wants_operator:
        return "`?` stands behind types alone", "write `if … then … else …`, or `x ?? d` where `x` may be missing"
    return None


def _stray_closer(at: Situation) -> Slip | None:
    if at.text in _OPENERS and (not at.open or at.open[-1].text != _OPENERS[at.text]):
        if not at.open:
            return f"this `{at.text}` closes nothing", "leave it out, or open it before"
        return f"this `{at.text}` does not close the `{at.open[-1].text}`", f"write `{_closer(at.open[-1].text)}` first"
    return None


def _body(at: Situation) -> Slip | None:
    if {"EQUAL", "LBRACE"} <= at.accepts and at.text != ":" and not (at.is_word and "_ARROW" in at.accepts):
        return "the `def` has neither `=` nor a body", "write `= expression`, or `{ let … return … }`"
    if "_RETURN" in at.accepts and not at.wants_operand:
        if at.text in {",", ";"}:
            return f"`{at.text}` separates nothing", "leave it out: each statement starts with its keyword"
        return "a body with `let` has no `return`", "write `return` before its last expression"
    if at.text == ":" and len(at.before) > 1 and at.before[-2].text == "{" and at.before[-1].kind is Kind.WORD:
        return "a labelled entry stands outside of a block", f"name how entries combine: `sum {{ {at.last}: … }}`"
    return None


def _arrow(at: Situation) -> Slip | None:
    if "_ARROW" in at.accepts and (at.is_word or at.text in {":", "="}):
        return "the type of the result has no `->`", "write `-> type` behind the `)`"
    return None


def _entries(at: Situation) -> Slip | None:
    if "LABEL" not in at.accepts or at.wants_operand:
        return None
    if at.text == ",":
        return "entries have no commas between them", "leave the `,` out"
    if at.is_word and at.text == "weight":
        return "an entry without a label has no weight", "give it one: `label: … weight …`"
    if at.is_word and at.after is not None and at.after.text == "weight":
        return "a weight stands behind the value", f"write `{at.text}: … weight …`"
    if at.is_word and at.text not in DECLARATIONS:
        return f"`:` is missing behind the label `{at.text}`", f"write `{at.text}: …`"
    if at.text == "}" and at.last == "{":
        return "the block has no entries", "write at least one: `label: …`"
    return None


def _colon(at: Situation) -> Slip | None:
    if at.accepts == {"COLON", "COMMA"} and at.text == "weight":
        return "a weight stands behind the value", f"write `{at.last}: … weight …`"
    if at.accepts == {"COLON", "COMMA"}:
        return "`:` is missing behind the label", f"write `{at.last}: …`"
    if at.accepts == {"COLON"} and at.before:
        return f"`:` is missing behind `{at.last}`", f"write `{at.last}: type`"
    return None


def _reserved(at: Situation) -> Slip | None:
    if at.text in RESERVED and "NAME" in at.accepts and not at.wants_operand:
        return f"`{at.text}` is a reserved word and names nothing", f"choose another name, such as `{at.text}_`"
    return None


def _misplaced(at: Situation) -> Slip | None:
    if at.is_word and at.last in DECLARATIONS and at.open and at.wants_operator:
        opener = at.open[-1].text
        return (
            f"`{at.last}` declares at the top level alone",
            f"close the `{opener}` before it with `{_closer(opener)}`",
        )
    if at.text == "->" and at.open and at.open[-1].text == "(":
        return "this `->` stands inside of parentheses", "close them with `)` before it"
    if at.is_word and at.text in DECLARATIONS and at.open and at.after is not None and at.after.kind is Kind.WORD:
        opener = at.open[-1].text
        return (
            f"`{at.text}` declares at the top level alone",
            f"close the `{opener}` before it with `{_closer(opener)}`",
        )
    if "_DEF" in at.accepts and not at.wants_operator and at.text in {"let", "return"}:
        return f"`{at.text}` stands in bodies alone", "write `const name = …` for a value of the module"
    return None


def _operand(at: Situation) -> Slip | None:
    if at.text in {".", "["} and any(lexeme.text == "|>" for lexeme in at.before) and "NAME" not in at.accepts:
        return f"`{at.text}` does not follow a piped call", f"write `(x |> f(…)){at.text}…`"
    if at.text == "(" and at.wants_operator:
        return (
            "only a name can be called",
            "write `function(x, …)`, or `x |> function(…)` and then parentheses around it",
        )
    if at.text == "." and at.wants_operand and at.after is not None and at.after.kind is Kind.NUMBER:
        return "a number starts with a digit", f"write `0.{at.after.text}`"
    if (
        at.is_word
        and at.before
        and at.before[-1].kind is Kind.NUMBER
        and at.found
        and at.before[-1].end == at.found.start
    ):
        return f"`{at.last}{at.text}` is neither a number nor a name", "names start with a letter or `_`"
    return None


_RULES: tuple[Callable[[Situation], Slip | None], ...] = (
    _unclosed_literal,
    _unclosed_regex,
    _foreign_sign,
    _foreign_word,
    _doc_as_text,
    _equals,
    _operand,
    _stray_closer,
    _misplaced,
    _if_parts,
    _arrow,
    _body,
    _entries,
    _colon,
    _reserved,
)

# --- the general message --------------------------------------------------------------------------------------------

_SAID = {
    "NAME": "a name", "WORD": "a name", "LABEL": "a label", "STRING": "a string", "NUMBER": "a number",
    "COLON": "`:`", "COMMA": "`,`", "EQUAL": "`=`", "LPAR": "`(`", "RPAR": "`)`", "LSQB": "`[`", "RSQB": "`]`",
    "LBRACE": "`{`", "RBRACE": "`}`", "DOT": "`.`", "_ARROW": "`->`", "_RANGE": "`..`", "_IMPORT": "`import`",
    "_SAMPLE": "`sample`", "_THEN": "`then`", "_ELSE": "`else`", "_RETURN": "`return`", "QUESTION": "`?`",
    "IN": "`in`", "_CAPACITY": "`capacity`", "_PER": "`per sample`", "_RESET": "`reset`",
}  # fmt: skip
_CONTINUES = frozenset(["DOT", "LSQB", "LPAR", "IN", "_RANGE", "QUESTION", "STRING"])


def _expected(at: Situation) -> str:
    if at.wants_operand:
        return "an expression" + ("" if "RPAR" not in at.accepts else " or `)`")
    said = [_SAID[name] for name in _SAID if name in at.accepts and not (at.wants_operator and name in _CONTINUES)]
    if "_DEF" in at.accepts:
        said.append("a declaration")
    if at.wants_operator:
        said.insert(0, "an operator")
    said = list(dict.fromkeys(said)) or ["the end"]
    return said[0] if len(said) == 1 else ", ".join(said[:-1]) + " or " + said[-1]


def _found(at: Situation) -> str:
    if at.found is None:
        return "the next declaration" if at.is_followed else "the end of the text"
    if at.found.kind in {Kind.STRING, Kind.TEMPLATE, Kind.DOC, Kind.REGEX}:
        article = {Kind.REGEX: "a regular expression"}
        return article.get(at.found.kind, f"a {at.found.kind.value}")
    return f"`{_visible(at.text)}`"


def _visible(text: str) -> str:
    return "".join(character if character.isprintable() else f"\\u{{{ord(character):x}}}" for character in text)
