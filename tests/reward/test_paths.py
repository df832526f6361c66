"""Paths that a reply writes: whatever it holds, the host's programs score them as the reference does."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pytest

from tests.reference.agreement import assert_agrees
from tests.reference.compiled import compiled_scores
from tests.reference.running import checked

SPEC = """
from std.paths import angle, heading, step_length
reward r(p: text, q: text) -> float? {
    let made: point[made] = points(json(p)) ?? []
    let truth: point[truth] = points(json(q)) ?? []
    let lengths = abs(step_length(made) - step_length(truth))
    return frechet(distance(made, truth) + 0.25 * angle(heading(made), heading(truth)) + 0.1 * lengths)
}
"""
LINE = [[place / 7, math.sin(place)] for place in range(40)]
PATHS: dict[str, Any] = {
    "nothing": [], "a point": [[0.5, 0.25]], "a point that repeats": [[0.1, 0.1]] * 5, "a line": LINE,
    "a line back": LINE[::-1], "huge": [[1e300, -1e300], [-1e300, 1e300]], "tiny": [[5e-324, 0], [0, 5e-324]],
    "signs of zero": [[0.0, -0.0], [-0.0, 0.0], [-1, -0.0]], "no number": [["a", 1]], "three": [[1, 2, 3]],
    "not a number": [[math.nan, 0], [0, 0]], "infinite": [[math.inf, 0]], "no list": 7, "deep": [[[1], 2]],
    "text": "[[1, 2]]", "none": None,
}  # fmt: skip


@pytest.mark.parametrize("dialect", ["strict", "python"])
@pytest.mark.parametrize("name", PATHS)
def test_a_path_is_as_far_from_each_other_as_the_reference_says(name: str, dialect: str) -> None:
    batch = [{"p": json.dumps(PATHS[name]), "q": json.dumps(other)} for other in PATHS.values()]
    spec = re.sub(r"json\((\w)\)", rf"json(\1, dialect: {dialect})", SPEC)
    assert_agrees(checked(spec), "r", batch, None, None, compiled_scores)


def test_long_and_short_paths_of_one_batch_are_told_apart() -> None:
    sizes = [0, 1, 300, 2, 0, 33, 257]
    batch = [{"p": json.dumps((LINE * 8)[:size]), "q": json.dumps(LINE[: size % 5 + 1])} for size in sizes]
    assert_agrees(checked(SPEC), "r", batch, None, None, compiled_scores)
