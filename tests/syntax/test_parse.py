from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lark.lexer import ContextualLexer

from rewardlang.diagnostics import Sink
from rewardlang.source import Source
from rewardlang.syntax import ast, tables
from rewardlang.syntax.formatter import format_text, print_expression
from rewardlang.syntax.lexical import DECLARATIONS, RESERVED, lexemes
from rewardlang.syntax.parser import parse, parse_expression

if TYPE_CHECKING:
    import random

HERE = Path(__file__).parent
EXAMPLES = sorted((HERE / "examples").glob("*.rwd"))
BROKEN = json.loads((HERE / "broken.json").read_text(encoding="utf-8"))
QUICK = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


def read(text: str) -> ast.Ast:
    sink = Sink()
    tree = parse(Source("case", text), sink)
    assert sink.diagnostics == []
    return tree


def value(text: str) -> ast.Expression:
    sink = Sink()
    expression = parse_expression(Source("case", text), 0, len(text), sink)
    assert sink.diagnostics == []
    assert expression is not None
    return expression


def faults(text: str) -> list[tuple[str, str, str | None]]:
    sink = Sink()
    parse(Source("case", text), sink)
    return [(known.span.text, known.message(), known.help()) for known in sink.diagnostics]


def test_shipped_tables_are_those_of_the_grammar_and_hide_no_conflict() -> None:
    assert tables.generate() == tables.TABLES.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_stepwise_lexer_reads_as_that_of_lark(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = path.read_text(encoding="utf-8")
    stepwise = tables.load().parse(text, start="start")
    monkeypatch.setattr("rewardlang.syntax.scanning.StepwiseContextualLexer", ContextualLexer)
    assert tables.load.__wrapped__().parse(text, start="start") == stepwise


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_design_examples_parse(path: Path) -> None:
    assert read(path.read_text(encoding="utf-8")).declarations


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case["text"][:40])
def test_messages(case: dict[str, str]) -> None:
    assert faults(case["text"]) == [(case["at"], case["message"], case["help"])]


def test_several_faults_a_run_and_the_sound_declarations() -> None:
    text = 'const a = 1\nconst b = (2\n  def f(x: int) -> int = x\nconst c = t"{x"\ndef g( {\n}\nconst d = 4\n'
    sink = Sink()
    tree = parse(Source("case", text), sink)
    assert [declaration.name for declaration in tree.declarations] == ["a", "c", "d"]
    assert [text.count("\n", 0, known.span.start) + 1 for known in sink.diagnostics] == [3, 4, 5]


def test_declarations_in_strings_and_templates_split_nothing() -> None:
    text = 'const a = t"""\nmodel x is\n"""\nconst b = 1 1\n'
    sink = Sink()
    assert [known.name for known in parse(Source("case", text), sink).declarations] == ["a"]
    assert len(sink.diagnostics) == 1


def test_spans_are_absolute_and_leave_parentheses_out() -> None:
    text = '"""Doc."""\nconst a = (1 + b) * t"x {c.d}"'
    product = read(text).declarations[0].value
    assert product.span.text == '(1 + b) * t"x {c.d}"'
    assert product.left.span.text == "1 + b"
    assert [part.span.text for part in product.right.parts if not isinstance(part, str)] == ["c.d"]


@pytest.mark.parametrize(
    "word", sorted(DECLARATIONS | {"gate", "choose", "principles", "sum", "remember", "when", "per", "reset"})
)
def test_keywords_are_names(word: str) -> None:
    read(
        f"record R {{ {word}: text }}\n"
        f"def f({word}: R) -> float {{ let x = {word}.{word} let {word} = g({word}: x) return [{word}, ({word})] }}\n"
        f"reward r(x: R) {{ sum {{ {word}: x.{word} outcome {word}: x metric {word}: x }} }}"
    )


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_reserved_words_are_labels_and_follow_a_dot(word: str) -> None:
    block = value(f"sum {{ a: x {word}: x.{word} {word}: 1 weight 2 }}")
    assert [entry.labels for entry in block.entries] == [("a",), (word,), (word,)]


def test_blocks_and_calls() -> None:
    assert isinstance(value("sum(x)"), ast.Call)
    assert isinstance(value("sum # comment\n { a: 1 }"), ast.Block)
    assert value("gate (a) ?? b { c: 1 }") == value("gate (a ?? b) { c: 1 }")
    assert isinstance(value("gate * 2"), ast.Binary)
    assert value("sum { a: gate outcome: 1 }").entries[0].value == value("gate")
    assert read("reward r() { gate x > 1 { a: 1 } }").declarations[0].body.result.kind == "gate"
    assert value('principles judge(a, "b") { c: "d" }').subject == value('judge(a, "b")')
    assert isinstance(value("2 * sum { a: 1 } / 3"), ast.Binary)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a ?? b ?? c", "a ?? (b ?? c)"),
        ("a or b and not c == d", "a or (b and (not (c == d)))"),
        ("x |> f > 3", "(x |> f) > 3"),
        ("x |> f |> g(1) ?? y", "((x |> f) |> g(1)) ?? y"),
        ("a + 1..b * 2", "(a + 1)..(b * 2)"),
        ("-a ** b ** -c", "-(a ** (b ** (-c)))"),
        ("-a * b % c - d", "(((-a) * b) % c) - d"),
        ("a.b[0](".removesuffix("(") + ".c", "((a.b)[0]).c"),
        ("if a then b else if c then d else e ?? f", "if a then b else (if c then d else (e ?? f))"),
        ("a / b / c", "(a / b) / c"),
        ("f(a ?? 0 over t)", "f((a ?? 0) over t)"),
    ],
)
def test_precedence(text: str, same: str) -> None:
    assert value(text) == value(same)


