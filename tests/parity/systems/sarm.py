"""SARM."""

from __future__ import annotations

import math
from itertools import groupby
from operator import sub
from statistics import fmean
from typing import Any

import numpy as np

from tests.parity.cases import number_of
from tests.parity.claim import DEVICE, Claim, Inputs, Rule, each, renamed, same

SPARSE = (0, 0.05, 0.1, 0.3, 0.9, 1)
DENSE = (0, 0.08, 0.37, 0.53, 0.67, 0.72, 0.81, 0.9, 1)
ALMOST = 0.999
"""As much as there is of the last stage in one number."""
TINY = 1e-6


def _along(x: float, ends: Any) -> float:
    stage = min(int(x), len(ends) - 2)
    return float(ends[stage] + (x - stage) * (ends[stage + 1] - ends[stage]))


def _between(x: float, ends: Any) -> float:
    if not 0 <= x <= len(ends) - 1:
        raise ValueError(x)
    return _along(x, ends)


def normalize_sparse(x: float) -> float:
    return _between(x, SPARSE)


def normalize_dense(x: float) -> float:
    return _between(x, DENSE)


def get_frames_indices_dynamic(idx: int, n_obs_steps: int, frame_gap: int) -> list[int]:
    steps = range(n_obs_steps + 1)
    if idx >= n_obs_steps * frame_gap:
        return [idx - frame_gap * (n_obs_steps - step) for step in steps]
    return [round(idx * step / n_obs_steps) for step in steps]


def confidence_smoother(**inputs: Any) -> list[float]:
    low, high = inputs["value_range"] or (0.0, 1.0)
    kept: list[tuple[float, float]] = []
    found: list[float] = []
    for value, confidence in zip(inputs["values"], inputs["confidences"], strict=True):
        sure = min(max(confidence, 0.0), 1.0)
        if sure >= inputs["low_conf_th"]:
            kept = [*kept, (max(inputs["eps"], sure) ** inputs["beta"], (value - low) / (high - low))]
            kept = kept[-inputs["window_size"] :]
            found.append(sum(weight * value for weight, value in kept) / (sum(weight for weight, _ in kept) + TINY))
        else:
            found.append(found[-1] if found else (value - low) / (high - low))
    return found


def temporal_proportions_to_breakpoints(
    temporal_proportions: Any, subtask_names: list[str] | None = None
) -> list[float]:
    proportions = _listed(temporal_proportions, subtask_names)
    total = sum(proportions)
    if total > 0 and abs(total - 1) > TINY:
        proportions = [part / total for part in proportions]
    ends = [0.0]
    for part in proportions:
        ends.append(ends[-1] + part)
    return [*ends[:-1], 1.0]


def _listed(proportions: Any, names: list[str] | None = None) -> list[float]:
    if isinstance(proportions, dict):
        return [proportions.get(name, 0.0) for name in (proportions if names is None else names)]
    return list(proportions)


def normalize_stage_tau(x: float, **inputs: Any) -> float:
    if "breakpoints" in inputs:
        ends = inputs["breakpoints"]
    elif "temporal_proportions" in inputs:
        ends = temporal_proportions_to_breakpoints(inputs["temporal_proportions"], inputs.get("subtask_names"))
    else:
        ends = [stage / inputs["num_stages"] for stage in range(inputs["num_stages"] + 1)]
    return 0.0 if x < 0 else 1.0 if x >= len(ends) - 1 else _along(x, ends)


def normalize_stage_tau_tensor(x: list[float], temporal_proportions: list[float]) -> list[float]:
    return [normalize_stage_tau(value, temporal_proportions=temporal_proportions) for value in x]


def compute_tau(current_frame: int, subtask_start: int, subtask_end: int) -> float:
    if subtask_end <= subtask_start:
        return 1.0
    return min(max((current_frame - subtask_start) / (subtask_end - subtask_start), 0.0), 1.0)


