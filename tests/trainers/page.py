"""`python -m tests.trainers.page` writes the tables of `docs/trainers.md`: from the registry, and from calling all."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

from rewardlang.trainers.registry import TRAINERS
from rewardlang.trainers.trainer import Groups, Trainer
from tests.trainers import seen
from tests.trainers.callers import CALLERS, stand_ins

PAGE = Path(__file__).parents[2] / "docs" / "trainers.md"
START, END = "<!-- the table of trainers: make docs -->\n", "<!-- end of the table -->\n"
SEEN, SEEN_END = "<!-- what a run sees: make docs -->\n", "<!-- end of what a run sees -->\n"
GROUPS = {
    Groups.NEVER: "refused",
    Groups.SIZED: "with `--group-size`",
    Groups.TOLD: "yes",
}


def table() -> str:
    """One row a trainer."""
    head = "| trainer | `rwd export` | a missing score | `over group` | terms are logged as | read or run |\n"
    return head + "| --- | --- | --- | --- | --- | --- |\n" + "".join(map(_row, TRAINERS))


def _row(trainer: Trainer) -> str:
    names = ", ".join(f"`{name}`" for name in (trainer.name, *trainer.aliases))
    choices = ", ".join(f"`{choice}`" for choice in trainer.missing.choices if choice != trainer.missing.default)
    missing = trainer.missing.effect + (f" Also {choices}." if choices else "")
    cells = (trainer.title, names, missing, GROUPS[trainer.groups], trainer.logs, trainer.tested)
    return f"| {' | '.join(cells)} |\n"


def seen_table() -> str:
    """One row a trainer that has a caller; each of them is called."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, stand_ins(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for trainer in TRAINERS:
            if trainer.name in CALLERS:
                rows.append((trainer.title, *seen.row(trainer.name, Path(folder))))  # noqa: PERF401 - slow, so one by one
    lines = [("trainer", *seen.HEADS), ("---",) * (1 + len(seen.HEADS)), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def written(text: str) -> str:
    """The page with the tables as they should be."""
    for start, end, made in ((START, END, table()), (SEEN, SEEN_END, seen_table())):
        before, _, rest = text.partition(start)
        _, _, after = rest.partition(end)
        text = before + start + made + end + after
    return text


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
