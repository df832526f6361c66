from __future__ import annotations

import pytest

from rewardlang.diagnostics import Diagnostic, every_diagnostic
from rewardlang.diagnostics.pages import HEADINGS, explain, headings, summary
from tests.diagnostics.toys import ToyError, ToyWarning


@pytest.fixture(autouse=True)
def _toys_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rewardlang.diagnostics.pages.every_diagnostic", lambda: iter([ToyError, ToyWarning]))


def test_a_page_is_the_titled_docstring() -> None:
    assert explain("toy-broken") == (
        "toy-broken: A toy that broke.\n"
        "\n"
        "What it means. A part of the toy is gone.\n"
        "\n"
        "Why it matters. Nobody plays with half a toy.\n"
        "\n"
        "Example:\n"
        "    let toy = broken\n"
        "\n"
        "Instead:\n"
        "    let toy = whole"
    )


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("toy-brokn", "no diagnostic has the code `toy-brokn`; did you mean `toy-broken`?"),
        ("nothing-like-it", "no diagnostic has the code `nothing-like-it`"),
    ],
)
def test_an_unknown_code(code: str, says: str) -> None:
    with pytest.raises(KeyError) as caught:
        explain(code)
    assert caught.value.args == (says,)


def test_headings_tell_a_page_with_a_fault_from_one_without() -> None:
    assert headings(ToyError) == HEADINGS
    assert headings(ToyWarning) == ()
    assert summary(ToyWarning) == "A toy that creaks."


def test_kinds_of_others_are_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ToyError in Diagnostic.__subclasses__()
    assert ToyError not in every_diagnostic()
    monkeypatch.setattr(ToyError, "__module__", "rewardlang.check.errors")
    assert ToyError in every_diagnostic()


def test_pages_of_this_package_have_all_headings() -> None:
    assert {kind.code: headings(kind) for kind in every_diagnostic() if headings(kind) != HEADINGS} == {}
