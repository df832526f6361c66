"""Documents for expressions and types: minimal parentheses, long things broken one item a line."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from rewardlang.syntax import ast
from rewardlang.syntax.layout import HARD, LINE, SOFT, Broken, Doc, Group, Nest, Suffix, join, render
from rewardlang.syntax.lexical import DECLARATIONS
from rewardlang.syntax.quoting import quote, quote_template, write_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.syntax.comments import Comment, Trivia

# How tightly each form binds, loosest first.
(IF, COALESCE, OR, AND, NOT, COMPARE, PIPE, RANGE, SUM, TERM, UNARY, POWER, POSTFIX, ATOM) = range(14)

_BINARY = {
    "??": COALESCE, "or": OR, "and": AND, "+": SUM, "-": SUM, "*": TERM, "/": TERM, "%": TERM, "**": POWER,
}  # fmt: skip
_LEVELS: dict[type[ast.Expression], int] = {
    ast.If: IF, ast.Compare: COMPARE, ast.Range: RANGE, ast.Attribute: POSTFIX, ast.Index: POSTFIX,
}  # fmt: skip

_KINDS = frozenset(["sum", "mean", "product", "min", "max", "all", "any", "tiers"])
_SUBJECT_KINDS = frozenset(["gate", "choose", "principles"])
_CLAUSES = DECLARATIONS | {"remember", "when", "per", "capacity", "reset"}


def level(expression: ast.Expression) -> int:
    """How tightly an expression binds."""
    if isinstance(expression, ast.Binary):
        return _BINARY[expression.operator]
    if isinstance(expression, ast.Unary):
        return NOT if expression.operator == "not" else UNARY
    if isinstance(expression, ast.Call):
        return PIPE if expression.piped else ATOM
    return _LEVELS.get(type(expression), ATOM)


@dataclass(frozen=True)
class Printer:
    """Makes documents. `trivia` holds comments by the node's `id`; `flat` puts blocks on one line, as in templates."""

    trivia: dict[int, Trivia] = field(default_factory=dict)
    flat: bool = False

    # --- comments ----------------------------------------------------------------------------------------------------

    def with_comments(self, node: ast.Node, doc: Doc, separator: Doc = "") -> Doc:
        """A node's document with its comments above, beside and below, the separator still beside it."""
        trivia = self.trivia.get(id(node))
        if trivia is None:
            return [doc, separator]
        parts: list[Doc] = _lines(trivia.above)
        if trivia.above and trivia.after_blank:
            parts.append(HARD)
        parts += [doc, separator, *[Suffix(comment.text) for comment in trivia.beside]]
        for comment in trivia.below:
            parts += [HARD, *([HARD] if comment.after_blank else []), comment.text]
        return parts

    def opening(self, nodes: Sequence[ast.Node]) -> Doc:
        """The comments behind the bracket before the first of some nodes."""
        trivia = self.trivia.get(id(nodes[0])) if nodes else None
        return [Suffix(comment.text) for comment in trivia.opening] if trivia else []

    def stacked(self, nodes: Sequence[ast.Node], docs: Sequence[Doc]) -> Doc:
        """Nodes one a line, blank lines between them kept."""
        parts: list[Doc] = []
        for index, (node, doc) in enumerate(zip(nodes, docs, strict=True)):
            trivia = self.trivia.get(id(node))
            if index:
                parts += [HARD, *([HARD] if trivia and trivia.starts_after_blank else [])]
            parts.append(self.with_comments(node, doc))
        return parts

    def enclosed(self, opener: str, nodes: Sequence[ast.Node], docs: Sequence[Doc], closer: str) -> Doc:
        """Items between brackets, on one line or one a line."""
        if not nodes:
            return opener + closer
        return Group([opener, self.opening(nodes), Nest([SOFT, self.items(nodes, docs)]), SOFT, closer])

    def items(self, nodes: Sequence[ast.Node], docs: Sequence[Doc]) -> Doc:
        """Items with commas between them, and behind the last where they stand one a line."""
        commas: list[Doc] = [*([","] * (len(nodes) - 1)), Broken(",")]
        return join(LINE, [self.with_comments(*item) for item in zip(nodes, docs, commas, strict=True)])

    # --- expressions -------------------------------------------------------------------------------------------------

    def expression(self, node: ast.Expression, least: int = IF) -> Doc:
        """An expression, in parentheses where it binds less tightly than `least`."""
        doc: Doc = getattr(self, f"_{type(node).__name__.lower()}")(node)
        return doc if level(node) >= least else _parenthesised(doc)

    def _number(self, node: ast.Number) -> Doc:
        return write_number(node.value)

    def _text(self, node: ast.Text) -> Doc:
        return quote(node.value)

    def _truth(self, node: ast.Truth) -> Doc:
        return "true" if node.value else "false"

    def _regex(self, node: ast.Regex) -> Doc:
        return f"/{node.pattern}/{node.flags}"

    def _template(self, node: ast.Template) -> Doc:
        inner = Printer(flat=True)
        holes = [part if isinstance(part, str) else (inner.line(part),) for part in node.parts]
        return quote_template(holes, may_break=not self.flat)

    def _name(self, node: ast.Name) -> Doc:
        # Without parentheses, `gate` before a word would open a block.
        return f"({node.name})" if node.name in _SUBJECT_KINDS else node.name

    def _list(self, node: ast.List) -> Doc:
        return self.enclosed("[", node.items, [self.expression(item) for item in node.items], "]")

    def _range(self, node: ast.Range) -> Doc:
        return [self.expression(node.low, SUM), "..", self.expression(node.high, SUM)]

    def _unary(self, node: ast.Unary) -> Doc:
        if node.operator == "not":
            return ["not ", self.expression(node.operand, NOT)]
        return ["-", self.expression(node.operand, UNARY)]

    def _binary(self, node: ast.Binary) -> Doc:
        own = level(node)
        if own == POWER:
            return [self.expression(node.left, POSTFIX), " ** ", self.expression(node.right, UNARY)]
        if own == COALESCE:
            return self._chain([("", node.left), (node.operator, node.right)], (OR, COALESCE))
        links: list[tuple[str, ast.Expression]] = []
        left: ast.Expression = node
        while isinstance(left, ast.Binary) and level(left) == own:
            links.append((left.operator, left.right))
            left = left.left
        return self._chain([("", left), *reversed(links)], (own, own + 1))

    def _compare(self, node: ast.Compare) -> Doc:
        return self._chain(list(zip(("", *node.operators), node.operands, strict=True)), (PIPE, PIPE))

    def _chain(self, links: list[tuple[str, ast.Expression]], least: tuple[int, int]) -> Doc:
        (_, first), *rest = links
        parts: list[Doc] = []
        for operator, operand in rest:
            parts += [LINE, operator, " ", self.expression(operand, least[1])]
        return Group([self.expression(first, least[0]), Nest(parts)])

    def _if(self, node: ast.If) -> Doc:
        parts: list[Doc] = []
        is_chain = isinstance(node.no, ast.If)
        word = "if "
        rest: ast.Expression = node
        while isinstance(rest, ast.If):
            yes = self.with_comments(rest.yes, ["then ", Nest(self.expression(rest.yes))])
            branch: Doc = [word, Nest(self.expression(rest.condition)), LINE, yes]
            parts += [
                self.with_comments(rest, Group(branch)) if word != "if " else Group(branch) if is_chain else branch,
                LINE,
            ]
            word, rest = "else if ", rest.no
        parts.append(self.with_comments(rest, ["else ", Nest(self.expression(rest))]))
        return Group(parts)

    def _attribute(self, node: ast.Attribute) -> Doc:
        return [self.expression(node.of, POSTFIX), ".", node.name]

    def _index(self, node: ast.Index) -> Doc:
        return [self.expression(node.of, POSTFIX), "[", self.expression(node.at), "]"]

    def _call(self, node: ast.Call) -> Doc:
        arguments = node.arguments[1:] if node.piped else node.arguments
        inside = self.enclosed("(", arguments, [self.argument(argument) for argument in arguments], ")")
        if not node.piped:
            return [node.function.name, inside]
        first = self.expression(node.arguments[0].value, PIPE)
        return Group([first, Nest([LINE, "|> ", node.function.name, inside if arguments else ""])])

    def argument(self, node: ast.Argument) -> Doc:
        """`value`, `name: value`, `value over axis` or `value over (axis, axis)`."""
        label = f"{node.name}: " if node.name is not None else ""
        axes = node.over[0] if len(node.over) == 1 else f"({', '.join(node.over)})"
        return [label, self.expression(node.value), f" over {axes}" if node.over else ""]

    # --- blocks ------------------------------------------------------------------------------------------------------

    def _block(self, node: ast.Block) -> Doc:
        head: Doc = [node.kind, " ", *([] if node.subject is None else [self._subject(node.subject), " "]), "{"]
        entries = [self.entry(entry, is_choice=node.kind == "choose") for entry in node.entries]
        if self.flat:
            return [head, " ", join(" ", entries), " }"]
        inside = Nest([HARD, self.stacked(node.entries, entries)])
        return [head, self.opening(node.entries), inside, HARD, "}"]

    def _subject(self, node: ast.Expression) -> Doc:
        """The subject of a block, in parentheses where its first or last word would be read otherwise."""
        doc = self.expression(node)
        words = Printer(flat=True).line(node)
        first = words.split(maxsplit=1)[0].split(".")[0]
        last = words.rpartition(" ")[2].lstrip("(-")
        is_word = words[0].isalnum() or words[0] in '_("'
        is_plain = is_word and first not in _CLAUSES and last not in _KINDS | _SUBJECT_KINDS
        return doc if is_plain else _parenthesised(doc)

    def entry(self, node: ast.Entry, *, is_choice: bool) -> Doc:
        """`[mark] label: value [weight weight]`; labels of `choose` are quoted."""
        mark = f"{node.mark} " if node.mark else ""
        label = ", ".join(_label(label, is_choice=is_choice) for label in node.labels)
        weight: Doc = [] if node.weight is None else [" weight ", self.expression(node.weight)]
        if not label:
            return self.expression(node.value)
        return Group([mark, label, ":", self.assigned(node.value), weight])

    def assigned(self, value: ast.Expression) -> Doc:
        """A value behind `=` or `:`, an `if` that needs several lines on lines of its own."""
        doc = self.expression(value)
        return Nest(Group([LINE, doc])) if isinstance(value, ast.If) else [" ", doc]

    # --- types -------------------------------------------------------------------------------------------------------

    def type(self, node: ast.TypeExpression) -> str:
        """A type, on one line."""
        dimensions = ""
        for is_axis, run in groupby(node.dimensions, lambda dimension: dimension.name is not None):
            written = [self._dimension(dimension) for dimension in run]
            dimensions += f"[{', '.join(written)}]" if is_axis else "".join(f"[{size}]" for size in written)
        marks = "?" if node.optional else "", "?" if node.whole_optional else ""
        bounds = f" in {self.bounds(node.bounds)}" if node.bounds else ""
        return node.element + marks[0] + dimensions + marks[1] + bounds

    def _dimension(self, node: ast.Dimension) -> str:
        if node.name is None:
            return f"{node.size}"
        return f"{node.name} {self.bounds(node.bounds)}" if node.bounds else node.name

    def bounds(self, node: ast.Bounds) -> str:
        """`low..high`, either end open."""
        return f"{self._bound(node.low)}..{self._bound(node.high)}"

    def _bound(self, node: ast.Expression | None) -> str:
        if node is None:
            return ""
        inner = node.operand if isinstance(node, ast.Unary) and node.operator == "-" else node
        is_name = isinstance(inner, ast.Name) and inner.name not in _CLAUSES | _SUBJECT_KINDS
        is_plain = is_name or isinstance(inner, ast.Number)
        return self.line(node) if is_plain else f"({self.line(node)})"

    def line(self, node: ast.Expression) -> str:
        """An expression on one line, comments and all breaks left out."""
        return render(Printer(flat=True).expression(node), float("inf"))


def _parenthesised(doc: Doc) -> Doc:
    return Group(["(", Nest([SOFT, doc]), SOFT, ")"])


def _lines(comments: Sequence[Comment]) -> list[Doc]:
    parts: list[Doc] = []
    for index, comment in enumerate(comments):
        parts += [HARD if index and comment.after_blank else "", comment.text, HARD]
    return parts


def _label(label: str, *, is_choice: bool) -> str:
    is_word = label.isascii() and label.isidentifier()
    is_bare = label == "else" if is_choice else is_word
    return label if is_bare else quote(label)
