"""Rewards that only papers describe: against their formulas in plain Python."""

from __future__ import annotations

import math
from functools import cache
from statistics import fmean, pstdev
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rewardlang

Vector = list[float]
QUICK = settings(max_examples=30, deadline=None)
EPSILON = 1e-6


@cache
def loaded(name: str) -> rewardlang.Reward:
    return rewardlang.load(f"systems.{name}")


def scores(name: str, samples: list[dict[str, Any]], **options: Any) -> list[Any]:
    columns = {field: [sample[field] for sample in samples] for field in samples[0]}
    return list(loaded(name)(columns, **options).tolist())


def near(found: Any, wanted: Any) -> bool:
    return found == pytest.approx(wanted, rel=2e-5, abs=2e-5)


# --- Robo-Dopamine ---


def advanced(done: float, hop: float) -> float:
    return done + ((1 - done) if hop >= 0 else done) * hop


def potentials(hops: Vector, forward: Vector, backward: Vector, sharpness: float | None) -> Vector:
    """The mean of three views, or with a sharpness what moves as far as two of them agree."""
    found: Vector = []
    done = fused = 0.0
    for hop, ahead, lacking in zip(hops, forward, backward, strict=True):
        done = advanced(done, hop)
        middle = (ahead + 1 + lacking) / 2
        if sharpness is None:
            fused = (done + ahead + 1 + lacking) / 3
        else:
            apart = abs(1 + lacking - ahead) / (middle + EPSILON)
            weight = math.exp(-sharpness * apart**2)
            fused += weight / 2 * (middle - fused + advanced(fused, hop) - fused)
        found.append(fused)
    return found


STEP = st.tuples(*(st.integers(low, high).map(lambda x: x / 20) for low, high in ((-20, 20), (1, 20), (-18, 0))))


@QUICK
@given(st.lists(STEP, min_size=1, max_size=8), st.sampled_from((None, 0.5, 2.0)), st.sampled_from((0.98, 0.99, 1.0)))
def test_fused_progress(steps: list[tuple[float, float, float]], sharpness: float | None, discount: float) -> None:
    hops, forward, backward = (list(view) for view in zip(*steps, strict=True))
    phi = potentials(hops, forward, backward, sharpness)
    if any(abs(value - 0.95) < 1e-5 for value in phi):
        return
    sample = {
        "hops": hops, "forward": forward, "backward": backward, "is_consistent": sharpness is not None,
        "sharpness": sharpness or 0.0, "discount": discount,
    }  # fmt: skip
    goals = [float(value >= 0.95) for value in phi]
    wanted = [goal + discount * now - last for goal, now, last in zip(goals, phi, [0.0, *phi], strict=False)]
    assert near(scores("robo_dopamine:fused_reward", [sample])[0], wanted)
    wanted[-1] -= discount * phi[-1]
    invariant = scores("robo_dopamine:invariant_reward", [sample])[0]
    assert near(invariant, wanted)
    earned, goal = (math.fsum(x * discount**t for t, x in enumerate(xs)) for xs in (invariant, goals))
    assert near(earned, goal)


# --- Unsupervised Perceptual Rewards ---

SIZE = 3
NUMBER = st.integers(-40, 40).map(lambda x: x / 10)
ROW = st.lists(NUMBER, min_size=SIZE, max_size=SIZE)
SPREAD = st.lists(st.integers(1, 20).map(lambda x: x / 10), min_size=SIZE, max_size=SIZE)
STATISTICS = st.tuples(ROW, SPREAD, ROW, SPREAD)


def log_density(x: float, mean: float, deviation: float) -> float:
    return -((x - mean) ** 2) / (2 * deviation**2) - math.log(deviation)


def chosen(statistics: tuple[Vector, Vector, Vector, Vector], alpha: float, most: int) -> list[int]:
    """The features with the best scores, the first of equals first; rounded, as single precision does."""
    ranked = sorted(
        range(SIZE), key=lambda j: -round(alpha * abs(statistics[0][j] - statistics[2][j]) - statistics[1][j] - statistics[3][j], 4)
    )  # fmt: skip
    return ranked[:most]


