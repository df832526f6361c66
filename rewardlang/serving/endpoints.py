"""What a path of the server takes and gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import msgspec

    from rewardlang.serving.scoring import Block, Part


class Endpoint(Protocol):
    """A protocol, on a path."""

    @property
    def path(self) -> str:
        """Where."""

    @property
    def about(self) -> str:
        """For whom, and what becomes of a missing score, in sentences."""

    @property
    def asked(self) -> type[msgspec.Struct]:
        """The form of a request."""

    @property
    def answered(self) -> Any:
        """An example of an answer."""

    def block(self, asked: Any) -> Block:
        """The samples of a request.

        Raises:
            CallError: they are no columns of this reward.
        """

    def told(self, asked: Any, part: Part) -> Any:
        """The answer, of plain values.

        Raises:
            CallError: a score is missing, and the policy is an exception.
        """
