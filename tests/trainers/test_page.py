"""The document of trainers says what the registry says."""

from __future__ import annotations

from rewardlang.trainers.registry import TRAINERS
from tests.trainers import page


def test_the_tables_are_current() -> None:
    text = page.PAGE.read_text("utf-8")
    assert page.START in text
    assert page.SEEN in text
    assert page.written(text) == text


def test_every_trainer_has_its_own_part() -> None:
    heads = [line for line in page.PAGE.read_text("utf-8").splitlines() if line.startswith("## ")]
    assert all(any(trainer.title in head for head in heads) for trainer in TRAINERS)
