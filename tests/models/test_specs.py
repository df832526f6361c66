"""Models that a spec names, from the spec to the server and back: `chat` and `http` behind `load` and `rwd score`."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

import rewardlang
from rewardlang import CallError, Calling
from rewardlang.cli import main
from rewardlang.models.stub.server import StubServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPEC = '''
def mark(reply: text) -> float? = number(after(reply, "Score: ", last) ?? "")

model judge(prompt: text, completion: text) -> float? in 0..5 = chat("stub",
    prompt: t"""Question: {prompt}
Answer: {completion}""", reply: score)
model own(completion: text) -> float? in 0..5 = chat("stub", prompt: t"Mark {completion} as Score: N.", reply: mark, frame: none)
model holds(completion: text, principle: text) -> score? = chat("stub", prompt: t"{completion} satisfies {principle}?", reply: yes_no)
param least: float in 0..100 = 3

reward judged(prompt: text, completion: text) -> float? {
    gate length(completion) > least { judged: judge(prompt, completion) }
}
reward marked(completion: text) -> float? { own(completion) }
reward aligned(completion: text) -> float? {
    principles holds(completion) { short: "It is short." plain: "It is plain." weight 2 }
}
'''
COLUMNS = {"prompt": ["count to three"] * 4, "completion": ["three to count", "no", "nothing here", "three to count"]}


@pytest.fixture
def server() -> Iterator[StubServer]:
    with StubServer() as running:
        yield running


def compiled(reward: str, calling: Calling, **given: Any) -> rewardlang.Reward:
    return rewardlang.compile(SPEC, reward, calling=calling, **given)


def test_a_spec_asks_its_judge_and_only_where_the_gate_opens(server: StubServer) -> None:
    calling = Calling(url=server.url)
    scores = compiled("judged", calling)(COLUMNS)
    assert scores.tolist() == [5, 0, 0, 5]
    # One is too short, and two are the same.
    assert calling.usage.calls == 2
    assert scores.models["judge"].asked == 3


def test_a_gate_that_passes_a_tenth_makes_a_tenth_of_the_calls(server: StubServer) -> None:
    calling = Calling(url=server.url)
    texts = [f"{row} " + "x" * row for row in range(100)]
    reward = compiled("judged", calling)
    reward(prompt=["p"] * 100, completion=texts, params={"least": 92.5})
    assert calling.usage.calls == sum(len(text) > 92.5 for text in texts) == 10


def test_principles_are_asked_one_by_one(server: StubServer) -> None:
    calling = Calling(url=server.url)
    scores = compiled("aligned", calling)(completion=["yes", "no"])
    assert calling.usage.calls == 4
    parts = [scores.terms[name].raw for name in ("short", "plain")]
    assert scores.tolist() == pytest.approx(((parts[0] + 2 * parts[1]) / 3).tolist())


def test_a_def_of_the_spec_reads_the_reply_and_what_it_cannot_read_is_asked_again() -> None:
    replies = iter(["I would rather not say.", "It is fine. Score: 4"])
    with StubServer(reply=lambda _: next(replies)) as server:
        calling = Calling(url=server.url)
        assert compiled("marked", calling)(completion=["three"]).tolist() == [4]
    assert calling.usage.calls == 2


def test_failures_are_missing_with_their_reasons() -> None:
    with StubServer(faults=["404"] * 2) as server:
        scores = compiled("judged", Calling(url=server.url, concurrency=1))(COLUMNS)
    assert scores.tolist() == [None, 0, None, None]
    assert scores.reasons[0] == "the model `judge`: http 404"
    assert dict(scores.models["judge"].reasons) == {"http 404": 3}


def test_a_second_run_makes_no_call(server: StubServer, tmp_path: Path) -> None:
    first, second = (Calling(url=server.url, cache=tmp_path / "replies.sqlite") for _ in range(2))
    wanted = compiled("judged", first)(COLUMNS).tolist()
    assert compiled("judged", second)(COLUMNS).tolist() == wanted
    assert (first.usage.calls, second.usage.calls) == (2, 0)


def test_a_model_is_replaced_by_name(server: StubServer) -> None:
    calling = Calling(url=server.url)
    reward = compiled(
        "judged", calling, models={"judge": lambda prompt, completion: [1.0] * len(prompt + completion[:0])}
    )
    assert reward(COLUMNS).tolist() == [1, 0, 1, 1]
    assert calling.usage.calls == 0


STRANGE = """
model judge(completion: text) -> score? = chat("m", url: "https://judges.example/v1", prompt: t"{completion}")
reward r(completion: text) -> float? { judge(completion) }
"""


def test_a_spec_from_a_stranger_reaches_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> Any:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "create_connection", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    with pytest.raises(CallError, match=r"judge.*https://judges\.example"):
        rewardlang.compile(STRANGE)
    assert rewardlang.compile(STRANGE, calling=Calling(allow=("https://judges.example",))).name == "r"


LOADED = """
model judge(prompt: text, completion: text) -> float? = hf("some-one/judge")
reward r(prompt: text, completion: text) -> float? { judge(prompt, completion) }
"""


@pytest.mark.parametrize("allow", [(), ("hf:some-one",), ("hf:some-one/judge/x", "https://huggingface.co")])
def test_a_spec_from_a_stranger_loads_no_model(allow: tuple[str, ...]) -> None:
    with pytest.raises(CallError, match="`judge` loads `hf:some-one/judge`, which is not allowed: add it to `allow`"):
        rewardlang.compile(LOADED, calling=Calling(allow=allow))


def test_packages_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(CallError, match=r"need torch and transformers: pip install 'rewardlang\[hf\]'"):
        rewardlang.compile(LOADED, calling=Calling(allow=("hf:some-one/judge",), dry_run=True))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("(x: text) -> float = hf('m')", "a call of `hf` can fail"),
        ("(x: float) -> float? = hf('m')", "an `hf` model takes texts and gives one float"),
        ("(x: text) -> float[token]? = hf('m')", "an `hf` model takes texts and gives one float"),
        ("(x: text) -> float? = hf('m', reply: json)", "`reply` is one of `score`, `log_likelihood`"),
        ("(x: text) -> float? = hf('m', max_length: 0)", "a whole number of at least 1"),
        ("(x: text) -> float? = hf('m', trust_remote_code: true)", "`hf` has no option `trust_remote_code`"),
    ],
)
def test_what_an_hf_model_is_is_checked(model: str, message: str) -> None:
    spec = f"model j{model}\nreward r(x: text, y: float) -> float {{ 1 }}".replace("'", '"')
    with pytest.raises(rewardlang.CompileError, match=message):
        rewardlang.compile(spec)


def test_what_is_no_calling_is_refused() -> None:
    with pytest.raises(CallError, match=r"expected a `rewardlang\.Calling`, got dict"):
        rewardlang.compile(STRANGE, calling={"url": "x"})  # type: ignore[arg-type]


def test_addresses_do_not_change_the_fingerprint_and_prompts_do() -> None:
    def print_of(text: str) -> str:
        return rewardlang.compile(text, models={"judge": len}).fingerprint

    same = STRANGE.replace("judges.example", "elsewhere.example")
    assert print_of(same) == print_of(STRANGE)
    assert print_of(STRANGE.replace('t"{completion}"', 't"Judge {completion}"')) != print_of(STRANGE)
    assert print_of(STRANGE.replace('"m"', '"n"')) != print_of(STRANGE)


def test_a_reward_server_gives_the_number(server: StubServer) -> None:
    text = f"""
    model rm(prompt: text, completion: text) -> float? = http("{server.root}/get_reward", protocol: "openrlhf", model: "stub")
    reward r(prompt: text, completion: text) -> float? {{ rm(prompt, completion) }}
    """
    reward = rewardlang.compile(text, calling=Calling(allow=(server.root,)))
    assert reward(prompt=["ab"], completion=["cde"]).tolist() == [5]


def test_the_command_line_scores_with_a_judge(
    server: StubServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "judged.rwd").write_text(SPEC)
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)]
    (tmp_path / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    call = ["score", str(tmp_path / "judged.rwd"), str(tmp_path / "d.jsonl"), "--url", server.url]
    assert main([*call, "--cache", str(tmp_path / "replies.sqlite"), "--concurrency", "4"]) == 0
    assert "model judge: 3 of 3 answered\ncalls: 2 asked, 2 answered, 2 calls" in capsys.readouterr().out
    assert main([*call, "--dry-run"]) == 0
    assert "2 dry run, 2 calls" in capsys.readouterr().out
    assert main(["score", str(tmp_path / "judged.rwd"), str(tmp_path / "d.jsonl")]) == 2
    assert "the model `judge` has no url" in capsys.readouterr().err
