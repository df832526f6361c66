"""The fields that every generated spec has, and what is known of the expressions made of them."""

from __future__ import annotations

from dataclasses import dataclass, field

FIELDS = """
    a: float, b: float in -8..8, n: int in -3..5, c: bool, q: float?, p: bool?,
    xs: float[time], ys: float[other], flags: bool[time], hs: float?[time], ws: float[time]?, late: float[late]?,
    zs: float[time, other], v: vec[3],
    boxes: box[found], truth: box[target], spot: point,
    s: text, t: text?, rows: text[row], doc: json?, items: Item[item]
"""
DECLARATIONS = """
record Item { name: text, size: float, tag: text?, marks: int[mark] }
param weight_of: float in 0..2 = 1.0
param strict: bool = false
param steps: int in 0..9 = 3
const k = 2
"""


@dataclass(frozen=True)
class Written:
    """An expression as text, and whether it may be missing: as a whole, or (a list) entry by entry."""

    code: str
    whole: bool = False
    holes: bool = False

    @property
    def optional(self) -> bool:
        return self.whole or self.holes


@dataclass
class Names:
    """What a body sees: present numbers, numbers that may be missing, lists of numbers along `axis`."""

    numbers: tuple[str, ...] = ("a", "b", "n", "c")
    maybe: tuple[str, ...] = ("q",)
    bools: tuple[str, ...] = ("c",)
    texts: tuple[str, ...] = ("s",)
    maybe_texts: tuple[str, ...] = ("t",)
    lists: dict[str, tuple[Written, ...]] = field(default_factory=dict)
    groups: bool = True
    inputs: bool = True


LISTS = {
    "time": (Written("xs"), Written("flags"), Written("hs", holes=True), Written("index(time)"), Written("xs")),
    "other": (Written("ys"), Written("index(other)")),
    "item": (Written("items.size"),),
    "dim": (Written("v"),),
}
