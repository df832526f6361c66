"""The infos and observations of gymnasium's vector environments: arrays with masks, and what comes of last steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

_LAST = ("final_obs", "final_info")


def masked(info: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of an info, masked in the lanes that have none: gymnasium's mask of `x` is `_x`."""
    found: dict[str, Any] = {}
    for name, values in info.items():
        if name in _LAST or (name.startswith("_") and name[1:] in info):
            continue
        if isinstance(values, Mapping):
            found[name] = masked(values)
            continue
        here = info.get(f"_{name}")
        if here is None or not hasattr(values, "ndim"):
            found[name] = values
            continue
        gone = ~np.asarray(here, bool).reshape(-1, *(1 for _ in values.shape[1:]))
        found[name] = np.ma.array(values, mask=np.broadcast_to(gone, values.shape))
    return found


def last_infos(info: Mapping[str, Any], ended: Any) -> dict[str, Any]:
    """The infos of a step that has reset lanes at once: those that ended have theirs in `final_info`."""
    return _merged(masked(info), masked(info.get("final_info", {})), np.asarray(ended, bool))


def _merged(info: Mapping[str, Any], last: Mapping[str, Any], ended: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in {**info, **last}:
        one, other = info.get(name), last.get(name)
        if isinstance(one, Mapping) or isinstance(other, Mapping):
            parts = [value if isinstance(value, Mapping) else {} for value in (one, other)]
            found[name] = _merged(parts[0], parts[1], ended)
        else:
            found[name] = _chosen(one, other, ended)
    return found


def _chosen(one: Any, other: Any, ended: Any) -> Any:
    """The entries of `other` where `ended`, of `one` elsewhere; either may be None."""
    present = np.ma.asarray(other if one is None else one)
    nothing = np.ma.array(present.data, mask=np.ones(present.shape, bool))
    found: Any = np.ma.array(nothing if one is None else one, copy=True)
    if other is not None and found.dtype != np.asarray(other).dtype:
        found = found.astype(np.result_type(found, np.ma.asarray(other)))
    found[ended] = (nothing if other is None else np.ma.asarray(other))[ended]
    return found


def last_observations(observation: Any, last: Any, ended: Any) -> Any:
    """What was seen after a step that has reset lanes at once: those that ended have it in `final_obs`."""
    places = [int(place) for place in np.flatnonzero(ended)]
    return _replaced(observation, {place: last[place] for place in places}) if places else observation


def _replaced(observation: Any, rows: Mapping[int, Any]) -> Any:
    if isinstance(observation, Mapping):
        return {
            name: _replaced(part, {row: value[name] for row, value in rows.items()})
            for name, part in observation.items()
        }
    if isinstance(observation, tuple) and all(isinstance(value, tuple) for value in rows.values()):
        parts = [{row: value[place] for row, value in rows.items()} for place in range(len(observation))]
        return tuple(_replaced(part, known) for part, known in zip(observation, parts, strict=True))
    found = np.array(observation)
    for row, value in rows.items():
        found[row] = value
    return found
