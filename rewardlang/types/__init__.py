"""Elements, axes, optionality and ranges: what the compiler knows of a value."""

from rewardlang.types.axes import ANY_VEC, BATCH, GROUP, Axis, vec_axis
from rewardlang.types.elements import (
    BOOL,
    BOX,
    ELEMENTS,
    FLOAT,
    IMAGE,
    INT,
    JSON,
    POINT,
    TEXT,
    Element,
    RecordElement,
    RecordField,
)
from rewardlang.types.type import INT32, AxisClashError, Type, broadcast, write_type

__all__ = [
    "ANY_VEC",
    "BATCH",
    "BOOL",
    "BOX",
    "ELEMENTS",
    "FLOAT",
    "GROUP",
    "IMAGE",
    "INT",
    "INT32",
    "JSON",
    "POINT",
    "TEXT",
    "Axis",
    "AxisClashError",
    "Element",
    "RecordElement",
    "RecordField",
    "Type",
    "broadcast",
    "vec_axis",
    "write_type",
]
