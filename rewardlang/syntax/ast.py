"""The abstract syntax tree: what a `.rwd` text says, comments and layout left out.

Nodes compare by what they say, never by where they stand (`span` does not count), so that `parse(format(a)) == a`.
Later stages keep their findings in side tables by the node's `id`; nobody sets an attribute on a node.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rewardlang.source import Source, Span


@dataclass(frozen=True)
class Node:
    """Anything that has a place in the text."""

    span: Span = field(compare=False, repr=False)


# --- types -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bounds(Node):
    """`low..high`, either end open: the range of a number (`in 0..1`) or the length of an axis (`[found 0..64]`)."""

    low: Expression | None
    high: Expression | None


@dataclass(frozen=True)
class Dimension(Node):
    """One entry between `[` and `]` in a type: a named axis with optional bounds, or the size of a `vec`."""

    name: str | None
    size: int | None = None
    bounds: Bounds | None = None


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Expression(Node):
    """Anything that has a value."""


@dataclass(frozen=True)
class Number(Expression):
    """A number literal; an `int` where it has neither fraction nor exponent. `inf` is `float("inf")`."""

    value: int | float


@dataclass(frozen=True)
class Text(Expression):
    """A string literal, escapes resolved."""

    value: str


@dataclass(frozen=True)
class Truth(Expression):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True)
class Regex(Expression):
    """`/pattern/flags`, with the pattern as written."""

    pattern: str
    flags: str


@dataclass(frozen=True)
class Template(Expression):
    """`t"Judge {completion}."`: literal parts and expressions in turn. `{{` and `}}` are braces."""

    parts: tuple[str | Expression, ...]


@dataclass(frozen=True)
class Name(Expression):
    """A reference, or a word such as `in_order` where a builtin takes one of a few words."""

    name: str


@dataclass(frozen=True)
class List(Expression):
    """`[a, b, c]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Range(Expression):
    """`low..high`."""

    low: Expression
    high: Expression


@dataclass(frozen=True)
class Unary(Expression):
    """`-x` or `not x`: `operator` is `-` or `not`."""

    operator: str
    operand: Expression


@dataclass(frozen=True)
class Binary(Expression):
    """`+ - * / % **`, `and`, `or`, `??`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Compare(Expression):
    """A chain: `a < b <= c` has the operands a, b, c and the operators `<`, `<=`. `in` is one too."""

    operands: tuple[Expression, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True)
class If(Expression):
    """`if condition then yes else no`."""

    condition: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True)
class Attribute(Expression):
    """`of.name`."""

    of: Expression
    name: str


@dataclass(frozen=True)
class Index(Expression):
    """`of[at]`."""

    of: Expression
    at: Expression


@dataclass(frozen=True)
class Argument(Node):
    """`value`, `name: value`, `value over axis` or `value over (axis, axis)`."""

    value: Expression
    name: str | None = None
    over: tuple[str, ...] = ()


@dataclass(frozen=True)
class Call(Expression):
    """`function(arguments)`; `piped` where the first argument was written before `|>`."""

    function: Name
    arguments: tuple[Argument, ...]
    piped: bool = False


@dataclass(frozen=True)
class Entry(Node):
    """`[mark] label: value [weight weight]` in a block; a bare block has no label; `else` is the label of the rest.

    `choose` allows several labels. `mark` is `outcome`, `metric` or None.
    """

    labels: tuple[str, ...]
    value: Expression
    weight: Expression | None = None
    mark: str | None = None


@dataclass(frozen=True)
class Block(Expression):
    """`kind [subject] { entries }`; subject: the condition of `gate`, the text of `choose`, the judge of `principles`."""

    kind: str
    subject: Expression | None
    entries: tuple[Entry, ...]


# --- declarations ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Let(Node):
    """`let name: type = value`."""

    name: str
    type: TypeExpression | None
    value: Expression


@dataclass(frozen=True)
class Remember(Node):
    """`remember name = value when condition`."""

    name: str
    value: Expression
    when: Expression | None


@dataclass(frozen=True)
class Body(Node):
    """Statements and a result. A def written `= expression` has neither statements nor doc."""

    doc: str | None
    statements: tuple[Let | Remember, ...]
    result: Expression


@dataclass(frozen=True)
class Field(Node):
    """`name: type = default`, of a record, def, reward, model or property."""

    name: str
    type: TypeExpression
    default: Expression | None = None


@dataclass(frozen=True)
class Declaration(Node):
    """Anything at the top level."""


@dataclass(frozen=True)
class Import(Declaration):
    """`from path import names`."""

    path: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Record(Declaration):
    """`record Name { fields }`."""

    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Param(Declaration):
    """`param name: type = default`."""

    name: str
    type: TypeExpression
    default: Expression


@dataclass(frozen=True)
class Const(Declaration):
    """`const name = value`."""

    name: str
    value: Expression


@dataclass(frozen=True)
class Model(Declaration):
    """`model name(fields) -> type [= backend(...)]`."""

    name: str
    fields: tuple[Field, ...]
    result: TypeExpression
    backend: Expression | None


@dataclass(frozen=True)
class Memory(Declaration):
    """`memory name: type [capacity n] [= initial] [per sample [reset field]]`."""

    name: str
    type: TypeExpression
    capacity: Expression | None = None
    initial: Expression | None = None
    per_sample: bool = False
    reset: str | None = None


@dataclass(frozen=True)
class Def(Declaration):
    """`def name(fields) [-> type] = expression`, or a body in braces."""

    name: str
    fields: tuple[Field, ...]
    result: TypeExpression | None
    body: Body


@dataclass(frozen=True)
class Reward(Declaration):
    """`reward name(fields) [-> type] { body }`."""

    name: str
    fields: tuple[Field, ...]
    result: TypeExpression | None
    body: Body


@dataclass(frozen=True)
class Property(Declaration):
    """`property name(fields) { body }`."""

    name: str
    fields: tuple[Field, ...]
    body: Body


@dataclass(frozen=True)
class Example(Declaration):
    """`example "title" { body }`."""

    title: str
    body: Body


@dataclass(frozen=True)
class Ast:
    """One module: its source, its doc and its declarations in order."""

    source: Source = field(compare=False, repr=False)
    doc: str | None
    declarations: tuple[Declaration, ...]
