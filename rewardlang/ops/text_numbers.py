"""From texts to numbers and back."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import Lists, Made, Parameter, Rows
from rewardlang.ops.text import X
from rewardlang.types import BOOL, BOX, FLOAT, INT, POINT, TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.columns.texts import Texts

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_NUMBERS = re.compile(r"(?:(?<![0-9A-Za-z)])[-+])?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


class Number(Rows):
    """The number that a text is, and nothing else but whitespace around it.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is no decimal number, or one beyond all doubles; where x is missing.
    Errors: none.
    Source: an optional sign, digits of any script with an optional fraction (`5.` and `.5` too), an optional exponent;
        correctly rounded. No underscores, no words for infinity.
    Example: (number(" -1.5e1 ") ?? 0) == -15
    """

    name = "number"
    parameters = (X,)
    partial = True

    def one(self, x: str) -> float | None:
        stripped = x.strip()
        value = float(stripped) if _NUMBER.fullmatch(stripped) else math.inf
        return value if math.isfinite(value) else None

    def rows(self, x: Texts) -> Any:
        from rewardlang.kernels.numbers import parse_number

        return parse_number(x)


class Numbers(Lists):
    r"""The numbers in a text, from left to right.

    Shapes: x: any axes; the result has the new axis `number`.
    Units: none.
    Missing: where x is. A number beyond all doubles is left out.
    Errors: none.
    Source: longest matches of `[-+]?(\d+(\.\d+)?|\.\d+)([eE][-+]?\d+)?` with ASCII digits; a sign counts where no ASCII
        digit, letter or `)` stands before it: `3-2` holds 3 and 2.
    Example: sum(numbers("3-2, -7")) == -2
    """

    name = "numbers"
    parameters = (X,)
    makes = Made("number")

    def one(self, x: str) -> list[float]:
        return [value for found in _NUMBERS.findall(x) if math.isfinite(value := float(found))]

    def lists(self, x: Texts) -> Any:
        from rewardlang.columns.column import Ragged
        from rewardlang.kernels.numbers import find_numbers, parse_number
        from rewardlang.kernels.offsets import offsets_of

        offsets, parts = find_numbers(x)
        values, present = parse_number(parts)
        if not present.all():
            kept = offsets_of(present)
            return Ragged(kept[offsets], values[present])
        return Ragged(offsets, values)


def write_number(x: float) -> str:
    """The shortest decimal that reads back as x, integers without `.0`."""
    value = float(x)
    if value == math.floor(value) and abs(value) < 1e16 and (value or math.copysign(1, value) > 0):
        return str(int(value))
    return repr(value).removesuffix(".0")


class WriteBool(Rows):
    """`true` or `false`.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: the words of JSON.
    Example: str(true) == "true"
    """

    name = "str"
    parameters = (Parameter("x", (BOOL,)),)
    result = TEXT

    def one(self, x: float) -> str:
        return "true" if x else "false"

    def rows(self, x: Any) -> Any:
        import numpy as np

        from rewardlang.columns.texts import Texts

        words = Texts.of(["false", "true"])
        return words.take((np.asarray(x) != 0).astype(np.int64))


class WriteNumber(Rows):
    """The shortest decimal that reads back as x: `3`, `-0.5`, `1e+22`.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: Python's `repr` of the double, integers below 10**16 without `.0`.
    Example: str(0.1) == "0.1"
    """

    name = "str"
    parameters = (Parameter("x", (INT, FLOAT)),)
    result = TEXT

    def one(self, x: float) -> str:
        return write_number(x)

    def rows(self, x: Any) -> Any:
        from rewardlang.kernels.numbers import format_number

        return format_number(x)


class WriteVector(Rows):
    """The coordinates of a point, `[x, y]`, or of a box, `[x1, y1, x2, y2]`.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: each as the shortest decimal that reads back; a JSON array.
    Example: (str(as_point(json("[1, 2.0]"))) ?? "") == "[1, 2]"
    """

    name = "str"
    parameters = (Parameter("x", (POINT, BOX)),)
    result = TEXT

    def one(self, x: Sequence[float]) -> str:
        return f"[{', '.join(write_number(value) for value in x)}]"

    def rows(self, x: Any) -> Any:
        import numpy as np

        from rewardlang.columns.texts import Texts
        from rewardlang.kernels.joining import join
        from rewardlang.kernels.numbers import format_number

        rows, width = x.shape
        joined = join(np.arange(rows + 1) * width, format_number(x.ravel()), b", ").rows
        brackets = Texts.of(["[", "]"])
        left, right = (brackets.take(np.full(rows, which)) for which in (0, 1))
        return Texts.concatenate([left, joined, right])


class WriteText(Rows):
    """The text itself.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: the identity.
    Example: str("a") == "a"
    """

    name = "str"
    parameters = (X,)
    result = TEXT
    laws = ("idempotent",)

    def one(self, x: str) -> str:
        return x

    def rows(self, x: Texts) -> Any:
        return x


BUILTINS = (Number(), Numbers(), WriteBool(), WriteNumber(), WriteVector(), WriteText())
