"""Steps that are taken together give what each lowering gives alone, to the last bit."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from rewardlang.backend.fusing import run_passes
from rewardlang.backend.recording import Lanes, Recorder
from rewardlang.kernels.lanes import BLOCK
from rewardlang.ops.builtin import Parameter, Scalar
from rewardlang.ops.internal import INTERNAL
from rewardlang.ops.registry import BUILTINS
from rewardlang.types import BOOL, FLOAT

STEPWISE = [one for one in (*BUILTINS, *INTERNAL) if isinstance(one, Scalar) and one.stepwise]
NUMBERS = (0.0, -0.0, 1.0, -1.0, 0.1, 0.3, 3.0, -4.0, 5e-324, -1e-300, 1e-160, 1e160, 1e308, -1e308)
"""What rounds, underflows and overflows, and zeros of both signs."""
seeds = st.integers(0, 2**32 - 1)


def column(rng: np.random.Generator, parameter: Parameter, rows: int) -> Any:
    """A column for a parameter, and the runs of equal entries that lists hold."""
    element = BOOL if parameter.accepts == (BOOL,) else FLOAT if FLOAT in parameter.accepts else parameter.accepts[0]
    if element == BOOL:
        return rng.random(rows) < 0.5
    shape = (rows, element.width) if element.width > 1 else (rows,)
    wild = rng.random() < 0.5
    return rng.choice(NUMBERS, shape) if wild else np.round(rng.normal(0, 1, shape), 1)


def together(builtin: Scalar, columns: list[Any], options: dict[str, Any]) -> Any:
    """What the kernel makes of the steps that the lowering records, the columns as one run."""
    widths = [array.shape[1] if array.ndim > 1 else 1 for array in columns]
    recorder = Recorder(sum(widths))
    firsts = np.cumsum([0, *widths[:-1]]).tolist()
    lanes = [
        Lanes(recorder, tuple(range(first, first + width)), array.dtype)
        for first, width, array in zip(firsts, widths, columns, strict=True)
    ]
    result = recorder.asarray(builtin.value(recorder, *lanes, **options))
    rows = len(columns[0])
    held = np.empty((rows, len(result.numbers)), bool if result.dtype == bool else np.float64)
    sources = [
        (array.ctypes.data, array.dtype == bool, width, part, rows, 0, 1)
        for array, width in zip(columns, widths, strict=True)
        for part in range(width)
    ]
    targets: dict[int, list[Any]] = {}
    for part, number in enumerate(result.numbers):
        targets.setdefault(number, []).append((held.ctypes.data, held.dtype == bool, held.shape[1], part))
    constants = np.array(recorder.constants, np.float64)
    run_passes(
        recorder.passes(result.numbers), constants, dict(enumerate(sources)), targets, np.array([0, rows], np.int64)
    )
    return held if len(result.numbers) > 1 else held[:, 0]


@pytest.mark.parametrize("builtin", STEPWISE, ids=lambda one: f"{one.name}-{type(one).__name__}")
@given(seed=seeds, rows=st.sampled_from([1, 7, BLOCK, 2 * BLOCK + 3]))
def test_a_lowering_gives_the_same_by_its_steps(builtin: Scalar, seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    parameters = [one for one in builtin.parameters if not one.option]
    columns = [column(rng, one, rows) for one in parameters for _ in range(2 if one.role.value == "range" else 1)]
    options = {one.name: rng.choice(one.words) for one in builtin.parameters if one.option}
    with np.errstate(all="ignore"):
        wanted = np.asarray(builtin.value(np, *columns, **options))
    found = together(builtin, columns, options)
    counted = np.isfinite(wanted) if wanted.dtype != bool else np.ones_like(wanted)
    assert found.shape == wanted.shape
    assert found[counted].tobytes() == wanted[counted].tobytes()
