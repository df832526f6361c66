from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics.interchange import render_json, render_sarif
from rewardlang.source import Source, Span
from tests.diagnostics.toys import ToyError, ToyWarning, at, cause

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = Source("my specs/a.rwd", 'let 変 = "😀"\n\tlet b = 変 + {c}\n')
OTHER = Source("std.boxes", "let g\n")
FAULT = ToyError(
    span=at(SOURCE, "変 + {c}"),
    label="of `{c}`",
    causes=(cause(OTHER, "g", "there"),),
    says="no `{c}`",
    why="why",
    advice="do this\nand that",
)
WARNING = ToyWarning(span=Span(SOURCE, len(SOURCE.text), len(SOURCE.text) + 3))

# Of the schema of SARIF 2.1.0, for each object written here: the properties that it requires, and the others that it
# allows and that are written; the schema forbids all further ones.
SCHEMA = {
    "sarifLog": ({"version", "runs"}, {"$schema"}),
    "run": ({"tool"}, {"columnKind", "results"}),
    "tool": ({"driver"}, set()),
    "toolComponent": ({"name"}, {"version", "rules"}),
    "reportingDescriptor": ({"id"}, {"name", "shortDescription", "help", "defaultConfiguration"}),
    "multiformatMessageString": ({"text"}, set()),
    "reportingConfiguration": (set(), {"level"}),
    "result": ({"message"}, {"ruleId", "ruleIndex", "level", "locations", "relatedLocations"}),
    "message": ({"text"}, set()),
    "location": (set(), {"id", "physicalLocation", "message"}),
    "physicalLocation": ({"artifactLocation"}, {"region"}),
    "artifactLocation": (set(), {"uri"}),
    "region": ({"startLine"}, {"startColumn", "endLine", "endColumn"}),
}
CHILDREN = {
    "runs": "run",
    "tool": "tool",
    "driver": "toolComponent",
    "rules": "reportingDescriptor",
    "shortDescription": "multiformatMessageString",
    "help": "multiformatMessageString",
    "defaultConfiguration": "reportingConfiguration",
    "results": "result",
    "message": "message",
    "locations": "location",
    "relatedLocations": "location",
    "physicalLocation": "physicalLocation",
    "artifactLocation": "artifactLocation",
    "region": "region",
}


def conforms(value: dict[str, Any], kind: str) -> None:
    required, allowed = SCHEMA[kind]
    assert required <= value.keys() <= required | allowed, kind
    for name, child in value.items():
        for each in child if isinstance(child, list) else [child]:
            if name in CHILDREN:
                conforms(each, CHILDREN[name])
            else:
                assert isinstance(each, str | int), name
    if kind == "region":
        assert (1, 1) <= (value["startLine"], value["startColumn"]) <= (value["endLine"], value["endColumn"])


def test_json_has_every_fact() -> None:
    (fault,) = json.loads(render_json([FAULT]))
    assert fault == {
        "code": "toy-broken",
        "severity": "error",
        "message": "no `{c}`",
        "label": "of `{c}`",
        "note": "why",
        "help": "do this\nand that",
        "file": "my specs/a.rwd",
        "start": {"line": 2, "column": 10, "offset": 21},
        "end": {"line": 2, "column": 17, "offset": 28},
        "causes": [
            {
                "text": "there",
                "file": "std.boxes",
                "start": {"line": 1, "column": 5, "offset": 4},
                "end": {"line": 1, "column": 6, "offset": 5},
            }
        ],
    }
    assert SOURCE.text[21:28] == "変 + {c}"


def test_json_keeps_the_order_and_stays_within_the_text() -> None:
    warning, fault = json.loads(render_json([WARNING, FAULT]))
    assert (warning["severity"], fault["severity"]) == ("warning", "error")
    assert warning["end"] == {"line": 3, "column": 1, "offset": len(SOURCE.text)}
    assert (warning["note"], warning["help"], warning["causes"]) == (None, None, [])
    assert json.loads(render_json([])) == []


def test_sarif_conforms_to_its_schema() -> None:
    for faults in ([], [FAULT], [WARNING, FAULT, FAULT]):
        text = render_sarif(faults, "1.2.3")
        assert text.isascii()
        log = json.loads(text)
        conforms(log, "sarifLog")
        assert log["version"] == "2.1.0"
        assert log["runs"][0]["columnKind"] == "unicodeCodePoints"
        assert {result["level"] for result in log["runs"][0]["results"]} <= {"none", "note", "warning", "error"}


def test_sarif_lists_each_rule_once_and_results_point_to_it() -> None:
    run = json.loads(render_sarif([WARNING, FAULT, FAULT], "1.2.3"))["runs"][0]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("rewardlang", "1.2.3")
    assert [rule["id"] for rule in driver["rules"]] == ["toy-broken", "toy-creaks"]
    assert [driver["rules"][r["ruleIndex"]]["id"] for r in run["results"]] == [r["ruleId"] for r in run["results"]]
    broken = driver["rules"][0]
    assert broken["shortDescription"] == {"text": "A toy that broke."}
    assert broken["help"]["text"].endswith("Instead:\n    let toy = whole")
    assert [rule["defaultConfiguration"]["level"] for rule in driver["rules"]] == ["error", "warning"]


def test_sarif_places_and_words() -> None:
    result = json.loads(render_sarif([FAULT], "1"))["runs"][0]["results"][0]
    assert result["message"]["text"] == "no `{{c}}`\nnote: why\nhelp: do this\nand that"
    (location,) = result["locations"]
    assert location["message"]["text"] == "of `{{c}}`"
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "my%20specs/a.rwd"},
        "region": {"startLine": 2, "startColumn": 10, "endLine": 2, "endColumn": 17},
    }
    (related,) = result["relatedLocations"]
    assert (related["id"], related["message"]["text"]) == (0, "there")
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "std.boxes"


def test_sarif_of_an_absolute_path(tmp_path: Path) -> None:
    fault = ToyError(span=Span(Source(str(tmp_path / "ä.rwd"), "x"), 0, 1))
    result = json.loads(render_sarif([fault], "1"))["runs"][0]["results"][0]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == (tmp_path / "ä.rwd").as_uri()
    assert "relatedLocations" not in result
