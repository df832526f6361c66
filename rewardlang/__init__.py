"""rewardlang: a small, typed, declarative language for the rewards of reinforcement learning.

`load` and `compile` give a `Reward`; calling it with columns gives `Scores`. JAX is imported by the first of them, not
by this module.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rewardlang.artifacts.loading import load_artifact
    from rewardlang.artifacts.saving import save_artifact
    from rewardlang.backend.explain import Explanation
    from rewardlang.backend.jitting import COMPILER_OPTIONS
    from rewardlang.backend.reward import Reward
    from rewardlang.backend.scores import Scores, TermScores
    from rewardlang.columns.cache import limit_cache
    from rewardlang.diagnostics import CallError, CompileError, InternalError, RewardlangError
    from rewardlang.driver import compile_text as compile  # noqa: A004 - as `re.compile`
    from rewardlang.driver import load
    from rewardlang.models.calling import Calling
    from rewardlang.models.encoding import Encoder
    from rewardlang.models.hf_model import HuggingFace
    from rewardlang.testing.cases import Case, load_tests
    from rewardlang.workers.answers import configure_workers

__version__ = "0.1.0"

_PLACES = {
    "COMPILER_OPTIONS": "rewardlang.backend.jitting:COMPILER_OPTIONS",
    "CallError": "rewardlang.diagnostics:CallError",
    "Calling": "rewardlang.models.calling:Calling",
    "Case": "rewardlang.testing.cases:Case",
    "CompileError": "rewardlang.diagnostics:CompileError",
    "Encoder": "rewardlang.models.encoding:Encoder",
    "Explanation": "rewardlang.backend.explain:Explanation",
    "HuggingFace": "rewardlang.models.hf_model:HuggingFace",
    "InternalError": "rewardlang.diagnostics:InternalError",
    "Reward": "rewardlang.backend.reward:Reward",
    "RewardlangError": "rewardlang.diagnostics:RewardlangError",
    "Scores": "rewardlang.backend.scores:Scores",
    "TermScores": "rewardlang.backend.scores:TermScores",
    "compile": "rewardlang.driver:compile_text",
    "limit_cache": "rewardlang.columns.cache:limit_cache",
    "configure_workers": "rewardlang.workers.answers:configure_workers",
    "load": "rewardlang.driver:load",
    "load_artifact": "rewardlang.artifacts.loading:load_artifact",
    "load_tests": "rewardlang.testing.cases:load_tests",
    "save_artifact": "rewardlang.artifacts.saving:save_artifact",
}

__all__ = [
    "COMPILER_OPTIONS",
    "CallError",
    "Calling",
    "Case",
    "CompileError",
    "Encoder",
    "Explanation",
    "HuggingFace",
    "InternalError",
    "Reward",
    "RewardlangError",
    "Scores",
    "TermScores",
    "__version__",
    "compile",
    "configure_workers",
    "limit_cache",
    "load",
    "load_artifact",
    "load_tests",
    "save_artifact",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'rewardlang' has no attribute {name!r}")
    module, _, attribute = _PLACES[name].partition(":")
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value
