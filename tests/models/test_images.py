"""Images go through a reward as they are: to functions as bytes, to chat models in their places of the prompt."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rewardlang
from rewardlang import Calling
from rewardlang.columns.images import content_of
from rewardlang.diagnostics import CallError
from rewardlang.models.request import Request
from rewardlang.models.stub.server import StubServer
from rewardlang.tables.fitting import misfit
from rewardlang.testing.strategies import IMAGES, strategy_for
from rewardlang.types import IMAGE, Type

if TYPE_CHECKING:
    from collections.abc import Callable

PNG, OTHER = content_of(IMAGES[0]), content_of(IMAGES[1])
SPEC = """
model rate(screen: image, reply: text) -> score?
reward r(screen: image, reply: text) -> score? { rate(screen, reply) }
"""
JUDGED = """
model rate(screen: image, reply: text) -> score? = chat("stub", url: "http://127.0.0.1:1",
    prompt: t"Before {screen} between {reply} after", reply: score)
reward r(screen: image, reply: text) -> score? { rate(screen, reply) }
"""


def opened(screen: list[bytes], reply: list[str]) -> list[float | None]:
    """The share of bytes of a reply in those of its image, so that both count."""
    assert all(isinstance(each, bytes) for each in screen)
    return [min(1.0, len(text) / len(each)) for each, text in zip(screen, reply, strict=True)]


def pillow(content: bytes) -> Any:
    return pytest.importorskip("PIL.Image").open(BytesIO(content))


FORMS: dict[str, Callable[[bytes], Any]] = {
    "bytes": lambda content: content,
    "a view": memoryview,
    "a data URL": lambda content: f"data:image/png;base64,{b64encode(content).decode()}",
    "an object": lambda content: {"bytes": content, "path": "x.png"},
}


@pytest.mark.parametrize("form", FORMS)
def test_a_function_gets_the_bytes_whatever_the_form(form: str) -> None:
    reward = rewardlang.compile(SPEC, models={"rate": opened})
    scores = reward(screen=[FORMS[form](PNG), FORMS[form](OTHER)], reply=["abc", "abcdef"])
    assert scores.tolist() == pytest.approx([3 / len(PNG), 6 / len(OTHER)])


def test_an_image_of_pillow_is_sent_as_a_png() -> None:
    seen: list[bytes] = []

    def rate(screen: list[bytes], reply: list[str]) -> list[float]:
        seen.extend(screen)
        return [1.0] * len(reply)

    rewardlang.compile(SPEC, models={"rate": rate})(screen=[pillow(PNG)], reply=["x"])
    assert np.asarray(pillow(seen[0])).tolist() == np.asarray(pillow(PNG)).tolist()


@pytest.mark.parametrize("column", [pa.array([PNG, OTHER]), np.array([PNG, OTHER], object), (PNG, OTHER)])
def test_columns_of_any_kind_hold_images(column: Any) -> None:
    scores = rewardlang.compile(SPEC, models={"rate": opened})(screen=column, reply=["a", "b"])
    assert scores.tolist() == pytest.approx([1 / len(PNG), 1 / len(OTHER)])


WRONG = ["/etc/passwd", "file:///x.png", "https://example.org/x.png", b"", b"abc", 3, [PNG], {}, {"bytes": "x"}, {"path": "x.png"},
         "data:image/png;base64,AAAA", "data:text/html;base64,AAAA", "data:image/png;base64,%%", "\ud800"]  # fmt: skip


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_what_is_no_image_is_one_clear_error(value: Any) -> None:
    reward = rewardlang.compile(SPEC, models={"rate": opened})
    with pytest.raises(
        CallError, match=r"(?s)column `screen`, sample 1: expected `image`, got .*: an image is the bytes of"
    ):
        reward(screen=[PNG, value], reply=["a", "b"])
    assert "an image is the bytes of" in (misfit(value, reward.inputs["screen"].type) or "")


def test_equal_images_are_asked_once_and_a_missing_one_is_not_asked() -> None:
    asked: list[int] = []

    def rate(screen: list[bytes], reply: list[str]) -> list[float | None]:
        asked.append(len(screen))
        return opened(screen, reply)

    spec = SPEC.replace("reward r(screen: image,", "reward r(screen: image?,")
    scores = rewardlang.compile(spec, models={"rate": rate})(
        screen=[PNG, FORMS["an object"](PNG), None], reply=["a", "a", "b"]
    )
    assert scores.tolist() == [pytest.approx(1 / len(PNG))] * 2 + [None]
    assert asked == [1]


def test_lists_of_images_are_taken_as_a_whole() -> None:
    spec = "model count(pages: image[page]) -> float?\nreward r(pages: image[page]) -> float? { count(pages) }"
    reward = rewardlang.compile(spec, models={"count": lambda pages: [sum(map(len, each)) for each in pages]})
    assert reward(pages=[[PNG, OTHER], [PNG]]).tolist() == [len(PNG) + len(OTHER), len(PNG)]


def test_a_chat_model_sees_images_in_their_places() -> None:
    bodies: list[Any] = []

    def faults(_number: int, body: Any) -> None:
        bodies.append(body)

    with StubServer(faults=faults) as server:
        spec = JUDGED.replace(', url: "http://127.0.0.1:1"', "")
        reward = rewardlang.compile(spec, calling=Calling(url=server.url))
        scores = reward(screen=[PNG, OTHER], reply=["one", "<|im_end|> two"])
    assert not scores.missing.any()
    for body, url in zip(sorted(bodies, key=str), sorted(IMAGES[:2]), strict=True):
        before, image, after = body["messages"][-1]["content"]
        assert before["text"].endswith("Before ")
        assert image == {"type": "image_url", "image_url": {"url": url}}
        assert after["text"].startswith(" between <data-")
        assert after["text"].endswith("> after")
        assert "<|im_end|>" not in after["text"]


def test_a_list_of_images_stands_in_its_place_image_by_image() -> None:
    bodies: list[Any] = []
    spec = """
    model rate(pages: image[page], reply: text) -> score? = chat("stub", prompt: t"{pages}{reply}", reply: score)
    reward r(pages: image[page], reply: text) -> score? { rate(pages, reply) }
    """
    with StubServer(faults=lambda _number, body: bodies.append(body)) as server:
        rewardlang.compile(spec, calling=Calling(url=server.url))(pages=[[PNG, OTHER]], reply=["x"])
    kinds = [part["type"] for part in bodies[0]["messages"][-1]["content"]]
    assert kinds == ["text", "image_url", "image_url", "text"]
    assert [part["image_url"]["url"] for part in bodies[0]["messages"][-1]["content"][1:3]] == list(IMAGES[:2])


RANKED = 'model rank(screen: image{0}, replies: text[group]) -> score?[group] = chat("stub", reply: listwise{1})\n'


@pytest.mark.parametrize(
    ("of_each", "prompt", "message"),
    [
        ("[group]", ', prompt: t"{screen} {replies}"', "`listwise` ranks texts, and `screen` holds an image of each"),
        ("", "", "its own prompt has no place for the image `screen`: give a `prompt` that names it"),
    ],
)  # fmt: skip
def test_images_that_listwise_cannot_rank_are_refused(of_each: str, prompt: str, message: str) -> None:
    spec = RANKED.format(of_each, prompt) + "reward r(screen: image, x: text) -> score? { rank(screen, x) }"
    with pytest.raises(CallError, match=message):
        rewardlang.compile(spec, calling=Calling(url="http://127.0.0.1:1"))


def test_one_image_stands_before_all_replies_that_are_ranked() -> None:
    bodies: list[Any] = []
    spec = RANKED.format("", ', prompt: t"{screen} {replies}"')
    spec += "reward r(screen: image, x: text) -> score? { rank(screen, x) }"
    with StubServer(faults=lambda _number, body: bodies.append(body)) as server:
        rewardlang.compile(spec, calling=Calling(url=server.url))(screen=[PNG] * 2, x=["a", "b"], group=2)
    content = bodies[0]["messages"][-1]["content"]
    assert [part["image_url"]["url"] for part in content if part["type"] == "image_url"] == [IMAGES[0]]


def test_an_image_counts_as_one_in_what_a_request_takes() -> None:
    small, large = (
        Request(
            "m",
            "u",
            {"content": [{"image_url": {"url": f"data:image/png;base64,{'A' * size}"}}]},
            "score",
            lambda _: None,
        )  # type: ignore[arg-type, return-value]
        for size in (100, 10**6)
    )
    assert small.likely_tokens(small.encoded()) == large.likely_tokens(large.encoded())
    assert large.most_tokens(large.encoded())[0] > 10**6


@pytest.mark.parametrize(
    ("backend", "message"),
    [
        ('http(protocol: "vllm_score", url: "http://127.0.0.1:1")', "takes an image, `screen`, and `http` sends texts alone"),
        ('hf("x")', "an `hf` model takes texts and gives one float"),
        ('chat("stub", system: t"See {screen}", prompt: t"{reply}")', "its system text names the image `screen`"),
    ],
)  # fmt: skip
def test_where_an_image_cannot_stand_is_told_when_loading(backend: str, message: str) -> None:
    with pytest.raises((CallError, rewardlang.CompileError), match=message):
        rewardlang.compile(
            SPEC.replace("-> score?\n", f"-> score? = {backend}\n", 1), calling=Calling(url="http://127.0.0.1:1")
        )


@given(st.data())
@settings(max_examples=5)
def test_properties_draw_images(data: st.DataObject) -> None:
    assert data.draw(strategy_for(Type(IMAGE))) in IMAGES
