"""From the models of a spec to what answers for them: the caller's own, or a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.check.core import FieldName, PromptTemplate, ReplyDef
from rewardlang.diagnostics import CallError
from rewardlang.models.binding import binding, bound, check_names
from rewardlang.models.calling import Calling
from rewardlang.models.function import Function
from rewardlang.models.signature import Field, ModelSignature, Template
from rewardlang.types import GROUP, RecordElement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rewardlang.backend.answers import Answering
    from rewardlang.backend.networks import Network
    from rewardlang.backend.reward import Reward
    from rewardlang.check.core import CheckedReward
    from rewardlang.types.declared import BackendSpec, ModelSpec

    Build = Callable[[CheckedReward], Reward]


def open_models(
    specs: Sequence[ModelSpec], given: Mapping[str, Any] | None, calling: Calling | None, build: Build
) -> dict[str, Answering | Network]:
    """What answers for each model: `given[name]`, which the caller binds, or the backend that the spec names.

    `build` compiles the defs by which replies are read.

    Raises:
        CallError: A name is unknown, what is bound cannot be called, a model has nothing behind it, or `calling` does
            not allow what the spec asks for.
    """
    functions = dict(given or {})
    check_names(specs, functions)
    if calling is not None and not isinstance(calling, Calling):
        raise CallError(f"calling: expected a `rewardlang.Calling`, got {type(calling).__name__}")
    # Limits and budgets are shared by all models of a reward.
    shared = Calling() if calling is None else calling
    return {spec.name: _opened(spec, functions.get(spec.name), shared, build) for spec in specs}


def _opened(spec: ModelSpec, given: Any, calling: Calling, build: Build) -> Answering | Network:
    if spec.backend is not None and spec.backend.name == "flax":
        return _network(spec, spec.backend, given)
    if given is not None or spec.backend is None:
        return bound(spec, given)
    match spec.backend.name:
        case "chat":
            from rewardlang.models.chat import open_chat

            return open_chat(_signature(spec), _options(spec.backend, build), calling)
        case "http":
            from rewardlang.models.http import open_http

            return open_http(_signature(spec), _options(spec.backend, build), calling)
        case "encoder":
            return _encoder(spec, spec.backend)
    raise CallError(f"the backend `{spec.backend.name}` of the model `{spec.name}` cannot run: pass `{binding(spec)}`")


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


def _signature(spec: ModelSpec) -> ModelSignature:
    """The signature as what calls servers knows it. Lists that are not over the group stand in prompts as JSON."""
    fields = tuple(
        (field.name, field.type.element.name, any(axis.name == GROUP.name for axis in field.type.axes))
        for field in spec.fields
    )
    element = spec.result.element
    kind = "json" if isinstance(element, RecordElement) else element.name
    interval = spec.result.interval
    return ModelSignature(spec.name, fields, kind, float(interval.low), float(interval.high))


def _options(backend: BackendSpec, build: Build) -> dict[str, Any]:
    return {name: _option(value, build) for name, value in backend.options}


def _option(value: Any, build: Build) -> Any:
    match value:
        case PromptTemplate(parts=parts):
            return Template(tuple(Field(part.name) if isinstance(part, FieldName) else part for part in parts))
        case ReplyDef(reward=checked):
            return _reader(build(checked))
    return value


def _reader(reward: Reward) -> Callable[[Sequence[str]], list[Any]]:
    """A def as a function of many replies, with None for each that it does not read."""

    def read(replies: Sequence[str]) -> list[Any]:
        return reward(reply=list(replies)).tolist()

    return read
