"""What the server takes and gives, as an OpenAPI document, and a page that shows it."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

import msgspec

from rewardlang import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.backend.reward import Reward
    from rewardlang.serving.endpoints import Endpoint

ERRORS = {
    "400": "The body is no JSON, or is nested too deep.",
    "401": "A token is needed.",
    "408": "The body came too slowly.",
    "413": "The body is too large.",
    "422": "The body has another form, or a column does not fit the reward; with its name and the sample's index.",
    "503": "The queue is full: come again after `Retry-After` seconds.",
}
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}"
    "pre{background:#eee;padding:1em;overflow:auto}"
)


def document(reward: Reward, endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """The document, version 3.1."""
    _, forms = msgspec.json.schema_components(
        [endpoint.asked for endpoint in endpoints], ref_template="#/components/schemas/{name}"
    )
    low, high = reward.range
    fields = ", ".join(f"`{name}: {found}`" for name, found in reward.inputs.items())
    about = f"{low:g} to {high:g}, of {fields}. Fingerprint {reward.fingerprint}."
    return {
        "openapi": "3.1.0",
        "info": {"title": f"The reward {reward.name}", "version": __version__, "description": about},
        "paths": {
            **{endpoint.path: {"post": _scoring(endpoint)} for endpoint in endpoints},
            "/health": {"get": _getting("Whether the server answers.", "application/json")},
            "/metrics": {"get": _getting("Metrics, for Prometheus.", "text/plain")},
        },
        "components": {"schemas": {**forms, "Error": _ERROR}},
    }


_ERROR = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}


def _scoring(endpoint: Endpoint) -> dict[str, Any]:
    form = {"$ref": f"#/components/schemas/{endpoint.asked.__name__}"}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        "summary": endpoint.about,
        "requestBody": {"required": True, "content": {"application/json": {"schema": form}}},
        "responses": {
            "200": {"description": "The scores.", "content": {"application/json": {"example": endpoint.answered}}},
            **{status: {"description": text, "content": error} for status, text in ERRORS.items()},
        },
    }


def _getting(about: str, media: str) -> dict[str, Any]:
    return {"summary": about, "responses": {"200": {"description": "As it says.", "content": {media: {}}}}}


def page(described: dict[str, Any]) -> str:
    """The document for people, complete in itself: it loads nothing."""
    about = described["info"]
    parts = [f"<h1>{_safe(about['title'])}</h1><p>{_safe(about['description'])}</p>"]
    for path, methods in described["paths"].items():
        for method, found in methods.items():
            parts.append(f"<h2>{_safe(method.upper())} {_safe(path)}</h2><p>{_safe(found['summary'])}</p>")
            if method == "post":
                parts.append(_shown(_resolved(found["requestBody"], described)))
                parts.append(_shown(found["responses"]["200"]["content"]["application/json"]["example"]))
    errors = "".join(f"<li>{status}: {_safe(text)}</li>" for status, text in ERRORS.items())
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>{_safe(about['title'])}</title>"
    return f"{head}<style>{_STYLE}</style>{''.join(parts)}<h2>Errors</h2><ul>{errors}</ul></html>"


def _resolved(body: dict[str, Any], described: dict[str, Any]) -> Any:
    name = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return described["components"]["schemas"][name]


def _shown(value: Any) -> str:
    return f"<pre>{_safe(json.dumps(value, indent=1, ensure_ascii=False))}</pre>"


def _safe(text: str) -> str:
    return html.escape(text)
