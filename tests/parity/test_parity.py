"""The claimed functions agree with the sample of golden cases, and with plain Python on variations of them."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from itertools import repeat
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.parity import page
from tests.parity.__main__ import Outcome, agree, compare, main, run
from tests.parity.cases import Case, read_cases
from tests.parity.claims import CLAIMS, LEFT_OUT, LIBRARY, ORIGINALS, SINGLE, Claimed
from tests.parity.mutations import mutated
from tests.parity.sample import SAMPLE
from tests.reward.profile import scaled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VARIATIONS = scaled(16, 40, 40)
"""Of each function: enough to meet most kinds of change, few enough to be quick."""
ROUNDING, SINGLE_ROUNDING = (1e-12, 1e-15), (1e-6, 1e-6)
"""Between two ways to compute, in float64 and in float32: relative and absolute."""
KNOWN = [claimed for claimed in CLAIMS if claimed.key in ORIGINALS]


@cache
def sample() -> dict[tuple[str, str], list[Case]]:
    return read_cases(SAMPLE)


def original(function: Callable[..., Any], inputs: dict[str, Any]) -> Any:
    try:
        return function(**inputs)
    except Exception as error:  # noqa: BLE001 - originals throw whatever they throw
        return {"raises": type(error).__name__}


@pytest.mark.parametrize("key", sorted({*(claimed.key for claimed in CLAIMS), *LIBRARY}), ids=":".join)
def test_claims_agree_with_the_sample(key: tuple[str, str]) -> None:
    # The functions of the library compile for the shapes of each case.
    outcome = compare(key, sample()[key][:: scaled(6 if key in LIBRARY else 2, 1, 1)])
    assert outcome is not None
    assert outcome.differed == {}


def test_every_case_of_the_sample_is_claimed() -> None:
    assert set(sample()) == {*(claimed.key for claimed in CLAIMS), *LIBRARY}


def test_a_function_that_differs_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    row = {
        "system": "trl",
        "function": "think_format_reward",
        "case_id": "x",
        "inputs": {"completion": ""},
        "expected": 1,
    }
    (tmp_path / "trl.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert main([str(tmp_path)]) == 1
    assert "x: ours 0.0, expected 1" in capsys.readouterr().out


@pytest.mark.parametrize("key", ORIGINALS, ids=":".join)
def test_originals_give_what_is_recorded(key: tuple[str, str]) -> None:
    rules = [rule for claimed in CLAIMS if claimed.key == key for rule in claimed.claim.rules]
    for case in sample()[key]:
        if any(rule.applies(case.inputs, case.expected) for rule in rules):
            continue
        found = original(ORIGINALS[key], deepcopy(case.inputs))
        assert case.raises == Case(case.case_id, {}, found).raises, case.case_id
        if not case.raises:
            assert alike(found, case.expected, *(SINGLE_ROUNDING if key in SINGLE else ROUNDING)), case.case_id


def alike(found: Any, recorded: Any, relative: float, absolute: float) -> bool:
    """Whether two results are the same but for rounding; of a record, what the rebuilt original gives of it."""
    if isinstance(found, dict):
        return found.keys() <= recorded.keys() and all(
            alike(found[key], recorded[key], relative, absolute) for key in found
        )
    if isinstance(found, list) and not all(isinstance(value, float) for value in found):
        return len(found) == len(recorded) and all(map(alike, found, recorded, repeat(relative), repeat(absolute)))
    return bool(found == recorded) if isinstance(found, str) else agree(found, recorded, relative, absolute)


@pytest.mark.parametrize("claimed", KNOWN, ids=lambda claimed: ":".join(claimed.key))
def test_claims_agree_on_variations(claimed: Claimed) -> None:
    assert vary(claimed, seed=0, count=VARIATIONS).differed == {}


def vary(claimed: Claimed, seed: int, count: int) -> Outcome:
    """Compare with the original on changed inputs of the sample."""
    key = claimed.key
    random = Random(f"{seed} {key}")
    inputs = [mutated(random.choice(sample()[key]).inputs, random) for _ in range(count)]
    return run(claimed, [Case(str(n), made, original(ORIGINALS[key], made)) for n, made in enumerate(inputs)])


def test_nothing_is_both_claimed_and_left_out() -> None:
    assert not ({claimed.key for claimed in CLAIMS} | set(LIBRARY)) & set(LEFT_OUT)


def test_page_is_current() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.systems_page()
