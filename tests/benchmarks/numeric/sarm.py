"""SARM's weights of frames for imitation (RA-BC), and VLA-R1's paths, against a loop over samples."""

from __future__ import annotations

import json
import math
from typing import Any

import jax
import numpy as np

import rewardlang
from tests.benchmarks.pairs import line, paired
from tests.parity.systems import vla_r1

EPISODES, FRAMES, CHUNK = 256, 1024, 50
REPLIES, POINTS = 1024, (8, 24)
ROUNDS = 15
"""The first few are still spent on finding out whether threads pay."""


class Weights:
    """The weights as a data loader has them: progress and episodes by the number of a frame."""

    def __init__(self, progress: list[list[float]]) -> None:
        frames = [(episode, value) for episode, values in enumerate(progress) for value in values]
        self.episode = {frame: episode for frame, (episode, _) in enumerate(frames)}
        self.progress = {frame: value for frame, (_, value) in enumerate(frames)}
        self.end = {episode: frame for frame, episode in self.episode.items()}

    def gain(self, frame: int) -> float:
        now = self.progress.get(frame, math.nan)
        later = self.progress.get(min(frame + CHUNK, self.end[self.episode[frame]]), math.nan)
        return later - now

    def of_all(self, kappa: float = 0.01, epsilon: float = 1e-6) -> list[float]:
        """The statistics of all frames, and their weights."""
        known = [gain for frame in self.progress if not math.isnan(gain := self.gain(frame))]
        mean, spread = max(float(np.mean(known)), 0.0), max(float(np.std(known)), epsilon)
        weights = [self._weight(self.gain(frame), mean, spread, kappa, epsilon) for frame in self.progress]
        fair = len(weights) / (sum(weights) + epsilon)
        return [weight * fair for weight in weights]

    @staticmethod
    def _weight(gain: float, mean: float, spread: float, kappa: float, epsilon: float) -> float:
        if math.isnan(gain):
            return 1.0
        if gain < 0 or gain > kappa:
            return float(gain > 0)
        return min(max((gain - (mean - 2 * spread)) / (4 * spread + epsilon), 0.0), 1.0)


def _weights() -> None:
    rng = np.random.default_rng(0)
    steps = rng.normal(0.0002, 0.002, (EPISODES, FRAMES))
    progress = np.clip(np.cumsum(steps, 1), 0, 1).astype(np.float32)
    columns = {"progress": progress, "picked": np.ones(progress.shape, np.int32)}
    reward = rewardlang.load("systems.sarm:rabc")
    peer = Weights(progress.tolist())
    batch = reward.prepare(columns, group=EPISODES)
    device = jax.jit(
        lambda held: reward.device({}, held, terms="none").total, compiler_options=rewardlang.COMPILER_OPTIONS
    )
    wanted = np.reshape(peer.of_all(), progress.shape)
    worst = float(np.max(np.abs(np.array(reward(columns, group=EPISODES).tolist()) - wanted)))
    frames = f"{EPISODES * FRAMES // 1024}k frames"
    mine, other = paired(lambda: reward(columns, group=EPISODES).total, peer.of_all, 5, min)
    line(f"RA-BC weights, {frames}, from NumPy", mine, other, worst, "")
    mine, other = paired(lambda: device(batch).block_until_ready(), peer.of_all, 5, min)
    line(f"RA-BC weights, {frames}, on the device", mine, other, worst, "at least 100 times")


def _path(rng: np.random.Generator) -> str:
    points = np.cumsum(rng.normal(0, 0.02, (int(rng.integers(*POINTS)), 2)), 0) + 0.5
    return f"<think>Along the table.</think>\n<output>{json.dumps(np.round(points, 3).tolist())}</output>"


def _paths() -> None:
    rng = np.random.default_rng(1)
    columns: dict[str, list[Any]] = {name: [_path(rng) for _ in range(REPLIES)] for name in ("reply", "truth")}
    reward = rewardlang.load("systems.vla_r1:total")

    def theirs() -> list[float]:
        return [vla_r1.compute_score(*row)["score"] for row in zip(*columns.values(), strict=True)]

    worst = float(np.max(np.abs(np.asarray(reward(columns).total) - theirs())))
    mine, other = paired(lambda: reward(columns).total, theirs, ROUNDS, min)
    line(f"VLA-R1, {REPLIES} paths of {POINTS[0]} to {POINTS[1]} points", mine, other, worst, "at least 30 times")


def run() -> None:
    """Print the lines of this family."""
    _weights()
    _paths()
