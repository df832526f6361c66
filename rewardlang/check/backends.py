"""The backends of models as specs write them: what each takes, in one place, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rewardlang.check.core import Constant, FieldName, PromptTemplate, ReplyDef
from rewardlang.check.errors import PossiblyMissing, TypeMismatch, WrongArguments
from rewardlang.check.name_errors import UnknownName
from rewardlang.check.scope import AbandonError, Scope
from rewardlang.diagnostics.suggest import suggest
from rewardlang.syntax import ast
from rewardlang.syntax.formatter import print_expression, print_type
from rewardlang.types import FLOAT, JSON, TEXT, RecordElement, write_type
from rewardlang.types.declared import BackendSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewardlang.check.core import CheckedReward
    from rewardlang.check.elaborate import Elaborator
    from rewardlang.check.modules import Module
    from rewardlang.source import Span
    from rewardlang.types import Type

    ReadDef = Callable[[ast.Def], CheckedReward]


@dataclass(frozen=True)
class Option:
    """An option of a backend: `kind` is `text`, `texts`, `number`, `bool`, `template` or `word` (of `words`, or a def).

    `required` where the backend cannot do without; what else is left out is the backend's to choose.
    """

    name: str
    kind: str
    words: tuple[str, ...] = ()
    required: bool = False
    defs: bool = False
    least: float = 0
    whole: bool = False


@dataclass(frozen=True)
class Backend:
    """A backend: `fallible` where a call can fail, `traced` where it runs on the device.

    The first `placed` options may stand without their names.
    """

    name: str
    options: tuple[Option, ...]
    placed: int = 1
    fallible: bool = True
    traced: bool = False


REPLIES = ("yes_no", "score", "json", "verdict", "listwise", "text")
BACKENDS = (
    Backend(
        "chat",
        (
            Option("model", "text", required=True),
            Option("url", "text"),
            Option("prompt", "template"),
            Option("system", "template"),
            Option("reply", "word", REPLIES, defs=True),
            Option("samples", "number", least=1, whole=True),
            Option("temperature", "number"),
            Option("max_tokens", "number", least=1, whole=True),
            Option("critique", "bool"),
            Option("swap", "bool"),
            Option("attempts", "number", least=1, whole=True),
            Option("tools", "texts"),
            Option("steps", "number", least=1, whole=True),
            Option("frame", "word", ("tags", "none")),
            Option("seed", "number", whole=True),
        ),
    ),
    Backend(
        "http",
        (
            Option("url", "text"),
            Option("protocol", "text", required=True),
            Option("model", "text"),
            Option("prompt", "template"),
            Option("label", "number", whole=True),
        ),
    ),
    Backend(
        "hf",
        (
            Option("name", "text", required=True),
            Option("reply", "word", ("score", "log_likelihood", "mean_log_likelihood")),
            Option("prompt", "template"),
            Option("label", "number", whole=True),
            Option("max_length", "number", least=1, whole=True),
            Option("dtype", "word", ("float32", "bfloat16", "float16")),
            Option("revision", "text"),
        ),
    ),
    Backend("encoder", (Option("name", "text"),), fallible=False),
    Backend(
        "flax",
        (Option("module", "text"), Option("checkpoint", "text")),
        placed=2, fallible=False, traced=True,
    ),
)  # fmt: skip


def backend_named(name: str) -> Backend | None:
    """The backend that is called so."""
    return next((backend for backend in BACKENDS if backend.name == name), None)


def runs_on_device(declaration: ast.Model) -> bool:
    """Whether a model is part of the compiled graph, so that nothing on the host may depend on it."""
    call = declaration.backend
    backend = backend_named(call.function.name) if isinstance(call, ast.Call) else None
    return backend is not None and backend.traced


def read_backend(
    elaborator: Elaborator, module: Module, declaration: ast.Model, fields: list[Type], result: Type,
    read_def: ReadDef,
) -> BackendSpec | None:  # fmt: skip
    """The backend of a model, its options checked; None where the caller must bind it."""
    written = declaration.backend
    if written is None:
        return None
    if not isinstance(written, ast.Call):
        text = 'a model is made by a backend, such as `chat("model", prompt: t"…")`'
        elaborator.fail(WrongArguments(span=written.span, text=text))
        raise AbandonError
    backend = backend_named(written.function.name)
    if backend is None:
        name = written.function.name
        close = suggest(name, [known.name for known in BACKENDS])
        elaborator.fail(UnknownName(span=written.function.span, name=name, what="backend", suggestion=close))
        raise AbandonError
    if backend.fallible and not result.optional:
        text = f"a call of `{backend.name}` can fail, but the result of `{declaration.name}` is never missing"
        optional = print_type(replace(declaration.result, optional=True))
        advice = f"write `-> {optional}`, and say at the call what then counts"
        elaborator.fail(PossiblyMissing(span=declaration.result.span, text=text, advice=advice))
    _check_signature(elaborator, declaration, backend, fields, result)
    reader = _Reader(elaborator, module, declaration, backend, read_def)
    options = reader.options(written)
    if backend.name == "chat":
        options["reply"] = _reply(elaborator, declaration, result, options.get("reply"), written.span)
    return BackendSpec(backend.name, tuple(options.items()), print_expression(written), written.span)


def _check_signature(
    elaborator: Elaborator, declaration: ast.Model, backend: Backend, fields: list[Type], result: Type
) -> None:
    """What an encoder, a network and a model of Hugging Face take and give."""
    lists = [axis for axis in result.axes if axis.name != "dim"]
    if backend.name == "encoder":
        one = len(fields) == 1 and fields[0].element == TEXT and not fields[0].axes
        if not one or result.element != FLOAT or not result.axes or lists:
            _misfit(
                elaborator, declaration, "an `encoder` takes one text and gives one `vec[n]`: `(x: text) -> vec[384]`"
            )
    elif backend.name == "hf":
        texts = all(field.element == TEXT and not field.axes for field in fields)
        if not fields or not texts or result.element != FLOAT or result.axes:
            _misfit(elaborator, declaration, "an `hf` model takes texts and gives one float")
    elif backend.traced:
        plain = all(field.element.numeric or field.element.width > 1 for field in fields)
        encodes = [field.element for field in fields] == [TEXT] and bool(result.axes)
        whole = any(axis.name != "dim" for field in fields for axis in field.axes)
        if not fields or not (plain or encodes) or whole or result.element != FLOAT or lists:
            shapes = "numbers, vecs, points or boxes, and gives a float or a vec; or it takes one text and gives a vec"
            _misfit(elaborator, declaration, f"a `{backend.name}` model takes {shapes}")


def _misfit(elaborator: Elaborator, declaration: ast.Model, text: str) -> None:
    elaborator.fail(WrongArguments(span=declaration.span, text=f"{text}, which `{declaration.name}` does not"))


def _reply(elaborator: Elaborator, declaration: ast.Model, result: Type, reply: Any, span: Span) -> Any:
    """The kind of reply, which must give what the result is; by default what the result asks for."""
    kinds = {TEXT: "text", JSON: "json"}
    usual = "json" if isinstance(result.element, RecordElement) else kinds.get(result.element, "score")
    group = any(d.name == "group" for field in declaration.fields for d in field.type.dimensions)
    grouped = group or any(axis.name != "dim" for axis in result.axes)
    if reply is None:
        return "listwise" if grouped else usual
    given = reply if reply in kinds.values() else "score"
    if given != usual:
        gives = {"text": "a text", "json": "JSON", "score": "a number"}
        where = f"a reply that is {gives[given]}"
        expected = f"a result that is {gives[given]}"
        found = f"`{write_type(result, ranges=False)}`"
        elaborator.fail(TypeMismatch(span=span, where=where, expected=expected, found=found))
    if (reply == "listwise") != grouped:
        text = "`listwise` ranks a group or a list: it needs a field `text[group]`, or a result over a field's axis"
        if grouped:
            over = "group" if group else result.axes[0]
            text = f"the field of `{declaration.name}` over `{over}` needs `reply: listwise`"
        elaborator.fail(WrongArguments(span=span, text=text))
    return reply


@dataclass(frozen=True)
class _Reader:
    elaborator: Elaborator
    module: Module
    declaration: ast.Model
    backend: Backend
    read_def: ReadDef

    def options(self, call: ast.Call) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for place, argument in enumerate(call.arguments):
            option = self._option(place, argument)
            found[option.name] = self._value(option, argument.value)
        lacking = [option.name for option in self.backend.options if option.required and option.name not in found]
        if lacking:
            self._fail(call.span, f"`{self.backend.name}` needs `{lacking[0]}`")
        return found

    def _option(self, place: int, argument: ast.Argument) -> Option:
        known = self.backend.options
        if argument.name is None:
            if place >= self.backend.placed:
                self._fail(argument.span, f"the options of `{self.backend.name}` are named: `{known[-1].name}: …`")
            return known[place]
        option = next((option for option in known if option.name == argument.name), None)
        if option is None:
            close = suggest(argument.name, [option.name for option in known])
            advice = f"did you mean `{close}`?" if close else None
            self._fail(argument.span, f"`{self.backend.name}` has no option `{argument.name}`", advice)
            raise AbandonError
        return option

    def _value(self, option: Option, value: ast.Expression) -> Any:
        match option.kind:
            case "template":
                return self._template(value)
            case "word":
                return self._word(option, value)
            case "texts":
                return self._texts(option, value)
        core = self.elaborator.expression(value, Scope(self.module))
        constant = core.value if isinstance(core, Constant) else None
        kinds: dict[str, type | tuple[type, ...]] = {"text": str, "number": (int, float), "bool": bool}
        fits = isinstance(constant, kinds[option.kind]) and (option.kind == "bool" or not isinstance(constant, bool))
        if not fits:
            self._mismatch(option, value.span, f"a constant {option.kind}")
        if option.kind == "number" and (constant < option.least or (option.whole and constant % 1)):  # type: ignore[operator]
            kind = "a whole number" if option.whole else "a number"
            self._mismatch(option, value.span, f"{kind} of at least {option.least:g}")
        return int(constant) if option.whole else constant  # type: ignore[arg-type]

    def _template(self, value: ast.Expression) -> PromptTemplate:
        if isinstance(value, ast.Text):
            return PromptTemplate((value.value,))
        if not isinstance(value, ast.Template):
            self._fail(value.span, 'a prompt is a text or a template: `t"Judge {completion}."`')
            raise AbandonError
        known = [field.name for field in self.declaration.fields]
        parts: list[str | FieldName] = []
        for part in value.parts:
            if isinstance(part, str):
                parts.append(part)
            elif isinstance(part, ast.Name) and part.name in known:
                parts.append(FieldName(part.name))
            else:
                name = part.name if isinstance(part, ast.Name) else None
                close = suggest(name, known) if name else None
                advice = f"did you mean `{close}`?" if close else None
                fields = ", ".join(f"`{field}`" for field in known)
                self._fail(part.span, f"in a prompt, braces hold a field of the model: {fields}", advice)
        return PromptTemplate(tuple(parts))

    def _texts(self, option: Option, value: ast.Expression) -> tuple[str, ...]:
        items = value.items if isinstance(value, ast.List) else ()
        texts = tuple(item.value for item in items if isinstance(item, ast.Text))
        if not items or len(texts) != len(items):
            self._mismatch(option, value.span, 'a list of texts, `["page", "text_check"]`')
        return texts

    def _word(self, option: Option, value: ast.Expression) -> Any:
        name = value.name if isinstance(value, ast.Name) else None
        if name in option.words:
            return name
        found = self.module.names.get(name) if name and option.defs else None
        if found is not None and isinstance(found[1], ast.Def):
            return ReplyDef(self.read_def(found[1]))
        words = ", ".join(f"`{word}`" for word in option.words)
        wanted = f"{words}, or a def `(text) -> float?`" if option.defs else words
        close = suggest(name, option.words) if name else None
        self._fail(value.span, f"`{option.name}` is one of {wanted}", f"did you mean `{close}`?" if close else None)
        raise AbandonError

    def _mismatch(self, option: Option, span: Span, expected: str) -> None:
        where = f"`{option.name}` of `{self.backend.name}`"
        self.elaborator.fail(TypeMismatch(span=span, where=where, expected=expected, found="this"))

    def _fail(self, span: Span, text: str, advice: str | None = None) -> None:
        self.elaborator.fail(WrongArguments(span=span, text=text, advice=advice))
