"""VLA-R1."""

from __future__ import annotations

import math

from tests.parity.claim import DEVICE, Claim, item, same

FLOOR = 1e-12


def giou_xyxy(b1: list[float], b2: list[float]) -> list[float]:
    width, height = (max(0.0, min(b1[i + 2], b2[i + 2]) - max(b1[i], b2[i])) for i in (0, 1))
    inter = width * height
    areas = [max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1]) for box in (b1, b2)]
    union = max(areas[0] + areas[1] - inter, FLOOR)
    sides = (max(b1[i + 2], b2[i + 2]) - min(b1[i], b2[i]) for i in (0, 1))
    around = max(math.prod(max(0.0, side) for side in sides), FLOOR)
    return [max(-1.0, min(1.0, inter / union - (around - union) / around)), inter / union]


CLAIMS = (Claim("giou_xyxy", "giou_xyxy", same("b1", "b2"), expected=item(0), tolerance=DEVICE),)
ORIGINALS = {"giou_xyxy": giou_xyxy}
