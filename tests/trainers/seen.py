"""What a run sees of a reward, trainer by trainer: found by calling each as its caller does."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.diagnostics import CallError
from tests.trainers.callers import CALLERS, COLUMNS
from tests.trainers.conftest import SAMPLES, load, write_spec

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

TOTALS = [1.5, 1.0, 0.5, 2.0]
COUNTED = ("tunix", "gymnasium", "rlgym")
"""Whose adapters count the steps themselves: `test_contracts.py` has the numbers."""
HEADS = (
    "the total is the reward's", "missing", "a field that is not given", "a column of another length",
    "an extra column", "an empty completion", "the step", "terms",
)  # fmt: skip


def row(name: str, folder: Path) -> tuple[str, ...]:
    """The cells of a trainer, of files that are exported into `folder`."""
    source = write_spec(name, folder)
    module = load(folder, name, source, columns=COLUMNS.get(name))
    told, logged = CALLERS[name](module, SAMPLES)
    # EasyR1 gives no column, so that the bonus is always its default.
    wanted = [1.5, 0.5, 0.5, 1.0] if name == "easyr1" else TOTALS
    extra = {**SAMPLES, "path": ["x"] * 5}
    return (
        "yes" if told[:4] == wanted else "no",
        "nothing can be" if name == "easyr1" else _shown(told[4]),
        _fault(name, load(folder, name, source), {key: SAMPLES[key] for key in ("completion", "bonus")}),
        _length(name, module),
        "ignored" if CALLERS[name](module, extra)[0] == told else "counted",
        _shown(told[2]),
        _step(name, module),
        "yes" if any(key.endswith("right/raw") for key in logged) else "no",
    )


def _shown(value: Any) -> str:
    if value is None:
        return "`None`"
    return f"{value:g}" if np.isfinite(value) else "NaN"


def _fault(name: str, module: ModuleType, columns: dict[str, list[Any]]) -> str:
    try:
        CALLERS[name](module, columns)
    except CallError as error:
        assert "which `asked` needs" in str(error)  # noqa: PT017 - the message is the fact
        return "error"
    return "none"


def _length(name: str, module: ModuleType) -> str:
    try:
        CALLERS[name](module, {**SAMPLES, "word": ["cat"] * 3})
    except CallError:
        return "error"
    except ValueError:  # the caller itself has a value a sample
        return "cannot be"
    return "none"


def _step(name: str, module: ModuleType) -> str:
    """Whether a step that is told arrives."""
    caller = CALLERS[name]
    if "step" not in inspect.signature(caller).parameters:
        return "counted" if name in COUNTED else "none is told"
    _, logged = caller(module, SAMPLES, step=50)
    late = [values for key, values in logged.items() if key.endswith("late/raw")]
    if late and not np.isclose(late[0][0], 0.5):
        return "lost"
    return "counted" if name in COUNTED else "passed on"
