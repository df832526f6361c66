"""`python -m tests.trainers.page` writes the table of trainers into `docs/trainers.md`, from the registry."""

from __future__ import annotations

from pathlib import Path

from rewardlang.trainers.registry import TRAINERS
from rewardlang.trainers.trainer import Groups, Trainer

PAGE = Path(__file__).parents[2] / "docs" / "trainers.md"
START, END = "<!-- the table of trainers: make docs -->\n", "<!-- end of the table -->\n"
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


def written(text: str) -> str:
    """The page with the table as it should be."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return before + START + table() + END + after


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
