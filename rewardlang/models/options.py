"""What a spec says about a chat model, checked: which options there are, and what they may be."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import isfinite
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError, suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rewardlang.models.signature import ModelSignature, Template

RESULTS = {
    "yes_no": ("float", "bool"),
    "score": ("float", "int"),
    "json": ("json", "float", "int", "bool", "text"),
    "verdict": ("float",),
    "listwise": ("float", "int"),
    "text": ("text",),
}
"""The results that a kind of reply can give."""

LONGEST = {"yes_no": 8}
"""Tokens of a reply where the spec does not say; a word takes few, everything else `_LONG`."""
_LONG = 1024


@dataclass(frozen=True, kw_only=True)
class ChatOptions:
    """The options of `chat(…)`.

    Attributes:
        model: the name by which the server knows the model.
        url: where it is, up to and without `/chat/completions`; None is where the caller says.
        prompt: the user's message; None lists all fields under their names.
        system: what goes before it.
        reply: the form of the reply, or a function of many replies that gives None for each that it cannot read.
        samples: replies to one request, of which the median, or the most frequent, counts.
        temperature: None sends none; by default 0, and 1 where there are several samples.
        max_tokens: of a reply.
        critique: ask for a critique first, then for the verdict.
        swap: ask for a verdict in both orders, and take the mean.
        attempts: how often to ask until a reply can be read.
        tools: what the judge may call before its verdict, by name: those that come with rewardlang (`page`,
            `text_check`, `crop`), and functions that the caller binds.
        steps: in how many replies it may call them at most; after that it must give its verdict.
        frame: `tags` frames every field, as the defence needs; `none` is for models trained on exactly this prompt.
        seed: of the server's sampling, one more for each sample; and of the order of a list. None sends none.
    """

    model: str
    url: str | None = None
    prompt: Template | None = None
    system: Template | None = None
    reply: str | Callable[[Sequence[str]], Sequence[Any]] = "score"
    samples: int = 1
    temperature: float | None = -1.0
    max_tokens: int = 0
    critique: bool = False
    swap: bool = False
    attempts: int = 2
    tools: Sequence[str] = ()
    steps: int = 4
    frame: str = "tags"
    seed: int | None = 0

    @property
    def kind(self) -> str:
        """The form of the reply; `own` where a function reads it."""
        return self.reply if isinstance(self.reply, str) else "own"


def chat_options(signature: ModelSignature, given: Mapping[str, Any]) -> ChatOptions:
    """The options of a model, or what is wrong with them."""
    names = [field.name for field in fields(ChatOptions)]
    for name in given:
        if name not in names:
            meant = suggest(name, names)
            _fail(signature, f"there is no option `{name}`" + (f"; did you mean `{meant}`?" if meant else ""))
    if not isinstance(given.get("model"), str):
        _fail(signature, "`model` is the name by which the server knows it")
    options = _with_defaults(ChatOptions(**given), given)
    _check_numbers(signature, options)
    _check_templates(signature, options)
    _check_images(signature, options)
    _check_reply(signature, options)
    _check_tools(signature, options, given)
    return options


def _with_defaults(options: ChatOptions, given: Mapping[str, Any]) -> ChatOptions:
    from dataclasses import replace

    changes: dict[str, Any] = {}
    if "temperature" not in given:
        changes["temperature"] = 0.0 if options.samples == 1 else 1.0
    if "max_tokens" not in given:
        changes["max_tokens"] = _LONG if options.tools else LONGEST.get(options.kind, _LONG)
    if "seed" not in given and options.kind == "listwise":
        from rewardlang.models.listwise import SEED

        changes["seed"] = SEED
    return replace(options, **changes)


def _check_numbers(signature: ModelSignature, options: ChatOptions) -> None:
    for name, most in (("samples", 1000), ("attempts", 100), ("max_tokens", 10_000_000), ("steps", 100)):
        value = getattr(options, name)
        if not isinstance(value, int) or not 1 <= value <= most:
            _fail(signature, f"`{name}` is a whole number from 1 to {most}, not {value!r}")
    if options.temperature is not None and not (isfinite(options.temperature) and options.temperature >= 0):
        _fail(signature, f"`temperature` is not negative, not {options.temperature!r}")
    if options.frame not in {"tags", "none"}:
        _fail(signature, f"`frame` is `tags` or `none`, not {options.frame!r}")


def _check_templates(signature: ModelSignature, options: ChatOptions) -> None:
    known = [field.name for field in signature.fields]
    for template in (options.prompt, options.system):
        for name in template.fields if template else ():
            if name not in known:
                _fail(signature, f"its prompt names `{name}`, which is no field of it")


def _check_images(signature: ModelSignature, options: ChatOptions) -> None:
    """Images stand where a prompt names them, and nowhere else."""
    for name in signature.images:
        if options.system is not None and name in options.system.fields:
            _fail(signature, f"its system text names the image `{name}`, which stands in a prompt alone")
        if options.kind == "listwise" and name in signature.groups:
            _fail(signature, f"`listwise` ranks texts, and `{name}` holds an image of each sample")
        if options.kind == "listwise" and options.prompt is None:
            _fail(signature, f"its own prompt has no place for the image `{name}`: give a `prompt` that names it")


def _check_reply(signature: ModelSignature, options: ChatOptions) -> None:
    kind = options.kind
    if kind == "own":
        if not callable(options.reply):
            _fail(signature, "`reply` is a form of reply or a function that reads it")
        return
    if kind not in RESULTS:
        _fail(signature, f"there is no reply `{kind}`; there are {', '.join(RESULTS)}")
    if signature.result not in RESULTS[kind]:
        _fail(signature, f"a reply `{kind}` gives {' or '.join(RESULTS[kind])}, not {signature.result}")
    if kind in {"score", "listwise"} and not (isfinite(signature.low) and isfinite(signature.high)):
        _fail(signature, f"a reply `{kind}` needs a scale: declare the result as `{signature.result} in 1..5`, say")
    if (kind == "listwise") != bool(signature.groups) or len(signature.groups) > 1:
        _fail(signature, "a field that is a list over the group goes with `reply: listwise`, and one of them with it")
    if kind == "verdict" and len(signature.texts) < 2:
        _fail(signature, "a verdict is about two texts: it needs two fields of text, the last two are compared")
    if options.swap and kind != "verdict":
        _fail(signature, "`swap` belongs to `reply: verdict`")


def _check_tools(signature: ModelSignature, options: ChatOptions, given: Mapping[str, Any]) -> None:
    named = options.tools
    if not isinstance(named, tuple | list) or not all(isinstance(name, str) for name in named):
        _fail(signature, '`tools` is a list of names: `tools: ["page"]`')
    twice = next((name for place, name in enumerate(named) if name in named[:place]), None)
    if twice is not None:
        _fail(signature, f"`tools` names `{twice}` twice")
    if "steps" in given and not named:
        _fail(signature, "`steps` belongs to `tools`")
    if named and options.critique:
        _fail(signature, "a judge with `tools` gives no critique: it looks, and then gives its verdict")


def _fail(signature: ModelSignature, message: str) -> None:
    raise CallError(f"the model `{signature.name}`: {message}")
