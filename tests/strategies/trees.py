"""Random blocks of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.strategies.names import Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.strategies.specs import Writer


def block(writer: Writer, depth: int) -> Written:
    """A block of any kind."""
    kind = writer.pick("sum", "sum", "mean", "product", "min", "max", "tiers", "gate", "choose", "any", "if")
    entry = _entry
    count = writer.draw(st.integers(1, 3))
    match kind:
        case "sum" | "mean":
            parts = [
                entry(writer, depth, kind, writer.pick("", "", "metric ", "outcome ") if i else "")
                for i in range(count)
            ]
            return _joined(kind, parts)
        case "gate":
            return _joined(f"gate {writer.truth(depth)}", [entry(writer, depth, kind) for _ in range(count)])
        case "min" | "max":
            parts = [entry(writer, depth, kind, offset=f" + {0.0173 * i:.4f}") for i in range(count)]
            return _joined(kind, parts)
        case "product" | "tiers":
            return _joined(kind, [entry(writer, depth, kind) for _ in range(count)])
        case "choose":
            labels = ('"a"', '"ab", "the"', "else") if writer.names.inputs else ('"a"', "else")
            parts = [_labelled(label, _value(writer, depth)) for label in labels]
            subject = writer.pick("s", '"ab"') if writer.names.inputs else '"a"'
            return _joined(f"choose {subject}", parts)
        case "any":
            name = writer.pick("all", "any")
            return _joined(name, [_labelled(writer.label(), Written(writer.truth(depth))) for _ in range(count)])
        case _:
            yes, no = block(writer, depth - 1) if depth > 0 else writer.number(0), _value(writer, depth)
            return Written(f"(if {writer.truth(depth)} then {yes.code} else {no.code})", yes.whole or no.whole)


def _value(writer: Writer, depth: int) -> Written:
    return block(writer, depth - 1) if depth > 0 and writer.flip() else writer.number(depth)


def _labelled(label: str, made: Written, weight: str = "") -> Written:
    return Written(f"{label}: {made.code}{weight}", made.whole)


def _entry(writer: Writer, depth: int, kind: str, mark: str = "", offset: str = "") -> Written:
    value = _value(writer, depth)
    if kind in ("product", "tiers"):
        value = Written(f"clip({value.code}, 0.25..1)", value.whole)
    elif offset:
        value = Written(f"{value.code}{offset}", value.whole)
    weight = ""
    if mark != "metric " and kind not in ("min", "max") and writer.flip():
        positive = writer.pick("0.5", "2", "weight_of" if writer.names.inputs else "1", writer.bounded(0, 3))
        weight = f" weight {positive if kind in ('mean', 'product') else writer.pick(positive, '-1.5')}"
    made = _labelled(f"{mark}{writer.label()}", value, weight)
    return Written(made.code, made.whole and mark != "metric ")


def _joined(head: str, parts: Sequence[Written]) -> Written:
    body = "  ".join(part.code for part in parts)
    return Written(f"{head} {{ {body} }}", any(part.whole for part in parts))