def find_stage_and_tau(**inputs: Any) -> Any:
    stage, tau = _found(inputs)
    last = len(inputs["global_subtask_names"]) - 1
    return min(stage + tau, last + ALMOST) if inputs["return_combined"] else [stage, tau]


def _found(inputs: Inputs) -> tuple[int, float]:
    frame, stages = inputs["current_frame"], inputs["global_subtask_names"]
    if len(stages) == 1:
        return 0, min(max(frame / max(inputs["episode_length"] - 1, 1), 0.0), 1.0)
    names, starts, ends = (inputs[f"subtask_{name}"] for name in ("names", "start_frames", "end_frames"))
    if names is None or frame < starts[0]:
        return 0, 0.0
    if frame > ends[-1]:
        return len(stages) - 1, ALMOST
    for name, start, end, following in zip(names, starts, ends, [*starts[1:], -1], strict=True):
        place = stages.index(name) if name in stages else 0
        if start <= frame <= end:
            return place, compute_tau(frame, start, end)
        if end < frame < following:
            return place, 1.0
    return 0, 0.0


def interpolate_progress(
    computed_indices: list[int], computed_values: list[Any], all_indices: list[int]
) -> list[float]:
    pairs = zip(computed_indices, map(number_of, computed_values), strict=True)
    known = [(at, value) for at, value in pairs if math.isfinite(value)]
    if not known:
        return [math.nan] * len(all_indices)
    x, y = ([pair[place] for pair in known] for place in (0, 1))
    return [float(np.float32(value)) for value in np.interp(all_indices, x, y)]


def _gain(inputs: Inputs, at: int) -> float | None:
    if not 0 <= at < len(inputs["progress"]):
        return None
    episodes = inputs["episode_index"]
    end = max(place for place, episode in enumerate(episodes) if episode == episodes[at])
    now, then = (number_of(inputs["progress"][place]) for place in (at, min(at + inputs["chunk_size"], end)))
    return None if math.isnan(now) or math.isnan(then) else float(then - now)


def rabc_weights(**inputs: Any) -> dict[str, Any]:
    known = [gain for at in inputs["index"] if (gain := _gain(inputs, at)) is not None]
    mean, epsilon = max(fmean(known), 0.0) if known else 0.0, inputs["epsilon"]
    spread = max(float(np.std(known)) if known else 0.0, epsilon)
    raw = []
    for at in inputs["batch_index"]:
        gain = _gain(inputs, at)
        if gain is None:
            raw.append(inputs["fallback_weight"])
        elif gain < 0 or np.float32(gain) > np.float32(inputs["kappa"]):
            raw.append(float(gain > 0))
        else:
            raw.append(min(max((gain - mean + 2 * spread) / (4 * spread + epsilon), 0.0), 1.0))
    fair = len(raw) / (sum(raw) + epsilon)
    stats = {"mean_weight": fmean(raw), "num_zero_weight": raw.count(0.0), "num_full_weight": raw.count(1.0)}
    return {"weights": [weight * fair for weight in raw], "stats": stats, "delta_mean": mean, "delta_std": spread}


def calculate_rewards(
    stage_logits: list[list[float]], tau: list[float], temporal_proportions: list[float]
) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"reward": [], "confidence": []}
    for logits, share in zip(stage_logits, tau, strict=True):
        stage = logits.index(max(logits))
        done = float(np.float32(stage) + np.float32(share))
        found["reward"].append(normalize_stage_tau(done, temporal_proportions=temporal_proportions))
        found["confidence"].append(1 / math.fsum(math.exp(logit - logits[stage]) for logit in logits))
    return found


# --- fields ---


def _observed(inputs: Inputs) -> Inputs:
    steps = inputs["n_obs_steps"]
    return {"step": list(range(steps + 1)), "at": inputs["idx"], "steps": steps, "gap": inputs["frame_gap"]}


