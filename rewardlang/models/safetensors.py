"""Tensors in files: the safetensors format, which holds numbers and nothing that could run.

Source: the format's description at https://huggingface.co/docs/safetensors: 8 bytes with the length of a JSON header,
the header (for each tensor its dtype, shape, and first and last byte after the header), the bytes.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np

from rewardlang.diagnostics import CallError
from rewardlang.files import replacing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_DTYPES: Mapping[str, Any] = {
    "F64": np.float64, "F32": np.float32, "F16": np.float16, "BF16": ml_dtypes.bfloat16, "I64": np.int64,
    "I32": np.int32, "I16": np.int16, "I8": np.int8, "U8": np.uint8, "BOOL": np.bool_,
}  # fmt: skip
_NAMES = {np.dtype(dtype): name for name, dtype in _DTYPES.items()}
_LONGEST = 100_000_000
"""Bytes that a header may have, as the format says."""
_PREFIX = 8


def read_tensors(path: Path) -> dict[str, Any]:
    """The tensors of a file, by name.

    Raises:
        CallError: the file cannot be read, or is no such file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CallError(f"the checkpoint {path} cannot be read: {error}") from error
    try:
        size = int.from_bytes(data[:_PREFIX], "little")
        if len(data) < _PREFIX or size > min(_LONGEST, len(data) - _PREFIX):
            raise ValueError("its header is cut off")  # noqa: TRY301 - one message for all faults
        header = json.loads(data[_PREFIX : _PREFIX + size])
        header.pop("__metadata__", None)
        body = memoryview(data)[_PREFIX + size :]
        return {str(name): _tensor(entry, body) for name, entry in header.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CallError(f"{path} is no safetensors file: {error}") from error


def _tensor(entry: Any, body: memoryview) -> Any:
    dtype, shape = np.dtype(_DTYPES[entry["dtype"]]), [int(size) for size in entry["shape"]]
    first, last = (int(place) for place in entry["data_offsets"])
    if min((0, first, *shape)) < 0 or last > len(body) or last - first != math.prod(shape) * dtype.itemsize:
        raise ValueError("a tensor's shape and bytes do not agree")
    return np.frombuffer(body[first:last], dtype).reshape(shape)


def write_tensors(path: Path, tensors: Mapping[str, Any]) -> None:
    """Write tensors by name, the file whole or not at all; the same tensors give the same bytes."""
    header: dict[str, Any] = {}
    parts: list[bytes] = []
    place = 0
    for name, tensor in sorted(tensors.items()):
        array = np.asarray(tensor)
        part = array.tobytes()
        header[name] = {
            "dtype": _NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [place, place + len(part)],
        }  # fmt: skip
        parts.append(part)
        place += len(part)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _PREFIX)
    with replacing(path) as file:
        file.write(len(text).to_bytes(_PREFIX, "little") + text + b"".join(parts))