@QUICK
@given(st.lists(ROW, min_size=1, max_size=4), st.lists(STATISTICS, min_size=1, max_size=4), st.integers(1, 4))
def test_perceptual_rewards(
    frames: list[Vector], steps: list[tuple[Vector, Vector, Vector, Vector]], most: int
) -> None:
    if any(_tied(step) for step in steps):
        return
    names = ("means", "deviations", "other_means", "other_deviations")
    sample = {"features": frames, "most": most} | {
        name: [step[place] for step in steps] for place, name in enumerate(names)
    }
    wanted = []
    for frame in frames:
        total = 0.0
        for place, step in enumerate(steps[1:], 1):
            used = chosen(step, 5.0, most)
            ratio = math.fsum(
                log_density(frame[j], step[0][j], step[1][j]) - log_density(frame[j], step[2][j], step[3][j])
                for j in used
            )
            total += 2**place * (1 / (1 + math.exp(-ratio)) if ratio > -700 else 0.0)
        wanted.append(total)
    assert near(scores("perceptual_rewards:perceptual", [sample])[0], wanted)


def _tied(step: tuple[Vector, Vector, Vector, Vector]) -> bool:
    """Whether rounding decides which feature is chosen."""
    found = [5 * abs(step[0][j] - step[2][j]) - step[1][j] - step[3][j] for j in range(SIZE)]
    return len({round(score, 4) for score in found}) < SIZE


@QUICK
@given(st.lists(ROW, max_size=8), st.integers(1, 3))
def test_the_best_cut(frames: list[Vector], least: int) -> None:
    def spread(part: list[Vector]) -> float:
        return len(part) * fmean(pstdev(column) for column in zip(*part, strict=True))

    places = range(least, len(frames) - least + 1)
    costs = {place: spread(frames[:place]) + spread(frames[place:]) for place in places}
    found = scores("perceptual_rewards:best_cut", [{"features": frames, "least": least}])[0]
    if not costs:
        assert found is None
    else:
        assert near(costs[int(found)], min(costs.values()))


# --- DR-IRL ---

COSINE = st.integers(-10, 10).map(lambda x: x / 10)
PROMPT = st.tuples(
    st.lists(st.lists(COSINE, min_size=2, max_size=2), max_size=3),
    st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=4),
)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


@QUICK
@given(st.lists(PROMPT, min_size=1, max_size=3), st.sampled_from((0.3, 1.1)))
def test_scaled_advantages(prompts: list[tuple[list[Vector], list[tuple[float, float]]]], tau: float) -> None:
    samples, wanted, groups = [], [], []
    hard = [1 - (fmean(max(row) for row in table) if table else 1) for table, _ in prompts]
    replies = [(place, *reply) for place, (_, group) in enumerate(prompts) for reply in group]
    usual_hardness = fmean(hard[place] for place, *_ in replies)
    usual_gap = fmean(gap for *_, gap in replies)
    for place, (table, group) in enumerate(prompts):
        gaps, rewards = [gap for _, gap in group], [reward for reward, _ in group]
        distances = [(gap - fmean(gaps)) ** 2 for gap in gaps]
        if any(abs(distance - tau) < 1e-4 for distance in distances):
            return
        kept = [gap for gap, distance in zip(gaps, distances, strict=True) if distance <= tau] or gaps
        scale = sigmoid(hard[place]) / sigmoid(usual_hardness) * sigmoid(fmean(kept)) / sigmoid(usual_gap)
        spread = pstdev(rewards)
        for reward, gap in group:
            samples.append({"score": reward, "similarities": table, "gap": gap, "tau": tau})
            wanted.append(scale * (reward - fmean(rewards)) / spread if spread else 0.0)
            groups.append(place)
    assert near(scores("dr_irl:advantage", samples, group=groups), wanted)
