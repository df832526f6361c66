"""What the compiler tells: diagnostics, their sink, and their rendering.

What shows diagnostics is imported from its module, and only where something is to be shown: `render` (text),
`interchange` (JSON, SARIF), `pages` (`rwd explain`), `cells` (colour).
"""

from rewardlang.diagnostics.diagnostic import Diagnostic, Label, Severity, every_diagnostic
from rewardlang.diagnostics.exceptions import CallError, CompileError, InternalError, RewardlangError
from rewardlang.diagnostics.sink import Sink
from rewardlang.diagnostics.suggest import suggest

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
    "suggest",
]
