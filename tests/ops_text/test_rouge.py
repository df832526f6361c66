"""ROUGE: the lowering, the plain Python and rouge-score agree; the stemmer is NLTK's."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer

from rewardlang.columns.texts import Texts
from rewardlang.kernels.porter import stemmed
from rewardlang.ops.rouge import BUILTINS, LINE_CELLS
from tests.ops_text.parity import column, lowered
from tests.ops_text.similar_texts import MEGABYTES, batches, pairs

ROUGE_N, ROUGE_L, ROUGE_LSUM = BUILTINS
FIELDS = {"precision": 0, "recall": 1, "f": 2}
KINDS = ("rouge1", "rouge2", "rouge5", "rougeL", "rougeLsum")
SUFFIXES = [
    "ational",
    "tional",
    "enci",
    "anci",
    "izer",
    "bli",
    "alli",
    "entli",
    "eli",
    "ousli",
    "ization",
    "ation",
    "ator",
    "alism",
    "iveness",
    "fulness",
    "ousness",
    "aliti",
    "iviti",
    "biliti",
    "fulli",
    "logi",
    "icate",
    "ative",
    "alize",
    "iciti",
    "ical",
    "ful",
    "ness",
    "al",
    "ance",
    "ence",
    "er",
    "ic",
    "able",
    "ible",
    "ant",
    "ement",
    "ment",
    "ent",
    "ion",
    "sion",
    "tion",
    "ou",
    "ism",
    "ate",
    "iti",
    "ous",
    "ive",
    "ize",
    "ed",
    "ing",
    "ies",
    "ied",
    "eed",
    "s",
    "ss",
    "sses",
    "y",
    "e",
    "ll",
    "yy",
    "at",
    "bl",
    "iz",
]
IRREGULAR = ("skies", "dying", "lying", "tying", "news", "innings", "outings", "cannings", "howe", "proceed", "exceed")


@cache
def scorer(kind: str, *, stemmer: bool) -> RougeScorer:
    return RougeScorer([kind], use_stemmer=stemmer)


def call(kind: str, **options: Any) -> tuple[Any, dict[str, Any]]:
    if kind[5:].isdigit():
        return ROUGE_N, {"n": int(kind[5:]), **options}
    return (ROUGE_L if kind == "rougeL" else ROUGE_LSUM), options


@pytest.mark.parametrize("kind", KINDS)
@given(batch=batches, measure=st.sampled_from(sorted(FIELDS)), stemmer=st.booleans())
def test_all_three_agree(kind: str, batch: list[tuple[str, str]], measure: str, *, stemmer: bool) -> None:
    builtin, options = call(kind, measure=measure, stemmer=stemmer)
    found = lowered(builtin, *(column(side) for side in zip(*batch, strict=True)), **options)
    for (made, wanted), value in zip(batch, found, strict=True):
        theirs = scorer(kind, stemmer=stemmer).score(wanted, made)[kind][FIELDS[measure]]
        assert value == pytest.approx(theirs, abs=1e-12)
        assert builtin.one(made, wanted, **options) == pytest.approx(theirs, abs=1e-12)


@given(pair=pairs, times=st.integers(2, 40))
def test_long_texts_agree(pair: tuple[str, str], times: int) -> None:
    made, wanted = (text + " " + text[::-1] for text in pair)
    made, wanted = made * times, wanted * (42 - times)
    found = lowered(ROUGE_L, column([made]), column([wanted]))
    assert found[0] == pytest.approx(ROUGE_L.one(made, wanted), abs=1e-12)


@given(st.text(alphabet="aeioubcdlstyzwx7", max_size=5), st.lists(st.sampled_from(SUFFIXES), max_size=3))
def test_words_are_stemmed_as_by_nltk(head: str, tails: list[str]) -> None:
    word = "".join((head, *tails))
    if len(word) > 2:
        assert stemmed(word) == PorterStemmer().stem(word)


@pytest.mark.parametrize("word", [*IRREGULAR, "ties", "died", "feed", "agreed", "hopping", "falling", "y" * 9, "sky7"])
def test_words_that_are_exceptions(word: str) -> None:
    assert stemmed(word) == PorterStemmer().stem(word)


@given(pairs)
def test_neighbours_that_are_equal_share_their_tokens(pair: tuple[str, str]) -> None:
    made = column([pair[0], pair[1], pair[0]])
    wanted = column([pair[1]] * 3)
    found = lowered(ROUGE_N, made, wanted)
    assert found[0] == found[2]
    assert found == [ROUGE_N.one(text, pair[1]) for text in (pair[0], pair[1], pair[0])]


@pytest.mark.parametrize(
    ("made", "wanted", "values"),
    [
        ("a" * MEGABYTES, "a" * MEGABYTES, [1.0, 1.0, 1.0]),
        ("a" * MEGABYTES, "b" * MEGABYTES, [0.0, 0.0, 0.0]),
        ("\u212a" * (MEGABYTES // 3), "k", [0.0, 0.0, 0.0]),
        ("a " * (MEGABYTES // 2), "a " * (MEGABYTES // 2), [1.0, None, None]),
        ("\n" * MEGABYTES, "a", [0.0, 0.0, 0.0]),
    ],
    ids=["one token", "two tokens", "odd letters", "many tokens", "no tokens"],
)
def test_huge_texts_have_a_score_or_none(made: str, wanted: str, values: list[float | None]) -> None:
    columns = Texts.of([made]), Texts.of([wanted])
    assert [lowered(builtin, *columns, stemmer=True)[0] for builtin in BUILTINS] == values


def test_the_bound_is_on_the_product_of_both() -> None:
    size = int(LINE_CELLS**0.5)
    texts = Texts.of(["a " * size, "a " * (size + 1)]), Texts.of(["a " * (size // 2)] * 2)
    assert None not in lowered(ROUGE_LSUM, *texts)
    assert lowered(ROUGE_LSUM, Texts.of(["a " * (2 * size)]), Texts.of(["a " * size])) == [None]


@example(n=0)
@example(n=10)
@given(n=st.integers(-5, 0) | st.integers(10, 20))
def test_orders_have_one_digit(n: int) -> None:
    assert ROUGE_N.refuse([], {"n": n})
    assert ROUGE_N.refuse([], {"n": 9}) is None
