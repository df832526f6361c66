from __future__ import annotations

import re
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from rewardlang.diagnostics import CompileError, Label
from rewardlang.diagnostics.render import render, render_all
from rewardlang.source import Source, Span
from tests.diagnostics.toys import ToyError, ToyWarning, at, cause

if TYPE_CHECKING:
    from rewardlang.diagnostics import Diagnostic

VLM = Source(
    "vlm_r1.rwd",
    dedent('''\
        """Grounding."""

        param format_weight: float in 0..2 = 1.0

        def answer(completion: text) -> text? = completion |> between("<answer>", "</answer>")


        reward rec(completion: text, solution: box) -> float in 0..3 {
            let predicted = answer(completion) |> first_box
            return sum {
                accuracy: iou(predicted, solution)
                format: 1
            }
        }
        '''),
)
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def below_title(diagnostic: Diagnostic, *, width: int | None = None) -> str:
    return render(diagnostic, width=width).partition("\n")[2]


def test_the_example_of_the_design() -> None:
    fault = ToyError(
        span=at(VLM, "iou(predicted, solution)"),
        causes=(cause(VLM, "first_box", "missing when the answer holds no box"),),
        says="`accuracy` may be missing, but `rec` promises a `float`",
        advice="say what a reply without a box earns: `iou(predicted, solution) ?? 0`",
    )
    assert render(fault) == (
        "error[toy-broken]: `accuracy` may be missing, but `rec` promises a `float`\n"
        "  --> vlm_r1.rwd:11:19\n"
        "   |\n"
        " 9 |     let predicted = answer(completion) |> first_box\n"
        "   |                                           --------- missing when the answer holds no box\n"
        "11 |         accuracy: iou(predicted, solution)\n"
        "   |                   ^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "   = help: say what a reply without a box earns: `iou(predicted, solution) ?? 0`"
    )


def test_a_warning_says_so() -> None:
    assert render(ToyWarning(span=at(VLM, "format: 1"))).startswith("warning[toy-creaks]: the toy creaks\n")


def test_two_lines_left_out_become_an_ellipsis_and_remarks_of_several_lines_are_indented() -> None:
    fault = ToyError(
        span=at(VLM, "format: 1"),
        label="here",
        causes=(cause(VLM, "format_weight", "declared here"),),
        why="one reason\nand another",
        advice="write\n    format: 1\n\nor leave it out",
    )
    assert "\n" + below_title(fault) == (
        """
  --> vlm_r1.rwd:12:9
   |
 3 | param format_weight: float in 0..2 = 1.0
   |       ------------- declared here
...
12 |         format: 1
   |         ^^^^^^^^^ here
   = note: one reason
           and another
   = help: write
               format: 1

           or leave it out"""
    )


def test_labels_on_one_line_hang_below_without_crossing() -> None:
    source = Source("a.rwd", "    a + bcd, xy\n")
    fault = ToyError(
        span=at(source, "+"),
        label="cannot add",
        causes=(cause(source, "bcd", "`text`"), cause(source, "a", "`float`"), cause(source, "xy", "")),
    )
    assert "\n" + below_title(fault) == (
        """
 --> a.rwd:1:7
  |
1 |     a + bcd, xy
  |     - ^ ---  --
  |     | | |
  |     | | `text`
  |     | cannot add
  |     `float`"""
    )


def test_marks_that_meet_have_a_row_each() -> None:
    source = Source("a.rwd", "    a + bcd\n")
    fault = ToyError(
        span=at(source, "a + bcd"),
        label="cannot add",
        causes=(cause(source, "bcd", "`text`"), cause(source, "a", "`float`")),
    )
    assert "\n" + below_title(fault) == (
        """
 --> a.rwd:1:5
  |
1 |     a + bcd
  |     ^^^^^^^ cannot add
  |     - `float`
  |         --- `text`"""
    )