def _staged(inputs: Inputs) -> Inputs:
    proportions = inputs.get("temporal_proportions")
    return {
        "x": inputs["x"], "breakpoints": inputs.get("breakpoints"), "stages": inputs.get("num_stages"),
        "proportions": None if proportions is None else _listed(proportions, inputs.get("subtask_names")),
    }  # fmt: skip


def _each_staged(inputs: Inputs) -> list[Inputs]:
    return [_staged(inputs | {"x": x}) for x in inputs["x"]]


def _proportions(inputs: Inputs) -> Inputs:
    return {"proportions": _listed(inputs["temporal_proportions"], inputs["subtask_names"])}


def _parts(inputs: Inputs) -> Inputs:
    return {
        "frame": inputs["current_frame"], "length": inputs["episode_length"],
        "names": inputs["subtask_names"] or [], "starts": inputs["subtask_start_frames"] or [],
        "ends": inputs["subtask_end_frames"] or [], "stages": inputs["global_subtask_names"],
    }  # fmt: skip


def _apart(inputs: Inputs) -> list[Inputs]:
    """Where stage and share are asked for apart."""
    return [] if inputs["return_combined"] else [_parts(inputs)]


def _together(inputs: Inputs, expected: Any) -> Any:
    last = len(inputs["global_subtask_names"]) - 1
    return expected if inputs["return_combined"] else min(sum(expected), last + ALMOST)


def _both(inputs: Inputs, expected: Any) -> list[list[float]]:
    return [] if inputs["return_combined"] else [[_together(inputs, expected), *expected]]


def _smoothed(inputs: Inputs) -> Inputs:
    low, high = inputs["value_range"] or (0, 1)
    settings = {"low": low, "high": high, "window": inputs["window_size"], "low_confidence": inputs["low_conf_th"]}
    taken = {"values": "values", "confidences": "confidences", "beta": "beta", "epsilon": "eps"}
    return settings | renamed(**taken)(inputs)


def _known(inputs: Inputs) -> Inputs:
    values = [None if number_of(value) != number_of(value) else value for value in inputs["computed_values"]]
    return {"at": inputs["computed_indices"], "values": values, "frame": inputs["all_indices"]}


def _episodes(inputs: Inputs) -> list[Inputs]:
    """A sample for each episode, and one of the frames that no episode has: nothing is known of those."""
    picked = [inputs["batch_index"].count(at) for at in inputs["index"]]
    progress = [None if isinstance(value, str) else value for value in inputs["progress"]]
    settings = same("chunk_size", "kappa", "epsilon", "fallback_weight")(inputs)
    frames = zip(inputs["episode_index"], progress, picked, strict=True)
    found = []
    for _, episode in groupby(frames, lambda frame: frame[0]):
        _, values, counts = map(list, zip(*episode, strict=True))
        found.append({"progress": values, "picked": counts} | settings)
    beyond = sum(at >= len(progress) for at in inputs["batch_index"])
    return [*found, {"progress": [None], "picked": [beyond]} | settings]


def _weights(inputs: Inputs, expected: Any) -> list[list[float | None] | None]:
    """What each frame of each episode weighs, which is the same wherever a batch has it."""
    weights = dict(zip(inputs["batch_index"], expected["weights"], strict=True))
    episodes = groupby(zip(inputs["episode_index"], inputs["index"], strict=True), lambda frame: frame[0])
    beyond = (weight for at, weight in weights.items() if at >= len(inputs["index"]))
    found = [[weights.get(at) for _, at in episode] for _, episode in episodes]
    return [*map(_missing, found), _missing([next(beyond, None)])]


def _missing(values: list[float | None]) -> list[float | None] | None:
    """Of a list in which all is missing, or NaN, nothing is there."""
    found = [None if value != value else value for value in values]  # noqa: PLR0124 - NaN
    return found if any(value is not None for value in found) else None


