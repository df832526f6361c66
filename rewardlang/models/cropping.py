"""The tool `crop`: a judge zooms into an image of its sample, by a box in thousandths of the image's sides.

Images are hostile as texts are. Of each the size is read first, and one of too many pixels is not decoded; few are
decoded at once. All that is wrong is raised, and told to the judge as that of any tool is.

Source: InternLM/ARM-Thinker at 4c7dc6f, `verl/tools/image_zoom_in_tool.py` (arXiv 2512.05111), for the name and the
unit of the box, and the least side. Unlike there, nothing is enlarged, a side that is too short grows alone, and what
was cut out is not cut again.
"""

from __future__ import annotations

from dataclasses import MISSING
from importlib.util import find_spec
from io import BytesIO
from math import ceil, floor
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Annotated, Any, Literal

from rewardlang.diagnostics import CallError
from rewardlang.models.reading import described

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from PIL.Image import Image

    Box = tuple[int, int, int, int]

UNIT = 1000
"""A box is in this part of the image's width and height, as ARM-Thinker and Qwen3-VL were trained on."""

MOST_PIXELS = 50_000_000
"""Of an image that is decoded, which takes four bytes for each."""

LONGEST_SIDE = 2048
"""Pixels of a side of what the judge gets: a part that is larger is scaled down, as servers would do it."""

LEAST_SIDE = 28
"""Pixels of a side: Qwen's models see patches of this size, and refuse what is smaller."""

MOST_SLENDER = LONGEST_SIDE // LEAST_SIDE
"""How many times longer than wide a part may be: scaled down, its short side is no shorter than it may be."""

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_IN_PNG = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16"})
_DECODING = BoundedSemaphore(4)
"""Judges are many at once, and an image takes hundreds of megabytes while it is decoded."""


def require_pillow() -> None:
    """Raises `CallError` where Pillow is not installed."""
    if find_spec("PIL") is None:
        raise CallError("the tool `crop` needs Pillow: pip install 'rewardlang[images]'")


def crop(bbox_2d: Sequence[float], image: str, number: int, fields: Mapping[str, Any]) -> tuple[str, bytes]:
    """A part of an image: what the judge is told of it, and its pixels as a PNG, those that a box touches counted in.

    Units: the box in thousandths of the sides, from the top left corner; `number` from 1.
    Errors: `LookupError` and `TypeError` where there is no such image; `ValueError`, `OSError` and what else Pillow
    raises where it cannot be decoded, has too many pixels, or the box holds no part of it.
    """
    content = _content(image, number, fields)
    with _DECODING, _opened(content) as whole:
        width, height = whole.size
        box = _pixels(bbox_2d, whole.size)
        part = whole.crop(box)
        part.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=None)
        png = _png(part)
    shown = "" if part.size == _size(box) else f", shown as {part.width}x{part.height}"
    cut = "x".join(map(str, _size(box)))
    return f"The part {list(box)}, in pixels, of `{image}`, which has {width}x{height}: {cut}{shown}.", png


def _content(image: str, number: int, fields: Mapping[str, Any]) -> bytes:
    entries = list(_entries(fields[image]))
    if not 1 <= number <= len(entries):
        raise LookupError(f"`{image}` has no image of the number {number}: the last one is {len(entries)}")
    content = entries[number - 1]
    if not isinstance(content, bytes):
        raise TypeError(f"`{image}` holds no image: an address is not opened")
    return content


def _entries(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for entry in value:
            yield from _entries(entry)
    elif value is not None:
        yield value


def _opened(content: bytes) -> Image:
    """An image of which no more than the header was read."""
    import PIL.Image

    try:
        opened = PIL.Image.open(BytesIO(content), formats=_FORMATS)
    except (
        PIL.Image.DecompressionBombError,
        PIL.Image.DecompressionBombWarning,
    ):  # Pillow's own bound, which is another
        raise ValueError(f"the image has more than {MOST_PIXELS:,} pixels") from None
    except PIL.UnidentifiedImageError:  # its text names an address in memory, and no conversation would be asked twice
        raise ValueError("the image cannot be read") from None
    if opened.width * opened.height > MOST_PIXELS:
        raise ValueError(f"the image has more than {MOST_PIXELS:,} pixels")
    return opened


def _pixels(bbox_2d: Sequence[float], size: tuple[int, int]) -> Box:
    """The box in whole pixels, with sides of `LEAST_SIDE` at least where the image has them."""
    x1, y1, x2, y2 = bbox_2d
    if not (x1 < x2 and y1 < y2):
        raise ValueError(f"bbox_2d is [x1, y1, x2, y2] with x1 < x2 and y1 < y2, not {list(bbox_2d)}")
    left, right = _side(x1, x2, size[0])
    top, bottom = _side(y1, y2, size[1])
    long, short = max(right - left, bottom - top), min(right - left, bottom - top)
    if long > MOST_SLENDER * short:
        raise ValueError(f"the part would have {right - left}x{bottom - top} pixels, which is too slender")
    return left, top, right, bottom


def _side(low: float, high: float, pixels: int) -> tuple[int, int]:
    first, last = floor(low * pixels / UNIT), ceil(high * pixels / UNIT)
    lacking = max(0, min(LEAST_SIDE, pixels) - (last - first))
    first = min(max(0, first - lacking // 2), pixels - (last - first) - lacking)
    return first, max(last, first + min(LEAST_SIDE, pixels))


def _size(box: Box) -> tuple[int, int]:
    return box[2] - box[0], box[3] - box[1]


def _png(part: Image) -> bytes:
    if part.mode not in _IN_PNG:
        part = part.convert("RGB")
    file = BytesIO()
    part.save(file, format="PNG", icc_profile=None)  # a profile may be that of another mode, and of any size
    return file.getvalue()


def crop_members(images: Sequence[str]) -> list[tuple[str, Any, Any]]:
    """The arguments of `crop` for a model with these images, each a name, a type and a default."""
    from pydantic import Field

    side = Annotated[float, Field(ge=0, le=UNIT, allow_inf_nan=False)]
    four = Annotated[list[side], Field(min_length=4, max_length=4, examples=[[250, 250, 750, 750]])]
    told = (
        f"the box [x1, y1, x2, y2] of the part, from 0 to {UNIT} whatever the image's size: (0, 0) is its top left "
        f"corner and ({UNIT}, {UNIT}) its bottom right one"
    )
    return [
        ("bbox_2d", described(four, told), MISSING),
        ("image", described(Literal[tuple(images)], "which image"), images[0] if len(images) == 1 else MISSING),
        ("number", described(int, "which of its images, from 1, where it has several"), 1),
    ]
