"""The tool `crop`: exactly the pixels of the box reach the judge, and whatever is wrong with image or box is told to it."""

from __future__ import annotations

import struct
from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

import rewardlang
from rewardlang.columns.images import content_of
from rewardlang.diagnostics import CallError
from rewardlang.models import cropping
from rewardlang.models.chat import open_chat
from rewardlang.models.cropping import LEAST_SIDE, MOST_SLENDER, crop
from rewardlang.models.stub.server import StubServer
from tests.models.judges import calling, signature
from tests.models.looking import calls, script

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCREEN = (("screen", "image", False), ("task", "text", False))
CENTRE = ("crop", {"bbox_2d": [250, 250, 750, 750]})
SIDES = st.integers(1, MOST_SLENDER)
"""Of such an image no part is too slender."""


def noise(width: int, height: int, mode: str = "RGB", seed: int = 0) -> Image.Image:
    drawn = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    if mode == "I;16":
        return Image.fromarray(drawn[..., 0].astype(np.uint16) * 257)
    image = Image.fromarray(drawn, "RGBA") if mode in {"RGBA", "LA"} else Image.fromarray(drawn[..., :3])
    return image if image.mode == mode else image.quantize(64) if mode == "P" else image.convert(mode)


def file(image: Image.Image, form: str = "PNG") -> bytes:
    made = BytesIO()
    image.save(made, form, lossless=True)
    return made.getvalue()


def url(content: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{b64encode(content).decode()}"


def png_header(width: int, height: int) -> bytes:
    """A PNG that says how large it is, and holds no pixels."""
    chunks = (b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), b"IDAT", b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", crc32(chunk)) for chunk in chunks
    )


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def judge(server: StubServer, fields: Any = SCREEN, call: Any = None, **options: Any) -> Any:
    made = {"model": "m", "tools": ("crop",), **options}
    return open_chat(signature(fields=fields), made, call or calling(server))


def asked(reply: Any, row: Mapping[str, Any], **options: Any) -> tuple[Any, list[dict[str, Any]]]:
    """The answers of a judge that calls as told and then gives 4, and the conversation of its last request."""
    with StubServer(reply=script(reply, "Score: 4")) as server:
        answers = judge(server, **options)({name: [value] for name, value in row.items()})
        return answers, server.bodies[-1]["messages"]


def shown(talk: list[dict[str, Any]]) -> list[Image.Image]:
    """The images of all messages after the prompt."""
    parts = (part for message in talk[2:] if isinstance(message["content"], list) for part in message["content"])
    return [opened(content_of(part["image_url"]["url"])) for part in parts if part["type"] == "image_url"]


def row(image: Image.Image, form: str = "PNG") -> dict[str, Any]:
    return {"screen": url(file(image, form), form.lower()), "task": "look"}


# --- what reaches the judge --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "form"),
    [(mode, "PNG") for mode in ("RGB", "RGBA", "L", "LA", "P", "1", "I;16")] + [("P", "GIF"), ("RGB", "WEBP")],
)
def test_the_judge_sees_exactly_the_pixels_of_the_box(mode: str, form: str) -> None:
    image = noise(100, 60, mode)
    answers, talk = asked(calls(("crop", {"bbox_2d": [100, 250, 505, 1000]})), row(image, form))
    (part,) = shown(talk)
    assert answers.values == [4.0]
    assert np.array_equal(np.asarray(part), np.asarray(opened(file(image, form)))[15:60, 10:51])
    assert talk[-2]["content"].count("The part [10, 15, 51, 60], in pixels, of `screen`, which has 100x60: 41x45.") == 1


def test_a_jpeg_of_four_colours_is_shown_in_three() -> None:
    content = file(noise(64, 64, "CMYK"), "JPEG")
    (part,) = shown(asked(calls(CENTRE), {"screen": url(content, "jpeg"), "task": "look"})[1])
    assert np.array_equal(np.asarray(part), np.asarray(opened(content).convert("RGB"))[16:48, 16:48])