def test_literals() -> None:
    assert value(r'"\n\t\\\"\r\0\u{1F600}\x41é"').value == '\n\t\\"\r\0\U0001f600Aé'
    assert [value(text).value for text in ("1", "1.5", "1e-3", "inf")] == [1, 1.5, 0.001, float("inf")]
    assert isinstance(value("10").value, int)
    assert value("/a[/]\\/b/ims") == ast.Regex(value("1").span, r"a[/]\/b", "ims")
    assert value("a / b / c").operator == "/"
    assert value("f(/ x/, a)/2").operator == "/"
    assert value('t"{{{a}}} \\n{sum { b: 1 }}"').parts == ("{", value("a"), "} \n", value("sum { b: 1 }"))
    assert value('t"""{f("}", ", ")}"x" """').parts == (value('f("}", ", ")'), '"x" ')
    assert value('t""').parts == ()


@pytest.mark.parametrize("text", ["(" * 95 + "1" + ")" * 95, "f(" * 95 + ")" * 95, "sum { a: " * 90 + "1" + "}" * 90])
def test_depth_within_the_bound_is_read_and_printed(text: str) -> None:
    assert value(print_expression(value(text))) == value(text)
    assert format_text(Source("case", f"const a = {text}"))


def test_types_and_memory() -> None:
    text = "memory m: float?[t 1.., u ..4]? in -1..inf capacity 4 = 0 per sample reset done\nmemory n: vec[3][a]"
    first, second = read(text).declarations
    assert (first.per_sample, first.reset, first.capacity, first.initial) == (True, "done", value("4"), value("0"))
    assert (first.type.optional, first.type.whole_optional) == (True, True)
    assert [(axis.name, axis.bounds.low, axis.bounds.high) for axis in first.type.dimensions] == [
        ("t", value("1"), None),
        ("u", None, value("4")),
    ]
    assert (first.type.bounds.low, first.type.bounds.high) == (value("-1"), value("inf"))
    assert [(axis.size, axis.name) for axis in second.type.dimensions] == [(3, None), (None, "a")]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000 + "1" + ")" * 10_000,
        "[" * 10_000,
        "-" * 10_000 + "1",
        "not " * 2_000 + "a",
        "+".join("1" * 2_000),
        " ?? ".join("a" * 2_000),
        " ** ".join("a" * 2_000),
        "if a then b else " * 2_000 + "c",
        "if " * 2_000,
        "a" + ".b" * 2_000,
        "a" + "[0]" * 2_000,
        "f(" * 2_000 + ")" * 2_000,
        "sum { a: " * 2_000 + "1" + "}" * 2_000,
        't"{' * 5_000,
        "1" * 5_000,
        "gate " * 5_000,
        "sum" + "#\n" * 5_000 + "]",
    ],
    ids=lambda text: text[:12],
)
def test_depth_and_length_are_bounded(text: str) -> None:
    start = time.perf_counter()
    assert len(faults(f"const a = {text}")) == 1
    assert time.perf_counter() - start < 10


FRAGMENTS = [
    *sorted(DECLARATIONS | RESERVED),
    *"()[]{}:,=+-*/<.?abf1#'@é\\",
    '"',
    "\n",
    *("->", "..", "|>", "??", "**", "==", "x1", "2.5", '"x"', 't"{a}"', 't"{', "/x/", "'y'"),
    *("sum", "gate", "choose", "remember", "when", "per", "sample", "capacity", "outcome", "else:", "a:", '"""', "\n"),
]


@QUICK
@given(st.text(max_size=60) | st.lists(st.sampled_from(FRAGMENTS), max_size=25).map(" ".join))
def test_any_text_gives_a_tree_or_a_message(text: str) -> None:
    sink = Sink()
    tree = parse(Source("case", text), sink)
    assert isinstance(tree, ast.Ast)
    for known in sink.diagnostics:
        assert 0 <= known.span.start <= known.span.end <= len(text)
        assert known.message()


@QUICK
@given(st.randoms(use_true_random=False), st.sampled_from(EXAMPLES))
def test_any_mutated_example_gives_a_tree_or_a_message(rng: random.Random, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    parts = [lexeme.text for lexeme in lexemes(text)]
    at = rng.randrange(len(text))
    cut = (
        text[:at]
        + rng.choice(["", rng.choice(parts), text[rng.randrange(len(text)) :][:20]])
        + text[at + rng.randrange(8) :]
    )
    sink = Sink()
    tree = parse(Source("case", cut), sink)
    assert sink.diagnostics or tree.declarations