def test_causes_elsewhere_have_blocks_of_their_own_with_a_common_margin() -> None:
    library = Source("std/boxes.rwd", "\n" * 120 + "def first_box(x: text) -> box?\n")
    other = Source("std/text.rwd", "def trim\n")
    fault = ToyError(
        span=at(VLM, "first_box"),
        causes=(
            cause(library, "box?", "optional here"),
            cause(VLM, "format_weight", "and this"),
            cause(other, "trim", "third"),
        ),
    )
    assert "\n" + below_title(fault) == (
        """
   --> vlm_r1.rwd:9:43
    |
  3 | param format_weight: float in 0..2 = 1.0
    |       ------------- and this
...
  9 |     let predicted = answer(completion) |> first_box
    |                                           ^^^^^^^^^
   ::: std/boxes.rwd:121:27
    |
121 | def first_box(x: text) -> box?
    |                           ---- optional here
   ::: std/text.rwd:1:5
    |
  1 | def trim
    |     ---- third"""
    )


@pytest.mark.parametrize(
    ("line", "marked", "above", "underline"),
    [
        ("\tlet\tx", "x", "    let    x", "           ^"),
        ("変数 = x", "x", "変数 = x", "       ^"),
        ("x = 日本語!", "本", "x = 日本語!", "      ^^"),
        ("e\u0301e\u0301 x", "x", "e\u0301e\u0301 x", "   ^"),
        ("a e\u0301 b", "e\u0301", "a e\u0301 b", "  ^"),
        ("\u200bx", "x", "\u200bx", "^"),
        ("a\x1b[31m x", "x", "a␛[31m x", "       ^"),
        ("a\u202e x", "x", "a\ufffd x", "   ^"),
        ("a\r x\r", "x", "a␍ x", "   ^"),
        ("\ud800 x", "x", "\ufffd x", "  ^"),
    ],
)
def test_underlines_stand_below_what_a_terminal_shows(line: str, marked: str, above: str, underline: str) -> None:
    rows = render(ToyError(span=at(Source("a.rwd", line + "\n"), marked))).splitlines()
    assert rows[3:] == [f"1 | {above}", f"  | {underline}"]


def test_columns_count_code_points_not_cells() -> None:
    assert "a.rwd:1:4\n" in render(ToyError(span=at(Source("a.rwd", "\t日 x"), "x")))


@pytest.mark.parametrize(
    ("label", "beside"), [("this sum", "this sum (continues to line 13)"), ("", "continues to line 13")]
)
def test_a_span_over_lines_underlines_its_first_to_the_end(label: str, beside: str) -> None:
    start = VLM.text.index("return sum")
    span = Span(VLM, start, VLM.text.index("    }\n") + 5)
    assert render(ToyError(span=span, label=label)).endswith(f"10 |     return sum {{\n   |     ^^^^^^^^^^^^ {beside}")


def test_a_span_that_ends_with_its_line_break_is_of_one_line() -> None:
    source = Source("a.rwd", "ab\ncd\n")
    assert render(ToyError(span=Span(source, 0, 3))).endswith("1 | ab\n  | ^^")


@pytest.mark.parametrize("beyond", [0, 7])
def test_the_end_of_the_file_is_shown_below_the_last_line_with_text(beyond: int) -> None:
    source = Source("a.rwd", "reward r {\n\n")
    end = len(source.text) + beyond
    assert "\n" + below_title(ToyError(span=Span(source, end, end), label="expected `}`")) == (
        """
 --> a.rwd:3:1
  |
1 | reward r {
3 |
  | ^ expected `}`"""
    )


def test_the_end_of_a_line_without_line_break() -> None:
    assert render(ToyError(span=Span(Source("a.rwd", "let"), 3, 3))).endswith("1 | let\n  |    ^")


def test_an_empty_file() -> None:
    assert below_title(ToyError(span=Span(Source("a.rwd", ""), 0, 0))) == " --> a.rwd:1:1\n  |\n1 |\n  | ^"


LONG = Source("long.rwd", "let x = " + " + ".join(f"name_{i}" for i in range(100)) + "\n")


@pytest.mark.parametrize("width", [24, 40, 80, 2000])
@pytest.mark.parametrize("name", ["let", "name_1 ", "name_50 ", "name_99"])
def test_long_lines_are_cut_around_the_mark(name: str, width: int) -> None:
    line, underline = render(ToyError(span=at(LONG, name)), width=width).splitlines()[3:]
    assert len(line) <= max(width, 24)
    start = underline.index("^")
    assert line[start : start + len(underline) - start] == name
    assert line.startswith("1 | let x") == ("..." not in line[:8])
    assert line.endswith("name_99") == ("..." not in line[-4:])


