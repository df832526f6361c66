"""The params of a reward as few arrays: each array of a jitted call costs some microseconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from rewardlang.backend.dtypes import DEVICE

if TYPE_CHECKING:
    from rewardlang.backend.reward import ParamInfo
    from rewardlang.types import Element

Names = tuple[tuple[str, ...], ...]


@jax.tree_util.register_pytree_node_class
class ParamArrays(Mapping[str, Any]):
    """Params by name, as `device` takes them, and a pytree with an array for each of their types.

    Shapes: each array is `[…, P]`, with the P params of one type along its last axis; the value of a param is `[…]`.
    """

    __slots__ = ("_places", "arrays", "names")

    def __init__(self, names: Names, arrays: tuple[Any, ...]) -> None:
        self.names, self.arrays = names, arrays
        self._places = {name: (kind, place) for kind, known in enumerate(names) for place, name in enumerate(known)}

    @classmethod
    def of(cls, params: Mapping[str, ParamInfo]) -> ParamArrays:
        """The defaults, as NumPy arrays."""
        kinds: dict[Element, list[str]] = {}
        for name, known in params.items():
            kinds.setdefault(known.type.element, []).append(name)
        arrays = (np.array([params[name].default for name in names], DEVICE[kind]) for kind, names in kinds.items())
        return cls(tuple(map(tuple, kinds.values())), tuple(arrays))

    def __getitem__(self, name: str) -> Any:
        kind, place = self._places[name]
        return self.arrays[kind][..., place]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __repr__(self) -> str:
        return f"ParamArrays({dict(self)})"

    def tree_flatten(self) -> tuple[tuple[Any, ...], Names]:
        """The arrays, and the names that they hold."""
        return self.arrays, self.names

    @classmethod
    def tree_unflatten(cls, names: Names, arrays: tuple[Any, ...]) -> ParamArrays:
        """Params whose arrays a transformation gave."""
        return cls(names, arrays)
