"""A compact sample of golden cases for the project itself: `python -m tests.parity.sample DIRECTORY`.

Of each claimed function it keeps cases of every kind (flags and result) in turn; which of a kind, a hash decides.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import defaultdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.parity.claims import CLAIMS, LIBRARY

SAMPLE = Path(__file__).with_name("sample")
MOST = 25
"""Cases of one function."""


def main(arguments: list[str]) -> int:
    """Write the sample of the golden cases in a directory."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m tests.parity.sample DIRECTORY", file=sys.stderr)
        return 2
    SAMPLE.mkdir(exist_ok=True)
    known = {claimed.key for claimed in CLAIMS} | set(LIBRARY)
    for system in sorted({system for system, _ in known}):
        functions = {function for its, function in known if its == system}
        with gzip.open(Path(arguments[0]) / f"{system}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [row for row in map(json.loads, lines) if row["function"] in functions]
        write(SAMPLE / f"{system}.jsonl.gz", chosen(rows))
    return 0


def chosen(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Up to `MOST` rows of each function."""
    functions: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in sorted(rows, key=lambda row: sha256(row["case_id"].encode()).digest()):
        functions[row["function"]][kind(row)].append(row)
    found = []
    for kinds in functions.values():
        # A case of each kind in turn, so that none crowds out the others.
        turns = ((turn, name) for name, members in kinds.items() for turn in range(len(members)))
        found += [kinds[name][turn] for turn, name in sorted(turns, key=lambda pair: pair[0])[:MOST]]
    return sorted(found, key=lambda row: row["case_id"])


def kind(row: dict[str, Any]) -> str:
    """What a case is like: its flags and its result."""
    flags = row["inputs"].get("env_flags")
    return json.dumps([flags, row["expected"]], sort_keys=True)


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """Rows as gzip'd JSON lines, the same bytes for the same rows."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
