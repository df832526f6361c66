"""Random well-typed specs, as text, and batches that fit them.

Every spec has the same fields, so that batches shrink apart from it. Numbers are multiples of a quarter, and comparisons are
made against decimals that such numbers do not come near: float32 and float64 then take the same side.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from rewardlang.ops.registry import overloads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FIELDS = """
    a: float, b: float in -8..8, n: int in -3..5, c: bool, q: float?, p: bool?,
    xs: float[time], ys: float[other], flags: bool[time], hs: float?[time], ws: float[time]?, late: float[late]?,
    zs: float[time, other], v: vec[3],
    s: text, t: text?, rows: text[row], doc: json?, items: Item[item]
"""
DECLARATIONS = """
record Item { name: text, size: float, tag: text?, marks: int[mark] }
param weight_of: float in 0..2 = 1.0
param strict: bool = false
param steps: int in 0..9 = 3
const k = 2
"""
WORDS = ("a", "ab", "the", "The end", "3.5", " x ", "é", "1 2", "")
PATTERNS = (r"/a+/", r"/^\s*the/i", r"/\d+/", r"/b|x/s", r"/[aeiou]\w/")
SEPARATORS = ('" "', '","', '"a"', '"\\n"')


@dataclass(frozen=True)
class Text_:  # noqa: N801 - not the strategy of that name
    """An expression as text, and whether it may be missing: as a whole, or (a list) entry by entry."""

    code: str
    whole: bool = False
    holes: bool = False

    @property
    def optional(self) -> bool:
        return self.whole or self.holes


@dataclass
class Names:
    """What a body sees: present numbers, numbers that may be missing, lists of numbers along `axis`."""

    numbers: tuple[str, ...] = ("a", "b", "n", "c")
    maybe: tuple[str, ...] = ("q",)
    bools: tuple[str, ...] = ("c",)
    texts: tuple[str, ...] = ("s",)
    maybe_texts: tuple[str, ...] = ("t",)
    lists: dict[str, tuple[Text_, ...]] = field(default_factory=dict)
    groups: bool = True
    inputs: bool = True


LISTS = {
    "time": (Text_("xs"), Text_("flags"), Text_("hs", holes=True), Text_("index(time)"), Text_("xs")),
    "other": (Text_("ys"), Text_("index(other)")),
    "item": (Text_("items.size"),),
    "dim": (Text_("v"),),
}


class Writer:
    """Writes expressions of a wanted type; `draw` is Hypothesis's."""

    def __init__(self, draw: Callable[[Any], Any], names: Names, defs: Sequence[str] = ()) -> None:
        self.draw, self.names, self.defs = draw, names, defs
        self.labels = 0

    def pick(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def constant(self) -> str:
        return f"{self.draw(st.integers(-8, 8)) / 4}"

    def odd(self) -> str:
        """A constant that no multiple of a quarter is near."""
        return f"{self.draw(st.integers(-6, 6)) + 0.137}"

    # --- single numbers ---

    def number(self, depth: int) -> Text_:
        if depth <= 0:
            return self.pick(*map(Text_, (*self.names.numbers, self.constant())), *(Text_(m, whole=True) for m in self.names.maybe))
        made: Text_ = getattr(self, f"_{self.pick(*self._numbers())}")(depth - 1)
        return made

    def _numbers(self) -> list[str]:
        kinds = ["arithmetic", "arithmetic", "quotient", "one", "if", "default", "block", "literal", "least"]
        kinds += ["reduced", "reduced"] if self.names.lists else []
        kinds += ["called"] if self.defs else []
        if self.names.inputs:
            kinds += ["param", "late", "pairs", "root", "floor", "at", "matrix", "nested", "scanned"]
            kinds += ["length", "parsed", "rows", "json"] if overloads("length") else []
        return kinds + (["group"] if self.names.groups else [])

    def present(self, depth: int) -> str:
        """A number that is there."""
        return self.resolved(self.number(depth))

    def resolved(self, made: Text_, default: str | None = None) -> str:
        return f"({made.code} ?? {default or self.constant()})" if made.optional else made.code

    def bounded(self, depth: int, high: int = 1) -> str:
        return f"clip({self.present(depth)}, 0..{high})"

    def _arithmetic(self, depth: int) -> Text_:
        x, y = self.number(depth), self.number(depth)
        return Text_(f"({x.code} {self.pick('+', '-', '*')} {y.code})", x.whole or y.whole)

    def _quotient(self, depth: int) -> Text_:
        x = self.number(depth)
        if self.pick(True, False):
            return Text_(f"({x.code} / (abs({self.pick(*self.names.numbers)}) + 1.5))", x.whole)
        return Text_(f"({x.code} / {self.pick(*self.names.numbers)})", whole=True)

    def _one(self, depth: int) -> Text_:
        x = self.number(depth)
        form = self.pick("abs({})", "(-{})", "clip({}, -2..3)", "({} |> abs)", "tanh({} / 4)", "sigmoid(clip({}, -4..4))")
        return Text_(form.format(x.code), x.whole)

    def _least(self, depth: int) -> Text_:
        x, y = self.number(depth), self.number(depth)
        return Text_(f"{self.pick('min', 'max')}({x.code}, {y.code} + 0.0137)", x.whole or y.whole)

    def _if(self, depth: int) -> Text_:
        x, y = self.number(depth), self.number(depth)
        return Text_(f"(if {self.truth(depth)} then {x.code} else {y.code})", x.whole or y.whole)

    def _default(self, depth: int) -> Text_:
        return Text_(self.present(depth))

    def _block(self, depth: int) -> Text_:
        return self.block(depth)

    def _literal(self, depth: int) -> Text_:
        x, y = self.number(depth), self.number(depth)
        holes = x.whole or y.whole
        code = f"[{x.code}, {y.code}, {self.constant()}]"
        return self.reduced(Text_(code, holes=holes), None, least=3)

    def _param(self, _: int) -> Text_:
        return Text_(self.pick("weight_of", "strict", "steps", "k"))

    def _late(self, _: int) -> Text_:
        """A list that is missing as a whole."""
        return self.pick(
            Text_("sum(late)", whole=True), Text_("sum(late ?? [])"), Text_("(if present(late) then sum(late) else 2)"),
            Text_("mean(ws)", whole=True), Text_("count(ws ?? [])"),
        )  # fmt: skip

    def _pairs(self, _: int) -> Text_:
        return self.pick(
            Text_("count(xs < rename(xs, time: earlier) over (time, earlier))"),
            Text_("sum(max(xs * ys over other) ?? 0 over time)"), Text_("max(zs - xs over (time, other))", whole=True),
        )  # fmt: skip

    def _root(self, _: int) -> Text_:
        return self.pick(Text_("sqrt(a)", whole=True), Text_("sqrt(abs(b))"), Text_("log(abs(a) + 1)"), Text_("log(b)", whole=True))

    def _floor(self, _: int) -> Text_:
        return Text_(self.pick("floor(a + 0.37)", "ceil(b - 0.37)", "(n % 3 ?? 1)"))

    def _at(self, _: int) -> Text_:
        if not overloads("at"):
            return Text_("n")
        return Text_(self.pick("xs[n]", "xs[0]", "ys[1]", "[a, b, 2][n]"), whole=True)

    def _matrix(self, depth: int) -> Text_:
        inner = self.reduced(Text_(f"(zs * {self.present(0)})"), self.pick("time", "other"), least=0)
        code, axis = inner.code, "time" if "over other" in inner.code else "other"
        return self.reduced(Text_(code, holes=inner.whole), axis) if depth >= 0 else inner

    def _nested(self, _: int) -> Text_:
        """Lists within lists."""
        return self.reduced(Text_(f"sum(items.marks * {self.pick('items.size', 'b', '2')} over mark)"), "item")

    def _scanned(self, depth: int) -> Text_:
        return self.reduced(Text_(f"scan(carry, {self.listed(depth, 'time', holes=False).code} over time, start: 0)"), "time")

    def _group(self, depth: int) -> Text_:
        x = self.number(depth)
        word = self.pick("sum", "mean", "max")
        if x.whole and self.pick(True, False):
            missing = self.pick("skip", "spread")
            return Text_(f"{word}({x.code} over group, missing: {missing})", whole=missing == "spread" or word != "sum")
        return Text_(f"{word}({self.resolved(x)} over {self.pick('group', 'group', 'batch')})")

    def _called(self, depth: int) -> Text_:
        name = self.pick(*self.defs)
        if name == "whole":
            axis = self.pick("time", "other")
            return Text_(f"whole({self.present(depth)}, {self.listed(depth, axis, holes=False).code})")
        x = self.number(depth)
        return Text_(f"{name}({x.code})", whole=name != "resolving" and (x.whole or name == "failing"))

    # --- texts ---

    def text(self, depth: int) -> Text_:
        leaf = [Text_(name) for name in self.names.texts] + [Text_(name, whole=True) for name in self.names.maybe_texts]
        leaf.append(Text_(f'"{self.pick(*WORDS)}"'))
        if depth <= 0:
            return self.pick(*leaf)
        x = self.text(depth - 1)
        word = self.pick("lower", "upper", "strip", "join", "after", "if", "template", "default")
        match word:
            case "join":
                y = self.text(depth - 1)
                return Text_(f"({x.code} + {y.code})", x.whole or y.whole)
            case "after":
                return Text_(f'{self.pick("after", "before")}({x.code}, "{self.pick("a", " ", "x")}")', whole=True)
            case "if":
                condition = self.pick("c", "a > 0.137", "n == 2")
                return Text_(f"(if {condition} then {self.resolved(x, 's')} else s)")
            case "template":
                inner = self.pick("s", "lower(s)", "n", "a > 0.137")
                return Text_(f't"<{{{inner}}}|{{c}}>"')
            case "default":
                return Text_(self.resolved(x, '"none"'))
            case _:
                return Text_(f"{word}({x.code})", x.whole)

    def _length(self, depth: int) -> Text_:
        x = self.text(depth)
        form = self.pick("length({})", "count(words({}))", f"count_matches({{}}, {self.pick(*PATTERNS)})")
        return Text_(form.format(x.code), x.whole)

    def _parsed(self, depth: int) -> Text_:
        return Text_(f"number({self.text(depth).code})", whole=True)

    def _rows(self, _: int) -> Text_:
        """Lists made from texts, nested and not."""
        lists = self.pick("length(rows)", "count(words(rows) over word)", "sum(length(words(rows)) over word)")
        parts = self.pick("length(split(rows, {}))", "count(words(split(rows, {})) over word)").format(self.pick(*SEPARATORS))
        return self.pick(
            self.reduced(Text_(lists), "row"),
            self.reduced(Text_(f"sum({parts} over part)"), "row"),
            self.reduced(Text_("number(words(s))", holes=True), "word"),
            self.reduced(Text_("length(lines(s))"), "line", least=1),
            self.reduced(Text_("number(rows)", holes=True), "row"),
        )

    def _json(self, _: int) -> Text_:
        if not overloads("member"):
            return Text_("1")
        return self.pick(Text_("number(doc.x)", whole=True), Text_('number(doc["y"][n])', whole=True))

    # --- lists ---

    def listed(self, depth: int, axis: str, *, holes: bool = True) -> Text_:
        """Numbers along an axis."""
        options = [made for made in self.names.lists.get(axis, ()) if holes or not made.holes]
        made: Text_ = self.pick(*options)
        if depth <= 0:
            return made
        kind = self.pick("leaf", "with", "both", "if", "default", *(["called"] if self.defs else []))
        match kind:
            case "with":
                x = self.number(depth - 1) if holes else Text_(self.present(depth - 1))
                return Text_(f"({made.code} {self.pick('+', '-', '*')} {x.code})", made.whole or x.whole, made.holes)
            case "both":
                other = self.listed(depth - 1, axis, holes=holes)
                return Text_(f"({made.code} + {other.code})", made.whole or other.whole, made.holes or other.holes)
            case "if":
                condition = f"({self.resolved(made)} > {self.odd()})"
                other = self.listed(depth - 1, axis, holes=holes)
                missing = other.holes or other.whole or made.holes
                return Text_(f"(if {condition} then {made.code} else {other.code})", holes=missing)
            case "default":
                return Text_(self.resolved(self.listed(depth - 1, axis, holes=holes)))
            case "called":
                inner = self.listed(depth - 1, axis, holes=holes)
                name = self.pick("plain", "resolving")
                if name == "resolving":
                    return Text_(f"resolving({inner.code})")
                return Text_(f"plain({inner.code})", inner.whole, inner.holes)
            case _:
                return made

    def _reduced(self, depth: int) -> Text_:
        axis = self.pick(*self.names.lists)
        return self.reduced(self.listed(depth, axis), axis, least=3 if axis == "dim" else 0)

    def reduced(self, made: Text_, axis: str | None, least: int = 0) -> Text_:
        """A list reduced to a number; what may be missing in it is resolved, skipped or spread."""
        over = f" over {axis}" if axis else ""
        word = self.pick("sum", "mean", "max", "min", "count")
        code = f"({made.code}) > {self.odd()}" if word == "count" else made.code
        empty = word not in ("sum", "count") and not least
        if not made.holes:
            return Text_(f"{word}({code}{over})", made.whole or empty)
        how = self.pick("default", "skip", "spread")
        if how == "default":
            code = f"({made.code} ?? {self.constant()})"
            code = f"{code} > {self.odd()}" if word == "count" else code
            return Text_(f"{word}({code}{over})", empty)
        whole = how == "spread" or word not in ("sum", "count")
        return Text_(f"{word}({code}{over}, missing: {how})", made.whole or whole)

    # --- truths ---

    def truth(self, depth: int) -> str:
        """A bool that is there."""
        made = self.truth_or_missing(depth)
        return f"(({made.code}) ?? {self.pick('true', 'false')})" if made.whole else f"({made.code})"

    def truth_or_missing(self, depth: int) -> Text_:
        if depth <= 0:
            options = [*map(Text_, self.names.bools), *(Text_("p", whole=True) for _ in range(self.names.inputs))]
            return self.pick(*options, Text_("true"))
        kind = self.pick("less", "logic", "not", "chain", "in", "list", *(["present", "text", "same"] if self.names.inputs else []))
        x = self.number(depth - 1)
        match kind:
            case "less":
                return Text_(f"{x.code} {self.pick('<', '>', '<=', '>=')} {self.odd()}", x.whole)
            case "logic":
                y, z = self.truth_or_missing(depth - 1), self.truth_or_missing(depth - 1)
                return Text_(f"({y.code}) {self.pick('and', 'or')} ({z.code})", y.whole or z.whole)
            case "not":
                y = self.truth_or_missing(depth - 1)
                return Text_(f"not ({y.code})", y.whole)
            case "chain":
                return Text_(f"{self.odd()} < {x.code} <= {self.odd()}", x.whole)
            case "in":
                return Text_(f"{x.code} in -2.137..{self.odd()}", x.whole)
            case "list":
                axis = self.pick(*self.names.lists) if self.names.lists else None
                if axis is None:
                    return Text_("true")
                made = self.listed(depth - 1, axis, holes=False)
                return Text_(f"{self.pick('any', 'all')}({made.code} > {self.odd()})", made.whole)
            case "present":
                return Text_(self.pick("present(q) and q > 0.137", "present(t)", "not present(late)", "not present(q) or q < 1.137"))
            case "same":
                return Text_(self.pick("same(q, a)", "same(p, c)", "n in [1, 2, 3]", "n == 2"))
            case _:
                return self._text_truth(depth)

    def _text_truth(self, depth: int) -> Text_:
        if not overloads("contains"):
            return Text_("c")
        x, y = self.text(depth - 1), self.text(0)
        form = self.pick("contains({}, {})", "{} == {}", "{} != {}", "{} < {}", "starts_with({}, {})", "matches")
        if form == "matches":
            return Text_(f"matches({x.code}, {self.pick(*PATTERNS)})", x.whole)
        return Text_(form.format(x.code, y.code), x.whole or y.whole)

    # --- trees ---

    def block(self, depth: int) -> Text_:
        """A block of any kind."""
        kind = self.pick("sum", "sum", "mean", "product", "min", "max", "tiers", "gate", "choose", "any", "if")
        entry = self._entry
        count = self.draw(st.integers(1, 3))
        match kind:
            case "sum" | "mean":
                parts = [entry(depth, kind, self.pick("", "", "metric ", "outcome ") if i else "") for i in range(count)]
                return self._joined(kind, parts)
            case "gate":
                return self._joined(f"gate {self.truth(depth)}", [entry(depth, kind) for _ in range(count)])
            case "min" | "max":
                parts = [entry(depth, kind, offset=f" + {0.0173 * i:.4f}") for i in range(count)]
                return self._joined(kind, parts)
            case "product" | "tiers":
                return self._joined(kind, [entry(depth, kind) for _ in range(count)])
            case "choose":
                labels = ('"a"', '"ab", "the"', "else") if self.names.inputs else ('"a"', "else")
                parts = [self._labelled(label, self._value(depth)) for label in labels]
                subject = self.pick("s", '"ab"') if self.names.inputs else '"a"'
                return self._joined(f"choose {subject}", parts)
            case "any":
                name = self.pick("all", "any")
                return self._joined(name, [self._labelled(self.label(), Text_(self.truth(depth))) for _ in range(count)])
            case _:
                yes, no = self.block(depth - 1) if depth > 0 else self.number(0), self._value(depth)
                return Text_(f"(if {self.truth(depth)} then {yes.code} else {no.code})", yes.whole or no.whole)

    def label(self) -> str:
        self.labels += 1
        return f"e{self.labels}"

    def _value(self, depth: int) -> Text_:
        return self.block(depth - 1) if depth > 0 and self.pick(True, False) else self.number(depth)

    def _labelled(self, label: str, made: Text_, weight: str = "") -> Text_:
        return Text_(f"{label}: {made.code}{weight}", made.whole)

    def _entry(self, depth: int, kind: str, mark: str = "", offset: str = "") -> Text_:
        value = self._value(depth)
        if kind in ("product", "tiers"):
            value = Text_(f"clip({value.code}, 0.25..1)", value.whole)
        elif offset:
            value = Text_(f"{value.code}{offset}", value.whole)
        weight = ""
        if mark != "metric " and kind not in ("min", "max") and self.pick(True, False):
            positive = self.pick("0.5", "2", "weight_of" if self.names.inputs else "1", self.bounded(0, 3))
            weight = f" weight {positive if kind in ('mean', 'product') else self.pick(positive, '-1.5')}"
        made = self._labelled(f"{mark}{self.label()}", value, weight)
        return Text_(made.code, made.whole and mark != "metric ")

    def _joined(self, head: str, parts: Sequence[Text_]) -> Text_:
        body = "  ".join(part.code for part in parts)
        return Text_(f"{head} {{ {body} }}", any(part.whole for part in parts))


# --- whole specs ------------------------------------------------------------------------------------------------------

INSIDE = Names(("x", "1.5"), (), ("true", "false"), (), (), {}, groups=False, inputs=False)


def _defs(draw: Callable[[Any], Any], depth: int) -> str:
    """The defs that expressions call: `x` stands in each body, so that a call with a list gives one."""
    plain = Writer(draw, INSIDE).present(depth)
    failing = Writer(draw, INSIDE).number(depth)
    lists = {"n": (Text_("xs"), Text_("index(n)"))}
    inner = Names(("x", "1.5"), (), ("true",), (), (), lists, groups=False, inputs=False)
    whole = Writer(draw, inner).present(depth)
    return f"""
def plain(x: float) -> float = x + {plain}
def failing(x: float) -> float? = (x + {failing.code}) / x
def resolving(x: float?) -> float = x ?? 1.25
def whole(x: float, xs: float[n]) -> float = x * sum(xs) + {whole}
def carry(c: float, x: float) -> float in -50..50 = clip(c / 2 + x, -50..50)
"""


@st.composite
def specs(draw: Callable[[Any], Any], depth: int = 2) -> str:
    """A spec whose reward is `r`, with the fields `FIELDS`. It may be missing in total."""
    defs = ("plain", "failing", "resolving", "whole")
    writer = Writer(draw, Names(lists=dict(LISTS)), defs)
    lets = []
    for place in range(draw(st.integers(0, 2))):
        made = writer.number(depth)
        lets.append(f"    let m{place} = {made.code}")
        names = writer.names
        if made.whole:
            names.maybe = (*names.maybe, f"m{place}")
        else:
            names.numbers = (*names.numbers, f"m{place}")
    tree = writer.block(depth)
    body = "\n".join([*lets, f"    return {tree.code}"]) if lets else f"    {tree.code}"
    return f"{DECLARATIONS}{_defs(draw, 1)}\nreward r({FIELDS}) -> float? {{\n{body}\n}}\n"


# --- batches ----------------------------------------------------------------------------------------------------------

QUARTERS = st.integers(-32, 32).map(lambda i: i / 4)
HOSTILE = ("", "a", "ab", "the", "The a 3.5", "1 2 x", "<answer>", "\u0130\ud800", "é\u0301\n\r\n ", "-7.25", "١٢", "a,b,,a", "1e400", "0\x00")
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=6))
JSONS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), QUARTERS, st.sampled_from(HOSTILE[:6])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(("x", "y", "z")), inner, max_size=3)),
    max_leaves=6,
)


