"""What JSON objects and arrays hold: their keys, members and elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.ops import json_meaning
from rewardlang.ops.builtin import Lists, Made, Parameter, Role, Rows
from rewardlang.ops.json import DIALECT, VALUE
from rewardlang.ops.records import BUNDLE, MEMBER
from rewardlang.ops.reductions import count_range
from rewardlang.ops.sets import SCORE
from rewardlang.types import BOOL, INT, JSON, TEXT, RecordElement, RecordField, Type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.columns.column import JsonColumn
    from rewardlang.columns.texts import Texts
    from rewardlang.facts import Interval

ENTRY = RecordElement("entry", fields=(RecordField("key", Type(TEXT)), RecordField("value", Type(JSON))))
"""What `entries` gives for each member."""


class MemberAt(Rows):
    r"""The value of one key of an object, where the key is a text that is not constant: `x[key]`.

    Shapes: x, key: any axes, broadcast by name.
    Units: none.
    Missing: where x is no object, has no such key, or null there; where x or key is missing.
    Errors: none.
    Source: of repeated keys the last counts.
    Example: (number(json("{\"a\": 1}")["a"]) ?? 0) == 1
    """

    name = "member_at"
    parameters = (VALUE, Parameter("key", (TEXT,)))
    result = JSON
    partial = True
    internal = True

    def one(self, x: Any, key: str) -> Any:
        return x.get(key) if isinstance(x, dict) else None

    def rows(self, x: JsonColumn, key: Texts) -> Any:
        from rewardlang.columns.column import JsonColumn
        from rewardlang.columns.decode import not_null
        from rewardlang.columns.json import lookup_each

        return not_null(JsonColumn(x.tape, lookup_each(x.tape, x.nodes, key)))


class Item(Rows):
    """One element of an array: `x[0]` is the first, `x[-1]` the last.

    Shapes: x, index: any axes, broadcast by name.
    Units: none.
    Missing: where x is no array, the index is outside, or null stands there; where x or index is missing.
    Errors: none.
    Source: as Python's `x[index]`.
    Example: (number(json("[1, 2]")[-1]) ?? 0) == 2
    """

    name = "item"
    parameters = (VALUE, Parameter("index", (INT,)))
    result = JSON
    partial = True
    internal = True

    def one(self, x: Any, index: int) -> Any:
        inside = isinstance(x, list) and -len(x) <= index < len(x)
        return x[int(index)] if inside else None

    def rows(self, x: JsonColumn, index: Any) -> Any:
        import numpy as np

        from rewardlang.columns.column import JsonColumn
        from rewardlang.columns.decode import not_null
        from rewardlang.columns.json import item

        return not_null(JsonColumn(x.tape, item(x.tape, x.nodes, np.asarray(index).astype(np.int64))))


class Keys(Lists):
    r"""The keys of an object, each once, by first appearance.

    Shapes: x: any axes; the result has the new axis `key`.
    Units: none.
    Missing: where x is; what is no object has no keys.
    Errors: none.
    Source: as Python's `list(json.loads(x))`.
    Example: (join(keys(json("{\"a\": 1, \"b\": 2}")), ",") ?? "") == "a,b"
    """

    name = "keys"
    parameters = (VALUE,)
    result = TEXT
    makes = Made("key")

    def one(self, x: Any) -> list[str]:
        return list(x) if isinstance(x, dict) else []

    def lists(self, x: JsonColumn) -> Any:
        from rewardlang.columns.column import Ragged
        from rewardlang.columns.json import keys
        from rewardlang.columns.texts import Texts

        _, offsets, names = keys(x.tape, x.nodes)
        return Ragged(offsets, Texts(*names))


class Entries(Lists):
    r"""The members of an object, each `key` once with its last `value`, by first appearance.

    Shapes: x: any axes; the result has the new axis `entry`.
    Units: none.
    Missing: where x is no object; where x is missing. A null is a value.
    Errors: none.
    Source: as Python's `json.loads(x).items()`.
    Example: (join(entries(json("{\"a\": 1}")).key, ",") ?? "") == "a"
    """

    name = "entries"
    parameters = (VALUE,)
    result = ENTRY
    makes = Made("entry")
    partial = True
    raw = BUNDLE

    def one(self, x: Any) -> list[Mapping[str, Any]] | None:
        if not isinstance(x, dict):
            return None
        return [{"key": key, "value": json_meaning.present(value)} for key, value in x.items()]

    def lists(self, x: JsonColumn) -> Any:
        from rewardlang.columns.column import Bundle, JsonColumn, Ragged
        from rewardlang.columns.json import members
        from rewardlang.columns.texts import Texts

        present, offsets, names, values = members(x.tape, x.nodes)
        return Ragged(offsets, Bundle({"key": Texts(*names), "value": JsonColumn(x.tape, values)})), present


class Agreeing(Lists):
    r"""The keys of `a` that `b` has with an equal value.

    Shapes: a, b: any axes, broadcast by name; the result has the new axis `key`.
    Units: none.
    Missing: where a or b is; where one is no object there are none.
    Errors: none.
    Source: values compared as by `equals` in the dialect.
    Example: (join(agreeing(json("{\"a\": 1}"), json("{\"a\": 1.0}")), ",") ?? "") == "a"
    """

    name = "agreeing"
    parameters = (Parameter("a", (JSON,)), Parameter("b", (JSON,)), DIALECT)
    result = TEXT
    makes = Made("key")

    def one(self, a: Any, b: Any, dialect: str = "strict") -> list[str]:
        if not (isinstance(a, dict) and isinstance(b, dict)):
            return []
        return [key for key, value in a.items() if key in b and json_meaning.same(value, b[key], dialect)]

    def lists(self, a: JsonColumn, b: JsonColumn, dialect: str = "strict") -> Any:
        from rewardlang.columns.column import Ragged
        from rewardlang.columns.json import agreeing
        from rewardlang.columns.texts import Texts

        offsets, names = agreeing(a.tape, a.nodes, b.tape, b.nodes, dialect)  # type: ignore[arg-type]  # one of the words
        return Ragged(offsets, Texts(*names))


AGREEING = Agreeing()


class KeyCount(Rows):
    r"""How many keys an object has: the compiler counts them so where nothing looks at them.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is; what is no object has none.
    Errors: none.
    Source: as Python's `len(json.loads(x))`.
    Example: count(keys(json("{\"a\": 1, \"a\": 2}")) ?? []) == 1
    """

    name = "key_count"
    parameters = (VALUE,)
    result = INT
    internal = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return count_range(0, None)

    def one(self, x: Any) -> int:
        return len(x) if isinstance(x, dict) else 0

    def rows(self, x: JsonColumn) -> Any:
        from rewardlang.columns.json import key_counts

        return key_counts(x.tape, x.nodes)


class AgreeingCount(Rows):
    r"""How many keys of `a` has `b` with an equal value: the compiler counts them so where nothing looks at them.

    Shapes: a, b: any axes, broadcast by name.
    Units: none.
    Missing: where a or b is; where one is no object there are none.
    Errors: none.
    Source: values compared as by `equals` in the dialect.
    Example: count(agreeing(json("{\"a\": 1}"), json("{\"a\": 1.0}")) ?? []) == 1
    """

    name = "agreeing_count"
    slow = True
    parameters = AGREEING.parameters
    result = INT
    internal = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return count_range(0, None)

    def one(self, a: Any, b: Any, dialect: str = "strict") -> int:
        return len(AGREEING.one(a, b, dialect))

    def rows(self, a: JsonColumn, b: JsonColumn, dialect: str = "strict") -> Any:
        from rewardlang.columns.json import agreeing_counts

        return agreeing_counts(a.tape, a.nodes, b.tape, b.nodes, dialect)  # type: ignore[arg-type]  # one of the words


class HasKey(Rows):
    r"""Whether an object has a key: the compiler asks so instead of making a list of its keys.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is; what is no object has none.
    Errors: none.
    Source: as Python's `key in json.loads(x)`; a null is a value.
    Example: any((keys(json("{\"a\": null}")) ?? []) == "a")
    """

    name = "has_key"
    parameters = (VALUE, Parameter("key", (TEXT,), role=Role.CONST))
    result = BOOL
    internal = True

    def one(self, x: Any, key: str) -> bool:
        return isinstance(x, dict) and key in x

    def rows(self, x: JsonColumn, key: str) -> Any:
        return x.at(key).nodes >= 0


class HasKeyAt(Rows):
    r"""Whether an object has a key that is not constant.

    Shapes: x, key: any axes, broadcast by name.
    Units: none.
    Missing: where x or key is; what is no object has none.
    Errors: none.
    Source: as Python's `key in json.loads(x)`; a null is a value.
    Example: any((keys(json("{\"a\": null}")) ?? []) == "a")
    """

    name = "has_key_at"
    parameters = (VALUE, Parameter("key", (TEXT,)))
    result = BOOL
    internal = True

    def one(self, x: Any, key: str) -> bool:
        return isinstance(x, dict) and key in x

    def rows(self, x: JsonColumn, key: Texts) -> Any:
        from rewardlang.columns.json import lookup_each

        return lookup_each(x.tape, x.nodes, key) >= 0


class KeyJaccard(Rows):
    r"""How much the keys of two objects have in common: the compiler compares them so, and makes no lists of them.

    Shapes: a, b, held_a, held_b: any axes, broadcast by name.
    Units: none.
    Missing: where a or b is; what is no object has no keys, nor what is not held.
    Errors: none.
    Source: as `jaccard` of `keys(a)` and `keys(b)`, where each key stands once.
    Example: jaccard(keys(json("{\"a\": 1}")) ?? [], keys(json("{\"a\": 2, \"b\": 1}")) ?? []) == 0.5
    """

    name = "key_jaccard"
    slow = True
    parameters = (*AGREEING.parameters[:2], Parameter("held_a", (BOOL,)), Parameter("held_b", (BOOL,)))
    internal = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return SCORE

    def one(self, a: Any, b: Any, held_a: bool, held_b: bool) -> float:  # noqa: FBT001 - the order of the arguments
        left, right = (set(x) if held and isinstance(x, dict) else set() for x, held in ((a, held_a), (b, held_b)))
        return len(left & right) / len(left | right) if left | right else 1.0

    def rows(self, a: JsonColumn, b: JsonColumn, held_a: Any, held_b: Any) -> Any:
        from rewardlang.columns.json import common_keys
        from rewardlang.ops.sets import likeness

        shared, left, right = common_keys(a.tape, a.nodes, b.tape, b.nodes)
        return likeness(shared * (held_a & held_b), left * held_a, right * held_b)


KEY_COUNT, AGREEING_COUNT, KEY_JACCARD = KeyCount(), AgreeingCount(), KeyJaccard()
HAS_KEY, HAS_KEY_AT = HasKey(), HasKeyAt()
BUILTINS = (
    MEMBER, MemberAt(), Item(), Keys(), Entries(), AGREEING, KEY_COUNT, AGREEING_COUNT, KEY_JACCARD, HAS_KEY,
    HAS_KEY_AT,
)  # fmt: skip
