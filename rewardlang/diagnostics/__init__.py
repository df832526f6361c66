"""What the compiler tells: diagnostics, their sink, and their rendering."""

from rewardlang.diagnostics.diagnostic import Diagnostic, Label, Severity, every_diagnostic
from rewardlang.diagnostics.exceptions import CallError, CompileError, InternalError, RewardlangError
from rewardlang.diagnostics.sink import Sink

__all__ = [
    "CallError",
    "CompileError",
    "Diagnostic",
    "InternalError",
    "Label",
    "RewardlangError",
    "Severity",
    "Sink",
    "every_diagnostic",
]
