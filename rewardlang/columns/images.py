"""Images as a column: each is the `data:` URL of its file, so that what works on texts works on images, too.

An image is opaque: no builtin looks into it, models take it. A path is none, so that a column opens no file.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping
from io import BytesIO
from typing import Any

EXPECTED = (
    "the bytes of a PNG, JPEG, GIF or WebP file, a `data:image/…;base64,…` URL, an object with such `bytes`, or an "
    "image of Pillow"
)
_URL = re.compile(r"data:image/[a-z.+-]+;base64,([A-Za-z0-9+/]+=*)")


def kind(content: bytes) -> str | None:
    """The media type of a file by its first bytes; None where it is no image."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def data_url(value: Any) -> str | None:
    """The `data:` URL of what a caller gives for an image (see `EXPECTED`); None where it is none."""
    match value:
        case str():
            found = _URL.fullmatch(value.strip())
            try:
                content = b64decode(found[1], validate=True) if found else b""
            except Error:
                return None
        case bytes() | bytearray() | memoryview():
            content = bytes(value)
        case Mapping():
            given = value.get("bytes")
            content = bytes(given) if isinstance(given, bytes | bytearray | memoryview) else b""
        case _:
            content = _saved(value)
    known = kind(content)
    return None if known is None else f"data:{known};base64,{b64encode(content).decode('ascii')}"


def _saved(value: Any) -> bytes:
    """An image of Pillow as a PNG file."""
    if not any(base.__module__ == "PIL.Image" for base in type(value).__mro__):
        return b""
    file = BytesIO()
    value.save(file, format="PNG")
    return file.getvalue()


def content_of(url: str) -> bytes:
    """The bytes of the file that a `data:` URL holds."""
    return b64decode(url.partition(",")[2])
