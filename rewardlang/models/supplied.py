"""The tools that come with rewardlang, by name: they look at the sample that is judged, and at nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.models.cropping import crop, crop_members, require_pillow
from rewardlang.models.reading import check_members, page, page_members, text_check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rewardlang.models.signature import ModelSignature


@dataclass(frozen=True, eq=False)
class Supplied:
    """A tool's function, what the judge is told of it, and its arguments for a model with these fields.

    It looks at texts, or else at images.
    """

    function: Callable[..., Any]
    description: str
    members: Callable[[Sequence[str]], list[tuple[str, Any, Any]]]
    images: bool = False

    def members_of(self, signature: ModelSignature, name: str) -> list[tuple[str, Any, Any]]:
        """Its arguments for a model, each a name, a type and a default.

        Raises:
            CallError: the model has no field that it could look at, or the package for that is not installed.
        """
        fields = signature.images if self.images else signature.texts
        if not fields:
            lacking = "an image" if self.images else "a field of text"
            raise CallError(f"the model `{signature.name}`: the tool `{name}` needs {lacking}")
        if self.images:
            require_pillow()
        return self.members(fields)


SUPPLIED: Mapping[str, Supplied] = {
    "page": Supplied(page, "Look up a page of a text by its number.", page_members),
    "text_check": Supplied(
        text_check,
        "Count a text's characters, words, lines and paragraphs, and how often it contains a text or matches a regex.",
        check_members,
    ),
    "crop": Supplied(crop, "Zoom into an image: get the part of it that is in a box.", crop_members, images=True),
}
