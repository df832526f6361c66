"""The average precision of detections, for a stack of samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.memory import compiled

Reals = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

_NOTHING = -1


class Detections(NamedTuple):
    """What was made and what is wanted, padded, with how many of each a sample has. Labels are numbers."""

    overlaps: Reals  # [stack, made, wanted]
    scores: Reals  # [stack, made]
    labels: Places  # [stack, made]
    wanted: Places  # [stack, wanted]
    made: Places  # [stack]
    golds: Places  # [stack]


class Rules(NamedTuple):
    """From which overlaps a detection counts, at which recalls precision is read, and how many one label may have."""

    bars: Reals
    recalls: Reals
    limit: int


@compiled
def _hits(overlaps: Reals, ranked: Places, golds: Places, bar: float) -> npt.NDArray[np.bool_]:
    """Which detections find a box: each in turn takes the free one that it overlaps most, the last of equals."""
    found = np.zeros(len(ranked), dtype=np.bool_)
    taken = np.zeros(len(golds), dtype=np.bool_)
    for place in range(len(ranked)):
        best, chosen = bar, _NOTHING
        for gold in range(len(golds)):
            overlap = overlaps[ranked[place], golds[gold]]
            if not taken[gold] and overlap >= best:
                best, chosen = overlap, gold
        if chosen != _NOTHING:
            found[place] = taken[chosen] = True
    return found


@compiled
def _under_curve(found: npt.NDArray[np.bool_], golds: int, recalls: Reals) -> float:
    """The mean, over the recalls, of the best precision at that recall or a higher one."""
    precision, recall = np.zeros(len(found)), np.zeros(len(found))
    right = 0
    for place in range(len(found)):
        right += found[place]
        precision[place] = right / (place + 1 + np.finfo(np.float64).eps)
        recall[place] = right / golds
    for place in range(len(found) - 1, 0, -1):
        precision[place - 1] = max(precision[place - 1], precision[place])
    total, place = 0.0, 0
    for wanted in recalls:
        while place < len(found) and recall[place] < wanted:
            place += 1
        if place == len(found):
            break
        total += precision[place]
    return total / len(recalls)


@compiled
def average_precision(of: Detections, rules: Rules) -> Reals:
    """The mean over labels that are wanted and over bars: float64[stack], -1 where nothing is wanted."""
    stack = len(of.made)
    values = np.full(stack, -1.0)
    for sample in range(stack):
        made, golds = of.made[sample], of.golds[sample]
        order = np.argsort(-of.scores[sample, :made], kind="mergesort")
        total, kinds = 0.0, 0
        for first in range(golds):
            label = of.wanted[sample, first]
            alike = np.flatnonzero(of.wanted[sample, :golds] == label)
            if alike[0] != first:
                continue
            ranked = order[of.labels[sample, :made][order] == label][: rules.limit]
            kinds += 1
            for bar in rules.bars:
                found = _hits(of.overlaps[sample], ranked, alike, bar)
                total += _under_curve(found, len(alike), rules.recalls)
        if kinds:
            values[sample] = min(total / (kinds * len(rules.bars)), 1.0)
    return values
