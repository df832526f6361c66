"""The parser takes what Python takes, apart from what is refused, and never fails otherwise."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import warnings

import pytest

import rewardlang
from rewardlang.regex.syntax import RegexError, parse

FRAGMENTS = [
    *(
        "(?i)",
        "(?:",
        "(?P<n>",
        "(?#",
        "(?i-s:",
        "(?-i:",
        "{2,3}",
        "{,2}",
        r"\x41",
        r"\u00e9",
        "[^]",
        "[a-",
        r"\d",
        "(?=",
        "(?s",
    ),
    *(
        "\\",
        "(?ms)",
        r"\U0001F600",
        "(?P=n)",
        r"\1",
        "(?u)",
        "(?a)",
        "(?<=",
        "*?",
        "++",
        r"(?#\)",
        "{}",
        "(?>",
        "(?(1)a|b)",
    ),
]
REFUSED = "supported|unknown escape|unknown flag"


def python_accepts(pattern: str) -> re.Pattern[str] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return re.compile(pattern)
        except (re.error, OverflowError):
            return None


def assert_explained(error: RegexError, pattern: str, oracle: re.Pattern[str] | None) -> None:
    assert 0 <= error.offset <= error.offset + error.length <= len(pattern), pattern
    assert error.help, pattern
    assert oracle is None or re.search(REFUSED, error.message), (pattern, error.message)


def test_any_text_is_a_pattern_of_pythons_or_an_error() -> None:
    draw = random.Random(5)
    alphabet = [*FRAGMENTS, *"ab(|)[]^$*+?{}1,2-\\.:PidwsWbBAZxu<>=!#ims/\n0é"]
    accepted = 0
    for _ in range(20_000):
        pattern = "".join(draw.choices(alphabet, k=draw.randint(0, 9)))
        oracle = python_accepts(pattern)
        try:
            parsed = parse(pattern)
        except RegexError as error:
            assert_explained(error, pattern, oracle)
            continue
        accepted += 1
        assert oracle is not None, pattern
        names = {name: number for number, name in enumerate(parsed.group_names, 1) if name}
        assert (parsed.group_count, names) == (oracle.groups, dict(oracle.groupindex)), pattern
        assert parsed.nullable or oracle.fullmatch("") is None, pattern
    assert accepted > 3_000


@pytest.mark.parametrize(
    ("pattern", "message", "offset", "length"),
    [
        (r"a(?=b)", "look-ahead is not supported", 1, 3),
        (r"a(?<=b)", "look-behind is not supported", 1, 4),
        (r"a(?<!b)", "negative look-behind is not supported", 1, 4),
        (r"(?<n>a)", "a name without `P` is not supported", 0, 3),
        (r"^(?!.*<think>)", "negative look-ahead is not supported", 1, 3),
        (r"(a)\1", "a back-reference is not supported", 3, 2),
        (r"(?P<n>a)(?P=n)", "a back-reference is not supported", 8, 4),
        (r"a++", "a possessive repetition is not supported", 1, 2),
        (r"(?>a)", "an atomic group is not supported", 0, 3),
        (r"(a)(?(1)b)", "a conditional is not supported", 3, 3),
        (r"x\q", r"unknown escape `\q`", 1, 2),
        (r"(?x)a", "unknown flag `x`", 0, 4),
        (r"a(?i)", "flags for the whole pattern stand at its start", 1, 4),
        (r"(ab", "the group is not closed", 0, 3),
        (r"ab)", "`)` without its `(`", 2, 1),
        (r"[ab", "the character class is not closed", 0, 3),
        (r"[b-a]", "bad character range", 1, 3),
        (r"a{3,2}", "the smallest count is above the largest", 1, 5),
        (r"*a", "nothing to repeat", 0, 1),
        (r"^*", "nothing to repeat", 1, 1),
        (r"a**", "a repetition is repeated", 2, 1),
        (r"(?P<a>)(?P<a>)", "the group name `a` is used twice", 7, 6),
        (r"(?:ab){9999999}", "the pattern expands to more than 20,000 instructions", 0, 15),
        (r"((a{100}b){100}){100}", "the pattern expands to more than 20,000 instructions", 0, 21),
        ("(" * 60 + ")" * 60, "more than 50 nested groups", 50, 1),
        ("(" * 100_000, "more than 50 nested groups", 50, 1),
        (r"a{99999999999999999999}", "the count is too large", 1, 22),
        ("a\\", "the pattern ends in a single backslash", 1, 1),
    ],
)
def test_what_is_refused_is_explained(pattern: str, message: str, offset: int, length: int) -> None:
    with pytest.raises(RegexError) as caught:
        parse(pattern)
    assert (caught.value.message, caught.value.offset, caught.value.length) == (message, offset, length)
    assert caught.value.help


def test_an_unknown_flag_is_refused() -> None:
    with pytest.raises(RegexError, match="unknown flag `x`"):
        parse("a", "ix")


def test_a_pattern_knows_its_facts() -> None:
    pattern = parse(r"(?s)(?P<key>\w+)(=)?", "i")
    assert (pattern.group_count, pattern.group_names, pattern.flags) == (2, ("key", None), "is")
    assert not pattern.nullable
    assert parse(r"a*(?:\b|c)").nullable


def test_parsing_imports_no_heavy_package() -> None:
    lines = ["import sys, rewardlang.regex.syntax", "print({'numpy', 'numba', 'llvmlite'} & sys.modules.keys())"]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("refused", "instead", "texts"),
    [
        (r"\d+(?= kg)", r"(\d+) kg", ["12 kg", "a 1 kg 2 kg", "12 g"]),
        (r"(?<=\$)\d+", r"\$(\d+)", ["$5", "a $12 b", "5"]),
        (r"(?<!x)y+", r"(?:^|[^x])(y+)", ["yy", "xy", "a yxy"]),
        (r"<a>((?:(?!</a>).)*)</a>", r"<a>(.*?)</a>", ["<a>b</a>", "<a><a></a></a>", "<a>"]),
    ],
)
def test_what_the_hints_say_matches_the_same(refused: str, instead: str, texts: list[str]) -> None:
    with pytest.raises(RegexError):
        parse(refused)
    parse(instead)
    for text in texts:
        wanted, found = re.search(refused, text), re.search(instead, text)
        assert (wanted and wanted[wanted.re.groups]) == (found and found[1]), text


def test_the_expressions_of_the_hints_compile() -> None:
    bodies = (
        "if matches(t, /a/) and not matches(t, /b/) then 1 else 0",
        "let m = find(t, /(?P<a>.) (?P<b>.)/) return if (m.a == m.b) ?? false then 1 else 0",
    )
    for body in bodies:
        assert rewardlang.compile(f"reward r(t: text) -> float {{ {body} }}")(t=["a a", "a b"]).total[0] == 1
