"""Texts taken apart into lists, and lists of texts put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import Lists, Made, Parameter, Role
from rewardlang.ops.text import X, constant
from rewardlang.types import INT, TEXT, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.column import Ragged
    from rewardlang.columns.texts import Texts

TEXTS = Parameter("x", (TEXT,), axes=("a",))


class Lines(Lists):
    r"""The lines of a text, at least one.

    Shapes: x: any axes; the result has the new axis `line`.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: what stands between newlines (`\n` alone), as Python's `x.split("\n")`.
    Example: join(lines("a\nb"), "|") == "a|b"
    """

    name = "lines"
    parameters = (X,)
    result = TEXT
    makes = Made("line", least=1)

    def one(self, x: str) -> list[str]:
        return x.split("\n")

    def lists(self, x: Texts) -> Any:
        from rewardlang.columns.column import Ragged
        from rewardlang.kernels.split import split_lines

        return Ragged(*split_lines(x))


class Words(Lists):
    """The words of a text: what stands between whitespace.

    Shapes: x: any axes; the result has the new axis `word`.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: Unicode whitespace, as Python's `x.split()`.
    Example: join(words("  a  b "), "|") == "a|b"
    """

    name = "words"
    parameters = (X,)
    result = TEXT
    makes = Made("word")

    def one(self, x: str) -> list[str]:
        return x.split()

    def lists(self, x: Texts) -> Any:
        from rewardlang.columns.column import Ragged
        from rewardlang.kernels.split import split_words

        return Ragged(*split_words(x))


class Split(Lists):
    """The parts of a text between occurrences of a separator, at least one.

    Shapes: x: any axes; the result has the new axis `part`.
    Units: none.
    Missing: where x is.
    Errors: the separator must be constant and not empty.
    Source: as Python's `x.split(separator)`.
    Example: join(split("a,b,", ","), "|") == "a|b|"
    """

    name = "split"
    parameters = (X, constant("separator"))
    result = TEXT
    makes = Made("part", least=1)

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        return None if options.get("separator") else "the separator is empty; `words` splits at whitespace"

    def one(self, x: str, separator: str) -> list[str]:
        return x.split(separator)

    def lists(self, x: Texts, separator: str) -> Any:
        from rewardlang.columns.column import Ragged
        from rewardlang.kernels.split import split_on

        return Ragged(*split_on(x, separator.encode()))


class Join(Lists):
    """The entries of a list of texts, one after the other, with a separator between them.

    Shapes: x: a list of texts, which is consumed.
    Units: none.
    Missing: where x is; entries that may be missing need `missing:` or `??`.
    Errors: the separator must be constant.
    Source: as Python's `separator.join(x)`.
    Example: join(words("a b"), ", ") == "a, b"
    """

    name = "join"
    parameters = (TEXTS, constant("separator"))
    result = TEXT

    def one(self, x: list[str], separator: str) -> str:
        return separator.join(x)

    def lists(self, x: Ragged, separator: str) -> Any:
        from rewardlang.kernels.joining import join

        return join(x.offsets, x.column, separator.encode()).rows


class Ngrams(Lists):
    """The runs of n consecutive entries of a list of texts, each joined by one space; none in a shorter list.

    Shapes: x: a list of texts, which is consumed; the result has the new axis `ngram`.
    Units: none.
    Missing: where x is; entries that may be missing need `missing:` or `??`.
    Errors: n must be a constant of at least 1.
    Source: `" ".join(x[i : i + n])` for each i.
    Example: join(ngrams(words("a b c"), 2), "|") == "a b|b c"
    """

    name = "ngrams"
    parameters = (TEXTS, Parameter("n", (INT,), role=Role.CONST))
    result = TEXT
    makes = Made("ngram")

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        return None if options.get("n", 0) >= 1 else "`n` must be at least 1"

    def one(self, x: list[str], n: int) -> list[str]:
        return [" ".join(x[start : start + n]) for start in range(len(x) - n + 1)]

    def lists(self, x: Ragged, n: int) -> Any:
        import numpy as np

        from rewardlang.columns.column import Ragged
        from rewardlang.columns.texts import Texts
        from rewardlang.kernels.joining import join
        from rewardlang.kernels.offsets import offsets_of

        entries = join(x.offsets, x.column, b" ").entries
        counts = np.maximum(x.lengths - n + 1, 0)
        offsets = offsets_of(counts)
        first = np.arange(offsets[-1]) + np.repeat(x.offsets[:-1] - offsets[:-1], counts)
        return Ragged(offsets, Texts(entries.buffer, entries.starts[first], entries.ends[first + n - 1]))


BUILTINS = (Lines(), Words(), Split(), Join(), Ngrams())
