"""Which element each operand of a builtin is cast to, and the dtypes of elements on either side."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from rewardlang.ir.builder import parameter_at
from rewardlang.types import BOOL, BOX, FLOAT, INT, POINT, Element

if TYPE_CHECKING:
    from rewardlang.ops.builtin import Builtin

HOST = {BOOL: "bool", INT: "int64", FLOAT: "float64", POINT: "float64", BOX: "float64"}
DEVICE = {BOOL: "bool", INT: "int32", FLOAT: "float32", POINT: "float32", BOX: "float32"}
LARGEST = {"float32": 3.4028234663852886e38, "float64": 1.7976931348623157e308}
"""The largest finite float of each dtype."""


@cache
def operand_elements(builtin: Builtin, elements: tuple[Element, ...], result: Element) -> list[Element]:
    """What the operands are cast to: those that may be floats share one element, wide enough for the result."""
    accepts = [parameter_at(builtin, index).accepts for index in range(len(elements))]
    pairs = list(zip(elements, accepts, strict=True))
    shared = [element for element, accepted in pairs if element.numeric and FLOAT in accepted]
    whole = INT if INT in shared or result != BOOL else BOOL
    wide = FLOAT if FLOAT in shared or result == FLOAT else whole
    cast: list[Element] = []
    for element, accepted in pairs:
        if element.numeric and FLOAT in accepted:
            cast.append(wide)
        elif element == BOOL and BOOL not in accepted and INT in accepted:
            cast.append(INT)
        else:
            cast.append(element)
    return cast


def as_dtype(array: Any, dtype: str) -> Any:
    """The array in this dtype; the same one where it has it."""
    return array if array.dtype == _dtype(dtype) else array.astype(dtype)


@cache
def _dtype(name: str) -> Any:
    """Looked up once: to compare an array's dtype with a name takes longer than with a dtype."""
    import numpy as np

    return np.dtype(name)
