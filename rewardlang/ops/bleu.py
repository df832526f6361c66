"""Agreement with references by shared n-grams: `bleu`, `token_bleu`, `gleu`."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from rewardlang.facts import Interval
from rewardlang.ops.builtin import NUMBER, Lists, Parameter, Role, Rows
from rewardlang.ops.sets import SCORE
from rewardlang.ops.text import X, constant
from rewardlang.ops.tokenizers import BY, TOKENIZERS, choice
from rewardlang.types import INT, TEXT, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.column import Ragged
    from rewardlang.columns.ngrams import Statistics
    from rewardlang.columns.texts import Texts

SMOOTHING = ("none", "floor", "add-k", "exp", "laplace", "method4", "method5", "method7")
AVERAGED = ("method5", "method7")
ADDED: Mapping[str, float] = {"floor": 0.1, "add-k": 1.0, "laplace": 1.0}
"""The methods that use the value, and its default."""
SETTINGS = (
    Parameter("order", (INT,), role=Role.CONST, default=4),
    constant("smooth", default="exp"),
    Parameter("value", NUMBER, role=Role.CONST, default=None),
    constant("short", default="skip"),
    constant("length", default="closest"),
)
"""How statistics become a score, alike for texts and lists of tokens."""
TOKENS = Parameter("x", (TEXT, INT), axes=("a",))
REFERENCES = Parameter("references", (TEXT, INT), axes=("b", "c"))


def _value(smooth: str, value: Any) -> float:
    return ADDED.get(smooth, 0.0) if value is None else float(value)


def _wrong_settings(options: Mapping[str, Any]) -> str | None:
    smooth, value = options.get("smooth", "exp"), options.get("value")
    lists = (("smooth", SMOOTHING), ("short", ("skip", "zero", "one")), ("length", ("closest", "shortest")))
    reason = next((found for name, words in lists if (found := choice(options, name, words))), None)
    if reason is not None:
        return reason
    if not 1 <= options.get("order", 4) <= 16:
        return "`order` is a number from 1 to 16"
    if value is None or smooth not in ADDED:
        return None
    if not 0 <= value <= (1 if smooth == "floor" else 1e6):
        return "`value` is a number from 0 to 1 where it is the floor, to 1e6 where it is added"
    return None


def _wrong_kinds(types: Sequence[Type]) -> str | None:
    return "compare texts with texts, or numbers with numbers" if types[0].element != types[1].element else None


def _reach(options: Mapping[str, Any]) -> Interval:
    """Averaging with one more than the first precision can go beyond 1."""
    return Interval(0, Fraction(4, 3)) if options.get("smooth") in AVERAGED else SCORE


def _one(entries: list[Any], references: Sequence[list[Any]], options: Mapping[str, Any]) -> float:
    from rewardlang.ops.bleu_meaning import bleu

    smooth = options["smooth"]
    value = _value(smooth, options["value"])
    return bleu(entries, references, options["order"], smooth, value, options["short"], options["length"])


def _scores(statistics: Statistics, options: Mapping[str, Any]) -> Any:
    import numpy as np

    from rewardlang.columns.precisions import bleu

    smooth = options["smooth"]
    value = _value(smooth, options["value"])
    scores = bleu(statistics, options["order"], smooth, value, options["short"], options["length"])
    return np.minimum(scores, float(_reach(options).high))


def _orders(options: Mapping[str, Any]) -> int:
    """Averaging looks one order further."""
    order: int = options["order"]
    return order + (options["smooth"] in AVERAGED)


class BleuOfTexts(Lists):
    """BLEU of a text against several references, 0..1: how many of its runs of 1 to `order` tokens they have too.

    The geometric mean of the precisions of each order, times a penalty for texts that are shorter than the reference of
    the `closest` (or `shortest`) length. `smooth` says what an order without a match counts: `none` nothing, `floor`
    the `value` 0.1, `exp` a half, a quarter, … of a match; `add-k` adds the `value` 1 to both counts from the second
    order on, `laplace` from the first; `method4`, `method5` and `method7` are Chen and Cherry's. `short` says what
    becomes of an order that is longer than the text: `skip` leaves it out (sacrebleu's `effective_order`), with `zero`
    it has no match, with `one` it counts as one run without a match (NLTK; methods 4, 5, 7 always do). Two texts that
    have no token in common score 0, but with `laplace`. What belongs to a reference is kept across calls, within a
    bound: see `rewardlang.limit_cache`.

    Shapes: x: any axes; references: a list of texts, which is consumed.
    Units: a share; times 100 it is what sacrebleu prints. With `method5` and `method7` up to 4/3.
    Missing: where there is no reference; where x or references is.
    Errors: all settings must be constants: `by` a tokenizer of `tokenize`, `order` from 1 to 16, `value` from 0.
    Source: Papineni et al. 2002; smoothing as Chen and Cherry 2014. Equal to sacrebleu 2.6's `sentence_score`:
        whitespace at the end of a text goes before it is tokenized. NLTK's and evaluate's scores: `token_bleu`.
    Example: bleu("a b c d e", ["a b c d"]) > 0.66
    """

    name = "bleu"
    parameters = (X, Parameter("references", (TEXT,), axes=("b",)), BY, *SETTINGS)
    partial = True

    def may_miss(self, types: Sequence[Type], options: Mapping[str, Any]) -> bool:
        return not (types[1].axes and all(axis.least for axis in types[1].axes))

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        return choice(options, "by", TOKENIZERS) or _wrong_settings(options)

    def range(self, *ranges: Interval, **options: Any) -> Interval:
        return _reach(options)

    def one(self, x: str, references: list[str], **options: Any) -> float | None:
        from rewardlang.ops.token_meaning import tokenized

        by = options["by"]
        others = [tokenized(other.rstrip(), by) for other in references]
        return _one(tokenized(x.rstrip(), by), others, options) if others else None

    def lists(self, x: Texts, references: Ragged, **options: Any) -> Any:
        from rewardlang.columns.ngrams import of_texts

        found = of_texts(x, references.offsets, references.column, options["by"], _orders(options))
        return _scores(found, options), references.lengths > 0


class BleuOfText(Rows):
    """BLEU of a text against one reference: as of several.

    Shapes: x, references: any axes, broadcast by name.
    Units: a share; times 100 it is what sacrebleu prints. With `method5` and `method7` up to 4/3.
    Missing: where x or references is.
    Errors: all settings must be constants: `by` a tokenizer of `tokenize`, `order` from 1 to 16, `value` from 0.
    Source: as of several references.
    Example: bleu("the cat sat on the mat", "the cat sat on the mat") == 1
    """

    name = "bleu"
    slow = True
    parameters = (X, Parameter("references", (TEXT,)), BY, *SETTINGS)

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        return choice(options, "by", TOKENIZERS) or _wrong_settings(options)

    def range(self, *ranges: Interval, **options: Any) -> Interval:
        return _reach(options)

    def one(self, x: str, references: str, **options: Any) -> float:
        from rewardlang.ops.token_meaning import tokenized

        by = options["by"]
        return _one(tokenized(x.rstrip(), by), [tokenized(references.rstrip(), by)], options)

    def rows(self, x: Texts, references: Texts, **options: Any) -> Any:
        import numpy as np

        from rewardlang.columns.ngrams import of_texts

        found = of_texts(x, np.arange(len(x) + 1), references, options["by"], _orders(options))
        return _scores(found, options)


class TokenBleu(Lists):
    """BLEU of a list of tokens, texts or ids, against several others: `bleu` without a tokenizer.

    Shapes: x: a list of tokens; references: a list of lists of tokens; both are consumed.
    Units: a share. With `method5` and `method7` up to 4/3.
    Missing: where there is no reference; where x or references is.
    Errors: texts with numbers; all settings must be constants: `order` from 1 to 16, `value` from 0.
    Source: as `bleu`. NLTK's `sentence_bleu` is `short: "one"`; its methods 0 to 3 are `none`, `floor`, `add-k`, `exp`.
        The BLEU of evaluate is `length: "shortest"`, smoothed `laplace`, else `smooth: "none", short: "zero"`.
    Example: token_bleu(words("a b c"), [words("a b c")]) == 1
    """

    name = "token_bleu"
    parameters = (TOKENS, REFERENCES, *SETTINGS)
    partial = True

    def may_miss(self, types: Sequence[Type], options: Mapping[str, Any]) -> bool:
        return not all(axis.least for axis in types[1].axes[:-1])

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        return _wrong_kinds(types) or _wrong_settings(options)

    def range(self, *ranges: Interval, **options: Any) -> Interval:
        return _reach(options)

    def one(self, x: list[Any], references: list[list[Any]], **options: Any) -> float | None:
        return _one(x, references, options) if references else None

    def lists(self, x: Ragged, references: Ragged, **options: Any) -> Any:
        from rewardlang.columns.ngrams import of_lists

        found = of_lists(x, references.offsets, references.column, _orders(options))
        return _scores(found, options), references.lengths > 0


class Gleu(Lists):
    """GLEU of a list of tokens, texts or ids: the share of its runs of `least` to `order` tokens that a reference has.

    It is the smaller one of precision and recall, against the reference with the best score; 0 where there is none.

    Shapes: x: a list of tokens; references: a list of lists of tokens; both are consumed.
    Units: a share.
    Missing: where x or references is.
    Errors: texts with numbers; `order` and `least` must be constants from 1 to 16.
    Source: Wu et al. 2016 (arXiv 1609.08144, section 5.2), as NLTK's `sentence_gleu`.
    Example: gleu(words("a b"), [words("a b c")]) == 0.5
    """

    name = "gleu"
    parameters = (
        TOKENS,
        REFERENCES,
        Parameter("order", (INT,), role=Role.CONST, default=4),
        Parameter("least", (INT,), role=Role.CONST, default=1),
    )

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        if not 1 <= options.get("least", 1) <= options.get("order", 4) <= 16:
            return "`least` and `order` are numbers from 1 to 16, and `order` is not the smaller one"
        return _wrong_kinds(types)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return SCORE

    def one(self, x: list[Any], references: list[list[Any]], order: int = 4, least: int = 1) -> float:
        from rewardlang.ops.bleu_meaning import gleu

        return gleu(x, references, least, order)

    def lists(self, x: Ragged, references: Ragged, order: int = 4, least: int = 1) -> Any:
        from rewardlang.columns.ngrams import in_pairs
        from rewardlang.columns.precisions import gleu

        return gleu(in_pairs(x, references.offsets, references.column, order), references.offsets, least)


BUILTINS = (BleuOfTexts(), BleuOfText(), TokenBleu(), Gleu())
