"""What a caller gives for models by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.diagnostics.suggest import suggest
from rewardlang.models.function import Function
from rewardlang.types import IMAGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.backend.answers import Answering
    from rewardlang.types.declared import ModelSpec


def check_names(specs: Sequence[ModelSpec], given: Mapping[str, Any]) -> None:
    """Refuse a name that no model has.

    Raises:
        CallError: a name is unknown.
    """
    names = [spec.name for spec in specs]
    for name in given:
        if name not in names:
            close = suggest(name, names)
            known = f"it asks {', '.join(f'`{n}`' for n in names)}" if names else "it asks none"
            hint = f"did you mean `{close}`?" if close else known
            raise CallError(f"models: this reward asks no model `{name}`: {hint}")


def bound(spec: ModelSpec, given: Any) -> Answering:
    """The function that a caller binds; None where the model has no backend either.

    Raises:
        CallError: it is none.
    """
    if given is None:
        fields = ", ".join(field.name for field in spec.fields)
        help_ = f"pass `{binding(spec)}`, where `f({fields})` takes lists and gives a list"
        raise CallError(f"the model `{spec.name}` has no backend: {help_}")
    if isinstance(given, tuple):
        raise CallError(f"models: `{spec.name}` is bound to a module: declare it `model {spec.name}(…) … = flax()`")
    if not callable(given):
        raise CallError(f"models: `{spec.name}` must be a function of lists, not {type(given).__name__}")
    images = frozenset(field.name for field in spec.fields if field.type.element == IMAGE)
    return Function(spec.name, given, images)


def bound_models(specs: Sequence[ModelSpec], given: Mapping[str, Any] | None) -> dict[str, Answering]:
    """A function for each model, where no model has a backend.

    Raises:
        CallError: a name is unknown, a model is not given, or what is given cannot be called.
    """
    functions = dict(given or {})
    check_names(specs, functions)
    return {spec.name: bound(spec, functions.get(spec.name)) for spec in specs}


def binding(spec: ModelSpec) -> str:
    """How a function is given for a model."""
    return f'models={{"{spec.name}": f}}'
