"""Random syntax trees, bounded in size: whatever the grammar can express, and no tree that it cannot."""

from __future__ import annotations

from hypothesis import strategies as st

from rewardlang.source import Source, Span
from rewardlang.syntax import ast
from rewardlang.syntax.lexical import RESERVED
from rewardlang.syntax.literals import read_doc

NOWHERE = Span(Source("<generated>", ""), 0, 0)

_WORDS = [
    "a",
    "b",
    "x",
    "score",
    "t",
    "gate",
    "choose",
    "principles",
    "sum",
    "mean",
    "any",
    "when",
    "remember",
    "from",
    "model",
    "param",
    "def",
    "capacity",
    "per",
    "sample",
    "reset",
    "record",
    "reward",
    "property",
    "example",
    "memory",
    "const",
    "outcome",
    "metric",
    "all_of",
    "_x",
    "X9",
]

names = st.sampled_from(_WORDS) | st.from_regex(r"[a-z_][a-zA-Z0-9_]{0,5}", fullmatch=True).filter(
    lambda word: word not in RESERVED | {"True", "False", "None"}
)
functions = names.filter(lambda word: word not in {"gate", "choose", "principles"})
words = names | st.sampled_from(sorted(RESERVED))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ['"', '""', '"""', "{", "}}", "a\nb", "\r\n", "\\", "\\n", " ", "\0", "\u200b", "#", "'", "é", "else"]
)
docs = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(
    lambda text: read_doc('"""' + text.replace('"""', "") + '\n"""')
)
patterns = st.sampled_from([r"\d+", "a b", r"<a>.*?<\/a>", "[/]", '"', "#", r"\\", "{2}", "*a", "é", r"\[", "'", " "])

numbers = st.builds(
    ast.Number,
    st.just(NOWHERE),
    st.integers(0, 10**20)
    | st.floats(0, 1e300, allow_nan=False).filter(lambda value: value != 0 or str(value) == "0.0")
    | st.just(float("inf")),
)
name_nodes = st.builds(ast.Name, st.just(NOWHERE), names)
leaves = (
    numbers
    | name_nodes
    | st.builds(ast.Text, st.just(NOWHERE), texts)
    | st.builds(ast.Truth, st.just(NOWHERE), st.booleans())
    | st.builds(ast.Regex, st.just(NOWHERE), patterns, st.sampled_from(["", "i", "ms", "smi"]))
)


def _tuples(element: st.SearchStrategy, least: int = 0, most: int = 2) -> st.SearchStrategy:
    return st.lists(element, min_size=least, max_size=most).map(tuple)


def _node(kind: type, *parts: st.SearchStrategy) -> st.SearchStrategy:
    return st.builds(kind, st.just(NOWHERE), *parts)


_PLAIN = ast.Name(NOWHERE, "plain")


def _has_template(node: object) -> bool:
    if isinstance(node, ast.Template):
        return True
    if isinstance(node, tuple):
        return any(_has_template(part) for part in node)
    return isinstance(node, ast.Node) and any(_has_template(part) for part in vars(node).values())


def _holds_three_quotes(node: object) -> bool:
    return '"""' in repr(node)


def _merged(parts: list[str | ast.Expression]) -> tuple[str | ast.Expression, ...]:
    """Parts as a parser leaves them: no empty texts, and no two in a row."""
    merged: list[str | ast.Expression] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    return tuple(merged)


def _extended(inner: st.SearchStrategy) -> st.SearchStrategy:
    """One more level of expressions above `inner`."""
    arguments = _node(ast.Argument, inner, st.none(), _tuples(names, 0, 2)) | _node(
        ast.Argument, inner, words, st.just(())
    )
    calls = _node(ast.Call, _node(ast.Name, functions), _tuples(arguments))
    piped = st.builds(
        lambda name, first, rest: ast.Call(
            NOWHERE, ast.Name(NOWHERE, name), (ast.Argument(NOWHERE, first), *rest), piped=True
        ),
        names,
        inner,
        _tuples(arguments, 0, 2),
    )
    operands = st.lists(inner, min_size=2, max_size=3)
    compares = operands.flatmap(
        lambda made: st.lists(
            st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in"]), min_size=len(made) - 1, max_size=len(made) - 1
        ).map(lambda operators: ast.Compare(NOWHERE, tuple(made), tuple(operators)))
    )
    holes = inner.map(lambda node: _PLAIN if _has_template(node) or _holds_three_quotes(node) else node)
    return st.one_of(
        calls,
        piped,
        compares,
        blocks(inner),
        _node(ast.Binary, st.sampled_from(["+", "-", "*", "/", "%", "**", "and", "or", "??"]), inner, inner),
        _node(ast.Unary, st.sampled_from(["-", "not"]), inner),
        _node(ast.If, inner, inner, inner),
        _node(ast.Range, inner, inner),
        _node(ast.List, _tuples(inner)),
        _node(ast.Attribute, inner, words),
        _node(ast.Index, inner, inner),
        _node(ast.Template, st.lists(texts | holes, max_size=4).map(_merged)),
    )


