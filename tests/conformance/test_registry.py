from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import rewardlang
from rewardlang.ops.registry import BUILTINS, overloads, signature

if TYPE_CHECKING:
    from rewardlang.ops.builtin import Builtin

HEADINGS = ("Shapes:", "Units:", "Missing:", "Errors:", "Source:", "Example:")


@pytest.mark.parametrize("builtin", BUILTINS, ids=lambda b: type(b).__name__)
def test_docstrings_have_their_headings_in_order(builtin: Builtin) -> None:
    text = type(builtin).__doc__ or ""
    places = [text.find(f"\n    {heading} ") for heading in HEADINGS]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize("builtin", [b for b in BUILTINS if not b.internal], ids=lambda b: type(b).__name__)
def test_the_example_of_a_builtin_holds(builtin: Builtin) -> None:
    example = " ".join((type(builtin).__doc__ or "").partition("\n    Example: ")[2].split())
    reward = rewardlang.compile(f"reward r(x: text) -> float {{ if {example} then 1 else 0 }}")
    assert reward(x=["a"]).total.tolist() == [1.0]


def test_overloads_share_a_name() -> None:
    assert [type(b).__name__ for b in overloads("count")] == ["CountHolding", "CountEntries"]
    assert overloads("no such name") == ()


def test_signatures_read_as_the_language_does() -> None:
    def written(name: str) -> str:
        return signature(overloads(name)[0])

    assert written("iou") == "iou(a: box, b: box, convention: plain | plus_one | minus_one = plain) -> float in 0..1"
    assert written("sqrt") == "sqrt(x: float) -> float? in 0..inf"
    assert written("ramp") == "ramp(x: float, bounds: float..float) -> float in 0..1"
    assert (
        written("sort") == "sort(x: (float | text)[a], order: ascending | descending = ascending) -> (float | text)[a]"
    )
    assert written("keep") == "keep(x: T[a], where: bool[a]) -> T[kept]"
    assert written("assign") == "assign(scores: float[a, b], by: in_order | best | optimal) -> bool[a, b]"


def test_the_registry_needs_no_heavy_package() -> None:
    heavy = ("numpy", "jax", "optax", "numba")
    code = f"import sys, rewardlang.ops.registry; print([n for n in {heavy} if n in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
