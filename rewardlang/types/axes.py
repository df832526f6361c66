"""Named, ragged axes with an identity: two values share an axis only where the identity is the same."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Axis:
    """A list's dimension.

    `identity` says which list it is the dimension of; `name` is what `over` calls it and does not count when comparing.
    `parents` are the axes on whose position its length depends (none: one length a sample). Lengths lie in
    `least..most`; `size` is a length fixed for every sample (components of a `vec`, a list literal).
    """

    identity: str
    name: str = field(compare=False)
    parents: tuple[Axis, ...] = field(default=(), compare=False)
    least: int = field(default=0, compare=False)
    most: int | None = field(default=None, compare=False)

    def __hash__(self) -> int:
        # That of a text is known; the one that dataclasses make packs it into a tuple each time.
        return hash(self.identity)

    @property
    def size(self) -> int | None:
        """The length, where it is the same for every sample."""
        return self.least if self.least == self.most else None

    def named(self, name: str) -> Axis:
        """The same axis under another name."""
        return replace(self, name=name)

    def __str__(self) -> str:
        return self.name


def vec_axis(size: int) -> Axis:
    """The axis `dim` of a `vec[size]`."""
    return Axis(f"dim:{size}", "dim", (), size, size)


ANY_VEC = Axis("dim:any", "dim", (), 1)
"""The axis `dim` of a `vec[dim]`, a field of a def that takes vecs of any size."""
GROUP = Axis("group", "group", (), 1)
"""The samples of one prompt."""
BATCH = Axis("batch", "batch", (), 1)
"""The samples of the caller's one call."""
