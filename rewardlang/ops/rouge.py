"""ROUGE: what a text has in common with a reference, by n-grams and by longest common subsequences."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from rewardlang.facts import Interval
from rewardlang.ops.builtin import Parameter, Role, Rows
from rewardlang.ops.sequences import common_length, traced
from rewardlang.types import BOOL, INT, TEXT, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.texts import Texts

SCORE = Interval(0, 1)
CELLS = 1 << 34
"""How many cells the table of a longest common subsequence may have: half a second of work."""
LINE_CELLS = 1 << 27
"""The same where subsequences are traced back through it, with a table for each pair of lines."""
X = Parameter("x", (TEXT,))
REFERENCE = Parameter("reference", (TEXT,))
MEASURE = Parameter("measure", (), role=Role.WORD, default="f", words=("f", "precision", "recall"))
STEMMER = Parameter("stemmer", (BOOL,), role=Role.CONST, default=False)


def tokens(text: str, *, stemmer: bool) -> list[str]:
    """The tokens of ROUGE: runs of ASCII letters and digits in lower case."""
    found = re.findall(r"[a-z0-9]+", text.lower())
    if not stemmer:
        return found
    from rewardlang.kernels.porter import stemmed

    return [stemmed(token) if len(token) > 3 else token for token in found]


def score(shared: float, made: float, wanted: float, measure: str) -> float:
    """Precision, recall or their harmonic mean, 0 where there is nothing."""
    precision, recall = shared / max(made, 1), shared / max(wanted, 1)
    if measure == "f":
        return 2 * precision * recall / (precision + recall) if shared else 0.0
    return precision if measure == "precision" else recall


def scores(shared: Any, made: Any, wanted: Any, measure: str) -> Any:
    """The same of whole columns."""
    import numpy as np

    precision, recall = shared / np.maximum(made, 1), shared / np.maximum(wanted, 1)
    if measure == "f":
        return np.where(shared > 0, 2 * precision * recall / np.where(shared > 0, precision + recall, 1), 0.0)
    return precision if measure == "precision" else recall


class RougeN(Rows):
    """ROUGE-N: the n-grams that x shares with a reference, by those of both (f), of x (precision), of the reference.

    Shapes: x, reference: any axes, broadcast by name; the best of several is `max(rouge_n(x, references))`.
    Units: none.
    Missing: where x or reference is.
    Errors: n must be a constant from 1 to 9, `stemmer` a constant.
    Source: Lin, "ROUGE: A Package for Automatic Evaluation of Summaries" (2004), section 2, as rouge-score 0.1.2:
        tokens are runs of a-z and 0-9 of the text in lower case, so that other scripts have none; with `stemmer` those
        of more than three letters are stemmed as by NLTK's Porter stemmer; counts are clipped; 0 where a side is empty.
        The work is linear in both texts.
    Example: rouge_n("the cat sat", "a cat sat here", 2) == 0.4
    """

    name = "rouge_n"
    slow = True
    parameters = (X, REFERENCE, Parameter("n", (INT,), role=Role.CONST, default=1), MEASURE, STEMMER)

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        return None if 1 <= options.get("n", 1) <= 9 else "`n` must be from 1 to 9"

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return SCORE

    def one(self, x: str, reference: str, n: int = 1, measure: str = "f", *, stemmer: bool = False) -> float:
        made, wanted = (
            Counter(zip(*(found[at:] for at in range(n)), strict=False))
            for found in (tokens(x, stemmer=stemmer), tokens(reference, stemmer=stemmer))
        )
        return score((made & wanted).total(), made.total(), wanted.total(), measure)

    def rows(self, x: Texts, reference: Texts, n: int = 1, measure: str = "f", *, stemmer: bool = False) -> Any:
        import numpy as np

        from rewardlang.kernels import rouge

        made, wanted = rouge.tokens(x, stems=stemmer), rouge.tokens(reference, stems=stemmer)
        mine, theirs = (np.maximum(found.lengths - n + 1, 0) for found in (made, wanted))
        return scores(rouge.shared(made, wanted, n), mine, theirs, measure)


class RougeL(Rows):
    """ROUGE-L: the longest common subsequence of tokens, by those of both (f), of x (precision), of the reference.

    Shapes: x, reference: any axes, broadcast by name; the best of several is `max(rouge_l(x, references))`.
    Units: none.
    Missing: where x or reference is; where the product of their numbers of tokens is more than 2**34, since the work is
        in proportion to it.
    Errors: `stemmer` must be a constant.
    Source: Lin 2004, section 3.1, with the tokens of `rouge_n`, as rouge-score 0.1.2; 0 where a side is empty.
    Example: round(3 * (rouge_l("a b c d", "a c d e f") ?? 0)) == 2
    """

    name = "rouge_l"
    slow = True
    parameters = (X, REFERENCE, MEASURE, STEMMER)
    partial = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return SCORE

    def one(self, x: str, reference: str, measure: str = "f", *, stemmer: bool = False) -> float | None:
        made, wanted = tokens(x, stemmer=stemmer), tokens(reference, stemmer=stemmer)
        if len(made) * len(wanted) > CELLS:
            return None
        return score(common_length(made, wanted), len(made), len(wanted), measure)

    def rows(self, x: Texts, reference: Texts, measure: str = "f", *, stemmer: bool = False) -> Any:
        from rewardlang.kernels import rouge

        made, wanted = rouge.tokens(x, stems=stemmer), rouge.tokens(reference, stems=stemmer)
        shared = rouge.in_order(made, wanted, CELLS)
        return scores(shared.clip(0), made.lengths, wanted.lengths, measure), shared >= 0


class RougeLsum(Rows):
    r"""ROUGE-L of summaries: for each line of the reference the union of its subsequences with all lines of x.

    Shapes: x, reference: any axes, broadcast by name; the best of several is `max(rouge_lsum(x, references))`.
    Units: none.
    Missing: where x or reference is; where the product of their numbers of tokens is more than 2**27, since the work is
        in proportion to it.
    Errors: `stemmer` must be a constant.
    Source: Lin 2004, section 3.2, with the tokens of `rouge_n`, as rouge-score 0.1.2: what stands between newlines is a
        sentence; no token counts more often than in either text; of several longest subsequences that which a walk
        from the ends finds that goes up, through the reference, where it can. 0 where a side is empty.
    Example: (rouge_lsum("a b\nc d", "a c\nb d") ?? 0) == 1
    """

    name = "rouge_lsum"
    slow = True
    parameters = (X, REFERENCE, MEASURE, STEMMER)
    partial = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return SCORE

    def one(self, x: str, reference: str, measure: str = "f", *, stemmer: bool = False) -> float | None:
        made, wanted = ([tokens(line, stemmer=stemmer) for line in text.split("\n")] for text in (x, reference))
        mine, theirs = (Counter(token for line in lines for token in line) for lines in (made, wanted))
        if mine.total() * theirs.total() > LINE_CELLS:
            return None
        marked: Counter[str] = Counter()
        for line in wanted:
            places = set[int]().union(*(traced(line, candidate) for candidate in made))
            marked.update(line[place] for place in places)
        return score((marked & mine & theirs).total(), mine.total(), theirs.total(), measure)

    def rows(self, x: Texts, reference: Texts, measure: str = "f", *, stemmer: bool = False) -> Any:
        from rewardlang.kernels.rouge import tokens
        from rewardlang.kernels.rouge_lines import in_lines
        from rewardlang.kernels.split import split_lines

        (lines, made), (targets, wanted) = split_lines(x), split_lines(reference)
        left, right = tokens(made, stems=stemmer), tokens(wanted, stems=stemmer)
        hits, mine, theirs = in_lines(left, lines, right, targets, LINE_CELLS)
        return scores(hits.clip(0), mine, theirs, measure), hits >= 0


BUILTINS = (RougeN(), RougeL(), RougeLsum())
