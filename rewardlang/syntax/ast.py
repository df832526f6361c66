"""The abstract syntax tree: what a `.rwd` text says, comments and layout left out.

Nodes compare by what they say, never by where they stand (`span` does not count), so that `parse(format(a)) == a`.
Later stages keep their findings in side tables by the node's `id`; nobody sets an attribute on a node.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from rewardlang.source.frozen import frozen

if TYPE_CHECKING:
    from rewardlang.source import Source, Span


@frozen
class Node:
    """Anything that has a place in the text."""

    span: Span = field(compare=False, repr=False)


# --- types -----------------------------------------------------------------------------------------------------------


@frozen
class Bounds(Node):
    """`low..high`, either end open: the range of a number (`in 0..1`) or the length of an axis (`[found 0..64]`)."""

    low: Expression | None
    high: Expression | None


@frozen
class Dimension(Node):
    """One entry between `[` and `]` in a type: a named axis with optional bounds, or the size of a `vec`."""

    name: str | None
    size: int | None = None
    bounds: Bounds | None = None


@frozen
class TypeExpression(Node):
    """`element`, `?` (each may be missing), dimensions, `?` (all or nothing), `in range`.

    `vec[384][token]` has the dimensions `384` and `token`, in one flat tuple; without dimensions, `?` sets `optional`.
    """

    element: str
    optional: bool = False
    dimensions: tuple[Dimension, ...] = ()
    whole_optional: bool = False
    bounds: Bounds | None = None


# --- expressions -----------------------------------------------------------------------------------------------------


@frozen
class Expression(Node):
    """Anything that has a value."""


@frozen
class Number(Expression):
    """A number literal; an `int` where it has neither fraction nor exponent. `inf` is `float("inf")`."""

    value: int | float


@frozen
class Text(Expression):
    """A string literal, escapes resolved."""

    value: str


@frozen
class Truth(Expression):
    """`true` or `false`."""

    value: bool


@frozen
class Regex(Expression):
    """`/pattern/flags`, with the pattern as written."""

    pattern: str
    flags: str


@frozen
class Template(Expression):
    """`t"Judge {completion}."`: literal parts and expressions in turn. `{{` and `}}` are braces."""

    parts: tuple[str | Expression, ...]


@frozen
class Name(Expression):
    """A reference, or a word such as `in_order` where a builtin takes one of a few words."""

    name: str


@frozen
class List(Expression):
    """`[a, b, c]`."""

    items: tuple[Expression, ...]


@frozen
class Range(Expression):
    """`low..high`."""

    low: Expression
    high: Expression


@frozen
class Unary(Expression):
    """`-x` or `not x`: `operator` is `-` or `not`."""

    operator: str
    operand: Expression


@frozen
class Binary(Expression):
    """`+ - * / % **`, `and`, `or`, `??`."""

    operator: str
    left: Expression
    right: Expression


@frozen
class Compare(Expression):
    """A chain: `a < b <= c` has the operands a, b, c and the operators `<`, `<=`. `in` is one too."""

    operands: tuple[Expression, ...]
    operators: tuple[str, ...]


@frozen
class If(Expression):
    """`if condition then yes else no`."""

    condition: Expression
    yes: Expression
    no: Expression


@frozen
class Attribute(Expression):
    """`of.name`."""

    of: Expression
    name: str


@frozen
class Index(Expression):
    """`of[at]`."""

    of: Expression
    at: Expression


@frozen
class Argument(Node):
    """`value`, `name: value`, `value over axis` or `value over (axis, axis)`."""

    value: Expression
    name: str | None = None
    over: tuple[str, ...] = ()


@frozen
class Call(Expression):
    """`function(arguments)`; `piped` where the first argument was written before `|>`."""

    function: Name
    arguments: tuple[Argument, ...]
    piped: bool = False


@frozen
class Entry(Node):
    """`[mark] label: value [weight weight]` in a block; a bare block has no label; `else` is the label of the rest.

    `choose` allows several labels. `mark` is `outcome`, `metric` or None.
    """

    labels: tuple[str, ...]
    value: Expression
    weight: Expression | None = None
    mark: str | None = None


@frozen
class Block(Expression):
    """`kind [subject] { entries }`: the condition of `gate`, the text of `choose`, the judge of `principles`."""

    kind: str
    subject: Expression | None
    entries: tuple[Entry, ...]


# --- declarations ----------------------------------------------------------------------------------------------------


@frozen
class Let(Node):
    """`let name: type = value`."""

    name: str
    type: TypeExpression | None
    value: Expression


@frozen
class Remember(Node):
    """`remember name = value when condition`."""

    name: str
    value: Expression
    when: Expression | None


@frozen
class Body(Node):
    """Statements and a result. A def written `= expression` has neither statements nor doc."""

    doc: str | None
    statements: tuple[Let | Remember, ...]
    result: Expression


@frozen
class Field(Node):
    """`name: type = default`, of a record, def, reward, model or property."""

    name: str
    type: TypeExpression
    default: Expression | None = None


@frozen
class Declaration(Node):
    """Anything at the top level."""


@frozen
class Import(Declaration):
    """`from path import names`."""

    path: tuple[str, ...]
    names: tuple[str, ...]


@frozen
class Record(Declaration):
    """`record Name { fields }`."""

    name: str
    fields: tuple[Field, ...]


@frozen
class Param(Declaration):
    """`param name: type = default`."""

    name: str
    type: TypeExpression
    default: Expression


@frozen
class Const(Declaration):
    """`const name = value`."""

    name: str
    value: Expression


@frozen
class Model(Declaration):
    """`model name(fields) -> type [= backend(...)]`."""

    name: str
    fields: tuple[Field, ...]
    result: TypeExpression
    backend: Expression | None


@frozen
class Memory(Declaration):
    """`memory name: type [capacity n] [= initial] [per sample [reset field]]`."""

    name: str
    type: TypeExpression
    capacity: Expression | None = None
    initial: Expression | None = None
    per_sample: bool = False
    reset: str | None = None


@frozen
class Def(Declaration):
    """`def name(fields) [-> type] = expression`, or a body in braces."""

    name: str
    fields: tuple[Field, ...]
    result: TypeExpression | None
    body: Body


@frozen
class Reward(Declaration):
    """`reward name(fields) [-> type] { body }`."""

    name: str
    fields: tuple[Field, ...]
    result: TypeExpression | None
    body: Body


@frozen
class Property(Declaration):
    """`property name(fields) { body }`."""

    name: str
    fields: tuple[Field, ...]
    body: Body


@frozen
class Example(Declaration):
    """`example "title" { body }`."""

    title: str
    body: Body


@frozen
class Ast:
    """One module: its source, its doc and its declarations in order.

    `unread` are the names of declarations that have a fault, and could not be read.
    """

    source: Source = field(compare=False, repr=False)
    doc: str | None
    declarations: tuple[Declaration, ...]
    unread: frozenset[str] = frozenset()
