"""Batches of no sample, of one and of many; lists of no entry and of thousands; several threads."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import rewardlang
from tests.reward.hostile import batch
from tests.reward.profile import scaled
from tests.reward.systems import SOME, each, reward, scored


@each(SOME)
def test_no_sample_and_one(name: str) -> None:
    run = reward(name)
    empty = scored(run, {field: [] for field in run.inputs}, group=[])
    assert empty.tolist() == []
    assert len(empty) == 0
    assert empty.to_arrow().num_rows == 0
    columns = batch(random.Random(3), run, 1)
    assert len(scored(run, columns, group=[0]).tolist()) == 1


def test_empty_arrays_of_every_kind() -> None:
    run = reward("shapes")
    empty = {
        "boxes": np.zeros((0, 5, 4)),
        "truth": np.zeros((0, 2, 4)),
        "p": np.zeros((0, 2)),
        "v": np.zeros((0, 3)),
        "q": None,
    }
    assert run(empty).tolist() == []
    assert run({**empty, "boxes": np.zeros((0, 0, 4))}).tolist() == []


def test_100000_samples() -> None:
    run = rewardlang.load("systems.vlm_r1:rec")
    replies = ["<think>t</think><answer>[1, 2, 3, 4]</answer>", "no box", "<answer>[0, 0, 9, 9]</answer>", ""]
    solutions = ["<answer>[1, 2, 3, 4]</answer>"] * 4
    few = run(completion=replies, solution=solutions).tolist()
    many = run(completion=replies * 25_000, solution=solutions * 25_000)
    assert many.tolist() == few * 25_000


def test_lists_of_no_entry_and_of_5000() -> None:
    run = rewardlang.compile("""
        reward r(xs: float[time], ys: float[time], t: text) -> float in -10..1000000 {
            sum { mean: clip(mean(xs * ys) ?? -5, -9..9)  words: clip(count(words(t)), 0..6000)  top: clip(max(numbers(t)) ?? -1, -1..10000) }
        }
    """)
    lists = [[], [1.0], [0.5] * 5_000, [], [2.0] * 17]
    texts = ["", "7", " ".join(map(str, range(5_000))), "x", "1 2 3"]
    scores = run(xs=lists, ys=lists, t=texts)
    assert scores.tolist() == pytest.approx([-6, 1 + 1 + 7, 0.25 + 5_000 + 4_999, -5 + 1 - 1, 4 + 3 + 3])
    assert run(xs=[[]] * 3, ys=[[]] * 3, t=[""] * 3).tolist() == [-6] * 3


@pytest.mark.parametrize("name", ["texts", "documents", "shapes", "lists", "compared"])
def test_threads_agree_with_serial_calls(name: str) -> None:
    run, rng = reward(name), random.Random(4)
    batches = [batch(rng, run, 3) for _ in range(scaled(4, 12, 12))]

    def totals(columns: dict[str, list[object]]) -> list[float | None]:
        result: list[float | None] = run(columns, group=1, on_invalid="missing").tolist()
        return result

    serial = [totals(columns) for columns in batches]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(totals, batches)) == serial
