r"""Small literate programs whose contract is comments on the line.

`# error[code]` and `# warning[code]` say what is reported for the line; `# type: T` says what a `let` of the line is,
with its range. A program without such comments is right. `python -m tests.golden.harness` rewrites the `.out` files:
the rendered messages of the programs in `diagnostics/`, which are read in the diff and never typed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from rewardlang.check.modules import read_source
from rewardlang.diagnostics import Sink
from rewardlang.diagnostics.render import render_all
from rewardlang.driver import check_source
from rewardlang.source import Source
from rewardlang.syntax import ast

if TYPE_CHECKING:
    from rewardlang.check.checked import Checked

HERE = Path(__file__).parent
EXPECTED = re.compile(r"#.*?\b(error|warning)\[([a-z-]+)\]")
TYPE = re.compile(r"# type: (.+)$")


def programs(folder: str) -> list[Path]:
    """The programs of a folder."""
    return sorted((HERE / folder).glob("*.rwd"))


def run(path: Path) -> tuple[Source, Sink, Checked]:
    """Check a program."""
    source = Source(path.name, read_source(path).text)
    sink = Sink()
    return source, sink, check_source(source, path.parent, sink)


def reported(source: Source, sink: Sink) -> set[tuple[int, str, str]]:
    """(line, severity, code) of everything that was reported."""
    return {(source.position(d.span.start)[0], d.severity.value, d.code) for d in sink.diagnostics}


def promised(source: Source) -> set[tuple[int, str, str]]:
    """(line, severity, code) of everything that the comments say."""
    return {
        (number, *match.groups())
        for number, line in enumerate(source.text.splitlines(), 1)
        for match in EXPECTED.finditer(line)
    }


def promised_types(source: Source) -> dict[int, str]:
    """The type that a line's comment promises, by line."""
    lines = enumerate(source.text.splitlines(), 1)
    return {number: match[1].strip() for number, line in lines if (match := TYPE.search(line))}


def let_types(source: Source, checked: Checked) -> dict[int, str]:
    """The type of each `let` of the rewards, by line."""
    found = {}
    for reward in checked.module.declarations(ast.Reward):
        named = dict(checked.rewards[reward.name].lets) if reward.name in checked.rewards else {}
        for statement in reward.body.statements:
            if isinstance(statement, ast.Let) and statement.name in named:
                found[source.position(statement.span.start)[0]] = str(named[statement.name].type)
    return found


def rendered(path: Path) -> str:
    """The messages of a program, as a person without colours sees them."""
    _, sink, _ = run(path)
    return render_all(sink.diagnostics) + "\n"


def main() -> None:
    """Rewrite the rendered messages."""
    for path in programs("diagnostics"):
        path.with_suffix(".out").write_text(rendered(path), encoding="utf-8")
        print(path.with_suffix(".out").relative_to(HERE))


if __name__ == "__main__":
    main()
