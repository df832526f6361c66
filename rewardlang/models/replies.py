"""What a judge's reply says: read strictly, so that what is not plainly a verdict is missing, never a guess."""

from __future__ import annotations

import re
from math import exp, isfinite
from typing import TYPE_CHECKING, Any

import msgspec

from rewardlang.models import failure
from rewardlang.models.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rewardlang.models.request import Reply
    from rewardlang.models.signature import ModelSignature

_NUMBER = r"[-+]?(?:[0-9]{1,15}(?:\.[0-9]{0,17})?|\.[0-9]{1,17})"
_MARKS = r"[*_`\"' ]{0,4}"
_SCORED = re.compile(
    rf"\bscore\b{_MARKS}[:=]{_MARKS}({_NUMBER})(?:{_MARKS}/\s?([0-9]{{1,9}}))?(?![-–\w%,./]*[\w%])", re.IGNORECASE
)
"""Not `4,5`, `4-5` or `80%`: what such a reply means is a guess."""

_ALONE = re.compile(rf"({_NUMBER})(?:\s?/\s?([0-9]{{1,9}}))?\.?")
_VERDICT = re.compile(rf"\bverdict\b{_MARKS}[:=]{_MARKS}\[{{0,2}}(A|B|C|tie)\b|\[\[(A|B|C|tie)\]\]", re.IGNORECASE)
_VERDICT_ALONE = re.compile(r"[*_`\"'\[ ]{0,6}(A|B|tie)[*_`\"'\] .]{0,6}", re.IGNORECASE)
_PREFERENCE = {"a": 1.0, "b": 0.0, "c": 0.5, "tie": 0.5}
FLOOR = -50.0
"""The least log-probability, relative to the likeliest token, that RLBFF knows; also that of a word not listed."""


def visible(text: str) -> str:
    """A reply without its thinking: what follows the last `</think>`; nothing where the thinking never ended."""
    _, closed, rest = text.rpartition("</think>")
    if closed:
        return rest.strip()
    return text.partition("<think>")[0].strip()


def reader(kind: str, signature: ModelSignature) -> Callable[[Reply], Any]:
    """The function that reads replies of one kind. It raises `Failure`."""
    return lambda reply: _READERS[kind](reply, signature)


def _text(reply: Reply, signature: ModelSignature) -> str:  # noqa: ARG001  one signature for all kinds
    found = visible(reply.text)
    if not found:
        raise Failure(failure.EMPTY)
    return found


def _score(reply: Reply, signature: ModelSignature) -> float | int | bool:
    text = _text(reply, signature)
    found = _ALONE.fullmatch(text) or _last(_SCORED, text)
    if found is None or (found[2] is not None and float(found[2]) != signature.high):
        raise Failure(failure.UNREADABLE)
    return in_scale(float(found[1]), signature)


def _verdict(reply: Reply, signature: ModelSignature) -> float | int | bool:
    text = _text(reply, signature)
    found = _VERDICT_ALONE.fullmatch(text) or _last(_VERDICT, text)
    if found is None:
        raise Failure(failure.UNREADABLE)
    return in_scale(_PREFERENCE[(found[1] or found[2]).lower()], signature)


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = None
    for found in pattern.finditer(text):  # noqa: B007  the last one is wanted
        pass
    return found


def _json(reply: Reply, signature: ModelSignature) -> Any:
    value = parsed_json(_text(reply, signature))
    if signature.result == "json":
        return msgspec.json.encode(value).decode()  # as a text: values of JSON go to the host as texts
    return _typed(value.get("score") if isinstance(value, dict) else None, signature)


def parsed_json(text: str) -> Any:
    """The one JSON value that a reply is, perhaps in a fence."""
    if text.startswith("```") and text.endswith("```") and len(text) >= 6:
        text = text[3:-3].removeprefix("json")
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise Failure(failure.UNREADABLE) from None


def _typed(value: Any, signature: ModelSignature) -> Any:
    wanted = {"text": str, "bool": bool}.get(signature.result)
    if wanted is not None and isinstance(value, wanted):
        return value
    if wanted is not None or isinstance(value, bool) or not isinstance(value, int | float):
        raise Failure(failure.UNREADABLE)
    return in_scale(value, signature)


def _yes_no(reply: Reply, signature: ModelSignature) -> float | int | bool:
    """The log-odds of yes, as RLBFF; their probability for a result in 0..1; for a bool, which is likelier."""
    if reply.tops is None:
        raise Failure(failure.NO_LOG_PROBABILITIES if reply.text.strip() else failure.EMPTY)
    odds = log_odds(reply.token or "", reply.tops)
    if odds is None:
        raise Failure(failure.UNREADABLE)
    if signature.result == "bool":
        return odds > 0
    if signature.low >= 0 and signature.high <= 1:
        return in_scale(1 / (1 + exp(-odds)), signature)
    return in_scale(odds, signature)


def log_odds(token: str, tops: Sequence[tuple[str, float]]) -> float | None:
    """Log-probability of yes minus that of no, each relative to the likeliest token and not below -50.

    The words are looked for in the form of the token that was chosen, ` Yes` and ` No` say; where another token was
    chosen, in the form of the likelier of the two.
    """
    ranked = sorted(tops, key=lambda top: -top[1])
    form = next((each for each in (token, *(name for name, _ in ranked)) if is_answer(each)), None)
    if form is None:
        return None
    yes, no = _forms(form)
    most = ranked[0][1] if ranked else 0.0
    found = {name: max(FLOOR, chance - most) for name, chance in reversed(ranked)}
    return found.get(yes, FLOOR) - found.get(no, FLOOR)


def is_answer(token: str) -> bool:
    """Whether a token is a word of yes or no."""
    return token.strip().lower() in {"yes", "no"}


def _forms(token: str) -> tuple[str, str]:
    word = token.strip()
    yes, no = "Yes", "No"
    if word.islower():
        yes, no = "yes", "no"
    elif word.isupper():
        yes, no = "YES", "NO"
    return token.replace(word, yes), token.replace(word, no)


def in_scale(value: float, signature: ModelSignature) -> float | int | bool:
    """A number as the result that is declared. What is out of the scale is missing: clipping would invent a verdict."""
    if not isfinite(value) or not signature.low <= value <= signature.high:
        raise Failure(failure.OUT_OF_SCALE)
    if signature.result == "float":
        return float(value)
    if value != int(value) or (signature.result == "bool" and value not in {0, 1}):
        raise Failure(failure.UNREADABLE)
    return bool(value) if signature.result == "bool" else int(value)


_READERS: dict[str, Callable[[Reply, ModelSignature], Any]] = {
    "text": _text,
    "score": _score,
    "verdict": _verdict,
    "json": _json,
    "yes_no": _yes_no,
}