@settings(max_examples=100, deadline=None)
@given(st.tuples(SIDES, SIDES), st.lists(st.floats(0, 1000), min_size=4, max_size=4))
@example((1, 1), [0.0, 1.0, 5e-324, 0.0])
def test_any_box_is_in_the_image_and_holds_what_it_names(size: tuple[int, int], drawn: list[float]) -> None:
    (x1, x2), (y1, y2) = sorted(drawn[:2]), sorted(drawn[2:])
    image = noise(*size)
    if not (x1 < x2 and y1 < y2):
        with pytest.raises(ValueError, match="with x1 < x2 and y1 < y2"):
            crop([x1, y1, x2, y2], "screen", 1, {"screen": file(image)})
        return
    told, png = crop([x1, y1, x2, y2], "screen", 1, {"screen": file(image)})
    left, top, right, bottom = (int(each) for each in told[told.index("[") + 1 : told.index("]")].split(","))
    assert np.array_equal(np.asarray(opened(png)), np.asarray(image)[top:bottom, left:right])
    for low, high, first, last, pixels in ((x1, x2, left, right, size[0]), (y1, y2, top, bottom, size[1])):
        # A subnormal number by 1000 is 0, so that the two may be equal here.
        assert 0 <= first <= low * pixels / 1000 <= high * pixels / 1000 <= last <= pixels
        assert last - first >= min(LEAST_SIDE, pixels)


def test_a_large_part_is_scaled_down() -> None:
    _, talk = asked(calls(("crop", {"bbox_2d": [0, 0, 1000, 1000]})), row(noise(4096, 100, "L")))
    assert [part.size for part in shown(talk)] == [(2048, 50)]
    assert "4096x100, shown as 2048x50." in talk[-2]["content"]


def test_texts_come_first_and_then_all_images_in_one_message() -> None:
    image = noise(100, 60)
    made = calls(CENTRE, ("page", {"field": "task", "number": 1}), ("crop", {"bbox_2d": [0, 0, 400, 500]}))
    answers, talk = asked(made, row(image), tools=("crop", "page"))
    assert [message["role"] for message in talk[2:]] == ["assistant", "tool", "tool", "tool", "user"]
    assert [message["tool_call_id"] for message in talk[3:6]] == ["call_0_0", "call_0_1", "call_0_2"]
    assert all(isinstance(message["content"], str) for message in talk[3:6])
    assert [part["type"] for part in talk[6]["content"]] == ["text", "image_url"] * 2
    assert [part["text"] for part in talk[6]["content"][::2]] == [
        "What `crop` returned for call_0_0:\n",
        "What `crop` returned for call_0_2:\n",
    ]
    assert [part.size for part in shown(talk)] == [(50, 30), (40, 30)]
    assert [(use.tool, "base64" in use.result) for use in answers.traces[0]] == [
        ("crop", False), ("page", False), ("crop", False),
    ]  # fmt: skip


def test_no_image_is_no_message() -> None:
    answers, talk = asked(calls(("crop", {"bbox_2d": [9, 9, 9, 9]})), row(noise(100, 60)))
    assert [message["role"] for message in talk[2:]] == ["assistant", "tool"]
    assert answers.values == [4.0]


# --- the loop ---------------------------------------------------------------------------------------------------------


def test_a_judge_that_zooms_for_ever_is_asked_for_its_verdict_beside_the_last_image() -> None:
    with StubServer(reply=script(calls(CENTRE, CENTRE))) as server:
        call = calling(server)
        answers = judge(server, call=call, steps=3)({name: [value] for name, value in row(noise(100, 60)).items()})
        talk = server.bodies[-1]["messages"]
    assert (answers.values, answers.reasons) == ([None], ["no verdict after its last step"])
    assert (call.usage.calls, len(answers.traces[0])) == (4, 6)
    roles = [message["role"] for message in talk]
    assert roles == ["system", "user", *["assistant", "tool", "tool", "user"] * 3]
    assert talk[-1]["content"][-1]["text"].startswith("No more tools: give your verdict. End your reply with one line")
    assert [part.size for part in shown(talk)] == [(50, 30)] * 6


def test_too_many_parts_at_once_are_not_cut() -> None:
    answers, talk = asked(calls(*[CENTRE] * 50), row(noise(100, 60)))
    assert len(shown(talk)) == len(answers.traces[0]) == 8
    assert talk[-2]["content"].endswith("error: 42 more calls were not made")


def test_a_second_run_with_a_cache_makes_no_call_and_another_image_is_another_conversation(tmp_path: Path) -> None:
    with StubServer(reply=script(calls(CENTRE), "Score: 4")) as server:
        call = {"cache": tmp_path / "replies.sqlite"}
        both = {"screen": [row(noise(100, 60, seed=seed))["screen"] for seed in (0, 1)], "task": ["look"] * 2}
        first = judge(server, call=calling(server, **call))(both)
        assert server.requests == 4
        assert first.traces == judge(server, call=calling(server, **call))(both).traces
        assert server.requests == 4


