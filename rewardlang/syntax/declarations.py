"""Documents for declarations, bodies and whole modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rewardlang.syntax import ast
from rewardlang.syntax.layout import HARD, LINE, Doc, Group, Nest, join
from rewardlang.syntax.printer import Printer
from rewardlang.syntax.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

_HUGGED = (ast.Call, ast.Block, ast.List, ast.Template)


@dataclass(frozen=True)
class DeclarationPrinter(Printer):
    """Adds declarations to a `Printer`."""

    def module(self, tree: ast.Ast) -> Doc:
        """The whole text: doc, declarations, the comments around them."""
        trivia = self.trivia.get(id(tree))
        above = [comment.text for comment in trivia.above] if trivia else []
        below = [comment.text for comment in trivia.below] if trivia else []
        parts: list[Doc] = [[text, HARD] for text in above]
        if tree.doc is not None:
            parts += [_doc(tree.doc), HARD, *([HARD] if tree.declarations else [])]
        docs = [self.declaration(declaration) for declaration in tree.declarations]
        parts.append(self._apart(tree.declarations, docs))
        for text in below:
            parts += [HARD, text]
        return parts

    def _apart(self, nodes: Sequence[ast.Declaration], docs: Sequence[Doc]) -> Doc:
        if self.trivia:
            return self.stacked(nodes, docs)
        return join([HARD, HARD], docs)

    def declaration(self, node: ast.Declaration) -> Doc:
        """One declaration."""
        doc: Doc = getattr(self, f"_{type(node).__name__.lower()}")(node)
        return doc

    def _import(self, node: ast.Import) -> Doc:
        return Group([f"from {'.'.join(node.path)} import ", Nest(join([",", LINE], node.names))])

    def _record(self, node: ast.Record) -> Doc:
        inside = Nest([LINE, self.items(node.fields, [self.field(entry) for entry in node.fields])])
        return Group([f"record {node.name} {{", self.opening(node.fields), inside, LINE, "}"])

    def _param(self, node: ast.Param) -> Doc:
        return [f"param {node.name}: {self.type(node.type)} =", self.assigned(node.default)]

    def _const(self, node: ast.Const) -> Doc:
        return [f"const {node.name} =", self.assigned(node.value)]

    def _model(self, node: ast.Model) -> Doc:
        backend: Doc = "" if node.backend is None else [" =", self.assigned(node.backend)]
        return [f"model {node.name}", self._fields(node.fields), f" -> {self.type(node.result)}", backend]

    def _memory(self, node: ast.Memory) -> Doc:
        parts: list[Doc] = [f"memory {node.name}: {self.type(node.type)}"]
        if node.capacity is not None:
            parts += [" capacity ", self.expression(node.capacity)]
        if node.initial is not None:
            parts += [" =", self.assigned(node.initial)]
        if node.per_sample:
            parts.append(" per sample" + (f" reset {node.reset}" if node.reset is not None else ""))
        return parts

    def _def(self, node: ast.Def) -> Doc:
        head: Doc = ["def ", node.name, self._fields(node.fields), self._result(node.result)]
        body = node.body
        if body.doc is not None or body.statements:
            return [head, " ", self.body(body)]
        value = self.with_comments(body.result, self.expression(body.result))
        trivia = self.trivia.get(id(body.result))
        if isinstance(body.result, _HUGGED) and not (trivia and trivia.above):
            return [head, " = ", value]
        return [head, " =", Nest(Group([LINE, value]))]

    def _reward(self, node: ast.Reward) -> Doc:
        return ["reward ", node.name, self._fields(node.fields), self._result(node.result), " ", self.body(node.body)]

    def _property(self, node: ast.Property) -> Doc:
        return ["property ", node.name, self._fields(node.fields), " ", self._short_body(node.body)]

    def _example(self, node: ast.Example) -> Doc:
        return ["example ", quote(node.title), " ", self._short_body(node.body)]

    def _result(self, node: ast.TypeExpression | None) -> str:
        return "" if node is None else f" -> {self.type(node)}"

    def _fields(self, nodes: Sequence[ast.Field]) -> Doc:
        return self.enclosed("(", nodes, [self.field(node) for node in nodes], ")")

    def field(self, node: ast.Field) -> Doc:
        """`name: type = default`."""
        default: Doc = "" if node.default is None else [" =", self.assigned(node.default)]
        return [f"{node.name}: {self.type(node.type)}", default]

    def body(self, node: ast.Body) -> Doc:
        """A body, one statement a line."""
        word = "return " if node.statements else ""
        docs = [*[self.statement(statement) for statement in node.statements], self._returned(word, node.result)]
        nodes = (*node.statements, node.result)
        doc: Doc = [] if node.doc is None else [_doc(node.doc), HARD]
        return ["{", self.opening(nodes), Nest([HARD, doc, self.stacked(nodes, docs)]), HARD, "}"]

    def _short_body(self, node: ast.Body) -> Doc:
        """A body on one line, where it is but an expression that fits."""
        if node.doc is not None or node.statements:
            return self.body(node)
        result = self.with_comments(node.result, self.expression(node.result))
        return Group(["{", self.opening((node.result,)), Nest([LINE, result]), LINE, "}"])

    def _returned(self, word: str, node: ast.Expression) -> Doc:
        doc = self.expression(node)
        return [word, Nest(doc) if word and isinstance(node, ast.If) else doc]

    def statement(self, node: ast.Let | ast.Remember) -> Doc:
        """`let` or `remember`."""
        if isinstance(node, ast.Let):
            type_ = "" if node.type is None else f": {self.type(node.type)}"
            return [f"let {node.name}{type_} =", self.assigned(node.value)]
        when: Doc = [] if node.when is None else [" when ", self.expression(node.when)]
        return [f"remember {node.name} =", self.assigned(node.value), when]


def _doc(text: str) -> Doc:
    """A doc, each line where its text belongs."""
    first, *rest = text.split("\n")
    closing: Doc = [HARD, '"""'] if rest or text.endswith('"') else '"""'
    # The reader measures indentation without the first line, so that line must not be the only one at the left.
    is_stepped = bool(rest) and all(line.startswith(" ") or not line for line in rest)
    return ['"""', HARD if is_stepped else "", join(HARD, [first, *rest]), closing]
