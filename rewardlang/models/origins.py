"""Which addresses may be called: https, or this machine, and only what the caller allows."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rewardlang.diagnostics import CallError

if TYPE_CHECKING:
    from collections.abc import Iterable

_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> str:
    """Scheme, host and port of a url, in one form; a url that may not be called at all is the caller's mistake."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        raise CallError(f"`{_shown(url)}` is no url") from None
    if parts.scheme not in _PORTS or not parts.hostname or port is None:
        raise CallError(f"`{_shown(url)}` is no url of http or https")
    if "@" in parts.netloc or parts.query or parts.fragment or any(ord(c) <= 32 for c in url) or "\\" in url:
        raise CallError(f"the url of {parts.hostname} holds more than a host, a port and a path: secrets go by `key`")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise CallError(f"`{_shown(url)}` would send texts unencrypted: https is needed, except on this machine")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"


def require_allowed(model: str, url: str, allowed: Iterable[str]) -> str:
    """The origin of `url`, which must be one of those that the caller allows."""
    found = origin(url)
    if found not in {origin(each) for each in allowed}:
        raise CallError(f"the model `{model}` calls `{found}`, which is not allowed: add it to `allow`")
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _shown(url: str) -> str:
    """A url without what may be secret in it."""
    return url.partition("?")[0].rpartition("@")[2][:100]
