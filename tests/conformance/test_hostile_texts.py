"""Every builtin that takes a text, or what is parsed from one, gives a score or none whatever the text is, at once."""

from __future__ import annotations

import faulthandler
import math
import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

import rewardlang
from rewardlang.diagnostics import CompileError
from rewardlang.ops.builtin import REQUIRED, Parameter, Role
from rewardlang.ops.registry import BUILTINS
from rewardlang.types import BOOL, BOX, FLOAT, INT, JSON, POINT, TEXT
from tests.reward.profile import scaled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewardlang import Reward
    from rewardlang.ops.builtin import Builtin

MANY = 100_000
LONG = scaled(1_000_000, 10_000_000, 10_000_000)
HOSTILE = {
    "one character": "a" * LONG,
    "a character beyond ASCII": "é" * (LONG // 4),
    "spaces": " " * LONG,
    "lines": "\n" * (LONG // 4),
    "words": "a " * MANY,
    "different words": " ".join(map(str, range(MANY))),
    "commas": "a," * MANY,
    "tags": "<a>" * MANY,
    "pairs of tags": "<a>x</a>" * MANY,
    "closing tags": "</a>" * MANY,
    "half tags": "<" * LONG,
    "lists in lists": "[" * MANY + "]" * MANY,
    "open lists": "[" * MANY,
    "objects in objects": '{"a":' * MANY + "1" + "}" * MANY,
    "a long list": "[" + "1," * MANY + "1]",
    "a large object": "{" + ",".join(f'"k{i}":{i}' for i in range(MANY)) + "}",
    "lines of JSON": '{"a": 1}\n' * MANY,
    "digits": "1" * MANY,
    "signs": "-" * MANY + "1",
    "a large exponent": "1e" + "9" * MANY,
    "a small fraction": "0." + "0" * MANY + "1",
    "NUL": "\0" * MANY,
    "half surrogates": "\ud800\udfff\udc00" * 1000,
    "backslashes": '"' + "\\" * (MANY + 1),
    "a quote": '"' + "\\u12" * MANY,
    "nothing": "",
}
NAMED = {
    "open": '"<a>"', "close": '"</a>"', "separator": '","', "old": '"a"', "new": '"bb"', "start": "1",
}  # fmt: skip
"""What a constant parameter of this name is given."""
WRITTEN = {
    "balanced": ('balanced(x, "{", "}")', 'balanced(x, "<", ">")'),
    # Its lists run along two axes: of one line, and of one word.
    "average_precision": (
        (
            'average_precision(length(lines("a")) * length(words("a")), length(lines("a")), '
            'if length(lines("a")) > 0 then x else "", if length(words("a")) > 0 then y else "")'
        ),
    ),
    "token_bleu": ("token_bleu(words(x), [words(y)])",),
    "gleu": ("gleu(words(x), [words(y)])",),
    "token_count": ('token_count(x, tokenizer: "bytes")',),
    "tokens": ('tokens(x, tokenizer: "bytes")',),
    "tokenize": tuple(f'tokenize(x, by: "{by}")' for by in ("13a", "intl", "char", "whitespace", "wordpunct")),
    # Each pair that its processes do not decide in time takes seconds.
    "math_equal": ("math_equal(x, y)",),
    "math_text": ("math_text(x)",),
}
"""Calls of builtins whose signature does not say all."""
PATTERNS = (r"/(?:a|a)*[bc]|<a>/", r"/<a>(.*?)<\/a>/s", r"/\b\w+ ?$/", r"/[^<]*<?/")
VALUES = {TEXT: "x", JSON: "json(x)", FLOAT: "length(x)", INT: "length(x)", BOOL: "matches(x, /a/)"}
LISTS = {
    TEXT: "words(x)", JSON: "json_list(x)", FLOAT: "length(words(x))", INT: "length(words(x))",
    BOOL: "matches(words(x), /a/)",
}  # fmt: skip
WRAPPERS = (
    "{}", "({}) ?? 0", "if {} then 1 else 0", "if {} ?? false then 1 else 0", "length({})", 'length({} ?? "")',
    "count({})", "if present({}) then 1 else 0", "if count({}, missing: skip) > 0 then 1 else 0", "count({}.start)",
    "count({} ?? [])", "if present(first({})) then 1 else 0", "count({}.key)",
)  # fmt: skip
"""What makes a number of a result, whatever it is."""
INFIX = ("==", "!=", "<", "<=", ">", ">=", "+")


def takes_text(builtin: Builtin) -> bool:
    values = [p for p in builtin.parameters if not p.option]
    return not builtin.internal and any(not {TEXT, JSON}.isdisjoint(p.accepts) for p in values)


def calls(builtin: Builtin) -> Iterator[str]:
    """Calls with hostile arguments, one a word or pattern."""
    if builtin.name in WRITTEN:
        yield from WRITTEN[builtin.name]
        return
    taken = [parameter for parameter in builtin.parameters if not parameter.option]
    values = [value(parameter) for parameter in taken]
    if len(values) > 1 and (not taken[1].axes or taken[0].axes != taken[1].axes):
        # The other column has the same texts in another order.
        values[1] = re.sub(r"\bx\b", "y", values[1])
    if builtin.name in INFIX:
        yield f"{values[0]} {builtin.name} {values[1]}"
        return
    fixed = [f"{p.name}: {constant(p)}" for p in builtin.parameters if p.role is Role.CONST and p.default is REQUIRED]
    choices = [("", ())] + [(p.name, words(p)) for p in builtin.parameters if p.role in (Role.WORD, Role.REGEX)]
    for name, options in choices:
        for option in options:
            others = [f"{n}: {o[0]}" for n, o in choices if o and n != name]
            yield f"{builtin.name}({', '.join([*values, *fixed, *others, f'{name}: {option}'])})"
    if len(choices) == 1:
        yield f"{builtin.name}({', '.join([*values, *fixed])})"


def value(parameter: Parameter) -> str:
    known = LISTS if parameter.axes else VALUES
    return next(known[element] for element in known if element in parameter.accepts)


def constant(parameter: Parameter) -> str:
    plain = '"a"' if TEXT in parameter.accepts else "true" if set(parameter.accepts) == {BOOL} else "2"
    return NAMED.get(parameter.name, plain)


def words(parameter: Parameter) -> tuple[str, ...]:
    return parameter.words if parameter.role is Role.WORD else PATTERNS


@cache
def reward_of(call: str) -> Reward:
    for wrapper in WRAPPERS:
        try:
            return rewardlang.compile(f"reward r(x: text, y: text) -> float? {{ {wrapper.format(call)} }}")
        except CompileError as error:
            found = error
    raise AssertionError(f"no wrapper makes a number of `{call}`: {found}")


CALLS = list(dict.fromkeys(call for builtin in BUILTINS if takes_text(builtin) for call in calls(builtin)))


@pytest.mark.parametrize("call", CALLS)
def test_any_text_is_scored_or_missing(call: str) -> None:
    reward = reward_of(call)
    # A hang ends the run with the place where it hangs; nothing else is said about time.
    faulthandler.dump_traceback_later(300, exit=True)
    try:
        texts = list(HOSTILE.values())
        scores = reward(x=texts, y=texts[1:] + texts[:1])
    finally:
        faulthandler.cancel_dump_traceback_later()
    low, high = reward.range
    totals = np.ma.asarray(scores.total)
    present = totals.compressed()
    assert len(totals) == len(texts)
    assert np.isfinite(present).all()
    assert (
        (low - 1e-6 <= present) & (present <= high + 1e-6 * max(1.0, abs(high) if math.isfinite(high) else 1.0))
    ).all()


def test_the_calls_cover_the_builtins() -> None:
    assert {builtin.name for builtin in BUILTINS if takes_text(builtin)} <= {
        call.split("(")[0] for call in CALLS
    } | set(INFIX)
    assert {BOX, POINT}.isdisjoint(VALUES)
