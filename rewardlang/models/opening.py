"""From the models of a spec to what answers for them: the caller's own, or a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.check.core import FieldName, PromptTemplate, ReplyDef
from rewardlang.diagnostics import CallError
from rewardlang.models.binding import binding, bound, check_names
from rewardlang.models.calling import Calling
from rewardlang.models.function import Function
from rewardlang.models.hf_model import HuggingFace
from rewardlang.models.signature import Field, ModelSignature, Template
from rewardlang.types import GROUP, IMAGE, TEXT, RecordElement

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
    if isinstance(given, HuggingFace):
        declared = spec.backend is not None and spec.backend.name == "hf"
        return _hugging_face(spec, spec.backend if declared else None, calling, build, given)
    if given is not None or spec.backend is None:
        return bound(spec, given)
    images = [field.name for field in spec.fields if field.type.element == IMAGE]
    if images and spec.backend.name != "chat":
        text = f"the model `{spec.name}` takes an image, `{images[0]}`, and `{spec.backend.name}` sends texts alone"
        raise CallError(f"{text}: pass `{binding(spec)}`")
    match spec.backend.name:
        case "chat":
            from rewardlang.models.chat import open_chat

            return open_chat(_signature(spec), _options(spec.backend, build), calling)
        case "http":
            from rewardlang.models.http import open_http

            return open_http(_signature(spec), _options(spec.backend, build), calling)
        case "hf":
            return _hugging_face(spec, spec.backend, calling, build)
    return _encoder(spec, spec.backend)


def _network(spec: ModelSpec, backend: BackendSpec, given: Any) -> Network:
    from rewardlang.models.arbitrary import Arbitrary, arbitrary_network
    from rewardlang.models.modules import bound_network, named_network

    if isinstance(given, Arbitrary):
        return arbitrary_network(given.spec)
    if spec.fields[0].type.element == TEXT:
        return _trainable(spec, backend, given)
    return named_network(spec, backend) if given is None else bound_network(spec, given)


def _hugging_face(
    spec: ModelSpec, backend: BackendSpec | None, calling: Calling, build: Build, given: HuggingFace | None = None
) -> Answering:
    from rewardlang.models.hf import open_hf

    options = {} if backend is None else _options(backend, build)
    return open_hf(_signature(spec), options, calling, given)


def _encoder(spec: ModelSpec, backend: BackendSpec) -> Answering:
    from rewardlang.models.encoding import fitting, named_encoder

    name = dict(backend.options).get("name")
    return Function(spec.name, fitting(spec, named_encoder(name)))


def _trainable(spec: ModelSpec, backend: BackendSpec, given: Any) -> Network:
    from rewardlang.models.encoding import trainable
    from rewardlang.models.modules import own_file

    options = dict(backend.options)
    if given is None and options.get("module") != "encoder":
        raise CallError(
            f'the model `{spec.name}` takes a text: the encoder that is installed is `flax("encoder")`; bind another '
            f'one, `models={{"{spec.name}": rewardlang.Encoder(folder)}}`'
        )
    checkpoint = options.get("checkpoint") if given is None else None
    return trainable(spec, given, None if checkpoint is None else own_file(spec, backend, checkpoint))


def _signature(spec: ModelSpec) -> ModelSignature:
    """The signature as what calls servers knows it. A list whose entries are not scored stands in prompts as JSON."""
    scored = {GROUP.name, *(axis.name for axis in spec.result.axes)}
    fields = tuple(
        (field.name, field.type.element.name, any(axis.name in scored for axis in field.type.axes))
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
