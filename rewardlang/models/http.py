"""`http(…)`: reward models behind the servers in use, which give a number and no text."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.models import failure
from rewardlang.models.engine import engine_of
from rewardlang.models.failure import Failure
from rewardlang.models.messages import plain
from rewardlang.models.origins import require_allowed
from rewardlang.models.outcomes import answers
from rewardlang.models.replies import in_scale
from rewardlang.models.request import Reply, Request
from rewardlang.models.signature import Field, Template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rewardlang.backend.answers import Answering, Answers
    from rewardlang.models.calling import Calling
    from rewardlang.models.signature import ModelSignature

_OPTIONS = ("model", "url", "protocol", "prompt", "label")


@dataclass(frozen=True)
class Protocol:
    """How one kind of server is asked: the path below the url, the body, and where the number is.

    `body` takes the model's name, the whole text, and the text fields in order; `number` the response and the class.
    """

    path: str
    body: Callable[[str, str, Sequence[str]], dict[str, Any]]
    number: Callable[[Any, int], Any]
    fields: int | None


def _class(values: Any, label: int) -> Any:
    """The number of one class; of a model with one class, its only number."""
    return values[0] if len(values) == 1 else values[label]


def _first(value: Any) -> Any:
    """The number of the only sample, which some servers put in a list of its own."""
    one = value[0]
    return one[0] if isinstance(one, list) and len(one) == 1 else one


PROTOCOLS = {
    "vllm_classify": Protocol(
        "/classify",
        lambda model, text, _: {"model": model, "input": [text]},
        lambda response, label: _class(response["data"][0]["probs"], label),
        None,
    ),
    "vllm_score": Protocol(
        "/score",
        lambda model, _, texts: {"model": model, "text_1": texts[0], "text_2": texts[1]},
        lambda response, _: response["data"][0]["score"],
        2,
    ),
    "sglang_classify": Protocol(
        "/classify",
        lambda model, text, _: {"model": model, "text": [text]},
        lambda response, label: _class(response[0]["embedding"], label),
        None,
    ),
    "openrlhf": Protocol(
        "",
        lambda _, text, texts: {"query": [text], "prompts": [texts[0]], "labels": [(*texts, "", "")[2]]},
        lambda response, _: _first(response["rewards"]),
        None,
    ),
}
"""Source: the documentation of vLLM's classify and score API and of SGLang's reward models; OpenRLHF's remote reward
model, `openrlhf/trainer/ppo_utils/samples_generator.py`: lists of `query` (the whole text), `prompts` and `labels`."""


def open_http(signature: ModelSignature, options: Mapping[str, Any], calling: Calling) -> Answering:
    """A reward model behind a server, ready to be asked.

    Options: `protocol`, one of `PROTOCOLS`; `model`, the server's name for it; `url`, up to the path of the protocol
    (all of it for `openrlhf`); `prompt`, a template of the whole text, by default the text fields one after another;
    `label`, the class whose number counts where there are several.
    """
    return Http(signature, options, calling)


class Http:
    """Asks a reward server for a number a request."""

    def __init__(self, signature: ModelSignature, options: Mapping[str, Any], calling: Calling) -> None:
        _check(signature, options)
        url = options.get("url") or calling.url
        if url is None:
            raise CallError(f"the model `{signature.name}` has no url: give `url`, in the spec or to the call")
        self._signature = signature
        self._calling = calling
        self._place = require_allowed(signature.name, url, calling.origins)
        self._protocol = PROTOCOLS[options["protocol"]]
        self._url = url.rstrip("/") + self._protocol.path if self._protocol.path else url
        self._model = options.get("model") or ""
        self._label = options.get("label", 0)
        self._prompt = options.get("prompt") or Template(tuple(Field(name) for name in signature.texts[:2]))
        engine_of(calling).open_origin(self._place)

    def __call__(self, fields: Mapping[str, Sequence[Any]]) -> Answers:
        """The numbers of a list of requests."""
        names = [field.name for field in self._signature.fields]

        async def asked(at: int) -> Any:
            row = {name: plain(fields[name][at]) for name in names}
            try:
                reply = await engine.ask(self._request(row))
                return Failure(failure.UNREADABLE) if reply.number is None else in_scale(reply.number, self._signature)
            except Failure as error:
                return error

        engine = engine_of(self._calling)
        engine.open_origin(self._place)
        outcomes = engine.each(len(fields[names[0]]), asked, self._signature.name)
        return answers(self._signature.name, outcomes, self._calling)

    def _request(self, row: Mapping[str, str]) -> Request:
        text = "".join(row[part.name] if isinstance(part, Field) else part for part in self._prompt.parts)
        texts = [row[name] for name in self._signature.texts]
        kind = f"{self._protocol.path}:{self._label}"
        return Request(self._model, self._url, self._protocol.body(self._model, text, texts), kind, self._read)

    def _read(self, response: Any) -> Reply:
        try:
            value = self._protocol.number(response, self._label)
        except (TypeError, KeyError, IndexError):
            raise Failure(failure.INVALID, again=True) from None
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            return Reply()
        return Reply(number=float(value))


def _check(signature: ModelSignature, options: Mapping[str, Any]) -> None:
    def fail(message: str) -> None:
        raise CallError(f"the model `{signature.name}`: {message}")

    unknown = [name for name in options if name not in _OPTIONS]
    if unknown:
        fail(f"there is no option `{unknown[0]}`; there are {', '.join(_OPTIONS)}")
    protocol = PROTOCOLS.get(options.get("protocol", ""))
    if protocol is None:
        fail(f"`protocol` is one of {', '.join(PROTOCOLS)}")
        return
    if signature.result != "float" or signature.groups:
        fail("a reward server gives one float for each sample")
    if not signature.texts or (protocol.fields or 0) > len(signature.texts):
        fail(f"`{options['protocol']}` needs {protocol.fields or 1} fields of text")
    known = [field.name for field in signature.fields]
    strange = [name for name in (options["prompt"].fields if options.get("prompt") else ()) if name not in known]
    if strange:
        fail(f"its prompt names `{strange[0]}`, which is no field of it")
    if not isinstance(options.get("label", 0), int) or options.get("label", 0) < 0:
        fail("`label` is the number of a class, from 0")
