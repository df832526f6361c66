from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rewardlang.diagnostics import CompileError, Sink
from rewardlang.source import Source
from rewardlang.syntax import ast
from rewardlang.syntax.formatter import (
    format_text,
    print_argument,
    print_expression,
    print_field,
    print_module,
    print_type,
)
from rewardlang.syntax.lexical import Kind, lexemes
from rewardlang.syntax.parser import parse, parse_expression
from tests.strategies.ast import expressions, modules

EXAMPLES = sorted(Path(__file__).with_name("examples").glob("*.rwd"))
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


def read(text: str) -> ast.Ast:
    sink = Sink()
    tree = parse(Source("case", text), sink)
    assert sink.diagnostics == []
    return tree


def formatted(text: str) -> str:
    return format_text(Source("case", text))


def comments(text: str) -> list[str]:
    return sorted(lexeme.text.rstrip() for lexeme in lexemes(text) if lexeme.kind is Kind.COMMENT)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_keep_meaning_and_comments_and_settle_at_once(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    once = formatted(text)
    assert read(once) == read(text)
    assert formatted(once) == once
    assert comments(once) == comments(text)
    assert max(len(line.split("  #")[0]) for line in once.splitlines()) <= 120
    assert read(print_module(read(text))) == read(text)


@pytest.mark.parametrize("when", ["/#/", "/a # b/ ", "when / 2 # c", "x / 2 > 1 # /"])
def test_a_regex_behind_when_is_no_comment(when: str) -> None:
    text = f"property a(x: float, when: float) {{\n    remember a = when / x when {when}\n    return when / 2\n}}\n"
    assert formatted(formatted(text)) == formatted(text)
    assert [found.strip() for found in comments(text)] == (
        [when[when.index("# ") :]] if " # " in when and "b/" not in when else []
    )


@QUICK
@given(modules)
def test_any_tree_is_read_as_it_is_printed(tree: ast.Ast) -> None:
    text = print_module(tree)
    assert read(text) == tree
    assert formatted(text) == text


@QUICK
@given(expressions)
def test_any_expression_is_read_as_it_is_printed_on_one_line(expression: ast.Expression) -> None:
    text = print_expression(expression)
    sink = Sink()
    assert parse_expression(Source("case", text), 0, len(text), sink) == expression
    assert sink.diagnostics == []


@settings(QUICK, max_examples=40)
@given(st.data())
def test_comments_anywhere_are_kept_and_settle_at_once(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(EXAMPLES)).read_text(encoding="utf-8")
    places = data.draw(st.lists(st.sampled_from(list(lexemes(text))), max_size=3, unique=True))
    for number, place in enumerate(sorted(places, key=lambda lexeme: -lexeme.end)):
        spot = data.draw(st.sampled_from([f" # c{number}\n", f"\n# c{number}\n", f"\n\n# c{number}\n\n"]))
        text = text[: place.end] + spot + text[place.end :]
    once = formatted(text)
    assert read(once) == read(text)
    assert comments(once) == comments(text)
    assert formatted(once) == once


CASES = {
    "precedence": (
        "const a = ((1 + 2)) * (3) - (4 - 5) - (-(2 ** 2)) + (-2) ** (3 ** 4) + (2 ** 3) ** 4",
        "const a = (1 + 2) * 3 - (4 - 5) - -2 ** 2 + (-2) ** 3 ** 4 + (2 ** 3) ** 4\n",
    ),
    "pipes bind tighter than comparison": (
        "const a = (x |> f) > 3 and not (y |> f(2, k: 1)) ?? (z ?? 0)",
        "const a = x |> f > 3 and not y |> f(2, k: 1) ?? z ?? 0\n",
    ),
    "numbers": ("const a = 1.50 + 1e-05 + 1E3 + 007 + inf", "const a = 1.5 + 1e-5 + 1000.0 + 7 + inf\n"),
    "a long call goes one argument a line": (
        "const a = something(" + ", ".join(f"argument_{i}" for i in range(10)) + ")",
        "const a = something(\n" + "".join(f"    argument_{i},\n" for i in range(10)) + ")\n",
    ),
    "if chains": (
        "def f(x: float) -> float = if x > 1 then " + "a" * 40 + " else if x > 2 then " + "b" * 40 + " else c",
        f"def f(x: float) -> float =\n    if x > 1 then {'a' * 40}\n    else if x > 2 then {'b' * 40}\n    else c\n",
    ),
    "comments": (
        """# head



reward r(x: float){ # opening
# above
let a=x # beside


# lone

return sum{a:a#entry
# below
}
} # end
# last""",
        """# head

reward r(x: float) {  # opening
    # above
    let a = x  # beside

    # lone

    return sum {
        a: a  #entry
        # below
    }
}  # end
# last
""",
    ),
    "a comment in an expression": (
        "const a = f(\n    1, # one\n    2)\nconst b = 1 # first\n  + 2 # second",
        "const a = f(\n    1,  # one\n    2,\n)\n# first\nconst b = 1 + 2  # second\n",
    ),
    "labels": (
        'const a = sum { "plain": 1 "two words": 2 if: 3 } + choose s { "a", "b": 1 else: 2 }',
        """const a = sum {
    plain: 1
    "two words": 2
    if: 3
}
    + choose s {
        "a", "b": 1
        else: 2
    }
""",
    ),
    "docs": (
        '"""\n  One.\n\n    Two.\n"""\ndef f() -> int { """Doc.""" 1 }',
        '"""\nOne.\n\n  Two.\n"""\n\ndef f() -> int {\n    """Doc."""\n    1\n}\n',
    ),
    "short bodies": ('example "one" {\n  f(1) == 1\n}', 'example "one" { f(1) == 1 }\n'),
    "nothing": ("  \n", ""),
    "only a comment": ("\n # c", "# c\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_canonical_text(case: str) -> None:
    text, expected = CASES[case]
    assert formatted(text) == expected
    assert formatted(expected) == expected


def test_a_fault_is_raised() -> None:
    with pytest.raises(CompileError):
        formatted("const a =")


def test_windows_line_ends_are_read_as_others() -> None:
    text = EXAMPLES[0].read_text(encoding="utf-8")
    assert formatted(text.replace("\n", "\r\n")) == formatted(text)


def test_parts_for_messages() -> None:
    model = read("model m(a: vec[8][t 1..4]? in 0..1 = f(1, k: 2, x over (t, u))) -> score?").declarations[0]
    assert isinstance(model, ast.Model)
    field = model.fields[0]
    assert print_type(field.type) == "vec[8][t 1..4]? in 0..1"
    assert print_field(field) == "a: vec[8][t 1..4]? in 0..1 = f(1, k: 2, x over (t, u))"
    assert isinstance(field.default, ast.Call)
    assert [print_argument(argument) for argument in field.default.arguments] == ["1", "k: 2", "x over (t, u)"]
