"""The page of published systems, from the specs' own words and the claims: `python -m tests.parity.page` writes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.parity.claim import EXACT
from tests.parity.claims import CLAIMS, LEFT_OUT, LIBRARY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.parity.claim import Claim, LibraryClaim
    from tests.parity.claims import Claimed

ROOT = Path(__file__).parents[2]
SYSTEMS = ROOT / "stdlib" / "systems"
PAGE = ROOT / "docs" / "reference" / "systems.md"
INTRODUCTION = """\
# Published rewards

Written from `stdlib/systems/` and the claims in `tests/parity/systems/` by `python -m tests.parity.page`; do not
edit. Each reward is loaded by its name: `load("systems.vlm_r1:rec")`.

A claim says that a reward gives what the authors' own function returns: *exactly*, or within a relative difference
where it is computed in float32. `python -m tests.parity DIRECTORY` checks the claims on recorded results; the tests
do so on a sample of them, and compare with plain Python on variations.
"""


def systems_page() -> str:
    """The contents of the page."""
    paths = sorted(SYSTEMS.glob("*.rwd"))
    rows = [_row(path) for path in paths]
    table = ("| spec | what it is | functions that agree |", "| --- | --- | --- |", *rows, "")
    return "\n".join((INTRODUCTION, *table, *map(_section, paths), *_library()))


def _claims(path: Path) -> list[Claimed]:
    return [claimed for claimed in CLAIMS if claimed.spec.startswith(f"systems.{path.stem}:")]


def _words(path: Path) -> tuple[str, str]:
    """The first line and the rest of a spec's docstring."""
    found = re.match(r'"""(.*?)"""', path.read_text(encoding="utf-8"), re.DOTALL)
    title, _, rest = (found[1] if found else "").strip().partition("\n")
    return title, " ".join(rest.split())


def _row(path: Path) -> str:
    claims = _claims(path)
    exact = sum(claimed.claim.tolerance == EXACT for claimed in claims)
    near = len(claims) - exact
    counts = [f"{exact} exactly"] * bool(exact) + [f"{near} within rounding"] * bool(near)
    return f"| [`{path.stem}`](#{path.stem}) | {_words(path)[0]} | {', '.join(counts) or 'not claimed'} |"


def _section(path: Path) -> str:
    title, about = _words(path)
    parts = [f"## `{path.stem}`\n", f"{title}\n", f"{about}\n"]
    return "\n".join((*parts, *_functions(_claims(path)), *_left_out(path)))


def _left_out(path: Path) -> list[str]:
    rows = [f"- `{function}`: {reason}." for (system, function), reason in LEFT_OUT.items() if system == path.stem]
    return ["Left out:\n", *rows, ""] if rows else []


def _library() -> list[str]:
    """What the Python library is claimed to give."""
    rows = [
        f"| {system} | `{function}` | {_agreement(claim)} | {_differs(claim)} |"
        for (system, function), claim in LIBRARY.items()
    ]
    head = "Functions of `rewardlang.learn` that give what published ones return: they are no rewards.\n"
    table = ("| of | function | agrees | differs |", "| --- | --- | --- | --- |", *rows, "")
    return ["## The Python library\n", head, *table]


def _functions(claims: Sequence[Claimed]) -> list[str]:
    if not claims:
        return []
    rows = [f"| {' | '.join(_cells(claimed))} |" for claimed in claims]
    return ["| of | function | reward | agrees | differs |", "| --- | --- | --- | --- | --- |", *rows, ""]


def _cells(claimed: Claimed) -> tuple[str, ...]:
    claim = claimed.claim
    reward = claim.reward.rpartition(":")[2]
    return claimed.system, f"`{claim.function}`", f"`{reward}`", _agreement(claim), _differs(claim)


def _agreement(claim: Claim | LibraryClaim) -> str:
    return "exactly" if claim.tolerance == EXACT else f"within {claim.tolerance:g} (or {claim.slack:g} absolute)"


def _differs(claim: Claim | LibraryClaim) -> str:
    return "; ".join(rule.reason for rule in claim.rules) or "nowhere"


if __name__ == "__main__":
    PAGE.write_text(systems_page(), encoding="utf-8", newline="\n")
