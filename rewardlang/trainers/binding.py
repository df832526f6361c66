"""What an exported file says of its reward, and the reward that this means."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewardlang import __version__, driver
from rewardlang.diagnostics import CallError
from rewardlang.trainers.messages import KEEP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.backend.reward import Reward


@dataclass(frozen=True)
class Binding:
    """A reward with its settings.

    Attributes:
        spec: a module of the standard library, or the one of `files` that has the reward.
        reward: the reward's name.
        fingerprint: of the reward that was exported; empty: any.
        files: the texts of the spec and of the modules beside it, by path.
        params: values of params other than their defaults.
        columns: for fields that the trainer calls otherwise, its name.
        tokenizers: the `tokenizer.json` of each tokenizer that the spec names.
        models: for each model that a function answers for, `package.module:function`.
        calling: how models behind servers are called, as `rewardlang.models.Calling` takes it.
        missing: what the trainer gets for a missing score; None: its default.
        special: whether special tokens in completions are kept or stripped.
        group: how many samples a group has, for rewards that compare them.
    """

    spec: str
    reward: str
    fingerprint: str = ""
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, bool | int | float] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    tokenizers: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    calling: Mapping[str, Any] = field(default_factory=dict)
    missing: str | float | None = None
    special: str = KEEP
    group: int | None = None

    def load(self) -> Reward:
        """Compile it.

        Raises:
            CallError: the reward is no longer the one that was exported, or something that it needs is not there.
        """
        from rewardlang.backend.platform import stay_on_host

        stay_on_host()
        given = {
            "tokenizers": self.tokenizers or None,
            "models": {name: found(place) for name, place in self.models.items()} or None,
            "calling": self._calling(),
        }
        reward = self._load(given)
        if self.fingerprint not in {"", reward.fingerprint}:
            raise CallError(
                f"`{self.reward}` of `{self.spec}` means something else in rewardlang {__version__} than where it was "
                f"exported (fingerprint {reward.fingerprint}, not {self.fingerprint}): export it again"
            )
        return reward

    def _calling(self) -> Any:
        from rewardlang.models.calling import Calling

        tools = {name: found(place) for name, place in self.calling.get("tools", {}).items()}
        return Calling(**{**self.calling, "tools": tools}) if self.calling else None

    def _load(self, given: Mapping[str, Any]) -> Reward:
        if not self.files:
            return driver.load(self.spec, self.reward, **given)
        with tempfile.TemporaryDirectory(prefix="rewardlang-") as folder:
            for name, text in self.files.items():
                place = Path(folder, *name.split("/"))
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(text.encode())
            return driver.load(os.path.join(folder, self.spec), self.reward, **given)  # noqa: PTH118 - names hold dots


def found(place: str) -> Any:
    """The function that `package.module:function` names.

    Raises:
        CallError: there is none.
    """
    module, _, name = place.partition(":")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise CallError(f"the function `{place}`: {error}; write `package.module:function`") from None
