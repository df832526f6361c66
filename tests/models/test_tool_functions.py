"""Functions as tools of judges, and the tools that come with the language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest

from rewardlang.diagnostics import CallError
from rewardlang.models.calling import Calling
from rewardlang.models.reading import PAGE
from rewardlang.models.stub.server import StubServer
from rewardlang.models.tools import LONGEST, tool
from tests.models.looking import PAGE_2, ROW, asked, calls, judge, script, told

if TYPE_CHECKING:
    from collections.abc import Mapping


def typed(kind: Literal["a", "b"], many: list[int], *, most: float = 2.5, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Says what it got.

    This is not for the judge.
    """
    return {"kind": kind, "many": sum(many), "most": most, "prompt": fields["prompt"]}


def test_the_arguments_of_a_function_are_those_of_its_signature() -> None:
    about = tool("typed", typed).schema["function"]
    assert about["description"] == "Says what it got."
    assert set(about["parameters"]["properties"]) == {"kind", "many", "most"}
    assert about["parameters"]["properties"]["kind"]["enum"] == ["a", "b"]
    assert about["parameters"]["required"] == ["kind", "many"]
    assert about["parameters"]["additionalProperties"] is False
    _, results = asked(calls(("typed", {"kind": "b", "many": [1, 2]})), tools={"typed": typed})
    assert '{"kind": "b", "many": 3, "most": 2.5, "prompt": "say one two"}' in results[0]


async def waits(seconds: float) -> list[float]:
    return [seconds]


def test_an_async_function_and_a_long_result() -> None:
    assert "[0.5]" in asked(calls(("waits", {"seconds": 0.5})), tools={"waits": waits})[1][0]
    answers, results = asked(calls(("echo", {"part": "x" * 9000})), tools={"echo": echo})
    assert f"… cut: {9000 - LONGEST} more characters" in results[0]
    assert len(answers.traces[0][0].result) == len(answers.traces[0][0].arguments) == 200


def echo(part: str) -> str:
    return part


def untyped(x) -> str:  # type: ignore[no-untyped-def]  # noqa: ANN001
    return str(x)


def starred(*x: int) -> str:
    return str(x)


def odd(x: StubServer) -> str:
    return str(x)


UNFIT: dict[str, tuple[Any, str]] = {
    "no type": ({"f": untyped}, "its argument `x` has no type"),
    "starred": ({"f": starred}, "cannot be given by name"),
    "no JSON": ({"f": odd}, "an argument of `f` has a type without a form in JSON"),
    "no function": ({"f": 3}, "`f` must be a function, not int"),
    "a name": ({"f g": echo}, "`f g` is no name of a tool"),
    "taken": ({"page": echo}, "`page` comes with rewardlang"),
}


@pytest.mark.parametrize(("tools", "message"), UNFIT.values(), ids=UNFIT)
def test_a_function_that_is_no_tool_is_one_clear_error(tools: Any, message: str) -> None:
    with pytest.raises(CallError, match=message):
        Calling(tools=tools)


CHECKS: dict[str, tuple[dict[str, Any], str]] = {
    "counts": ({}, "`prompt`: 11 characters, 3 words, 1 lines, 1 paragraphs."),
    "contains": ({"contains": "one"}, "It contains 'one' 1 times."),
    "not": ({"contains": "ONE"}, "It does not contain 'ONE'."),
    "case": ({"contains": "ONE", "ignore_case": True}, "It contains 'ONE' 1 times."),
    "pattern": ({"pattern": r"\b\w{3}\b"}, "The pattern matches 3 times, first 'say'."),
    "no match": ({"pattern": "^two"}, "The pattern does not match."),
    "empty": ({"contains": ""}, "error: ValueError: `contains` is empty"),
}


@pytest.mark.parametrize(("given", "message"), CHECKS.values(), ids=CHECKS)
def test_text_check(given: dict[str, Any], message: str) -> None:
    assert message in asked(calls(("text_check", {"field": "prompt", **given})))[1][0]


def test_a_pattern_of_a_judge_cannot_hang() -> None:
    row = {**ROW, "document": ["a" * 20_000]}
    with StubServer(
        reply=script(calls(("text_check", {"field": "document", "pattern": "(a+)+$|(a|aa)+b"})), "Score: 4")
    ) as server:
        assert judge(server, tools=("text_check",))(row).values == [4.0]
        assert "The pattern matches 1 times" in told(server)[0]


def test_a_long_text_has_pages_of_one_length() -> None:
    row = {**ROW, "document": ["x" * PAGE + "end"]}
    with StubServer(reply=script(PAGE_2, "Score: 4")) as server:
        judge(server)(row)
        assert "Page 2 of 2 of `document`:\nend\n" in told(server)[0]


def test_the_stand_in_tries_each_tool_once() -> None:
    with StubServer() as server:
        answers = judge(server, tools=("page", "text_check"))({**ROW, "document": ["one two\fmore"]})
        assert server.requests == 3
    assert answers.values == [pytest.approx(5 * 2 / 3, abs=0.5)]
    assert [use.tool for use in answers.traces[0]] == ["page", "text_check"]
