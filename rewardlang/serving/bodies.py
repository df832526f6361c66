"""The bodies of requests: read within a size and a time, and decoded."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from rewardlang.serving.answers import Refused

if TYPE_CHECKING:
    from starlette.requests import Request

    from rewardlang.serving.admission import Place

T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """What a body may be: `size` in bytes, `seconds` from the request's head to the last byte."""

    size: int
    seconds: float


async def read(request: Request, limits: Limits, place: Place) -> bytes:
    """The whole body; never more than its limit is kept, whatever its length is said to be.

    Raises:
        Refused: 413, it is too large; 408, it comes too slowly.
    """
    told = request.headers.get("content-length", "0")
    if told.isdecimal() and int(told) > limits.size:
        raise _too_large(limits)
    body = bytearray()
    try:
        async with asyncio.timeout(limits.seconds):
            async for chunk in request.stream():
                if len(body) + len(chunk) > limits.size:
                    raise _too_large(limits)
                place.grow(len(chunk))
                body += chunk
    except TimeoutError:
        raise Refused(408, f"the body did not arrive within {limits.seconds:g} seconds", unread=True) from None
    return bytes(body)


def decode(body: bytes, kind: type[T]) -> T:
    """What a body of JSON says. `NaN` and `Infinity` are read: Python's clients write them.

    Raises:
        Refused: 400, it is no JSON; 422, it does not have the form of `kind`.
    """
    try:
        value: Any = json.loads(body.decode())
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise Refused(422, f"the body does not fit: {error}") from None
    except UnicodeDecodeError as error:
        raise Refused(400, f"the body is no UTF-8, from byte {error.start} on") from None
    except RecursionError:
        raise Refused(400, "the body is nested too deep") from None
    except ValueError as error:
        raise Refused(400, f"the body is no JSON: {error}") from None


def _too_large(limits: Limits) -> Refused:
    return Refused(413, f"the body is larger than {limits.size:,} bytes", unread=True)
