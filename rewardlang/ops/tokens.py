"""Tokens of texts, by a tokenizer that the caller gives: `load(spec, tokenizers={"name": "tokenizer.json"})`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import Lists, Made, Parameter, Role, Rows
from rewardlang.ops.text import LENGTH, X
from rewardlang.types import INT, TEXT

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts
    from rewardlang.facts import Interval

TOKENIZER = Parameter("tokenizer", (TEXT,), role=Role.GIVEN)


def _column(x: str) -> Texts:
    from rewardlang.columns.texts import Texts

    return Texts.of([x])


class TokenCount(Rows):
    """The number of tokens of a text.

    Shapes: x: any axes.
    Units: tokens.
    Missing: where x is.
    Errors: `tokenizer` is the name of one that is given when the spec is loaded, or `bytes`: then each byte of UTF-8 is
        a token.
    Source: Hugging Face's `tokenizers`, without special tokens, truncation and padding. Its time is that of the
        tokenizer: with byte-pair encoding n log n of the longest run that its pre-tokenizer leaves whole.
    Example: token_count("naïve", tokenizer: "bytes") == 6
    """

    name = "token_count"
    slow = True
    parameters = (X, TOKENIZER)
    result = INT

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return LENGTH

    def one(self, x: str, tokenizer: Any) -> int:
        return int(tokenizer.counts(_column(x))[0])

    def rows(self, x: Texts, tokenizer: Any) -> Any:
        return tokenizer.counts(x)


class Tokens(Lists):
    """The tokens of a text, as the tokenizer's vocabulary writes them.

    Shapes: x: any axes; the result has the new axis `token`.
    Units: none.
    Missing: where x is.
    Errors: as for `token_count`; the bytes of `bytes` are two hexadecimal digits each.
    Source: as for `token_count`.
    Example: join(tokens("aé", tokenizer: "bytes"), " ") == "61 c3 a9"
    """

    name = "tokens"
    parameters = (X, TOKENIZER)
    result = TEXT
    makes = Made("token")

    def one(self, x: str, tokenizer: Any) -> list[str]:
        found: list[str] = tokenizer.tokens(_column(x))[1].to_list()
        return found

    def lists(self, x: Texts, tokenizer: Any) -> Any:
        from rewardlang.columns.column import Ragged

        return Ragged(*tokenizer.tokens(x))


BUILTINS = (TokenCount(), Tokens())
