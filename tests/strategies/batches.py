"""Batches that fit the fields of generated specs, and values for their params."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

QUARTERS = st.integers(-32, 32).map(lambda i: i / 4)
HOSTILE = (
    "",
    "a",
    "ab",
    "the",
    "The a 3.5",
    "1 2 x",
    "<answer>",
    "\u0130\ud800",
    "é\u0301\n\r\n ",
    "-7.25",
    "١٢",
    "a,b,,a",
    "1e400",
    "0\x00",
)
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=6))
JSONS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), QUARTERS, st.sampled_from(HOSTILE[:6])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(("x", "y", "z")), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def samples(draw: Callable[[Any], Any]) -> dict[str, Any]:
    """One sample of `FIELDS`."""

    def lists(of: Any, size: int | None = None) -> list[Any]:
        return draw(st.lists(of, min_size=size or 0, max_size=4 if size is None else size))

    time, other = draw(st.integers(0, 4)), draw(st.integers(0, 3))
    maybe = st.one_of(st.none(), QUARTERS)
    item = st.fixed_dictionaries(
        {"name": TEXTS, "size": QUARTERS, "marks": st.lists(st.integers(-3, 3), max_size=3)},
        optional={"tag": st.one_of(st.none(), TEXTS, st.integers(0, 1)), "extra": st.integers(0, 1)},
    )
    box = st.tuples(QUARTERS, QUARTERS, QUARTERS, QUARTERS)
    return {
        "a": draw(QUARTERS), "b": draw(QUARTERS), "n": draw(st.integers(-3, 5)), "c": draw(st.booleans()),
        "q": draw(maybe), "p": draw(st.one_of(st.none(), st.booleans())), "xs": lists(QUARTERS, time),
        "ys": lists(QUARTERS, other), "flags": lists(st.booleans(), time), "hs": lists(maybe, time),
        "ws": draw(st.one_of(st.none(), st.lists(QUARTERS, min_size=time, max_size=time))),
        "late": draw(st.one_of(st.none(), st.lists(QUARTERS, max_size=3))),
        "zs": lists(st.lists(QUARTERS, min_size=other, max_size=other), time), "v": lists(QUARTERS, 3),
        "s": draw(TEXTS), "t": draw(st.one_of(st.none(), TEXTS)), "rows": lists(TEXTS), "doc": draw(JSONS),
        "items": lists(item),
        "boxes": lists(box), "truth": lists(box), "spot": tuple(lists(QUARTERS, 2)),
    }  # fmt: skip


@st.composite
def batches(draw: Callable[[Any], Any], most: int = 6) -> tuple[list[dict[str, Any]], list[int]]:
    """Samples, and the ids of their groups: members of a group are neighbours."""
    batch = draw(st.lists(samples(), min_size=1, max_size=most))
    starts = [draw(st.booleans()) for _ in batch]
    return batch, [sum(starts[: place + 1]) for place in range(len(batch))]


@st.composite
def params(draw: Callable[[Any], Any]) -> dict[str, Any]:
    """Values for the params of every spec."""
    return {
        "weight_of": draw(st.integers(0, 8)) / 4,
        "strict": draw(st.booleans()),
        "steps": draw(st.integers(0, 9)),
    }