def _statistics(inputs: Inputs, expected: Any) -> list[list[float]]:
    stats = (expected["stats"][name] for name in ("mean_weight", "num_zero_weight", "num_full_weight"))
    return [[*stats, expected["delta_mean"], expected["delta_std"]]] * len(_episodes(inputs))


def _negative(inputs: Inputs, _: Any) -> bool:
    ends = inputs.get("breakpoints", [])
    proportions = _listed(inputs.get("temporal_proportions", ()), inputs.get("subtask_names"))
    return any(part < 0 for part in (*proportions, *map(sub, ends[1:], ends)))


def _blurred(inputs: Inputs, expected: Any) -> bool:
    """Whether a gain is `kappa` but for rounding, or the gains hardly differ."""
    gains = [gain for at in inputs["batch_index"] if (gain := _gain(inputs, at)) is not None]
    return expected["delta_std"] < NARROW or any(abs(gain - inputs["kappa"]) < 2e-7 for gain in gains)


NARROW = 0.003
NEGATIVE = Rule(_negative, "a stage of less than no length is none: ours stays in 0..1")
BLURRED = Rule(_blurred, "the difference of two numbers in float32 does not tell them apart")
CLAIMS = (
    Claim("normalize_sparse", "normalize_sparse", same("x"), tolerance=DEVICE),
    Claim("normalize_dense", "normalize_dense", same("x"), tolerance=DEVICE),
    Claim("get_frames_indices_dynamic", "observed", _observed),
    Claim("confidence_smoother", "smoothed", _smoothed, tolerance=DEVICE),
    Claim("normalize_stage_tau", "normalize_stage_tau", _staged, tolerance=DEVICE, slack=1e-6, rules=(NEGATIVE,)),
    Claim("normalize_stage_tau_tensor", "normalize_stage_tau", _each_staged, tolerance=DEVICE, slack=1e-6,
          rules=(NEGATIVE,)),
    Claim(
        "compute_tau", "compute_tau", renamed(frame="current_frame", start="subtask_start", end="subtask_end"),
        tolerance=DEVICE,
    ),
    Claim("find_stage_and_tau", "find_stage_and_tau", _parts, recorded=_together, tolerance=DEVICE),
    Claim(
        "find_stage_and_tau", "find_stage_and_tau", _apart, recorded=_both, terms=("stage", "share"), tolerance=DEVICE
    ),
    Claim(
        "temporal_proportions_to_breakpoints", "breakpoints", _proportions, expected=lambda ends: ends[1:],
        tolerance=DEVICE,
    ),
    Claim("interpolate_progress", "interpolated", _known, tolerance=DEVICE, expected=_missing),
    Claim("rabc_weights", "rabc", _episodes, recorded=_weights, tolerance=DEVICE, slack=5e-6, rules=(BLURRED,)),
    Claim(
        "rabc_weights", "rabc_statistics", _episodes, recorded=_statistics, terms=("zero", "full", "gain", "spread"),
        tolerance=DEVICE, slack=1e-6, rules=(BLURRED,),
    ),
    Claim(
        "calculate_rewards", "rewards", each("stage_logits", "tau", proportions="temporal_proportions"),
        terms=("confidence",), tolerance=DEVICE, slack=1e-6, rules=(NEGATIVE,),
        expected=lambda found: [list(pair) for pair in zip(found["reward"], found["confidence"], strict=True)],
    ),
)  # fmt: skip
ORIGINALS = {
    f.__name__: f
    for f in (
        normalize_sparse, normalize_dense, get_frames_indices_dynamic, confidence_smoother, normalize_stage_tau,
        normalize_stage_tau_tensor, compute_tau, find_stage_and_tau, temporal_proportions_to_breakpoints,
        interpolate_progress, rabc_weights, calculate_rewards,
    )
}  # fmt: skip
SINGLE = ("normalize_stage_tau_tensor", "rabc_weights", "calculate_rewards")
