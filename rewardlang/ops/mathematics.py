"""Mathematics in texts: what math-verify finds in them, and whether two say the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import Parameter, Role, Rows
from rewardlang.types import BOOL, TEXT, Type
from rewardlang.workers.readings import READINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.texts import Texts

X = Parameter("x", (TEXT,))
_SURROGATE = re.compile("[\ud800-\udfff]")


def _reading(name: str) -> Parameter:
    return Parameter(name, (), role=Role.WORD, default="any", words=tuple(READINGS))


def _uninstalled() -> str | None:
    from rewardlang.workers.answers import NEEDED, installed

    return None if installed() else NEEDED


def _answers(requests: Sequence[tuple[str, ...]]) -> list[Any]:
    """What the workers say; `UNDECIDED` where they do not."""
    from rewardlang.workers.answers import ask

    return ask(requests)


def _answer(*request: str) -> Any:
    """One answer; None where it is undecided. A lone surrogate is no character: columns hold U+FFFD in its place."""
    from rewardlang.workers.pool import UNDECIDED

    answer = _answers([tuple(_SURROGATE.sub("\ufffd", part) for part in request)])[0]
    return None if answer is UNDECIDED else answer


class MathEqual(Rows):
    r"""Whether two mathematical answers are equal, as math-verify sees it.

    `gold_as` and `answer_as` say where the mathematics stands in each text and how it is read:

    - `any`: LaTeX or a plain expression, as math-verify by default; `first`: only the first place that looks like one;
    - `latex`: LaTeX alone; `first_latex`: only the first place that looks like it;
    - `expressions`: as `any`, but a plain expression before LaTeX that spans the same (verl);
    - `boxed`: a box, or LaTeX after words such as `final answer` (TRL); `boxed_equation`: of a chain of equations the
      last right side (open-r1); `boxed_as_written`: a box within dollars is parsed with its box (open-r1's lengths).

    Numbers, simple fractions, percentages and equal LaTeX are decided at once. What is left goes, each pair once, to
    math-verify in processes of its own; answers are kept for later calls. `configure_workers` sets how many processes
    there are, and how long a pair may take. Needs `rewardlang[math]`.

    Shapes: gold, answer: any axes, broadcast by name.
    Units: none.
    Missing: where gold holds no mathematics; where a pair takes longer than its limit (5 seconds), or a text is larger
        than 1 MiB; where gold or answer is. An answer without mathematics is unequal, not missing.
    Errors: math-verify is not installed.
    Source: math-verify 0.9.0, `verify(parse(gold), parse(answer))` with its defaults: six decimal places; gold and
        answer cannot change places. `boxed` is `parse` with boxes at priority 0, no extraction without an anchor, the
        first match, and units the only repair.
    Example: math_equal("$\\frac{1}{2}$", "so it is \\boxed{0.5}", answer_as: boxed) ?? false
    """

    name = "math_equal"
    slow = True
    parameters = (Parameter("gold", (TEXT,)), Parameter("answer", (TEXT,)), _reading("gold_as"), _reading("answer_as"))
    result = BOOL
    partial = True
    timed = True

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        return _uninstalled()

    def one(self, gold: str, answer: str, gold_as: str = "any", answer_as: str = "any") -> bool | None:
        equal: bool | None = _answer("equal", gold, gold_as, answer, answer_as)
        return equal

    def rows(self, gold: Texts, answer: Texts, gold_as: str = "any", answer_as: str = "any") -> Any:
        import numpy as np

        from rewardlang.kernels.hashing import intern
        from rewardlang.kernels.math_verdicts import EQUAL, NO_GOLD, OPEN, decide

        verdicts = decide(gold, READINGS[gold_as], answer, READINGS[answer_as])
        rows = np.flatnonzero(verdicts == OPEN)
        golds, answers = gold.take(rows), answer.take(rows)
        # In the order of the golds, so that a worker parses each once.
        pairs, firsts, places = np.unique(
            np.stack((intern(golds), intern(answers)), axis=1), axis=0, return_index=True, return_inverse=True
        )
        texts = zip(golds.take(firsts).to_list(), answers.take(firsts).to_list(), strict=True)
        known = {True: EQUAL, False: 0, None: NO_GOLD}
        found = _answers([("equal", one, gold_as, other, answer_as) for one, other in texts]) if len(pairs) else []
        codes = np.array([known.get(verdict, OPEN) for verdict in found], dtype=np.int8)
        if rows.size:
            verdicts[rows] = codes[places.ravel()]
        return verdicts == EQUAL, (verdicts == EQUAL) | (verdicts == 0)


class MathText(Rows):
    r"""The mathematics in a text, as math-verify writes it before it compares.

    `as` is as in `math_equal`. LaTeX loses its box, dollars and units, and is repaired where the reading says so; a
    plain number loses its separators.

    Shapes: x: any axes.
    Units: none.
    Missing: where x holds no mathematics, or takes too long, or is too large, as in `math_equal`; where x is missing.
    Errors: math-verify is not installed.
    Source: math-verify 0.9.0, the last entry of what `parse` gives: the text of the first match.
    Example: (math_text("It is $\\boxed{1,234}$.") ?? "") == "1,234"
    """

    name = "math_text"
    parameters = (X, _reading("as"))
    result = TEXT
    partial = True
    timed = True

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        return _uninstalled()

    def one(self, x: str, **options: Any) -> str | None:
        text: str | None = _answer("found", x, options.get("as", "any"))
        return text

    def rows(self, x: Texts, **options: Any) -> Any:
        import numpy as np

        from rewardlang.columns.texts import Texts
        from rewardlang.kernels.hashing import intern
        from rewardlang.kernels.math_verdicts import find_text

        reading = options.get("as", "any")
        texts, present, known = find_text(x, READINGS[reading])
        rows = np.flatnonzero(~known)
        if not rows.size:
            return texts, present
        _, firsts, places = np.unique(intern(x.take(rows)), return_index=True, return_inverse=True)
        found = _answers([("found", text, reading) for text in x.take(rows[firsts]).to_list()])
        present[rows] = np.array([isinstance(text, str) for text in found])[places]
        others = Texts.of([text if isinstance(text, str) else "" for text in found]).take(places)
        starts, ends, size = texts.starts.copy(), texts.ends.copy(), texts.buffer.size
        starts[rows], ends[rows] = others.starts + size, others.ends + size
        return Texts(np.concatenate((texts.buffer, others.buffer)), starts, ends), present


BUILTINS = (MathEqual(), MathText())
