"""Comparing texts, and joining two: `== != < <= > >= +`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import Parameter, Rows
from rewardlang.types import BOOL, TEXT

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts

A = Parameter("a", (TEXT,))
B = Parameter("b", (TEXT,))


class TextEqual(Rows):
    """Whether two texts are the same.

    Shapes: a, b: any axes, broadcast by name.
    Units: none.
    Missing: where a or b is.
    Errors: none.
    Source: code point by code point; no normalisation, no folding of case.
    Example: "a" == "a"
    """

    name = "=="
    parameters = (A, B)
    result = BOOL
    laws = ("commutative",)

    def one(self, a: str, b: str) -> bool:
        return a == b

    def rows(self, a: Texts, b: Texts) -> Any:
        from rewardlang.kernels.text import equal

        return equal(a, b)


class TextEquals(Rows):
    """Whether two texts are the same: `==` as a function.

    Shapes: a, b: any axes, broadcast by name.
    Units: none.
    Missing: where a or b is.
    Errors: none.
    Source: code point by code point; no normalisation, no folding of case.
    Example: not equals("a", "A")
    """

    name = "equals"
    parameters = (A, B)
    result = BOOL
    laws = ("commutative",)

    def one(self, a: str, b: str) -> bool:
        return a == b

    def rows(self, a: Texts, b: Texts) -> Any:
        from rewardlang.kernels.text import equal

        return equal(a, b)


class TextDiffers(Rows):
    """Whether two texts differ.

    Shapes: a, b: any axes, broadcast by name.
    Units: none.
    Missing: where a or b is.
    Errors: none.
    Source: not a == b.
    Example: "a" != "A"
    """

    name = "!="
    parameters = (A, B)
    result = BOOL
    laws = ("commutative",)

    def one(self, a: str, b: str) -> bool:
        return a != b

    def rows(self, a: Texts, b: Texts) -> Any:
        from rewardlang.kernels.text import equal

        return ~equal(a, b)


class TextLess(Rows):
    """Whether a stands before b.

    Shapes: a, b: any axes, broadcast by name.
    Units: none.
    Missing: where a or b is.
    Errors: none.
    Source: the order of code points.
    Example: "a" < "b"
    """

    name = "<"
    parameters = (A, B)
    result = BOOL

    def one(self, a: str, b: str) -> bool:
        return a < b

    def rows(self, a: Texts, b: Texts) -> Any:
        from rewardlang.kernels.text import compare

        return compare(a, b) < 0


class TextAtMost(Rows):
    """Whether a stands before b, or is b.

    Shapes: a, b: any axes, broadcast by name.
    Units: none.
    Missing: where a or b is.
    Errors: none.
    Source: the order of code points.
    Example: "a" <= "ab"
    """

    name = "<="
    parameters = (A, B)
    result = BOOL

    def one(self, a: str, b: str) -> bool:
        return a <= b

    def rows(self, a: Texts, b: Texts) -> Any:
        from rewardlang.kernels.text import compare

        return compare(a, b) <= 0


class TextMore(Rows):
    """Whether a stands after b.

    Shapes: a, b: any axes, broadcast by name.
    Units: none.
    Missing: where a or b is.
    Errors: none.
    Source: the order of code points.
    Example: "b" > "a"
    """

    name = ">"
    parameters = (A, B)
    result = BOOL

    def one(self, a: str, b: str) -> bool:
        return a > b

    def rows(self, a: Texts, b: Texts) -> Any:
        from rewardlang.kernels.text import compare

        return compare(a, b) > 0


class TextAtLeast(Rows):
    """Whether a stands after b, or is b.

    Shapes: a, b: any axes, broadcast by name.
    Units: none.
    Missing: where a or b is.
    Errors: none.
    Source: the order of code points.
    Example: "ab" >= "a"
    """

    name = ">="
    parameters = (A, B)
    result = BOOL

    def one(self, a: str, b: str) -> bool:
        return a >= b

    def rows(self, a: Texts, b: Texts) -> Any:
        from rewardlang.kernels.text import compare

        return compare(a, b) >= 0


class Concatenate(Rows):
    """a followed by b.

    Shapes: a, b: any axes, broadcast by name.
    Units: none.
    Missing: where a or b is.
    Errors: none.
    Source: as Python's `a + b`.
    Example: "a" + "b" == "ab"
    """

    name = "+"
    parameters = (A, B)
    result = TEXT

    def one(self, a: str, b: str) -> str:
        return a + b

    def rows(self, a: Texts, b: Texts) -> Any:
        from rewardlang.columns.texts import Texts

        return Texts.concatenate([a, b])


BUILTINS = (
    TextEqual(), TextEquals(), TextDiffers(), TextLess(), TextAtMost(), TextMore(), TextAtLeast(), Concatenate(),
)  # fmt: skip
