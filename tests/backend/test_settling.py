"""What a choice or a connective has settled for all samples leaves the rest out, and changes no score."""

from __future__ import annotations

import numpy as np
import pytest

import rewardlang
from rewardlang.backend import host

SPEC = """
reward total(reply: text) -> float {
    let whole = contains(reply, "<a>")
    return sum {
        size: if whole then length(between(reply, "<a>", "</a>") ?? "") else count_matches(reply, /b+/)
        kept: if whole and matches(reply, /c$/) then 1 else 0
        loose: if whole or ends_with(reply, "d") then sum(if whole then 1 else length(words(reply))) else 0
    }
}
"""
TAGGED = ["<a>x</a>", "<a>", "<a>yz</a> c", "<a></a>bb d"]
PLAIN = ["", "bb b", "c", "d", "bbd e d"]


def plain(reply: str) -> float:
    whole = "<a>" in reply
    inside = reply.split("<a>", 1)[1].split("</a>", 1)[0] if "</a>" in reply else ""
    size = len(inside) if whole else len([run for run in reply.replace("b", " b").split() if run == "b"])
    if not whole:
        size = sum(1 for at, letter in enumerate(reply) if letter == "b" and reply[at - 1 : at] != "b")
    loose = sum(1 if whole else len(word) for word in reply.split()) if whole or reply.endswith("d") else 0
    return size + (whole and reply.endswith("c")) + loose


@pytest.mark.parametrize("replies", [TAGGED, PLAIN, TAGGED + PLAIN], ids=["all", "none", "some"])
def test_scores_are_those_of_python(replies: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated: set[str] = set()
    evaluate = host.HostRun._evaluate

    def seen(run: host.HostRun, index: int, node: host.GraphNode) -> host.HostValue:
        evaluated.add(getattr(getattr(node.operation, "builtin", None), "name", ""))
        return evaluate(run, index, node)

    monkeypatch.setattr(host.HostRun, "_evaluate", seen)
    # What is answered together with others is evaluated with them.
    monkeypatch.setattr("rewardlang.backend.stage.shared", lambda _graph, _nodes: {})
    rows = replies * 4
    found = rewardlang.compile(SPEC)(reply=rows).total
    assert found.tolist() == [plain(reply) for reply in rows]
    assert ("between" in evaluated) == (replies is not PLAIN)
    assert ("count_matches" in evaluated) == (replies is not TAGGED)
    assert ("matches" in evaluated) == (replies is not PLAIN)
    assert ("ends_with" in evaluated) == (replies is not TAGGED)
    assert np.isfinite(found).all()


def test_what_depends_on_constants_alone_is_computed_in_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated: list[str] = []
    evaluate = host.HostRun._evaluate

    def seen(run: host.HostRun, index: int, node: host.GraphNode) -> host.HostValue:
        evaluated.append(getattr(getattr(node.operation, "builtin", None), "name", ""))
        return evaluate(run, index, node)

    monkeypatch.setattr(host.HostRun, "_evaluate", seen)
    reward = rewardlang.compile(
        "reward total(x: text, y: text) -> float in 0..1 {\n"
        "    iou(as_box(json(x)) ?? box(0, 0, 1, 1), as_box(json(y)) ?? box(0, 0, 2, 1))\n}"
    )
    for call in range(2):
        evaluated.clear()
        assert reward(x=["[1, 1, 3, 3]", "?"], y=["[1, 1, 3, 3]", "?"]).total.tolist() == [1, 0.5]
        assert ("box" in evaluated) == (call == 0)