def test_the_stand_in_zooms_and_then_judges() -> None:
    spec = """
    model judge(screen: image, task: text, said: text) -> float? in 0..5 = chat("m",
        prompt: t"{task}{said}{screen}", reply: score, tools: ["crop"], steps: 2)
    reward r(screen: image, task: text, said: text) -> float? { judge(screen, task, said) }
    """
    with StubServer() as server:
        reward = rewardlang.compile(spec, calling=calling(server))
        columns = {"screen": [file(noise(100, 60))], "task": ["say one two"], "said": ["one two say"]}
        scores, explained = reward(columns), reward.explain(columns, 0)
        assert len(shown(server.bodies[1]["messages"])) == 1
    assert scores.tolist() == [5.0]
    (use,) = scores.models["judge"].traces[0]
    assert use.arguments == '{"bbox_2d": [250, 250, 750, 750]}'
    assert use.result == "The part [25, 15, 75, 45], in pixels, of `screen`, which has 100x60: 50x30."
    assert explained.tools == (("judge", use),)


# --- what is wrong is told to the judge --------------------------------------------------------------------------------

WHOLE = file(noise(100, 60))
IMAGES = {
    "truncated": (url(WHOLE[: len(WHOLE) // 2]), "error: OSError: "),
    "cut header": (url(WHOLE[:12]), "error: ValueError: the image cannot be read"),
    "signature alone": (url(b"\x89PNG\r\n\x1a\n"), "error: ValueError: the image cannot be read"),
    "another format inside": (url(b"\xff\xd8\xff" + WHOLE), "error: ValueError: the image cannot be read"),
    "bomb": (url(png_header(10_000, 10_000)), "error: ValueError: the image has more than 50,000,000 pixels"),
    "bomb below Pillow's bound": (url(png_header(10_000, 6_000)), "error: ValueError: the image has more than 50,000,0"),
    "a bomb without bounds": (url(png_header(2**31 - 1, 2**31 - 1)), "error: ValueError: the image has more than 50,00"),
    "large and without pixels": (url(png_header(7_000, 7_000)), "error: OSError: "),
    "slender": (url(file(noise(3000, 20))), "error: ValueError: the part would have 1500x20 pixels, which is too slender"),
    "an address": ("https://example.org/x.png", "error: TypeError: `screen` holds no image: an address is not opened"),
    "a path": ("/etc/passwd", "error: TypeError: `screen` holds no image"),
}  # fmt: skip


@pytest.mark.parametrize(("image", "message"), IMAGES.values(), ids=IMAGES)
def test_an_image_that_cannot_be_cut_is_told_and_not_raised(image: str, message: str) -> None:
    answers, talk = asked(calls(CENTRE), {"screen": image, "task": "look"})
    assert answers.values == [4.0]
    assert message in talk[-1]["content"]
    assert answers.traces[0][0].result.startswith("error: ")


UNFIT: dict[str, tuple[Any, str]] = {
    "inverted": ({"bbox_2d": [750, 250, 250, 750]}, "bbox_2d is [x1, y1, x2, y2] with x1 < x2 and y1 < y2, not [750.0"),
    "empty": ({"bbox_2d": [0, 5, 10, 5]}, "with x1 < x2 and y1 < y2"),
    "pixels": ({"bbox_2d": [0, 0, 1920, 1080]}, "bbox_2d.2: Input should be less than or equal to 1000"),
    "negative": ({"bbox_2d": [-1, 0, 10, 10]}, "bbox_2d.0: Input should be greater than or equal to 0"),
    "NaN": ('{"bbox_2d": [NaN, 0, 10, 10]}', "bbox_2d.0: Input should be a finite number"),
    "endless": ('{"bbox_2d": [0, 0, 1e999, 10]}', "bbox_2d.2: Input should be a finite number"),
    "three": ({"bbox_2d": [0, 0, 10]}, "bbox_2d: List should have at least 4 items"),
    "five": ({"bbox_2d": [0, 0, 10, 10, 10]}, "bbox_2d: List should have at most 4 items"),
    "texts": ({"bbox_2d": ["0", "0", "1", "1"]}, "bbox_2d.0: Input should be a valid number"),
    "no box": ({}, "bbox_2d: Field required"),
    "another field": ({"bbox_2d": [0, 0, 9, 9], "image": "task"}, "image: Input should be 'screen'"),
    "no such image": ({"bbox_2d": [0, 0, 9, 9], "number": 2}, "`screen` has no image of the number 2: the last one is 1"),
    "before the first": ({"bbox_2d": [0, 0, 9, 9], "number": 0}, "`screen` has no image of the number 0"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "message"), UNFIT.values(), ids=UNFIT)
def test_a_box_that_is_none_is_told_and_not_raised(given: Any, message: str) -> None:
    answers, talk = asked(calls(("crop", given)), row(noise(100, 60)))
    assert answers.values == [4.0]
    assert message in talk[-1]["content"]


# --- which image ------------------------------------------------------------------------------------------------------

SEVERAL = (("before", "image", False), ("pages", "image", False), ("task", "text", False))


def test_of_several_images_one_is_named() -> None:
    given = {
        "before": url(file(noise(40, 30))),
        "pages": [url(file(noise(200, 100, seed=n))) for n in (1, 2)],
        "task": "x",
    }
    whole = {"bbox_2d": [0, 0, 1000, 1000]}
    made = calls(
        ("crop", whole), ("crop", {**whole, "image": "before"}), ("crop", {**whole, "image": "pages", "number": 2})
    )
    answers, talk = asked(made, given, fields=SEVERAL)
    assert "image: Field required" in answers.traces[0][0].result
    before, second = shown(talk)
    assert np.array_equal(np.asarray(before), np.asarray(noise(40, 30)))
    assert np.array_equal(np.asarray(second), np.asarray(noise(200, 100, seed=2)))


def test_a_model_without_an_image_has_nothing_to_cut() -> None:
    with StubServer() as server, pytest.raises(CallError, match="the model `judge`: the tool `crop` needs an image"):
        judge(server, fields=(("task", "text", False),))


def test_without_pillow_loading_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cropping, "find_spec", lambda _name: None)
    with (
        StubServer() as server,
        pytest.raises(CallError, match=r"`crop` needs Pillow: pip install 'rewardlang\[images\]'"),
    ):
        judge(server)


# --- functions of the caller ------------------------------------------------------------------------------------------


def turned(fields: Mapping[str, Any]) -> Image.Image:
    """The screen upside down."""
    return opened(fields["screen"]).rotate(180)


def marked(note: str, fields: Mapping[str, Any]) -> tuple[str, bytes]:
    """The screen with a note."""
    return note, fields["screen"]


RETURNED: dict[str, tuple[Any, str, list[tuple[int, int]]]] = {
    "bytes": (lambda fields: fields["screen"], "An image.", [(100, 60)]),
    "Pillow": (turned, "An image.", [(100, 60)]),
    "a text and an image": (lambda fields: ("As it is.", fields["screen"]), "As it is.", [(100, 60)]),
    "two texts": (lambda fields: ("a", url(fields["screen"])), '["a", "data:image/png;base64,', []),
    "a URL": (lambda fields: url(fields["screen"]), "data:image/png;base64,", []),
    "no image": (lambda fields: fields["screen"][1:9], "PNG", []),
    "too large": (lambda fields: fields["screen"] + bytes(20_000_000), "error: its image takes 26,6", []),
}  # fmt: skip


@pytest.mark.parametrize(("function", "text", "sizes"), RETURNED.values(), ids=RETURNED)
def test_a_function_may_give_an_image(function: Any, text: str, sizes: list[tuple[int, int]]) -> None:
    with StubServer(reply=script(calls(("look", {})), "Score: 4")) as server:
        model = judge(server, call=calling(server, tools={"look": function}), tools=("look",))
        answers = model({name: [value] for name, value in row(noise(100, 60)).items()})
        talk = server.bodies[-1]["messages"]
    assert answers.values == [4.0]
    assert text in talk[3]["content"]
    assert [image.size for image in shown(talk)] == sizes


# --- a published system -----------------------------------------------------------------------------------------------


def test_arm_thinker_zooms_into_its_image_and_says_which_answer_is_better() -> None:
    verdict = "<think>Answer 1 is better? No.</think><answer>Overall Judgment: Answer 2 is better.</answer>"
    columns = {"original_image": [WHOLE], "question": ["q"], "first": ["Answer 1 is better."], "second": ["b"]}
    with StubServer(reply=script(calls(CENTRE), verdict)) as server:
        reward = rewardlang.load("systems.arm_thinker:judged", calling=calling(server))
        scores = reward(columns)
        assert [part.size for part in shown(server.bodies[-1]["messages"])] == [(50, 30)]
    assert scores.tolist() == [0.0]
    assert [use.tool for use in scores.models["judge"].traces[0]] == ["crop"]
