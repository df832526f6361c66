"""`rwd export`: write the Python file that a trainer loads, or the compiled reward."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rewardlang
from rewardlang.commands.console import note, say
from rewardlang.commands.samples import settings
from rewardlang.commands.specs import calling, models, pairs, tokenizers
from rewardlang.diagnostics import CallError
from rewardlang.files import replacing
from rewardlang.trainers.exporting import export as written
from rewardlang.trainers.exporting import function_of
from rewardlang.trainers.registry import find_trainer

if TYPE_CHECKING:
    from argparse import Namespace

    from rewardlang.trainers.trainer import Trainer


ARTIFACT = "jax"
"""What is exported where no trainer is named."""
_FOR_TRAINERS = (
    "set", "column", "missing", "special_tokens", "group_size", "entries", "sync", "url", "allow", "key", "cache",
    "concurrency", "deadline", "max_calls", "dry_run",
)  # fmt: skip
"""Options that say how a trainer calls: an artifact is told of each at its calls, or needs none."""


def export(options: Namespace) -> int:
    """Always 0: what goes wrong here is the caller's mistake, an exception."""
    if options.trainer == ARTIFACT:
        return _export_artifact(options)
    trainer = find_trainer(options.trainer)
    out = None if options.out == "-" else _place(options.out, force=options.force)
    text = _text(trainer, options)
    if out is None:
        say(text.rstrip("\n"))
        return 0
    with replacing(out) as file:
        file.write(text.encode())
    note(f"wrote `{out}` for {trainer.title}:")
    told = {"file": out, "module": out.stem, "function": function_of(text)}
    for line in trainer.configured.format(**told).splitlines():
        note(f"  {line}")
    return 0


def _export_artifact(options: Namespace) -> int:
    for name in _FOR_TRAINERS:
        if getattr(options, name) not in (None, False, []):
            raise CallError(f"`rwd export {ARTIFACT}` takes no `--{name.replace('_', '-')}`: it is no trainer")
    reward = rewardlang.load(options.spec, **tokenizers(options.tokenizer), **models(options))
    rewardlang.save_artifact(reward, options.out, replace=options.force)
    size = sum(file.stat().st_size for file in Path(options.out).iterdir())
    note(f"wrote `{options.out}`, {size:,} bytes, fingerprint {reward.fingerprint}:")
    given = ", models={…}" if reward.models else ""
    note(f'  rewardlang.load_artifact("{options.out}"{given})')
    return 0


def _place(out: str, *, force: bool) -> Path:
    place = Path(out)
    if place.suffix != ".py":
        raise CallError(f"`-o {out}`: the file is a Python module, and its name ends in `.py`")
    if not place.parent.is_dir():
        raise CallError(f"there is no folder `{place.parent}`")
    if place.exists() and not force:
        raise CallError(f"`{out}` exists; `--force` replaces it")
    return place


def _text(trainer: Trainer, options: Namespace) -> str:
    bound = models(options)
    given: dict[str, Any] = tokenizers(options.tokenizer)
    files = {name: str(Path(file).resolve()) for name, file in given.get("tokenizers", {}).items()}
    return written(
        trainer, options.spec, params=_params(options, {**given, **bound}), tokenizers=files,
        models=pairs("--model", options.model, "NAME=MODULE:FUNCTION"), calling=_calling(options),
        columns=pairs("--column", options.column, "FIELD=NAME"), missing=options.missing,
        special=options.special_tokens, group=options.group_size, entries=options.entries, sync=options.sync,
    )  # fmt: skip


def _calling(options: Namespace) -> dict[str, Any]:
    told = calling(options)
    return {**told, "cache": str(Path(told["cache"]).resolve())} if "cache" in told else told


def _params(options: Namespace, given: dict[str, Any]) -> dict[str, Any]:
    return settings(rewardlang.load(options.spec, **given), options.set) if options.set else {}
