"""Golden cases: gzip'd JSON lines, `{"system", "function", "case_id", "inputs", "expected", ...}`."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

NOT_FINITE = {
    "NaN": float("nan"), "nan": float("nan"),
    "Infinity": float("inf"), "inf": float("inf"), "-Infinity": float("-inf"), "-inf": float("-inf"),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One call of an original function."""

    case_id: str
    inputs: dict[str, Any]
    expected: Any

    @property
    def raises(self) -> bool:
        """Whether the original throws."""
        return isinstance(self.expected, dict) and bool({"raises", "__raises__"} & set(self.expected))


def read_cases(directory: Path) -> dict[tuple[str, str], list[Case]]:
    """The cases of a directory by system and function."""
    cases: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for path in sorted(directory.glob("*.jsonl*")):
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                case = Case(row["case_id"], row["inputs"], number_of(row["expected"]))
                cases[row["system"], row["function"]].append(case)
    return dict(cases)


def number_of(value: Any) -> Any:
    """A recorded value, with the words for NaN and infinity as numbers."""
    if isinstance(value, str):
        return NOT_FINITE.get(value, value)
    if isinstance(value, list):
        return [number_of(item) for item in value]
    if isinstance(value, dict):
        return {name: number_of(item) for name, item in value.items()}
    return value
