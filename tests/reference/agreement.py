"""Whether compiled scores agree with the reference interpreter.

What is discrete agrees exactly: which values are missing, which terms are active, bools and ints. Floats agree within
the language's promise, 1e-6 relative plus 1e-6 of the range. A chain of float32 operations may lose more, since errors
add up and cancellation leaves the error of the largest number: 1e-5 relative, plus 1e-6 of the largest number that
arose on the way (or of the declared range, where that is larger).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tests.reference.interpreter import Result, Term, evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rewardlang.check.checked import Checked

RELATIVE = 1e-5
OF_SCALE = 1e-6
FIELDS = ("raw", "weight", "contribution", "active", "present")

Scores = list[dict[str, Any]]
"""One dict a sample: `total`, and `terms`, a mapping of paths to dicts with the keys `FIELDS`.

A number is a float, int or bool; None or NaN where it is missing or undefined; a list along an axis. A number without
an axis may stand for a list.
"""


def assert_agrees(
    checked: Checked, reward_name: str, batch: Sequence[Mapping[str, Any]], params: Mapping[str, Any] | None,
    groups: Sequence[Any] | None, scores_of: Callable[..., Scores],
) -> None:  # fmt: skip
    """Compare `scores_of(checked, reward_name, batch, params, groups)` with the reference, term by term.

    Raises:
        AssertionError: naming the sample, the term and the field that differ, with both values.
    """
    expected = evaluate(checked, reward_name, batch, params, groups)
    found = scores_of(checked, reward_name, batch, params, groups)
    assert len(found) == len(expected), f"{len(found)} scores for {len(expected)} samples"
    wide = _width(checked, reward_name)
    for sample, (result, scores) in enumerate(zip(expected, found, strict=True)):
        _compare_total(result, scores, max(result.scale, wide), f"sample {sample}")


def _width(checked: Checked, name: str) -> float:
    known = {**checked.rewards, **checked.properties, **checked.examples}[name].body.type.range
    return float(known.high - known.low) if known is not None and known.bounded else 0.0


def _compare_total(result: Result, scores: Mapping[str, Any], scale: float, where: str) -> None:
    _compare(result.total, scores["total"], scale, f"{where}: total")
    terms = scores["terms"]
    assert set(terms) == set(result.terms), f"{where}: terms {sorted(terms)}, not {sorted(result.terms)}"
    for path, term in result.terms.items():
        _compare_term(term, terms[path], scale, f"{where}: term {path}")


def _compare_term(term: Term, found: Mapping[str, Any], scale: float, where: str) -> None:
    _compare(term.active, found["active"], scale, f"{where}: active")
    for field in ("raw", "weight", "present"):
        for active, expected, value in aligned(term.active, getattr(term, field), found[field]):
            if active:
                _compare(expected, value, scale, f"{where}: {field}")
    for active, expected, value in aligned(term.active, term.contribution, found["contribution"]):
        if not term.counts or not active:
            # Nothing is contributed: said so, or said as 0.
            assert is_missing(value) or value == 0, f"{where}: contribution {value}, where nothing counts"
        elif not is_missing(expected):
            # Where an entry of `min`, `max` or `tiers` is missing, what the others are worth is open.
            _compare(expected, value, scale, f"{where}: contribution")


def aligned(*values: Any) -> Iterator[tuple[Any, ...]]:
    """The entries of nested lists side by side; a single number stands for a list of it."""
    sizes = {len(value) for value in values if isinstance(value, list)}
    if not sizes:
        yield values
        return
    assert len(sizes) == 1, f"lists of different lengths: {values}"
    for place in range(sizes.pop()):
        yield from aligned(*(value[place] if isinstance(value, list) else value for value in values))


def is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _compare(expected: Any, found: Any, scale: float, where: str) -> None:
    for one, other in aligned(expected, found):
        assert is_missing(one) == is_missing(other), f"{where}: {other}, not {one}"
        if is_missing(one):
            continue
        if isinstance(one, int):
            assert one == other, f"{where}: {other}, not {one}"
        allowed = RELATIVE * abs(one) + OF_SCALE * scale
        assert abs(one - other) <= allowed, f"{where}: {other}, not {one} (allowed: {allowed:.3g})"
