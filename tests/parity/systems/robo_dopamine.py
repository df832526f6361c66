"""Robo-Dopamine."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Any

from tests.parity.claim import DEVICE, Claim, item, renamed, same

ERROR = "Error"


def _said(reply: str, unknown: float) -> float | None:
    return _share(reply.rsplit("<score>", maxsplit=1)[-1].split("</score>", maxsplit=1)[0].replace("%", ""), unknown)


def _share(text: str, unknown: float) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return unknown if math.isnan(value) else min(max(value, -100.0), 100.0) / 100.0


def _advance(done: float, hop: float) -> float:
    return done + ((1 - done) if hop >= 0 else done) * hop


def progress_from_hops(eval_mode: str, preds: list[str]) -> dict[str, list[float]]:
    hops = [_said(reply, 1.0) or 0.0 for reply in preds]
    if eval_mode == "incremental":
        progress: list[float] = []
        for hop in hops:
            progress.append(_advance(progress[-1], hop) if progress else hop)
        return {"hop": hops, "progress": progress}
    progress = [hop + (eval_mode == "backward") for hop in hops]
    return {"hop": [now - before for before, now in pairwise([0.0, *progress])], "progress": progress}


def bench_progress(inverse: bool, preds: list[str]) -> list[Any]:  # noqa: FBT001 - as there
    done, found = float(inverse), []
    for reply in reversed(preds) if inverse else preds:
        hop = _said(reply, -1.0)
        done = _advance(done, hop or 0.0)
        found.append(ERROR if hop is None else done)
    return found[::-1] if inverse else found


def extract_score_api(pred_text: str) -> float:
    tagged = re.search(r"<score>(.*?)</score>", pred_text)
    if tagged:
        return _share(tagged[1].replace("%", ""), -1.0) or 0.0
    untagged = re.findall(r"([+-]?\d+)\s*%", pred_text)
    return (_share(untagged[-1], -1.0) or 0.0) if untagged else 0.0


def _ranks(values: list[float]) -> list[float]:
    ordered = sorted(values)
    return [ordered.index(value) + (ordered.count(value) - 1) / 2 for value in values]


def compute_voc_grm(values: list[float]) -> float:
    if len(values) < 2:
        raise ValueError(values)
    ranks = _ranks(values)
    middle = (len(values) - 1) / 2
    apart = [(place - middle, rank - middle) for place, rank in enumerate(ranks)]
    spread = math.fsum(rank * rank for _, rank in apart)
    if not spread:
        return math.nan
    return math.fsum(a * b for a, b in apart) / math.sqrt(math.fsum(a * a for a, _ in apart) * spread)


def compute_voc_api(values: list[float]) -> float:
    found = compute_voc_grm(values) if len(values) > 1 else 0.0
    return 0.0 if math.isnan(found) else found


def hop_label(first_idx: int, before_idx: int, after_idx: int, last_idx: int) -> list[Any]:
    ahead = after_idx - before_idx
    whole = last_idx - before_idx if ahead > 0 else before_idx - first_idx
    share = 100 * ahead / whole if ahead and whole else 0.0
    return [f"<score>{share:+.1f}%</score>", share]


def _missing(values: list[Any]) -> list[float | None] | None:
    found = [None if value == ERROR else value for value in values]
    return found if any(value is not None for value in found) else None


MODE = renamed(replies="preds", mode="eval_mode")
CLAIMS = (
    Claim("progress_from_hops", "progress_from_hops", MODE, expected=item("progress"), tolerance=DEVICE, slack=1e-6),
    Claim("progress_from_hops", "hops", MODE, expected=item("hop"), tolerance=DEVICE, slack=1e-6),
    Claim(
        "bench_progress", "bench_progress", renamed(replies="preds", inverse="inverse"), expected=_missing,
        tolerance=DEVICE, slack=1e-6,
    ),
    Claim("extract_score_api", "extract_score_api", renamed(reply="pred_text"), tolerance=DEVICE),
    Claim(
        "compute_voc_grm", "value_order_correlation", same("values"), tolerance=DEVICE, slack=1e-6,
        expected=lambda value: None if value != value else value,  # noqa: PLR0124 - NaN
    ),
    Claim("compute_voc_api", "value_order_correlation_api", same("values"), tolerance=DEVICE, slack=1e-6),
    Claim(
        "hop_label", "hop_label", renamed(first="first_idx", before="before_idx", after="after_idx", last="last_idx"),
        expected=item(1), tolerance=DEVICE,
    ),
)  # fmt: skip
ORIGINALS = {
    f.__name__: f
    for f in (
        progress_from_hops, bench_progress, extract_score_api, compute_voc_grm, compute_voc_api, hop_label,
    )
}  # fmt: skip
