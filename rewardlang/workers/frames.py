"""Messages on a pipe: MessagePack behind its length in four bytes."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

import msgspec

_LENGTH = struct.Struct("<I")


def write_frame(pipe: BinaryIO, message: Any) -> None:
    """Write one message, whole."""
    body = msgspec.msgpack.encode(message)
    frame = memoryview(_LENGTH.pack(len(body)) + body)
    while frame:
        # A pipe without a buffer may take a part.
        frame = frame[pipe.write(frame) :]
    pipe.flush()


def read_frame(pipe: BinaryIO) -> Any:
    """Read the next message; raises `EOFError` where the other side has gone."""
    (size,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    return msgspec.msgpack.decode(_exactly(pipe, size))


def _exactly(pipe: BinaryIO, size: int) -> bytes:
    body = pipe.read(size)
    if len(body) < size:
        raise EOFError
    return body
