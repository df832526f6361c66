"""What the caller allows: addresses that may be called, https or this machine, and models that may be loaded."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rewardlang.diagnostics import CallError

if TYPE_CHECKING:
    from collections.abc import Iterable

_PORTS = {"http": 80, "https": 443}
LOADED = "hf:"
"""How an entry of `allow` begins that is a model of Hugging Face, by its name or path, and no address."""


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


def require_loadable(model: str, name: str, allowed: Iterable[str]) -> None:
    """The model of Hugging Face that is called `name`, or is there, must be one of those that the caller allows."""
    if f"{LOADED}{name}" not in set(allowed):
        raise CallError(f"the model `{model}` loads `{LOADED}{name}`, which is not allowed: add it to `allow`")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _shown(url: str) -> str:
    """A url without what may be secret in it."""
    return url.partition("?")[0].rpartition("@")[2][:100]
