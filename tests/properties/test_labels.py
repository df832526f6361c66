"""Which labels are logged: all but those of the blocks that a warning names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from rewardlang.diagnostics import Sink
from rewardlang.driver import build, check_source
from rewardlang.source import Source
from tests.properties.test_agreement import profile
from tests.strategies.specs import specs


def labels(text: str) -> set[str]:
    """Those that random specs give, each once in a spec."""
    return set(re.findall(r"\be\d+(?=:)", text))


def assert_logged_unless_warned(written: str) -> None:
    # The labels of the defs have the same names as those of the reward.
    defs, reward = written.split("\nreward ")
    spec = re.sub(r"\be(\d+:)", r"d\1", defs) + "\nreward " + reward
    sink = Sink()
    checked = check_source(Source("<test>", spec), None, sink, None)
    sink.raise_if_failed()
    warned = [report.span.text for report in sink.diagnostics if report.code == "unlogged-labels"]
    expected = labels(spec) - labels(" ".join(warned))
    logged = {label for path in build(checked.rewards["r"]).term_paths for label in path.split("/")}
    assert logged & labels(spec) == expected


@profile
@given(specs())
def test_labels_of_random_specs_are_logged_unless_a_warning_says_so(spec: str) -> None:
    assert_logged_unless_warned(spec)


@pytest.mark.parametrize(
    ("body", "logged"),
    [
        ("let m = sum { e1: a }  return sum { e2: m }", {"e2"}),
        ("let m = sum { e1: a }  return m", set()),
        ("let m = if a > 0 then sum { e1: a } else 0  return sum { e2: m }", {"e2"}),
        ("let m = sum { e1: a }  return sum { e2: if a > 0 then m else sum { e3: a } }", {"e2", "e3"}),
        ("sum { e2: twice(sum { e1: a }) }", {"e2", "e3"}),
        ("sum { e2: same(sum { e1: a }) }", {"e2"}),
        ("let m = parts(a)  return sum { e2: m }", {"e2"}),
        ("sum { e2: parts(a) }", {"e2", "e4", "e5"}),
    ],
)
def test_a_block_that_a_name_stands_for_has_no_terms(body: str, logged: set[str]) -> None:
    defs = """
        def twice(x: float) -> float { sum { e3: x weight 2 } }
        def same(x: float) -> float = x
        def parts(x: float) -> float { sum { e4: x  e5: x } }
    """
    sink = Sink()
    checked = check_source(Source("<test>", f"{defs} reward r(a: float) -> float {{ {body} }}"), None, sink, None)
    sink.raise_if_failed()
    assert {label for path in build(checked.rewards["r"]).term_paths for label in path.split("/")} == logged
