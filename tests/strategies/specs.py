"""Random well-typed specs, as text, and batches that fit them.

Every spec has the same fields, so that batches shrink apart from it. Numbers are multiples of a quarter, and
comparisons are made against decimals that such numbers do not come near: float32 and float64 then take the same side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.strategies import phrases, trees
from tests.strategies.names import DECLARATIONS, FIELDS, LISTS, Names, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WORDS = ("a", "ab", "the", "The end", "3.5", " x ", "é", "1 2", "")
PATTERNS = (r"/a+/", r"/^\s*the/i", r"/\d+/", r"/b|x/s", r"/[aeiou]\w/")
SEPARATORS = ('" "', '","', '"a"', '"\\n"')


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

    def number(self, depth: int) -> Written:
        if depth <= 0:
            return self.pick(
                *map(Written, (*self.names.numbers, self.constant())),
                *(Written(m, whole=True) for m in self.names.maybe),
            )
        made: Written = getattr(self, f"_{self.pick(*self._numbers())}")(depth - 1)
        return made

    def _numbers(self) -> list[str]:
        kinds = ["arithmetic", "arithmetic", "quotient", "one", "if", "default", "block", "literal", "least"]
        kinds += ["reduced", "reduced"] if self.names.lists else []
        kinds += ["called"] if self.defs else []
        if self.names.inputs:
            kinds += ["param", "late", "pairs", "root", "floor", "at", "matrix", "nested", "scanned", "chosen", "boxes"]
            kinds += ["length", "parsed", "rows", "json", "records", "moved"]
        return kinds + (["group"] if self.names.groups else [])

    def present(self, depth: int) -> str:
        """A number that is there."""
        return self.resolved(self.number(depth))

    def resolved(self, made: Written, default: str | None = None) -> str:
        return f"({made.code} ?? {default or self.constant()})" if made.optional else made.code

    def bounded(self, depth: int, high: int = 1) -> str:
        return f"clip({self.present(depth)}, 0..{high})"

    def _arithmetic(self, depth: int) -> Written:
        x, y = self.number(depth), self.number(depth)
        return Written(f"({x.code} {self.pick('+', '-', '*')} {y.code})", x.whole or y.whole)

    def _quotient(self, depth: int) -> Written:
        x = self.number(depth)
        if self.flip():
            return Written(f"({x.code} / (abs({self.pick(*self.names.numbers)}) + 1.5))", x.whole)
        return Written(f"({x.code} / {self.pick(*self.names.numbers)})", whole=True)

    def _one(self, depth: int) -> Written:
        x = self.number(depth)
        form = self.pick(
            "abs({})", "(-{})", "clip({}, -2..3)", "({} |> abs)", "tanh({} / 4)", "sigmoid(clip({}, -4..4))"
        )
        return Written(form.format(x.code), x.whole)

    def _least(self, depth: int) -> Written:
        x, y = self.number(depth), self.number(depth)
        return Written(f"{self.pick('min', 'max')}({x.code}, {y.code} + 0.0137)", x.whole or y.whole)

    def _if(self, depth: int) -> Written:
        x, y = self.number(depth), self.number(depth)
        return Written(f"(if {self.truth(depth)} then {x.code} else {y.code})", x.whole or y.whole)

    def _default(self, depth: int) -> Written:
        return Written(self.present(depth))

    def _block(self, depth: int) -> Written:
        return trees.block(self, depth)

    def _literal(self, depth: int) -> Written:
        x, y = self.number(depth), self.number(depth)
        holes = x.whole or y.whole
        code = f"[{x.code}, {y.code}, {self.constant()}]"
        return self.reduced(Written(code, holes=holes), None, least=3)

    def _param(self, _: int) -> Written:
        return Written(self.pick("weight_of", "strict", "steps", "k"))

    def _late(self, _: int) -> Written:
        return self.pick(*phrases.LATE)

    def _pairs(self, _: int) -> Written:
        return self.pick(*phrases.PAIRS)

    def _root(self, _: int) -> Written:
        return self.pick(*phrases.ROOT)

    def _floor(self, _: int) -> Written:
        return Written(self.pick("floor(a + 0.37)", "ceil(b - 0.37)", "(n % 3 ?? 1)"))

    def _at(self, _: int) -> Written:
        return Written(self.pick("xs[n]", "xs[0]", "ys[1]", "[a, b, 2][n]"), whole=True)

    def _matrix(self, depth: int) -> Written:
        inner = self.reduced(Written(f"(zs * {self.present(0)})"), self.pick("time", "other"), least=0)
        code, axis = inner.code, "time" if "over other" in inner.code else "other"
        return self.reduced(Written(code, holes=inner.whole), axis) if depth >= 0 else inner

    def _nested(self, _: int) -> Written:
        """Lists within lists."""
        return self.reduced(Written(f"sum(items.marks * {self.pick('items.size', 'b', '2')} over mark)"), "item")

    def _scanned(self, depth: int) -> Written:
        return self.reduced(
            Written(f"scan(carry, {self.listed(depth, 'time', holes=False).code} over time, start: 0)"), "time"
        )

    def _group(self, depth: int) -> Written:
        x = self.number(depth)
        # A statistic of a constant is no statistic.
        x = Written(f"({x.code} + b)", x.whole)
        word = self.pick("sum", "mean", "max")
        if x.whole and self.flip():
            missing = self.pick("skip", "spread")
            return Written(
                f"{word}({x.code} over group, missing: {missing})", whole=missing == "spread" or word != "sum"
            )
        return Written(f"{word}({self.resolved(x)} over {self.pick('group', 'group', 'batch')})")

    def _called(self, depth: int) -> Written:
        name = self.pick(*self.defs)
        if name == "whole":
            axis = self.pick("time", "other")
            return Written(f"whole({self.present(depth)}, {self.listed(depth, axis, holes=False).code})")
        x = self.number(depth)
        return Written(f"{name}({x.code})", whole=name != "resolving" and (x.whole or name == "failing"))

    # --- texts ---

    def text(self, depth: int) -> Written:
        leaf = [Written(name) for name in self.names.texts] + [
            Written(name, whole=True) for name in self.names.maybe_texts
        ]
        leaf.append(Written(f'"{self.pick(*WORDS)}"'))
        if depth <= 0:
            return self.pick(*leaf)
        x = self.text(depth - 1)
        word = self.pick("lower", "upper", "strip", "join", "after", "if", "template", "default")
        match word:
            case "join":
                y = self.text(depth - 1)
                return Written(f"({x.code} + {y.code})", x.whole or y.whole)
            case "after":
                return Written(f'{self.pick("after", "before")}({x.code}, "{self.pick("a", " ", "x")}")', whole=True)
            case "if":
                condition = self.pick("c", "a > 0.137", "n == 2")
                return Written(f"(if {condition} then {self.resolved(x, 's')} else s)")
            case "template":
                inner = self.pick("s", "lower(s)", "n", "a > 0.137")
                return Written(f't"<{{{inner}}}|{{c}}>"')
            case "default":
                return Written(self.resolved(x, '"none"'))
            case _:
                return Written(f"{word}({x.code})", x.whole)

    def _length(self, depth: int) -> Written:
        x = self.text(depth)
        form = self.pick("length({})", "count(words({}))", f"count_matches({{}}, {self.pick(*PATTERNS)})")
        return Written(form.format(x.code), x.whole)

    def _parsed(self, depth: int) -> Written:
        return Written(f"number({self.text(depth).code})", whole=True)

    def _rows(self, _: int) -> Written:
        """Lists made from texts, nested and not."""
        lists = self.pick("length(rows)", "count(words(rows) over word)", "sum(length(words(rows)) over word)")
        parts = self.pick("length(split(rows, {}))", "count(words(split(rows, {})) over word)").format(
            self.pick(*SEPARATORS)
        )
        return self.pick(
            self.reduced(Written(lists), "row"),
            self.reduced(Written(f"sum({parts} over part)"), "row"),
            self.reduced(Written("number(words(s))", holes=True), "word"),
            self.reduced(Written("length(lines(s))"), "line", least=1),
            self.reduced(Written("number(rows)", holes=True), "row"),
            self.reduced(Written("longest(rows)"), "row"),
            self.reduced(Written("number(find_all(s, /[0-9]+/))", holes=True), "match"),
            Written("number(find(s, /(?P<whole>[0-9]+)(?P<rest>[.][0-9]+)?/).rest)", whole=True),
        )

    def _json(self, _: int) -> Written:
        return self.pick(*phrases.JSON)

    def _moved(self, _: int) -> Written:
        return self.pick(*phrases.MOVED)

    def _records(self, _: int) -> Written:
        return self.pick(*phrases.RECORDS)

    def _chosen(self, _: int) -> Written:
        """Lists made by choosing, moving or sorting entries."""
        made = self.pick(
            Written("keep(xs, where: flags)"),
            Written(f"keep(xs, where: xs > {self.odd()})"),
            Written("(xs - previous(xs))", holes=True),
            Written("(next(xs) * xs)", holes=True),
            Written("(reverse(xs) * index(time))"),
            Written("(sort(xs) * index(time))"),
            Written("unique(xs)"),
            Written("(occurrence(xs) * xs)"),
            Written("(if index(time) == (argmax(xs) ?? 0) then xs else 1)"),
        )
        best = Written("sum(xs[argmax(zs over time) ?? 0] ?? 0.5 over other)")
        return self.pick(self.reduced(made, None), self.reduced(made, None), Written("first(xs)", whole=True), best)

    def _boxes(self, _: int) -> Written:
        return self.pick(*phrases.BOXES)

    # --- lists ---

    def listed(self, depth: int, axis: str, *, holes: bool = True) -> Written:
        """Numbers along an axis."""
        options = [made for made in self.names.lists.get(axis, ()) if holes or not made.holes]
        made: Written = self.pick(*options)
        if depth <= 0:
            return made
        kind = self.pick("leaf", "with", "both", "if", "default", *(["called"] if self.defs else []))
        match kind:
            case "with":
                x = self.number(depth - 1) if holes else Written(self.present(depth - 1))
                return Written(f"({made.code} {self.pick('+', '-', '*')} {x.code})", made.whole or x.whole, made.holes)
            case "both":
                other = self.listed(depth - 1, axis, holes=holes)
                return Written(f"({made.code} + {other.code})", made.whole or other.whole, made.holes or other.holes)
            case "if":
                condition = f"({self.resolved(made)} > {self.odd()})"
                other = self.listed(depth - 1, axis, holes=holes)
                missing = other.holes or other.whole or made.holes
                return Written(f"(if {condition} then {made.code} else {other.code})", holes=missing)
            case "default":
                return Written(self.resolved(self.listed(depth - 1, axis, holes=holes)))
            case "called":
                inner = self.listed(depth - 1, axis, holes=holes)
                name = self.pick("plain", "resolving")
                if name == "resolving":
                    return Written(f"resolving({inner.code})")
                return Written(f"plain({inner.code})", inner.whole, inner.holes)
            case _:
                return made

    def _reduced(self, depth: int) -> Written:
        axis = self.pick(*self.names.lists)
        return self.reduced(self.listed(depth, axis), axis, least=3 if axis == "dim" else 0)

    def reduced(self, made: Written, axis: str | None, least: int = 0) -> Written:
        """A list reduced to a number; what may be missing in it is resolved, skipped or spread."""
        over = f" over {axis}" if axis else ""
        word = self.pick("sum", "mean", "max", "min", "count")
        code = f"({made.code}) > {self.odd()}" if word == "count" else made.code
        empty = word not in ("sum", "count") and not least
        if not made.holes:
            return Written(f"{word}({code}{over})", made.whole or empty)
        how = self.pick("default", "skip", "spread")
        if how == "default":
            code = f"({made.code} ?? {self.constant()})"
            code = f"{code} > {self.odd()}" if word == "count" else code
            return Written(f"{word}({code}{over})", empty)
        whole = how == "spread" or word not in ("sum", "count")
        return Written(f"{word}({code}{over}, missing: {how})", made.whole or whole)

    # --- truths ---

    def truth(self, depth: int) -> str:
        """A bool that is there."""
        made = self.truth_or_missing(depth)
        return f"(({made.code}) ?? {self.pick('true', 'false')})" if made.whole else f"({made.code})"

    def truth_or_missing(self, depth: int) -> Written:
        if depth <= 0:
            options = [*map(Written, self.names.bools), *(Written("p", whole=True) for _ in range(self.names.inputs))]
            return self.pick(*options, Written("true"))
        kind = self.pick(
            "less", "logic", "not", "chain", "in", "list", *(["present", "text", "same"] if self.names.inputs else [])
        )
        x = self.number(depth - 1)
        match kind:
            case "less":
                return Written(f"{x.code} {self.pick('<', '>', '<=', '>=')} {self.odd()}", x.whole)
            case "logic":
                y, z = self.truth_or_missing(depth - 1), self.truth_or_missing(depth - 1)
                return Written(f"({y.code}) {self.pick('and', 'or')} ({z.code})", y.whole or z.whole)
            case "not":
                y = self.truth_or_missing(depth - 1)
                return Written(f"not ({y.code})", y.whole)
            case "chain":
                return Written(f"{self.odd()} < {x.code} <= {self.odd()}", x.whole)
            case "in":
                return Written(f"{x.code} in -2.137..{self.odd()}", x.whole)
            case "list":
                axis = self.pick(*self.names.lists) if self.names.lists else None
                if axis is None:
                    return Written("true")
                made = self.listed(depth - 1, axis, holes=False)
                return Written(f"{self.pick('any', 'all')}({made.code} > {self.odd()})", made.whole)
            case "present":
                return Written(
                    self.pick(
                        "present(q) and q > 0.137", "present(t)", "not present(late)", "not present(q) or q < 1.137"
                    )
                )
            case "same":
                return Written(self.pick("same(q, a)", "same(p, c)", "n in [1, 2, 3]", "n == 2"))
            case _:
                return self._text_truth(depth)

    def _text_truth(self, depth: int) -> Written:
        x, y = self.text(depth - 1), self.text(0)
        form = self.pick("contains({}, {})", "{} == {}", "{} != {}", "{} < {}", "starts_with({}, {})", "matches")
        if form == "matches":
            return Written(f"matches({x.code}, {self.pick(*PATTERNS)})", x.whole)
        return Written(form.format(x.code, y.code), x.whole or y.whole)

    def label(self) -> str:
        self.labels += 1
        return f"e{self.labels}"

    def flip(self) -> bool:
        return bool(self.draw(st.booleans()))


# --- whole specs ------------------------------------------------------------------------------------------------------

INSIDE = Names(("x", "1.5"), (), ("true", "false"), (), (), {}, groups=False, inputs=False)


def _defs(draw: Callable[[Any], Any], depth: int) -> str:
    """The defs that expressions call: `x` stands in each body, so that a call with a list gives one."""
    plain = Writer(draw, INSIDE).present(depth)
    failing = Writer(draw, INSIDE).number(depth)
    lists = {"n": (Written("xs"), Written("index(n)"))}
    inner = Names(("x", "1.5"), (), ("true",), (), (), lists, groups=False, inputs=False)
    whole = Writer(draw, inner).present(depth)
    return f"""
def plain(x: float) -> float = x + {plain}
def failing(x: float) -> float? = (x + {failing.code}) / x
def resolving(x: float?) -> float = x ?? 1.25
def whole(x: float, xs: float[n]) -> float = x * sum(xs) + {whole}
def longest(x: text) -> int = max(length(words(x))) ?? 0
def sizes(x: Item) -> float = x.size * count(x.marks)
def alike(x: Item, y: Item) -> float = if x.name == y.name then x.size * y.size else 0.5
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
    tree = trees.block(writer, depth)
    body = "\n".join([*lets, f"    return {tree.code}"]) if lets else f"    {tree.code}"
    return f"{DECLARATIONS}{_defs(draw, 1)}\nreward r({FIELDS}) -> float? {{\n{body}\n}}\n"
