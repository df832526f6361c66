"""Diagnostics for other programs: JSON, and SARIF for code scanning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics.excerpt import offsets
from rewardlang.diagnostics.pages import page, summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rewardlang.diagnostics.diagnostic import Diagnostic
    from rewardlang.source import Span

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render_json(diagnostics: Iterable[Diagnostic]) -> str:
    """A JSON list with an object a diagnostic, ASCII only.

    Lines and columns count from 1, offsets from 0, both in code points; an end is the first place after the span.
    """
    import json

    return json.dumps([_as_json(diagnostic) for diagnostic in diagnostics], indent=2)


def _as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message(),
        "label": diagnostic.label,
        "note": diagnostic.note(),
        "help": diagnostic.help(),
        **_place(diagnostic.span),
        "causes": [{"text": cause.text, **_place(cause.span)} for cause in diagnostic.causes],
    }


def _place(span: Span) -> dict[str, Any]:
    return {
        "file": span.source.name,
        **{
            name: dict(zip(("line", "column"), span.source.position(offset), strict=True)) | {"offset": offset}
            for name, offset in zip(("start", "end"), offsets(span), strict=True)
        },
    }


def render_sarif(diagnostics: Iterable[Diagnostic], version: str) -> str:
    """A SARIF 2.1.0 log of one run of this compiler in the given version, ASCII only.

    Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, errata 01.
    """
    import json

    found = list(diagnostics)
    kinds = {diagnostic.code: type(diagnostic) for diagnostic in found}
    codes = sorted(kinds)
    driver = {"name": "rewardlang", "version": version, "rules": [_rule(kinds[code]) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in found],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(kind: type[Diagnostic]) -> dict[str, Any]:
    return {
        "id": kind.code,
        "name": kind.__name__,
        "shortDescription": {"text": summary(kind)},
        "help": {"text": page(kind)},
        "defaultConfiguration": {"level": kind.severity.value},
    }


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, Any]:
    remarks = (("note", diagnostic.note()), ("help", diagnostic.help()))
    lines = [diagnostic.message(), *(f"{title}: {remark}" for title, remark in remarks if remark)]
    result = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": diagnostic.severity.value,
        "message": _message("\n".join(lines)),
        "locations": [_location(diagnostic.span, diagnostic.label)],
    }
    causes = [{"id": i, **_location(cause.span, cause.text)} for i, cause in enumerate(diagnostic.causes)]
    return result | ({"relatedLocations": causes} if causes else {})


def _location(span: Span, text: str) -> dict[str, Any]:
    (line, column), (last, end) = (span.source.position(offset) for offset in offsets(span))
    region = {"startLine": line, "startColumn": column, "endLine": last, "endColumn": end}
    place = {"artifactLocation": {"uri": _uri(span.source.name)}, "region": region}
    return {"physicalLocation": place} | ({"message": _message(text)} if text else {})


def _message(text: str) -> dict[str, str]:
    # SARIF 2.1.0, 3.11.5: single braces are placeholders
    return {"text": text.replace("{", "{{").replace("}", "}}")}


def _uri(name: str) -> str:
    """A path as a URI; a relative one stays relative, to whatever the reader takes for the root of the sources."""
    from pathlib import Path
    from urllib.parse import quote

    path = Path(name)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
