"""Source texts and the spans in them."""

from rewardlang.source.text import Source, Span

__all__ = ["Source", "Span"]
