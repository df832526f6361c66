"""rewardlang: a small, typed, declarative language for the rewards of reinforcement learning."""

__version__ = "0.1.0"
