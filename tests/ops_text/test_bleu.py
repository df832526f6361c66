"""BLEU, GLEU and repetition: columns agree with the meaning, and the meaning with sacrebleu and NLTK."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from nltk.translate.gleu_score import sentence_gleu
from sacrebleu.metrics.base import Metric
from sacrebleu.metrics.bleu import BLEU

import rewardlang
from rewardlang.columns.column import Ragged
from rewardlang.diagnostics import CompileError
from rewardlang.ops import bleu, repetition
from tests.ops_text.parity import column, lowered, ragged, unpacked

if TYPE_CHECKING:
    from rewardlang.ops.builtin import Builtin

PIECES = (*"ab", "a", " ", " ", " ", "the", "cat", ".", ",", "1.5", "5-", "-\n", "&quot;", "<skipped>", "é", "中", "\u3000", "$",
          "\u0301", "don't", "\n", "…", "😀")  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=16).map("".join)
ROWS = st.lists(st.tuples(TEXTS, st.lists(TEXTS, max_size=3)), max_size=5)
TOKENS = st.lists(st.sampled_from("abc"), max_size=8)
TOKEN_ROWS = st.lists(st.tuples(TOKENS, st.lists(TOKENS, max_size=3)), max_size=5)
SETTINGS = st.fixed_dictionaries(
    {
        "order": st.integers(1, 6), "smooth": st.sampled_from(bleu.SMOOTHING), "value": st.sampled_from([None, 0, 0.5, 1]),
        "short": st.sampled_from(["skip", "zero", "one"]), "length": st.sampled_from(["closest", "shortest"]),
    }
)  # fmt: skip
DEFAULTS = {parameter.name: parameter.default for parameter in bleu.SETTINGS}


def of(cls: type[Builtin]) -> Any:
    return next(b for b in (*bleu.BUILTINS, *repetition.BUILTINS) if type(b) is cls)


def nested(lists: list[list[list[Any]]]) -> Ragged:
    """Lists of lists of texts."""
    inner = ragged([tokens for references in lists for tokens in references])
    return Ragged(np.cumsum([0, *map(len, lists)]).astype(np.int64), inner)


def near(found: Any, wanted: Any) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-12)


def check(builtin: Any, arguments: list[Any], rows: list[tuple[Any, ...]], **options: Any) -> None:
    found = lowered(builtin, *arguments, **options)
    wanted = [builtin.one(*row, **options) for row in rows]
    assert all(map(near, found, wanted)), (found, wanted)
    interval = builtin.range(**options)
    assert all(interval.low <= score <= interval.high for score in found if score is not None)


@given(rows=ROWS, by=st.sampled_from(bleu.TOKENIZERS), settings=SETTINGS)
def test_of_texts(rows: list[tuple[str, list[str]]], by: str, settings: dict[str, Any]) -> None:
    made, references = column([row[0] for row in rows]), ragged([row[1] for row in rows])
    check(of(bleu.BleuOfTexts), [made, references], rows, by=by, **settings)


@given(rows=st.lists(st.tuples(TEXTS, TEXTS), max_size=6), by=st.sampled_from(bleu.TOKENIZERS), settings=SETTINGS)
def test_of_one_text(rows: list[tuple[str, str]], by: str, settings: dict[str, Any]) -> None:
    sides = [column(list(side)) for side in zip(*rows, strict=True)] or [column([]), column([])]
    check(of(bleu.BleuOfText), sides, rows, by=by, **settings)


@given(rows=TOKEN_ROWS, settings=SETTINGS)
def test_of_tokens(rows: list[tuple[list[str], list[list[str]]]], settings: dict[str, Any]) -> None:
    arguments = [ragged([row[0] for row in rows]), nested([row[1] for row in rows])]
    check(of(bleu.TokenBleu), arguments, rows, **settings)


@given(rows=TOKEN_ROWS, least=st.integers(1, 3), more=st.integers(0, 3))
def test_gleu(rows: list[tuple[list[str], list[list[str]]]], least: int, more: int) -> None:
    arguments = [ragged([row[0] for row in rows]), nested([row[1] for row in rows])]
    check(of(bleu.Gleu), arguments, rows, least=least, order=least + more)


@given(
    made=TEXTS, references=st.lists(TEXTS, min_size=1, max_size=3), by=st.sampled_from(["13a", "intl", "char", "none"]),
    smooth=st.sampled_from(["none", "floor", "add-k", "exp"]), value=st.sampled_from([None, 0, 0.01, 0.5, 1]),
    effective=st.booleans(), order=st.integers(1, 6),
)  # fmt: skip
def test_is_sacrebleu(
    made: str, references: list[str], *, by: str, smooth: str, value: float | None, effective: bool, order: int
) -> None:
    metric = BLEU(
        tokenize=by, smooth_method=smooth, smooth_value=value, max_ngram_order=order, effective_order=effective
    )
    wanted = Metric.sentence_score(metric, made, references).score / 100
    options = {"order": order, "smooth": smooth, "value": value, "short": "skip" if effective else "zero"}
    arguments = [column([made]), ragged([references])]
    (found,) = lowered(of(bleu.BleuOfTexts), *arguments, by=by, length="closest", **options)
    assert near(found, wanted)


METHODS = {0: "none", 1: "floor", 2: "add-k", 3: "exp", 4: "method4", 5: "method5", 7: "method7"}


@given(made=TOKENS, references=st.lists(TOKENS, min_size=1, max_size=3), method=st.sampled_from(sorted(METHODS)))
def test_is_nltk(made: list[str], references: list[list[str]], method: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        smoothing = getattr(SmoothingFunction(), f"method{method}")
        wanted = sentence_bleu(references, made, smoothing_function=smoothing)
    arguments = [ragged([made]), nested([references])]
    options = {**DEFAULTS, "smooth": METHODS[method], "short": "one"}
    (found,) = lowered(of(bleu.TokenBleu), *arguments, **options)
    assert near(found, wanted)
    (gleu,) = unpacked(of(bleu.Gleu).lists(*arguments))
    assert near(gleu, sentence_gleu(references, made))


@given(lists=st.lists(st.lists(st.integers(-2, 2), max_size=9), max_size=5), n=st.integers(1, 4))
def test_repetition_of_ids_and_of_texts(lists: list[list[int]], n: int) -> None:
    texts = [list(map(str, entries)) for entries in lists]
    for cls in (repetition.DistinctN, repetition.Repetition):
        check(of(cls), [ragged(lists, lambda flat: np.array(flat, np.int64))], [(e,) for e in lists], n=n)
        check(of(cls), [ragged(texts)], [(e,) for e in texts], n=n)


def test_ids_are_tokens_too() -> None:
    ids = ragged([[5, 6, 7]], lambda flat: np.array(flat, np.int64))
    references = Ragged(np.array([0, 2]), ragged([[5, 6], [5, 6, 7, 8]], lambda flat: np.array(flat, np.int64)))
    rows = ([5, 6, 7], [[5, 6], [5, 6, 7, 8]])
    check(of(bleu.TokenBleu), [ids, references], [rows], **DEFAULTS)
    check(of(bleu.Gleu), [ids, references], [rows])


SPEC = """
reward r(x: text, references: text[reference], reference: text, ids: int[id]) -> float {
    sum {
        many: bleu(x, references) ?? 0
        one: bleu(x, reference)
        literal: bleu(x, [reference])
        pairs: mean(bleu(references, reference)) ?? 0
        tokens: token_bleu(words(x), words(references)) ?? 0
        single: token_bleu(words(x), [words(reference)])
        agreed: gleu(tokenize(x, by: "char"), tokenize(references, by: "char"))
        new: distinct_n(ids, 2) ?? 1
    }
}
"""


def test_the_overload_is_that_of_the_lists() -> None:
    scores = rewardlang.compile(SPEC)(
        x=["a b c d", "", "x"], references=[["a b c", "a b c d"], [], ["x"]], reference=["a b c d", "", "y"],
        ids=[[1, 2, 1, 2], [], [1]],
    )  # fmt: skip
    raw = {path: term.raw.tolist() for path, term in scores.terms.items()}
    assert raw["many"] == [1, 0, 1]
    assert raw["one"] == raw["literal"] == raw["single"] == [1, 0, 0]
    assert raw["pairs"] == pytest.approx([(1 + math.exp(1 - 4 / 3)) / 2, 0, 0])
    assert raw["tokens"] == [1, 0, 1]
    assert raw["agreed"] == [1, 0, 1]
    assert raw["new"] == pytest.approx([2 / 3, 1, 1])


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ('tokenize(x, by: "13b")', "`by` is one of the texts"),
        ('bleu(x, x, by: "words")', "`by` is one of the texts"),
        ('bleu(x, x, smooth: "add_k")', "`smooth` is one of the texts"),
        ('bleu(x, x, short: "long")', "`short` is one of the texts"),
        ("bleu(x, x, order: 0)", "`order` is a number from 1 to 16"),
        ('bleu(x, x, smooth: "floor", value: 2)', "`value` is a number from 0 to 1"),
        ('bleu(x, x, smooth: "add-k", value: -1)', "to 1e6 where it is added"),
        ("token_bleu(words(x), [[1, 2]])", "compare texts with texts"),
        ("gleu(words(x), [words(x)], least: 5)", "`least` and `order` are numbers from 1 to 16"),
        ("distinct_n(words(x), 0)", "`n` is a number from 1 to 1000"),
        ("repetition(words(x), 1001)", "`n` is a number from 1 to 1000"),
    ],
)
def test_wrong_settings_are_told(call: str, reason: str) -> None:
    with pytest.raises(CompileError, match=reason):
        rewardlang.compile(f"reward r(x: text) -> int {{ count([1, 2]) + (if present({call}) then 0 else 1) }}")


def test_method_5_can_go_beyond_1() -> None:
    spec = 'reward r(x: text) -> float in 0..4 / 3 { bleu(x, x, smooth: "method5") }'
    assert rewardlang.compile(spec.replace("4 / 3", "1.34"))(x=["a b c d e f"]).total[0] > 1
    with pytest.raises(CompileError, match="range-not-proved"):
        rewardlang.compile(spec.replace("4 / 3", "1"))


HOSTILE = ["a" * 1_000_000, "a " * 200_000, "." * 1_000_000, "<think>" * 100_000, "\0", "\ud800", "9" * 100_000, ""]


def test_any_text_has_a_score() -> None:
    scored = rewardlang.compile("reward r(x: text, y: text) -> score { bleu(x, y) }")
    scores = scored(x=HOSTILE, y=["a a ."] * len(HOSTILE))
    assert not scores.missing.any()
    assert ((scores.total >= 0) & (scores.total <= 1)).all()
    same = scored(x=HOSTILE[:4], y=HOSTILE[:4])
    assert same.total.tolist() == [1, 1, 1, 1]
