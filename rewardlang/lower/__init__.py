"""Lowering: typed expressions to the graph. Missing becomes explicit masks, records and trees become nodes."""

from rewardlang.lower.reward import lower

__all__ = ["lower"]
