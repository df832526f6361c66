"""Reward servers: each protocol against the stand-in, which gives the number of characters."""

from __future__ import annotations

from typing import Any

import pytest

from rewardlang.diagnostics import CallError
from rewardlang.models.calling import Calling
from rewardlang.models.http import PROTOCOLS, open_http
from rewardlang.models.signature import Field, ModelSignature, Template
from rewardlang.models.stub.server import StubServer
from tests.models.judges import FIELDS

OF = ModelSignature("rm", FIELDS, "float", -1000, 1000)
ROWS = {"prompt": ["ab", "abc", "ab"], "completion": ["cdef", "", "cdef"]}


def opened(server: StubServer, protocol: str, of: ModelSignature = OF, **options: Any) -> Any:
    path = "/get_reward" if protocol == "openrlhf" else ""
    call = Calling(allow=(server.root,), progress=False, attempts=2)
    return open_http(of, {"model": "rm", "url": server.root + path, "protocol": protocol, **options}, call)


@pytest.mark.parametrize(
    ("protocol", "expected", "body"),
    [
        ("vllm_classify", [6.0, 3.0, 6.0], {"model": "rm", "input": ["abcdef"]}),
        ("vllm_score", [2.0, -3.0, 2.0], {"model": "rm", "text_1": "ab", "text_2": "cdef"}),
        ("sglang_classify", [6.0, 3.0, 6.0], {"model": "rm", "text": ["abcdef"]}),
        ("openrlhf", [6.0, 3.0, 6.0], {"query": ["abcdef"], "prompts": ["ab"], "labels": [""]}),
    ],
)
def test_each_protocol(protocol: str, expected: list[float], body: dict[str, Any]) -> None:
    with StubServer() as server:
        found = opened(server, protocol)(ROWS)
        assert found.values == expected
        assert body in server.bodies
        assert server.requests == 2  # equal requests are sent once


def test_every_protocol_is_tested() -> None:
    assert set(PROTOCOLS) == {"vllm_classify", "vllm_score", "sglang_classify", "openrlhf"}


def test_a_template_makes_the_text() -> None:
    prompt = Template(("<user>", Field("prompt"), "</user>", Field("completion")))
    with StubServer() as server:
        opened(server, "sglang_classify", prompt=prompt)({"prompt": ["{completion}"], "completion": ["x"]})
        assert server.bodies[0]["text"] == ["<user>{completion}</user>x"]


@pytest.mark.parametrize(
    ("protocol", "response", "value", "reason"),
    [
        ("vllm_classify", {"data": [{"probs": [0.25, 0.75]}]}, 0.75, None),
        ("vllm_classify", {"data": []}, None, "invalid response"),
        ("vllm_classify", {"data": [{"probs": []}]}, None, "invalid response"),
        ("vllm_score", {"data": [{"score": "0.5"}]}, None, "unreadable reply"),
        ("vllm_score", {"data": [{"score": True}]}, None, "unreadable reply"),
        ("vllm_score", {"data": [{"score": 1e9}]}, None, "out of scale"),
        ("sglang_classify", {"embedding": [1]}, None, "invalid response"),
        ("openrlhf", {"rewards": [[0.5]]}, 0.5, None),
        ("openrlhf", {"rewards": [None]}, None, "unreadable reply"),
        ("openrlhf", {"error": "x"}, None, "invalid response"),
    ],
)
def test_what_a_server_may_say(
    protocol: str, response: Any, value: float | None, reason: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rewardlang.models.stub import server as module

    monkeypatch.setattr(module, "reward", lambda _path, _body: module.json_response(response))
    with StubServer() as server:
        found = opened(server, protocol, label=1)({"prompt": ["a"], "completion": ["b"]})
    assert (found.values, found.reasons) == ([value], [reason])


@pytest.mark.parametrize(
    ("options", "of", "message"),
    [
        ({"protocol": "grpc"}, OF, "`protocol` is one of"), ({"labels": 1}, OF, "no option `labels`"),
        ({"label": -1}, OF, "`label`"), ({"prompt": Template((Field("z"),))}, OF, "names `z`"),
        ({}, ModelSignature("rm", FIELDS, "text"), "gives one float"),
        ({}, ModelSignature("rm", FIELDS[:1], "float"), "needs 2 fields"),
    ],
)  # fmt: skip
def test_what_a_spec_may_not_ask_for_is_named(options: dict[str, Any], of: ModelSignature, message: str) -> None:
    with StubServer() as server, pytest.raises(CallError, match=message):
        opened(server, options.pop("protocol", "vllm_score"), of, **options)


def test_an_address_must_be_allowed() -> None:
    with StubServer() as server, pytest.raises(CallError, match="not allowed"):
        open_http(OF, {"url": server.root, "protocol": "vllm_score"}, Calling())
