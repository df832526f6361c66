"""The trainers that a reward can be exported for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewardlang.diagnostics import CallError
from rewardlang.diagnostics.suggest import suggest
from rewardlang.trainers import (
    areal,
    brax,
    easydel,
    easyr1,
    gymnasium,
    isaac_lab,
    nemo_rl,
    openenv,
    openrlhf,
    rlgym,
    skyrl,
    slime,
    swift,
    trl,
    tunix,
    verifiers,
    verl,
)  # fmt: skip

if TYPE_CHECKING:
    from rewardlang.trainers.trainer import Trainer

TRAINERS: tuple[Trainer, ...] = (
    trl.TRAINER, verl.TRAINER, openrlhf.TRAINER, swift.TRAINER, tunix.TRAINER, nemo_rl.TRAINER, easydel.TRAINER,
    easyr1.TRAINER, areal.TRAINER, slime.TRAINER, skyrl.TRAINER, verifiers.TRAINER, openenv.TRAINER,
    gymnasium.TRAINER, brax.TRAINER, isaac_lab.TRAINER, rlgym.TRAINER,
)  # fmt: skip
"""In the order of the documents."""

NAMED = {name: trainer for trainer in TRAINERS for name in (trainer.name, *trainer.aliases)}


def find_trainer(name: str) -> Trainer:
    """The trainer of that name.

    Raises:
        CallError: there is none.
    """
    if name in NAMED:
        return NAMED[name]
    close = suggest(name, list(NAMED))
    hint = f"did you mean `{close}`?" if close else f"known are {', '.join(NAMED)}"
    raise CallError(f"there is no trainer `{name}`; {hint}")
