"""`hf(…)`: a model of Hugging Face that runs here, as a score of texts or as the likelihood of given tokens."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import isfinite
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.models import failure
from rewardlang.models.engine import engine_of
from rewardlang.models.failure import Failure
from rewardlang.models.hf_model import Tokens
from rewardlang.models.hf_tokens import Reader
from rewardlang.models.outcomes import answers
from rewardlang.models.replies import in_scale
from rewardlang.models.request import Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rewardlang.backend.answers import Answering, Answers
    from rewardlang.models.calling import Calling
    from rewardlang.models.hf_model import HuggingFace
    from rewardlang.models.signature import ModelSignature, Template

REPLIES = ("score", "log_likelihood", "mean_log_likelihood")
_TOKENS_AT_ONCE = 1 << 14
"""Of a batch, its padding counted. One text is never split."""
_LOGITS_AT_ONCE = 1 << 28
"""Of a batch, for likelihoods, which need one for each word of the vocabulary at each place: 1 GB of float32."""


@dataclass(frozen=True, kw_only=True)
class HfOptions:
    """The options of `hf(…)`.

    Attributes:
        name: of the model on the hub, or its path; empty where the caller binds the model.
        reply: `score`, the number of a sequence classifier; `log_likelihood` of the completion's tokens given the
            prompt, their sum in nats, or its mean over them.
        prompt: all of the text for a score, what stands before the completion for a likelihood; None is the chat
            template's form of prompt and completion, or, without one, one after another.
        label: of a classifier with several numbers, the one whose probability counts.
        max_length: tokens that a request may have, fewer than the model allows.
        dtype: of the weights and of what is computed; None is that of the file.
        revision: a branch, tag or commit on the hub.
    """

    name: str = ""
    reply: str = "score"
    prompt: Template | None = None
    label: int | None = None
    max_length: int | None = None
    dtype: str | None = None
    revision: str | None = None


def open_hf(
    signature: ModelSignature, options: Mapping[str, Any], calling: Calling, given: HuggingFace | None = None
) -> Answering:
    """The model that the options name, or the one that is given, ready to be asked.

    Raises:
        CallError: an option does not fit, or the model is not allowed, not there, or of another kind.
    """
    checked = _checked(signature, options)
    if given is None:
        from rewardlang.models.hf_files import open_named

        given = open_named(signature.name, checked, calling)
    return Hf(signature, checked, calling, given)


class Hf:
    """Asks a model for a number a request, in batches of texts of about equal length."""

    def __init__(self, signature: ModelSignature, options: HfOptions, calling: Calling, model: HuggingFace) -> None:
        self._signature = signature
        self._options = options
        self._calling = calling
        self._model = model
        self._scores = options.reply == "score"
        _check_model(signature, options, model)
        longest = min(size for size in (options.max_length, model.longest) if size is not None)
        engine_of(calling)
        self._reader = Reader(model.tokenizer, signature.texts, options.prompt, longest)

    def __call__(self, fields: Mapping[str, Sequence[Any]]) -> Answers:
        """The numbers of a list of requests.

        Raises:
            CallError: the model is in training mode, or `max_missing` is exceeded.
        """
        self._model.require_evaluation()
        names = self._signature.texts
        rows = [dict(zip(names, row, strict=True)) for row in zip(*(fields[name] for name in names), strict=True)]
        with self._model.lock:
            read = [self._read(row) for row in rows]
            place = f"hf:{self._model.fingerprint()}"
            asked = [self._request(place, tokens) for tokens in read if isinstance(tokens, Tokens)]
            replies = iter(engine_of(self._calling).batched(asked, self._batches, self._signature.name))
        found = [self._outcome(tokens, next(replies) if isinstance(tokens, Tokens) else tokens) for tokens in read]
        return answers(self._signature.name, found, self._calling)

    def _read(self, row: Mapping[str, Any]) -> Tokens | Failure:
        try:
            return self._reader.scored(row) if self._scores else self._reader.continued(row)
        except Failure as error:
            return error

    def _request(self, place: str, tokens: Tokens) -> Request:
        """The key of its reply holds the weights, by their hash, and the tokens: no file and no name."""
        kind = f"score:{self._options.label}" if self._scores else "log_likelihood"
        body = {"ids": tokens.ids, "types": tokens.types, "start": tokens.start}
        return Request("", place, body, kind, _reply)

    def _outcome(self, tokens: Tokens | Failure, reply: Reply | Failure) -> Any:
        if isinstance(reply, Failure) or isinstance(tokens, Failure) or reply.number is None:
            return reply
        per_token = self._options.reply == "mean_log_likelihood"
        number = reply.number / (len(tokens.ids) - tokens.start) if per_token else reply.number
        try:
            return in_scale(number, self._signature)
        except Failure as error:
            return error

    # --- batches ---

    def _batches(self, requests: Sequence[Request]) -> Iterator[dict[int, float | Failure]]:
        tokens = [Tokens(**request.body) for request in requests]
        for places in self._planned(tokens):
            yield dict(zip(places, self._values([tokens[place] for place in places]), strict=True))

    def _planned(self, tokens: Sequence[Tokens]) -> Iterator[list[int]]:
        """Places of a batch, the longest first: a batch that is too large for the memory is known at once."""
        batch: list[int] = []
        for place in sorted(range(len(tokens)), key=lambda place: -len(tokens[place].ids)):
            if batch and not self._fits([tokens[each] for each in (*batch, place)]):
                yield batch
                batch = []
            batch.append(place)
        if batch:
            yield batch

    def _fits(self, batch: Sequence[Tokens]) -> bool:
        width, count = len(batch[0].ids), len(batch)
        if count > self._calling.concurrency or count * width > _TOKENS_AT_ONCE:
            return False
        places = width - min(tokens.start for tokens in batch) + 1 if self._model.keeps else width
        return self._scores or count * places * self._model.words <= _LOGITS_AT_ONCE

    def _values(self, batch: Sequence[Tokens]) -> list[float | Failure]:
        """What the model says; where a batch fails, for lack of memory say, its halves may not."""
        try:
            if self._scores:
                return list(self._model.scores(batch, self._options.label))
            return list(self._model.log_likelihoods(batch))
        except Exception:  # noqa: BLE001 - a grader that failed is not a wrong answer
            if len(batch) == 1:
                return [Failure(failure.FAILED)]
        middle = len(batch) // 2
        return [*self._values(batch[:middle]), *self._values(batch[middle:])]


def _reply(number: float) -> Reply:
    if not isfinite(number):
        raise Failure(failure.NOT_FINITE)
    return Reply(number=number)


def _checked(signature: ModelSignature, given: Mapping[str, Any]) -> HfOptions:
    known = [field.name for field in fields(HfOptions)]
    unknown = next((name for name in given if name not in known), None)
    if unknown is not None:
        _fail(signature, f"there is no option `{unknown}`; there are {', '.join(known)}")
    options = HfOptions(**given)
    texts = signature.texts
    if signature.result != "float" or not texts or len(texts) != len(signature.fields):
        _fail(signature, "a model of Hugging Face takes texts and gives one float for each sample")
    if options.reply not in REPLIES:
        _fail(signature, f"`reply` is one of {', '.join(REPLIES)}")
    if options.prompt is None and len(texts) > 2:
        _fail(signature, "with more than two texts it needs `prompt`, which says where each of them stands")
    named = options.prompt.fields if options.prompt is not None else ()
    strange = next((name for name in named if name not in texts), None)
    if strange is not None:
        _fail(signature, f"its prompt names `{strange}`, which is no field of it")
    if options.reply != "score" and texts[-1] in named:
        _fail(signature, f"its prompt names `{texts[-1]}`, whose likelihood is asked for: that follows the prompt")
    if options.reply != "score" and options.label is not None:
        _fail(signature, "`label` belongs to `reply: score`")
    return options


def _check_model(signature: ModelSignature, options: HfOptions, model: HuggingFace) -> None:
    name = type(model.model).__name__
    if options.reply == "score" and not model.classifies:
        help_ = 'for likelihoods, declare it as `hf("…", reply: mean_log_likelihood)`'
        _fail(signature, f"{name} is no sequence classifier and gives no score: {help_}")
    if options.reply != "score" and not model.predicts:
        _fail(signature, f"{name} is no causal language model and gives no `{options.reply}`")
    if options.max_length is None and model.longest is None:
        _fail(signature, f"neither {name} nor its tokenizer knows how long a text may be: give `max_length`")
    if options.reply == "score":
        _check_label(signature, options.label, model)


def _check_label(signature: ModelSignature, label: int | None, model: HuggingFace) -> None:
    count = model.model.config.num_labels
    if label is None and count != 1:
        names = ", ".join(f"{place} ({name})" for place, name in model.model.config.id2label.items())
        _fail(signature, f"{type(model.model).__name__} has {count} labels: say which one counts, `label:` {names}")
    if label is not None and (count == 1 or not 0 <= label < count):
        has = "one number and no labels" if count == 1 else f"the labels 0 to {count - 1}"
        _fail(signature, f"`label` is {label}, but {type(model.model).__name__} has {has}")


def _fail(signature: ModelSignature, message: str) -> None:
    raise CallError(f"the model `{signature.name}`: {message}")
