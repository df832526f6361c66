"""The cache of references: what is known is not made again, the bound holds, threads may share it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

import rewardlang
from rewardlang.columns.cache import MEGABYTE, REFERENCES, Cache
from rewardlang.columns.texts import Texts
from rewardlang.kernels.hashing import distinct

if TYPE_CHECKING:
    from collections.abc import Iterator


class Maker:
    """Makes the lengths of texts, and remembers of which."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Texts) -> list[np.ndarray]:
        self.asked += texts.to_list()
        return [np.full(1000, len(text)) for text in texts.to_list()]


def firsts(cache: Cache, make: Maker, values: list[str], kind: str = "length") -> list[int]:
    return [int(found[0]) for found in cache.each(kind, Texts.of(values), make)]


def test_what_is_known_is_not_made_again() -> None:
    cache, make = Cache(MEGABYTE), Maker()
    assert firsts(cache, make, ["a", "bb"]) == [1, 2]
    assert firsts(cache, make, ["ccc", "bb", ""]) == [3, 2, 0]
    assert make.asked == ["a", "bb", "ccc", ""]
    assert firsts(cache, make, ["a"], kind="other") == [1]
    assert make.asked[-1] == "a"
    assert firsts(cache, make, []) == []


def test_the_bound_holds_and_the_longest_unused_goes_first() -> None:
    cache, make = Cache(20_000), Maker()
    firsts(cache, make, ["a", "bb"])
    firsts(cache, make, ["a"])
    firsts(cache, make, ["ccc"])
    assert 8000 < cache.size <= 20_000
    make.asked.clear()
    firsts(cache, make, ["a", "ccc"])
    assert make.asked == []
    firsts(cache, make, ["bb"])
    assert make.asked == ["bb"]


def test_what_is_larger_than_the_bound_is_given_and_not_kept() -> None:
    cache, make = Cache(0), Maker()
    assert firsts(cache, make, ["a", "bb", "a"]) == [1, 2, 1]
    assert cache.size == 0
    cache.limit(MEGABYTE)
    firsts(cache, make, ["a"])
    assert cache.size > 0
    cache.clear()
    assert cache.size == 0
    firsts(cache, make, ["a"])
    cache.limit(10)
    assert cache.size == 0


def test_threads_share_it() -> None:
    cache, make = Cache(100_000), Maker()

    def ask(turn: int) -> list[int]:
        return firsts(cache, make, ["x" * ((turn * 7 + place) % 40) for place in range(20)])

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(100)))
    assert found == [[(turn * 7 + place) % 40 for place in range(20)] for turn in range(100)]
    assert cache.size <= 100_000


def test_distinct_rows_come_in_the_order_of_first_appearance() -> None:
    rows, ids = distinct(Texts.of(["b", "a", "b", "", "a"]))
    assert rows.tolist() == [0, 1, 3]
    assert ids.tolist() == [0, 1, 0, 2, 1]


@pytest.fixture
def usual_limit() -> Iterator[None]:
    yield
    rewardlang.limit_cache(256)


@pytest.mark.usefixtures("usual_limit")
def test_scores_do_not_depend_on_the_cache() -> None:
    scored = rewardlang.compile("reward r(x: text, y: text) -> score { bleu(x, y) }")
    columns = {"x": ["a b c", "a b"] * 20, "y": ["a b c d", "a c b"] * 20}
    first = scored(columns).total.tolist()
    assert REFERENCES.size > 0
    assert scored(columns).total.tolist() == first
    rewardlang.limit_cache(megabytes=0)
    assert REFERENCES.size == 0
    assert scored(columns).total.tolist() == first
    with pytest.raises(ValueError, match="megabytes"):
        rewardlang.limit_cache(float("nan"))