@st.composite
def samples(draw: Callable[[Any], Any]) -> dict[str, Any]:
    """One sample of `FIELDS`."""

    def lists(of: Any, size: int | None = None) -> list[Any]:
        return draw(st.lists(of, min_size=size or 0, max_size=4 if size is None else size))

    time, other = draw(st.integers(0, 4)), draw(st.integers(0, 3))
    maybe = st.one_of(st.none(), QUARTERS)
    item = st.fixed_dictionaries(
        {"name": TEXTS, "size": QUARTERS, "marks": st.lists(st.integers(-3, 3), max_size=3)},
        optional={"tag": st.one_of(st.none(), TEXTS, st.integers(0, 1)), "extra": st.integers(0, 1)},
    )
    return {
        "a": draw(QUARTERS), "b": draw(QUARTERS), "n": draw(st.integers(-3, 5)), "c": draw(st.booleans()), "q": draw(maybe),
        "p": draw(st.one_of(st.none(), st.booleans())), "xs": lists(QUARTERS, time), "ys": lists(QUARTERS, other),
        "flags": lists(st.booleans(), time), "hs": lists(maybe, time),
        "ws": draw(st.one_of(st.none(), st.lists(QUARTERS, min_size=time, max_size=time))),
        "late": draw(st.one_of(st.none(), st.lists(QUARTERS, max_size=3))),
        "zs": lists(st.lists(QUARTERS, min_size=other, max_size=other), time), "v": lists(QUARTERS, 3),
        "s": draw(TEXTS), "t": draw(st.one_of(st.none(), TEXTS)), "rows": lists(TEXTS), "doc": draw(JSONS), "items": lists(item),
    }  # fmt: skip


@st.composite
def batches(draw: Callable[[Any], Any], most: int = 6) -> tuple[list[dict[str, Any]], list[int]]:
    """Samples, and the ids of their groups: members of a group are neighbours."""
    batch = draw(st.lists(samples(), min_size=1, max_size=most))
    starts = [draw(st.booleans()) for _ in batch]
    return batch, [sum(starts[: place + 1]) for place in range(len(batch))]


@st.composite
def params(draw: Callable[[Any], Any]) -> dict[str, Any]:
    """Values for the params of every spec."""
    return {
        "weight_of": draw(st.integers(0, 8)) / 4,
        "strict": draw(st.booleans()),
        "steps": draw(st.integers(0, 9)),
    }
