"""Rewards as the trainers call them: one file a trainer, listed in `registry`.

`rwd export TRAINER SPEC` writes the Python file that a trainer loads; what that imports is here. No trainer is imported
by this package: each adapter knows only how its trainer calls.
"""
