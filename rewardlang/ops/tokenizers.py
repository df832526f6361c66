"""Texts cut into tokens by the rules of the metrics' own tokenizers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import Lists, Made
from rewardlang.ops.text import X, constant
from rewardlang.types import TEXT, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.texts import Texts

TOKENIZERS = ("13a", "intl", "char", "whitespace", "none", "wordpunct")
BY = constant("by", default="13a")


def choice(options: Mapping[str, Any], name: str, words: Sequence[str]) -> str | None:
    """Why an option that is one of a few texts is wrong."""
    if options.get(name) in words:
        return None
    return f"`{name}` is one of the texts " + ", ".join(f'`"{word}"`' for word in words)


class Tokenize(Lists):
    """The tokens of a text: `13a` as the metric of WMT, `intl` at all punctuation and symbols, `char` each character.

    `whitespace`, which sacrebleu calls `none`, gives the words; `wordpunct` runs of letters and digits, and runs of
    what is neither and no whitespace. No token holds whitespace.

    Shapes: x: any axes; the result has the new axis `token`.
    Units: none.
    Missing: where x is.
    Errors: `by` must be a constant, and one of the tokenizers.
    Source: mteval-v13a.pl and mteval-v14.pl, as sacrebleu 2.6 and evaluate code them (`13a` first deletes `<skipped>`
        and a dash at a line's end, and resolves four entities); NLTK 3.8's `wordpunct_tokenize`. Categories of Unicode
        17 for `intl`, letters and digits of 14 for `wordpunct`.
    Example: join(tokenize("It's 1,000.5 km (or so)."), "|") == "It's|1,000.5|km|(|or|so|)|."
    """

    name = "tokenize"
    parameters = (X, BY)
    result = TEXT
    makes = Made("token")

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        return choice(options, "by", TOKENIZERS)

    def one(self, x: str, by: str = "13a") -> list[str]:
        from rewardlang.ops.token_meaning import tokenized

        return tokenized(x, by)

    def lists(self, x: Texts, by: str = "13a") -> Any:
        from rewardlang.columns.column import Ragged
        from rewardlang.kernels.tokens import tokenize

        tokens = tokenize(x, by)
        return Ragged(tokens.offsets, tokens.texts)


BUILTINS = (Tokenize(),)
