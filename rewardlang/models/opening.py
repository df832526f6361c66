"""From the models of a spec to what answers for them: the caller's own, or a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.diagnostics.suggest import suggest
from rewardlang.models.function import Function

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.backend.answers import Answering
    from rewardlang.backend.networks import Network
    from rewardlang.check.core import BackendSpec, ModelSpec


def open_models(specs: Sequence[ModelSpec], given: Mapping[str, Any] | None) -> dict[str, Answering | Network]:
    """What answers for each model: `given[name]`, which the caller binds, or the backend that the spec names.

    Raises:
        CallError: A name is unknown, what is bound cannot be called, or a model has nothing behind it.
    """
    bound = dict(given or {})
    names = [spec.name for spec in specs]
    for name in bound:
        if name not in names:
            close = suggest(name, names)
            known = f"it asks {', '.join(f'`{n}`' for n in names)}" if names else "it asks none"
            raise CallError(
                f"models: this reward asks no model `{name}`: {f'did you mean `{close}`?' if close else known}"
            )
    return {spec.name: _opened(spec, bound.get(spec.name)) for spec in specs}


def _opened(spec: ModelSpec, given: Any) -> Answering | Network:
    if spec.backend is not None and spec.backend.name == "flax":
        return _network(spec, spec.backend, given)
    if given is not None:
        if isinstance(given, tuple):
            raise CallError(f"models: `{spec.name}` is bound to a module: declare it `model {spec.name}(…) … = flax()`")
        if not callable(given):
            raise CallError(f"models: `{spec.name}` must be a function of lists, not {type(given).__name__}")
        return Function(spec.name, given)
    if spec.backend is None:
        fields = ", ".join(field.name for field in spec.fields)
        help_ = f"pass `{_binding(spec)}`, where `f({fields})` takes lists and gives a list"
        raise CallError(f"the model `{spec.name}` has no backend: {help_}")
    if spec.backend.name == "encoder":
        return _encoder(spec, spec.backend)
    raise CallError(f"the backend `{spec.backend.name}` of the model `{spec.name}` cannot run: pass `{_binding(spec)}`")


def _network(spec: ModelSpec, backend: BackendSpec, given: Any) -> Network:
    from rewardlang.models.arbitrary import Arbitrary, arbitrary_network
    from rewardlang.models.modules import bound_network, named_network

    if isinstance(given, Arbitrary):
        return arbitrary_network(given.spec)
    return named_network(spec, backend) if given is None else bound_network(spec, given)


def _encoder(spec: ModelSpec, backend: BackendSpec) -> Answering:
    from rewardlang.models.encoding import named_encoder

    name = dict(backend.options).get("name")
    encoder = named_encoder(name)
    size = spec.result.axes[0].size
    if size != encoder.size:
        known = f"`{spec.name}` is declared to give a `vec[{size}]`"
        raise CallError(f"{known}, but its encoder gives a `vec[{encoder.size}]`")
    return Function(spec.name, encoder)


def _binding(spec: ModelSpec) -> str:
    return f'models={{"{spec.name}": f}}'
