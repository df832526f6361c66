"""What the checker can say about types, axes, missing values, ranges and calls."""

from __future__ import annotations

from dataclasses import dataclass

from rewardlang.diagnostics import Diagnostic


@dataclass(frozen=True, kw_only=True)
class TypeMismatch(Diagnostic):
    """A value of one type where another is needed.

    What it means. A builtin, a def, an annotation or a block takes another element than the one it is given.

    Why it matters. There is no silent coercion: a text that looks like a number is a text until `number` reads it,
    which can fail and then is missing.

    Example.

        reward r(completion: text) { completion + 1 }

    Instead. Say how the one becomes the other: `(number(completion) ?? 0) + 1`.
    """

    code = "type-mismatch"
    where: str
    expected: str
    found: str
    advice: str | None = None

    def message(self) -> str:
        return f"{self.where} takes {self.expected}, not {self.found}"

    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True, kw_only=True)
class AxisMismatch(Diagnostic):
    """Two lists that do not belong together were combined.

    What it means. Values broadcast by the identity of their axes. Two axes of one name that come from different lists,
    or a list where a single value is needed, do not combine.

    Why it matters. Lists of different lengths zipped by position give wrong rewards without a sound.

    Example.

        reward r(a: text, b: text) -> float { sum(number(lines(a)) - number(lines(b)) ?? 0) }

    Instead. Give one of the lists another name, which makes all pairs: `let ours: text[ours] = lines(a)`; or reduce
    one of them first.
    """

    code = "axis-mismatch"
    text: str
    advice: str | None = None

    def message(self) -> str:
        return self.text

    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True, kw_only=True)
class UnknownAxis(Diagnostic):
    """An axis that the value does not have, or one that has to be named.

    What it means. `over` names an axis that its value lacks; or a reduction could remove one of several axes and does
    not say which.

    Why it matters. A mean over boxes is not a mean over time.

    Example.

        reward r(found: box[found], truth: box[target]) -> float { mean(iou(found, truth)) ?? 0 }

    Instead. Name what is removed: `mean(max(iou(found, truth) over found) over target) ?? 0`.
    """

    code = "unknown-axis"
    text: str
    suggestion: str | None = None

    def message(self) -> str:
        return self.text

    def help(self) -> str | None:
        return self.suggestion


@dataclass(frozen=True, kw_only=True)
class PossiblyMissing(Diagnostic):
    """A value that may be missing where one must be there.

    What it means. Parsing, look-up, division and empty lists give values that may be missing. A total, a condition, a
    weight or an entry of a reduction must say what then counts.

    Why it matters. A reply that could not be parsed is an everyday value: what it earns is a decision, not an accident.

    Example.

        reward r(completion: text) -> float { number(completion) }

    Instead. Say what a reply without a number earns: `number(completion) ?? 0`; or let the whole sample be missing:
    `-> float?`.
    """

    code = "possibly-missing"
    text: str
    advice: str | None = None

    def message(self) -> str:
        return self.text

    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True, kw_only=True)
class RangeNotProved(Diagnostic):
    """A promised range that does not follow.

    What it means. Interval arithmetic over the parts gives a wider range than the one that is declared or needed.

    Why it matters. Trainers scale, clip and compare rewards; a total outside its range changes what is learned.

    Example.

        reward r(completion: text) -> float in 0..1 { sum { length: length(completion) / 1000 } }

    Instead. Clip what is too wide, which is the proof: `clip(length(completion) / 1000, 0..1)`; or declare the range
    found.
    """

    code = "range-not-proved"
    what: str
    found: str
    needed: str
    advice: str | None = None

    def message(self) -> str:
        return f"{self.what} must lie in {self.needed}, but only {self.found} is proved"

    def help(self) -> str | None:
        return self.advice or f"clip it, which is the proof: `clip(…, {self.needed})`"


@dataclass(frozen=True, kw_only=True)
class UnsupportedRegex(Diagnostic):
    """A regular expression outside the language.

    What it means. The pattern is malformed, or uses look-around, back-references, possessive or atomic groups.

    Why it matters. Every pattern is matched in time linear in the text: a hostile reply cannot hang a training run.

    Example.

        reward r(completion: text) -> float { matches(completion, /^(?!.*sorry).*$/s) }

    Instead. Say it with several simple patterns: `not matches(completion, /sorry/)`.
    """

    code = "unsupported-regex"
    text: str
    advice: str | None = None

    def message(self) -> str:
        return f"this regular expression is not supported: {self.text}"

    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True, kw_only=True)
class BadWeight(Diagnostic):
    """A weight where none can be, or one that makes no sense.

    What it means. `min`, `max`, `all` and `any` take no weights; in `mean` and `product` weights are at least 0; a
    weight is a number; a metric has none.

    Why it matters. A weight that is silently ignored is a reward that is silently wrong.

    Example.

        reward r(a: score, b: score) -> float { max { a: a weight 2 b: b } }

    Instead. Scale the entry itself, `a: 2 * a`, or use `sum`.
    """

    code = "bad-weight"
    text: str
    advice: str | None = None

    def message(self) -> str:
        return self.text

    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True, kw_only=True)
class WrongArguments(Diagnostic):
    """A call with too few, too many or unknown arguments, or a form used wrongly.

    What it means. The arguments do not fit the signature.

    Why it matters. A forgotten argument is never guessed.

    Example.

        reward r(completion: text) -> float { clip(length(completion)) }

    Instead. Give every argument that has no default: `clip(length(completion), 0..100)`.
    """

    code = "wrong-arguments"
    text: str
    signature: str | None = None
    advice: str | None = None

    def message(self) -> str:
        return self.text

    def note(self) -> str | None:
        return f"the signature is `{self.signature}`" if self.signature else None

    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True, kw_only=True)
class NotConstant(Diagnostic):
    """A value that must be known when compiling, and is not.

    What it means. Shapes and the options of host operations (an n-gram order, the number of digits) are fixed when the
    spec is compiled.

    Why it matters. Only what is fixed can be compiled once and run for ever.

    Example.

        param digits: int in 0..4 = 2
        reward r(x: float) -> float { round(x, digits) }

    Instead. Make it a `const`: `const digits = 2`, which `load(spec, consts={"digits": 3})` overrides.
    """

    code = "not-constant"
    what: str

    def message(self) -> str:
        return f"{self.what} must be a constant"

    def help(self) -> str | None:
        return "write a literal, or declare it with `const`"


@dataclass(frozen=True, kw_only=True)
class ParamReachesHost(Diagnostic):
    """Work on text or JSON that depends on a traced value.

    What it means. Text and JSON are worked on before the device runs. Params, group statistics, models and memory are
    known only on the device.

    Why it matters. A `param` can be changed, swept and differentiated without reading any text again.

    Example.

        param strict: bool = false
        reward r(completion: text) -> float { length(if strict then strip(completion) else completion) }

    Instead. Compute both and choose the result: `if strict then length(strip(completion)) else length(completion)`; or
    make the param a `const`.
    """

    code = "param-reaches-host"
    what: str
    by: str

    def message(self) -> str:
        return f"{self.what} is host work, but depends on {self.by}"

    def help(self) -> str | None:
        return "compute both cases and choose between the results, or make it a `const`"