def test_marks_far_apart_in_a_long_line_are_shown_in_two_parts() -> None:
    fault = ToyError(span=at(LONG, "name_50 "), label="who?", causes=(cause(LONG, "name_90 ", "far"),))
    rows = render(fault, width=60).splitlines()[3:]
    assert [row[:7] for row in rows] == ["1 | ...", "  |    ", "1 | ...", "  |    "]
    for above, below, name in ((rows[0], rows[1], "name_50 "), (rows[2], rows[3], "name_90 ")):
        sign = "^" if name == "name_50 " else "-"
        assert above[below.index(sign) : below.rindex(sign) + 1] == name


def test_a_mark_longer_than_the_line_is_shown_from_its_start() -> None:
    line, underline = render(ToyError(span=Span(LONG, 8, len(LONG.text) - 1)), width=60).splitlines()[3:]
    assert line.startswith("1 | let x = name_0 + ")
    assert len(underline) == len(line) == 60
    assert underline.index("^") == line.index("name_0")


def test_wide_characters_are_never_cut_in_half() -> None:
    source = Source("a.rwd", "日" * 100 + "x" + "本" * 100)
    for width in (60, 61):
        line, underline = render(ToyError(span=at(source, "x")), width=width).splitlines()[3:]
        cells = "".join(c * (2 if c in "日本" else 1) for c in line)
        assert len(cells) <= width
        assert cells[underline.index("^")] == "x"


def test_text_of_the_spec_cannot_command_the_terminal() -> None:
    source = Source("a\x1b[2J.rwd", "let x = 1\n")
    fault = ToyError(span=at(source, "x"), label="l\x1b[2J", says="m\x1b[2J\nm", why="n\x1b[2J", advice="h\x1b[2J")
    text = render(fault)
    assert "\x1b" not in text
    assert text.splitlines()[0] == "error[toy-broken]: m␛[2J␊m"


def test_colour_adds_only_escape_sequences() -> None:
    fault = ToyError(
        span=at(VLM, "format: 1"),
        label="here",
        causes=(cause(VLM, "format_weight", "there"),),
        why="because",
        advice="do",
    )
    colored = render(fault, color=True)
    assert ESCAPE.sub("", colored) == render(fault)
    assert "\x1b[1;31m^^^^^^^^^\x1b[0m" in colored
    assert "\x1b[1;34m-------------\x1b[0m" in colored
    assert "\x1b[1;33mwarning[toy-creaks]\x1b[0m" in render(ToyWarning(span=fault.span), color=True)


def test_all_are_separated_by_a_blank_line_and_carried_by_the_exception() -> None:
    faults = [ToyError(span=at(VLM, "format: 1")), ToyWarning(span=at(VLM, "format: 1"))]
    text = render_all(faults)
    assert text == f"{render(faults[0])}\n\n{render(faults[1])}"
    assert str(CompileError(faults)) == "\n" + text


def test_every_span_of_an_awkward_text_can_be_rendered() -> None:
    text = "a\t日\r\n\n e\u0301 \x00\n"
    source = Source("a.rwd", text)
    for start in range(len(text) + 1):
        for end in range(start, len(text) + 1):
            fault = ToyError(span=Span(source, start, end), causes=(Label(Span(source, end, end), "to here"),))
            rows = render(fault, width=10).splitlines()
            assert sum(row.count("^") for row in rows) >= 1
            assert any(row.endswith("to here") for row in rows)
            assert all(row == row.rstrip() for row in rows)


def test_a_span_over_lines_leaves_blanks_at_the_end_of_its_first_alone() -> None:
    source = Source("a.rwd", "sum {  \n}\n")
    assert "1 | sum {\n  | ^^^^^ continues to line 2" in render(ToyError(span=Span(source, 0, 9)))


@pytest.mark.parametrize("width", [40, 60, 61, 62])
def test_two_marks_in_a_long_line_are_both_whole_at_any_distance(width: int) -> None:
    for second in range(22, 99):
        fault = ToyError(span=at(LONG, "name_20 "), causes=(cause(LONG, f"name_{second} ", ""),))
        rows = render(fault, width=width).splitlines()[3:]
        pairs = zip(rows[::2], rows[1::2], strict=True)
        marked = [above[m.start() : m.end()] for above, below in pairs for m in re.finditer(r"\^+|-+", below)]
        assert marked == ["name_20 ", f"name_{second} "]