def blocks(inner: st.SearchStrategy) -> st.SearchStrategy:
    """Blocks of every kind; labels of `choose` as texts, one a branch or several."""
    weight = st.none() | inner
    mark = st.sampled_from([None, "outcome", "metric"])
    entries = _node(ast.Entry, _tuples(words | texts, 1, 1), inner, weight, mark)
    bare = st.builds(
        lambda kind, value: ast.Entry(NOWHERE, (), ast.Block(NOWHERE, kind, None, (value,))),
        st.sampled_from(["sum", "tiers"]),
        entries,
    )
    choices = _node(ast.Entry, _tuples(texts.filter(lambda text: text != "else"), 1, 3), inner, weight, mark) | _node(
        ast.Entry, st.just(("else",)), inner, weight, mark
    )
    plain = st.sampled_from(["sum", "mean", "product", "min", "max", "all", "any", "tiers"])
    return st.one_of(
        _node(ast.Block, plain, st.none(), _tuples(entries | bare, 1)),
        _node(ast.Block, st.sampled_from(["gate", "principles"]), inner, _tuples(entries | bare, 1)),
        _node(ast.Block, st.just("choose"), inner, _tuples(choices, 1)),
    )


expressions = st.recursive(leaves, _extended, max_leaves=6)
small = st.recursive(leaves, _extended, max_leaves=2)

_ends = numbers | name_nodes | numbers.map(lambda number: ast.Unary(NOWHERE, "-", number)) | small
bounds = st.one_of(
    _node(ast.Bounds, _ends, _ends), _node(ast.Bounds, _ends, st.none()), _node(ast.Bounds, st.none(), _ends)
)
dimensions = _node(ast.Dimension, st.none(), st.integers(0, 999)) | _node(
    ast.Dimension, names, st.none(), st.none() | bounds
)
types = st.builds(
    lambda element, optional, axes, whole, limits: ast.TypeExpression(
        NOWHERE, element, optional, axes, whole and bool(axes), limits
    ),
    names,
    st.booleans(),
    _tuples(dimensions),
    st.booleans(),
    st.none() | bounds,
)

fields = _node(ast.Field, names, types, st.none() | small)
statements = _node(ast.Let, names, st.none() | types, small) | _node(ast.Remember, names, small, st.none() | small)
bodies = _node(ast.Body, st.none() | docs, _tuples(statements), expressions)
_results = st.none() | types
memories = st.builds(
    lambda name, kind, capacity, initial, reset, lanes: ast.Memory(
        NOWHERE, name, kind, capacity, initial, lanes, reset if lanes else None
    ),
    names,
    types,
    st.none() | small,
    st.none() | small,
    st.none() | names,
    st.booleans(),
)
declarations = st.one_of(
    _node(ast.Import, st.builds(lambda first, rest: (first, *rest), names, _tuples(words)), _tuples(names, 1)),
    _node(ast.Record, names, _tuples(_node(ast.Field, words, types, st.none() | small), 1)),
    _node(ast.Param, names, types, small),
    _node(ast.Const, names, expressions),
    _node(ast.Model, names, _tuples(fields), types, st.none() | small),
    memories,
    _node(ast.Def, names, _tuples(fields), _results, bodies),
    _node(ast.Reward, names, _tuples(fields), _results, bodies),
    _node(ast.Property, names, _tuples(fields), bodies),
    _node(ast.Example, texts, bodies),
)
modules = st.builds(ast.Ast, st.just(NOWHERE.source), st.none() | docs, _tuples(declarations, 0, 2))
