"""Another's rebuilding of Shop-R1, which is not the published reward."""

from __future__ import annotations

WHY = (
    "another's rebuilding, with difflib's matches for ROUGE-L and a scale of its own; `systems.shop_r1` is the paper's"
)
LEFT_OUT = dict.fromkeys(("rouge_l", "reward_parts"), WHY)
