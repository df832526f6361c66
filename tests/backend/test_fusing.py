"""The host's numbers are the same to the last bit whether it takes steps together, alone, or in part."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import rewardlang
from rewardlang.backend import fusing
from rewardlang.backend.executor import Executor
from rewardlang.backend.host import HostRun

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = """
def some_box(x: json, other: box) -> box = as_box(x) ?? other

def apart(a: box[made], b: box[truth], far: float) -> float[made, truth] =
    if a.x1 < far and b.x1 > 0 then iou(a, b) else distance(center(a), center(b)) / width(b) ?? far

reward total(one: text, other: text, far: text) -> float {
    let edge = number(far) ?? 0
    let left: json[left] = json_list(json(one)) ?? []
    let right: json[right] = json_list(json(other)) ?? []
    let made: box[made] = rename(some_box(left, box(0, 0, 1, 1)), left: made)
    let truth: box[truth] = rename(some_box(right, box(edge, 0, 2, 1, format: xywh)), right: truth)
    let a = made[0] ?? box(0, edge, 0, edge)
    let b = truth[0] ?? box(edge, -1, 2, 1)
    let widths = width(made) / height(made) ?? -edge
    return sum {
        boxes: if inside(center(a), b) then giou(a, b) else iou(a, b, convention: minus_one)
        roots: sqrt(area(a)) - diou(a, b)
        pairs: max(apart(made, truth, edge) over (made, truth)) ?? 0
        lists: sum(clip(widths, -1..edge)) + count(made.x2 == edge or not (widths < 1)) / 4
        whole: ramp(edge, 0..a.x2) * (if edge < 1 and inside(point(edge, 1), a) then edge else 1)
    }
}
"""


def written_boxes(rng: np.random.Generator, most: int) -> str:
    return str(np.round(rng.normal(0, 2, (int(rng.integers(0, most + 1)), 4)), 1).tolist())


def columns(samples: int, most: int) -> dict[str, list[str]]:
    rng = np.random.default_rng(samples)
    edges = np.round(rng.normal(0, 1, samples), 1)
    lists = {name: [written_boxes(rng, most) for _ in range(samples)] for name in ("one", "other")}
    return {**lists, "far": list(map(str, edges.tolist()))}


def values(given: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> dict[int, Any]:
    """What the host computes for the nodes that are numbers."""
    runs: list[HostRun] = []
    host_run = Executor.host_run

    def kept(self: Executor, batch: Any, *_: Any, **__: Any) -> HostRun:
        runs.append(host_run(self, batch, whole=True))
        return runs[-1]

    monkeypatch.setattr(Executor, "host_run", kept)
    rewardlang.compile(SPEC)(given)
    (run,) = runs
    columns = {node: value.column for node, value in run.values.items()}
    return {node: np.asarray(column) for node, column in columns.items() if isinstance(column, np.ndarray)}


@pytest.mark.parametrize("program", [0, 8 * fusing._CALL, fusing._PROGRAM], ids=["all", "some", "as it is"])
@pytest.mark.parametrize(("samples", "most"), [(1, 3), (5, 40), (300, 3), (300, 20)])
def test_steps_taken_together_change_nothing(
    samples: int, most: int, program: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = columns(samples, most)
    with monkeypatch.context() as patched:
        patched.setattr(fusing, "fused", lambda *_: {})
        alone = values(given, patched)
    monkeypatch.setattr(fusing, "_PROGRAM", program)
    together = values(given, monkeypatch)
    assert len(together.keys() & alone.keys()) > 40
    for node in together.keys() & alone.keys():
        finite = np.isfinite(alone[node])
        assert together[node].shape == alone[node].shape
        assert together[node][finite].tobytes() == alone[node][finite].tobytes()


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
def test_a_run_is_gone_with_its_result() -> None:
    reward = rewardlang.compile(SPEC)
    before = sum(isinstance(one, HostRun) for one in gc.get_objects())
    # Some of what is put off is never read.
    assert np.isfinite(reward(columns(300, 20)).total).all()
    assert sum(isinstance(one, HostRun) for one in gc.get_objects()) == before
