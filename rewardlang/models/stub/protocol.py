"""The little of HTTP/1.1 that the stand-in speaks: requests with a length, one after another on a connection."""

from __future__ import annotations

import json
from asyncio import IncompleteReadError, LimitOverrunError
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import StreamReader

LARGEST = 64 * 2**20


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answered:
    """A response."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """As it goes over the wire."""
        lines = [f"HTTP/1.1 {self.status} -", "Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


def json_response(value: Any, status: int = 200, **headers: str) -> Answered:
    """A value as JSON."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answered(json.dumps(value).encode(), status, named)


async def read_request(reader: StreamReader) -> Asked | None:
    """The next request of a connection; None where there is none that can be read."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head[:-4].split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if not 0 <= length <= LARGEST:
            return None
        return Asked(method, path, headers, await reader.readexactly(length))
    except (IncompleteReadError, LimitOverrunError, ValueError, OSError):
        return None
