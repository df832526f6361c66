"""chrF and similarities by edits: the lowering, the plain Python, sacrebleu and rapidfuzz agree."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein
from sacrebleu.metrics.chrf import CHRF

from rewardlang.columns.texts import Texts
from rewardlang.ops.similarity import BUILTINS
from tests.ops_text.parity import column, lowered
from tests.ops_text.similar_texts import MEGABYTES, batches, pairs

if TYPE_CHECKING:
    from collections.abc import Callable

CHR_F, EDIT, PARTIAL, TOKEN_SORT, TOKEN_SET = BUILTINS
PEERS: dict[str, tuple[Any, Callable[[str, str], float], dict[str, Any]]] = {
    "ratio": (EDIT, fuzz.ratio, {}),
    "levenshtein": (EDIT, lambda a, b: 100 * Levenshtein.normalized_similarity(a, b), {"by": "levenshtein"}),
    "partial": (PARTIAL, fuzz.partial_ratio, {}),
    "token sort": (TOKEN_SORT, fuzz.token_sort_ratio, {}),
    "token set": (TOKEN_SET, fuzz.token_set_ratio, {}),
}
OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"word_order": 2},
    {"char_order": 4, "beta": 1, "whitespace": True},
    {"word_order": 1, "beta": 3, "eps_smoothing": True},
    {"char_order": 0, "word_order": 2},
    {"char_order": 16, "eps_smoothing": True},
)


@cache
def chrf(place: int) -> CHRF:
    return CHRF(**OPTIONS[place])


@pytest.mark.parametrize("name", PEERS)
@given(batch=batches)
def test_similarities_are_those_of_rapidfuzz(name: str, batch: list[tuple[str, str]]) -> None:
    builtin, peer, options = PEERS[name]
    # Of texts of Latin-1 characters alone rapidfuzz takes these for letters.
    assume(not any(space in text for pair in batch for text in pair for space in "\x85\xa0"))
    found = lowered(builtin, *(column(side) for side in zip(*batch, strict=True)), **options)
    for pair, value in zip(batch, found, strict=True):
        assert value == pytest.approx(peer(*pair) / 100, abs=1e-12)
        assert builtin.one(*pair, **options) == pytest.approx(value, abs=1e-12)


@given(pair=pairs, times=st.integers(1, 30))
def test_long_texts_agree_with_rapidfuzz(pair: tuple[str, str], times: int) -> None:
    a, b = pair[0] * times, pair[1] * (31 - times) + pair[0]
    assume(not any(space in text for text in pair for space in "\x85\xa0"))
    for builtin, peer, options in PEERS.values():
        assert lowered(builtin, column([a]), column([b]), **options)[0] == pytest.approx(peer(a, b) / 100, abs=1e-12)


@pytest.mark.parametrize("place", range(len(OPTIONS)))
@given(batch=batches)
def test_chrf_is_that_of_sacrebleu(place: int, batch: list[tuple[str, str]]) -> None:
    options = OPTIONS[place]
    found = lowered(CHR_F, *(column(side) for side in zip(*batch, strict=True)), **options)
    for (made, wanted), value in zip(batch, found, strict=True):
        assert value == pytest.approx(chrf(place).sentence_score(made, [wanted]).score / 100, abs=1e-12)
        assert CHR_F.one(made, wanted, **options) == pytest.approx(value, abs=1e-12)


@given(pairs)
def test_similarities_are_symmetric(pair: tuple[str, str]) -> None:
    for builtin, _, options in PEERS.values():
        there, back = lowered(builtin, column(pair), column(pair[::-1]), **options)
        assert there == pytest.approx(back, abs=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "values"),
    [
        ("a" * MEGABYTES, "a" * MEGABYTES, [1.0, None, None, None, 1.0]),
        ("a" * MEGABYTES, "a" * 99, [0.0, 0.0, 1.0, 0.0, 0.0]),
        ("a " * (MEGABYTES // 2), "b " * (MEGABYTES // 2), [0.0, None, None, None, 0.0]),
        ("\0" * MEGABYTES, "", [0.0, 0.0, 0.0, 0.0, 0.0]),
        (" " * MEGABYTES, " " * MEGABYTES, [0.0, None, None, 1.0, 0.0]),
    ],
    ids=["one letter", "one letter and few", "words", "zeros and nothing", "spaces"],
)
def test_huge_texts_have_a_score_or_none(a: str, b: str, values: list[float | None]) -> None:
    texts = Texts.of([a]), Texts.of([b])
    found = [lowered(builtin, *texts)[0] for builtin in BUILTINS]
    assert found == pytest.approx(values, abs=1e-3)


@pytest.mark.parametrize("options", [{"char_order": 0}, {"char_order": 17}, {"word_order": -1}, {"beta": 0}])
def test_options_that_make_no_metric_are_refused(options: dict[str, Any]) -> None:
    assert CHR_F.refuse([], options)
    assert CHR_F.refuse([], {}) is None
