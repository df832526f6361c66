"""From Lark's trees to the syntax tree: names for everything, literals read, spans in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rewardlang.source import Source, Span
from rewardlang.syntax import ast
from rewardlang.syntax.errors import Syntax
from rewardlang.syntax.literals import read_doc, read_number, read_template, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rewardlang.diagnostics import Sink

DEEPEST = 100

_FOREIGN = {
    "True": "`true`",
    "False": "`false`",
    "None": "an expression that is missing, or leave the argument out",
}
_LAYERS = frozenset({"arguments", "argument", "named", "entries", "entry", "bare", "body", "default", "fields"})


def too_deep(tree: Any) -> Any | None:
    """The first tree found that lies more than `DEEPEST` expressions deep, or None: nothing here recurses."""
    stack = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > DEEPEST:
            return node
        below = depth + (node.data not in _LAYERS)
        stack.extend((child, below) for child in node.children if hasattr(child, "data"))
    return None


@dataclass(frozen=True)
class Builder:
    """Builds the nodes of one source. Trees must not be `too_deep`; faults in literals are reported, not raised."""

    source: Source
    sink: Sink
    read_hole: Callable[[int, int], ast.Expression | None]

    def build(self, tree: Any) -> Any:
        """The node, or tuple of nodes, that a tree or a token of an expression stands for."""
        name = tree.data if hasattr(tree, "data") else tree.type
        return getattr(self, f"_{name.lower()}")(tree)

    def _all(self, trees: Iterable[Any]) -> tuple[Any, ...]:
        return tuple([self.build(tree) for tree in trees])

    def _span(self, tree: Any) -> Span:
        place = tree.meta if hasattr(tree, "data") else tree
        if hasattr(tree, "data") and place.empty:
            return Span(self.source, 0, 0)
        return Span(self.source, place.start_pos, place.end_pos)

    def _report(self, tree: Any, problem: str, advice: str | None = None) -> None:
        self.sink.report(Syntax(span=self._span(tree), problem=problem, advice=advice))

    # --- declarations ------------------------------------------------------------------------------------------------

    def _start(self, tree: Any) -> ast.Ast:
        doc, rest = _split(tree.children, "DOC")
        return ast.Ast(self.source, doc and read_doc(doc), self._all(rest))

    def _expression(self, tree: Any) -> ast.Expression:
        built: ast.Expression = self.build(tree.children[0])
        return built

    def _import(self, tree: Any) -> ast.Import:
        path, names = tree.children
        return ast.Import(self._span(tree), _words(path.children), _words(names.children))

    def _record(self, tree: Any) -> ast.Record:
        name, *fields = tree.children
        return ast.Record(self._span(tree), str(name), self._all(fields))

    def _param(self, tree: Any) -> ast.Param:
        name, type_, default = tree.children
        return ast.Param(self._span(tree), str(name), self.build(type_), self.build(default))

    def _const(self, tree: Any) -> ast.Const:
        name, value = tree.children
        return ast.Const(self._span(tree), str(name), self.build(value))

    def _model(self, tree: Any) -> ast.Model:
        name, fields, result, *backend = tree.children
        built = self.build(backend[0]) if backend else None
        return ast.Model(self._span(tree), str(name), self.build(fields), self.build(result), built)

    def _memory(self, tree: Any) -> ast.Memory:
        name, type_, *rest = tree.children
        clauses = {clause.data: clause for clause in rest}
        per_sample = clauses.get("per_sample")
        return ast.Memory(
            self._span(tree),
            str(name),
            self.build(type_),
            capacity=self._only(clauses.get("capacity")),
            initial=self._only(clauses.get("default")),
            per_sample=per_sample is not None,
            reset=str(per_sample.children[0]) if per_sample and per_sample.children else None,
        )

    def _def(self, tree: Any) -> ast.Def:
        name, fields, *rest = tree.children
        result = self.build(rest.pop(0)) if len(rest) > 1 else None
        built = self.build(rest[0])
        if isinstance(built, ast.Expression):
            built = ast.Body(built.span, None, (), built)
        return ast.Def(self._span(tree), str(name), self.build(fields), result, built)

    def _reward(self, tree: Any) -> ast.Reward:
        name, fields, *result, body = tree.children
        built = self.build(result[0]) if result else None
        return ast.Reward(self._span(tree), str(name), self.build(fields), built, self.build(body))

    def _property(self, tree: Any) -> ast.Property:
        name, fields, body = tree.children
        return ast.Property(self._span(tree), str(name), self.build(fields), self.build(body))

    def _example(self, tree: Any) -> ast.Example:
        title, body = tree.children
        return ast.Example(self._span(tree), self._quoted(title), self.build(body))

    def _fields(self, tree: Any) -> tuple[ast.Field, ...]:
        return self._all(tree.children)

    def _field(self, tree: Any) -> ast.Field:
        name, type_, *default = tree.children
        return ast.Field(self._span(tree), str(name), self.build(type_), self.build(default[0]) if default else None)

    def _only(self, tree: Any) -> Any:
        return None if tree is None else self.build(tree.children[-1])

    _default = _result = _annotation = _when = _weight = _low = _high = _only

    def _body(self, tree: Any) -> ast.Body:
        doc, rest = _split(tree.children, "DOC")
        *statements, result = rest
        return ast.Body(self._span(tree), doc and read_doc(doc), self._all(statements), self.build(result))

    def _let(self, tree: Any) -> ast.Let:
        name, *annotation, value = tree.children
        built = self.build(annotation[0]) if annotation else None
        return ast.Let(self._span(tree), str(name), built, self.build(value))

    def _remember(self, tree: Any) -> ast.Remember:
        name, value, *when = tree.children
        return ast.Remember(self._span(tree), str(name), self.build(value), self.build(when[0]) if when else None)

    # --- types -------------------------------------------------------------------------------------------------------

    def _type(self, tree: Any) -> ast.TypeExpression:
        element, *rest = tree.children
        optional = bool(rest) and _is_token(rest[0], "QUESTION")
        whole = any(_is_token(part, "QUESTION") for part in rest[1:])
        groups = [part for part in rest if not _is_token(part, "QUESTION")]
        bounds = self.build(groups.pop().children[-1]) if groups and groups[-1].data == "within" else None
        dimensions = tuple(self.build(entry) for group in groups for entry in group.children)
        return ast.TypeExpression(self._span(tree), str(element), optional, dimensions, whole, bounds)

    def _dimension(self, tree: Any) -> ast.Dimension:
        first, *bounds = tree.children
        if _is_token(first, "NAME"):
            built = self.build(bounds[0]) if bounds else None
            return ast.Dimension(self._span(tree), str(first), None, built)
        size = self._number(first).value
        if not isinstance(size, int):
            self._report(first, "the size of a `vec` is a whole number")
        return ast.Dimension(self._span(tree), None, int(size))

    def _bounds(self, tree: Any) -> ast.Bounds:
        ends = {end.data: self.build(end) for end in tree.children}
        return ast.Bounds(self._span(tree), ends.get("low"), ends.get("high"))

    # --- expressions -------------------------------------------------------------------------------------------------

    def _number(self, token: Any) -> ast.Number:
        return ast.Number(self._span(token), read_number(self.source, token.start_pos, token.end_pos, self.sink))

    def _inf(self, token: Any) -> ast.Number:
        return ast.Number(self._span(token), float("inf"))

    def _true(self, token: Any) -> ast.Truth:
        return ast.Truth(self._span(token), value=True)

    def _false(self, token: Any) -> ast.Truth:
        return ast.Truth(self._span(token), value=False)

    def _quoted(self, token: Any) -> str:
        return read_text(self.source, token.start_pos + 1, token.end_pos - 1, self.sink)

    def _string(self, token: Any) -> ast.Text:
        return ast.Text(self._span(token), self._quoted(token))

    def _regex(self, token: Any) -> ast.Regex:
        pattern, _, flags = token[1:].rpartition("/")
        if not set(flags) <= set("ims"):
            self._report(token, f"`{flags}` are no flags of a regular expression", "use `i`, `m`, `s`, or none")
        return ast.Regex(self._span(token), pattern, flags)

    def _template(self, token: Any) -> ast.Template:
        parts = read_template(self.source, token.start_pos, token.end_pos, self.sink, self.read_hole)
        return ast.Template(self._span(token), parts)

    def _name(self, tree: Any) -> ast.Name:
        word = str(tree.children[0])
        if word in _FOREIGN:
            self._report(tree, f"`{word}` is no word of the language", f"write {_FOREIGN[word]}")
        return ast.Name(self._span(tree), str(tree.children[0]))

    def _list(self, tree: Any) -> ast.List:
        return ast.List(self._span(tree), self._all(tree.children))

    def _group(self, tree: Any) -> ast.Expression:
        built: ast.Expression = self.build(tree.children[0])
        return built

    def _range(self, tree: Any) -> ast.Range:
        return ast.Range(self._span(tree), *self._all(tree.children))

    def _unary(self, tree: Any) -> ast.Unary:
        operator, operand = tree.children
        return ast.Unary(self._span(tree), str(operator), self.build(operand))

    _not = _unary

    def _binary(self, tree: Any) -> ast.Binary:
        left, operator, right = tree.children
        return ast.Binary(self._span(tree), str(operator), self.build(left), self.build(right))

    def _compare(self, tree: Any) -> ast.Compare:
        return ast.Compare(self._span(tree), self._all(tree.children[::2]), _words(tree.children[1::2]))

    def _if(self, tree: Any) -> ast.If:
        return ast.If(self._span(tree), *self._all(tree.children))

    def _attribute(self, tree: Any) -> ast.Attribute:
        of, name = tree.children
        return ast.Attribute(self._span(tree), self.build(of), str(name))

    def _index(self, tree: Any) -> ast.Index:
        return ast.Index(self._span(tree), *self._all(tree.children))

    def _call(self, tree: Any) -> ast.Call:
        function, arguments = tree.children
        return ast.Call(self._span(tree), ast.Name(self._span(function), str(function)), self.build(arguments))

    def _pipe_name(self, tree: Any) -> ast.Call:
        piped, function, *arguments = tree.children
        first = self.build(piped)
        name = ast.Name(self._span(function), str(function))
        rest = self.build(arguments[0]) if arguments else ()
        return ast.Call(self._span(tree), name, (ast.Argument(first.span, first), *rest), piped=True)

    _pipe_call = _pipe_name

    def _arguments(self, tree: Any) -> tuple[ast.Argument, ...]:
        return self._all(tree.children)

    def _argument(self, tree: Any) -> ast.Argument:
        value, *over = tree.children
        return ast.Argument(self._span(tree), self.build(value), None, _words(over[0].children) if over else ())

    def _named(self, tree: Any) -> ast.Argument:
        name, value = tree.children
        return ast.Argument(self._span(tree), self.build(value), str(name))

    def _block(self, tree: Any) -> ast.Block:
        kind, *subject, entries = tree.children
        built = self.build(subject[0]) if subject else None
        if str(kind) == "choose":
            self._check_choices(entries)
        return ast.Block(self._span(tree), str(kind), built, self._all(entries.children))

    def _check_choices(self, entries: Any) -> None:
        for entry in entries.children:
            labels = next((part for part in entry.children if getattr(part, "data", "") == "labels"), entry)
            if '"else"' in labels.children:
                self._report(labels, "the label `else` of `choose` stands without quotes", "write `else: …`")

    def _entry(self, tree: Any) -> ast.Entry:
        parts = list(tree.children)
        mark = str(parts.pop(0)) if not hasattr(parts[0], "data") else None
        labels = tuple(self._quoted(label) if label.type == "STRING" else str(label) for label in parts[0].children)
        weight = self.build(parts[2]) if len(parts) > 2 else None
        return ast.Entry(self._span(tree), labels, self.build(parts[1]), weight, mark)

    def _bare(self, tree: Any) -> ast.Entry:
        return ast.Entry(self._span(tree), (), self.build(tree.children[0]))


def _words(tokens: Iterable[Any]) -> tuple[str, ...]:
    return tuple([str(token) for token in tokens])


def _is_token(tree: Any, type_: str) -> bool:
    return getattr(tree, "type", None) == type_


def _split(children: list[Any], type_: str) -> tuple[Any, list[Any]]:
    """The leading token of a type, or None, and the rest."""
    return (children[0], children[1:]) if children and _is_token(children[0], type_) else (None, children)
