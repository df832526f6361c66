"""What a run sees of a reward, trainer by trainer: the total, a missing one, a mistake, the step, the terms."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from rewardlang.diagnostics import CallError
from rewardlang.trainers.registry import find_trainer
from tests.trainers import environments
from tests.trainers.callers import CALLERS, COLUMNS, slime_group, stand_ins, verl_sync
from tests.trainers.conftest import SAMPLES, Exporting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import rewardlang

pytestmark = pytest.mark.filterwarnings("ignore:JAXopt is no longer maintained")

ONE_MISSING = {"trl": None, "ms-swift": 1.25, "tunix": 1.25, "easydel": 1.25}
"""What stands for the missing score of the last sample; elsewhere 0."""

STEPPING = list(environments.CALLERS)
"""What steps environments has numbers, and a spec of them."""
PATHS = ("right", "short", "extra", "late")
CLOCKED = [name for name in STEPPING if name != "brax"]
LOGGING = [name for name in CALLERS if name not in {"ms-swift", "tunix", "easydel", "areal"}]


@pytest.fixture(autouse=True)
def _stand_ins() -> Iterator[None]:
    with stand_ins():
        yield


def run(name: str, exported: Exporting, columns: dict[str, list[Any]] = SAMPLES, **more: Any) -> Any:
    module = exported(name, columns=COLUMNS.get(name), **more.pop("options", {}))
    return CALLERS[name](module, columns, **more)


@pytest.mark.parametrize("name", CALLERS)
def test_the_total_is_that_of_the_reward(name: str, exported: Exporting, expected: list[Any]) -> None:
    told, _ = run(name, exported)
    if name == "easyr1":  # it gives no column but the ground truth, so that nothing is missing
        assert told == [1.5, 0.5, 0.5, 1.0, 0.5]
        return
    assert told[:4] == expected[:4] == [1.5, 1.0, 0.5, 2.0]
    assert told[4] == ONE_MISSING.get(name, 0)
    assert all(reward is None or type(reward) is float for reward in told)


def test_a_plain_function_of_verl_has_the_same_totals(exported: Exporting) -> None:
    told, _ = verl_sync(exported("verl", columns=COLUMNS["verl"], sync=True), SAMPLES)
    assert told == [1.5, 1.0, 0.5, 2.0, 0]


@pytest.mark.parametrize("name", CALLERS)
def test_a_missing_score_can_be_an_error(name: str, exported: Exporting) -> None:
    if name in {"easyr1", "brax"}:
        pytest.skip("nothing is missing: EasyR1 gives no column; what is traced raises nothing")
    with pytest.raises(CallError, match=r"has no score.*the reward gives no value"):
        run(name, exported, options={"missing": "error"})


@pytest.mark.parametrize("name", LOGGING)
def test_terms_are_told_under_the_same_names_for_all(name: str, exported: Exporting) -> None:
    _, logged = run(name, exported)
    names = {key.removeprefix("rewards/").removeprefix("asked/") for key in logged}
    parts = ("raw", "weight", "contribution", "missing")
    wanted = {f"{path}/{part}" for path, part in itertools.product(PATHS, parts)} - {"late/contribution"} | {"missing"}
    assert wanted <= names
    if name in {"verl", "slime"}:
        assert set(map(type, logged["reward.fingerprint"])) == {str}
        assert logged["missing"] == [0, 0, 0, 0, 1]
        assert logged["right/raw"] == [1, 0, 0, 1, 0]
        assert logged["short/weight"] == [0.5] * 5
        assert logged["extra/missing"] == [0, 0, 0, 0, 1]
        sums = [sum(logged[f"{path}/contribution"][row] for path in PATHS[:3]) for row in range(4)]
        assert sums == [1.5, 1.0, 0.5, 2.0]


@pytest.mark.parametrize("name", CALLERS)
def test_columns_that_the_reward_does_not_know_are_ignored(name: str, exported: Exporting) -> None:
    columns = (
        {**SAMPLES, "path": ["x"] * 5, "self": [1] * 5, "args": [[1]] * 5}
        if name != "tunix"
        else {**SAMPLES, "path": ["x"] * 5}
    )
    if name in {"trl", "ms-swift", "areal"}:
        del columns["self"]  # no keyword of Python
    assert run(name, exported, columns)[0] == run(name, exported)[0]


@pytest.mark.parametrize("name", CALLERS)
def test_a_column_that_is_needed_and_not_given_is_an_error(name: str, exported: Exporting) -> None:
    columns = {key: values for key, values in SAMPLES.items() if key != "word"}
    title, field = find_trainer(name).title, "found" if name in STEPPING else "word"
    module = exported(
        name, columns=environments.COLUMNS.get(name)
    )  # under its own name, which verl and EasyR1 never give
    with pytest.raises(CallError, match=rf"{title} gave no `(cars\[agent\].)?{field}`, which `asked` needs: it gave"):
        CALLERS[name](module, columns)


@pytest.mark.parametrize("name", [name for name in CALLERS if name not in {"openrlhf", "easyr1", *STEPPING}])
def test_a_value_of_another_type_is_an_error(name: str, exported: Exporting) -> None:
    columns = {**SAMPLES, "word": ["cat", 5, "cat", "cat", "cat"]}
    with pytest.raises(
        CallError, match=r"column `word`, sample 1: expected `text`, got 5|sample 0: expected `text`, got 5"
    ):
        run(name, exported, columns)


HOSTILE = ["", "\x00", "\ud800", "<|im_end|>" * 1000, "a" * 100_000, "{", "\u2028", "cat\r\n", "𝔘", "</s>cat"]


@pytest.mark.parametrize("name", CALLERS)
def test_hostile_completions_have_scores_like_others(name: str, exported: Exporting, reward: rewardlang.Reward) -> None:
    columns = {"completion": HOSTILE, "word": ["cat"] * len(HOSTILE), "bonus": [0.0] * len(HOSTILE)}
    told, _ = run(name, exported, columns, options={} if name in STEPPING else {"special": "keep"})
    wanted = reward(columns).tolist()
    if name == "openrlhf":  # its query ends with a special token, which makes every completion longer
        assert all(0 <= score <= 3 for score in told)
    else:
        assert told == wanted


def test_chats_are_the_texts_of_the_model(exported: Exporting) -> None:
    chats = [[{"role": "assistant", "content": text}] for text in SAMPLES["completion"]]
    assert run("trl", exported, {**SAMPLES, "completion": chats})[0] == run("trl", exported)[0]


@pytest.mark.parametrize("name", ["trl", "ms-swift", *CLOCKED])
@pytest.mark.parametrize(("step", "late"), [(0, 0.0), (50, 0.5), (1000, 1.0)])
def test_the_training_step_is_passed_on(name: str, step: int, late: float, exported: Exporting) -> None:
    told, logged = CALLERS[name](exported(name, columns=COLUMNS.get(name)), SAMPLES, step=step)
    assert told[:4] == [1.5, 1.0, 0.5, 2.0]
    if name != "ms-swift":
        raw = logged["asked/late/raw" if name in CLOCKED else "rewards/asked/late/raw"]
        assert raw[:1] == pytest.approx([late])


def test_a_column_called_step_is_the_users(exported: Exporting) -> None:
    _, logged = run("trl", exported, {**SAMPLES, "step": [100] * 5}, step=1)
    assert logged["rewards/asked/late/raw"] == [1]


def test_tunix_counts_training_batches(tmp_path: Any, exported: Exporting) -> None:
    spec = tmp_path / "ramp.rwd"
    spec.write_text(
        'reward asked(completion: text, step: int, mode: text) -> float { if mode == "eval" then -1 else step }\n'
    )
    asked = exported("tunix", spec).asked
    told = [asked(["p"], ["c"], mode=mode)[0] for mode in ("train", "train", "eval", "train")]
    assert told == [0, 1, -1, 2]


@pytest.mark.parametrize("name", ["trl", "ms-swift", "tunix", "easydel"])
def test_a_column_of_another_length_is_an_error(name: str, exported: Exporting) -> None:
    columns = {**SAMPLES, "word": ["cat"] * 3}
    with pytest.raises(CallError, match="gave 3 values of `word` for 5 samples"):
        run(name, exported, columns)


def test_entries_are_functions_that_add_up(exported: Exporting) -> None:
    module = exported("trl", entries=True)
    assert [function.__name__ for function in module.reward_funcs] == ["asked_right", "asked_short", "asked_extra"]
    assert module.reward_weights == [1.0, 1.0, 1.0]
    calls = []
    given = {"word": SAMPLES["word"], "bonus": SAMPLES["bonus"], "log_metric": lambda name, _: calls.append(name)}
    told = [f(prompts=["p"] * 5, completions=SAMPLES["completion"], **given) for f in module.reward_funcs]
    assert told == [[1, 0, 0, 1, None], [0.5, 0.5, 0.5, 0, None], [0, 0.5, 0, 1, None]]
    assert len(calls) == len(set(calls))  # logged once for the three


def test_entries_are_made_anew_for_other_values(exported: Exporting) -> None:
    module = exported("trl", entries=True)
    given = {"prompts": ["p"], "word": ["cat"], "bonus": [0.0]}
    assert [module.asked_right(completions=[text], **given) for text in ("cat", "dog", "cat")] == [[1], [0], [1]]
    completions = ["cat"]
    assert module.asked_right(completions=completions, **given) == [1]
    completions[0] = "dog"
    assert module.asked_right(completions=completions, **given) == [0]


def test_params_come_from_the_configuration(exported: Exporting) -> None:
    import asyncio

    module = exported("verl", columns={"word": "ground_truth"})

    async def ask(**settings: Any) -> list[float]:
        given = {"data_source": "d", "solution_str": "cat", "ground_truth": "cat", "extra_info": {"bonus": 0.0}}
        told = await asyncio.gather(module.compute_score(**given), module.compute_score(**given, **settings))
        return [row["score"] for row in told]

    assert asyncio.run(ask(brevity=1.0)) == [1.5, 2.0]
    assert asyncio.run(ask(reward_router_address="a", reward_model_tokenizer=None)) == [1.5, 1.5]
    with pytest.raises(CallError, match="`asked` has no param `brevty`; did you mean `brevity`"):
        asyncio.run(ask(brevty=1.0))
    module = exported("easyr1", columns={"word": "ground_truth"})
    sample = {"response": "cat", "response_length": 3, "ground_truth": "cat"}
    assert [module.compute_score([sample], brevity=b)[0]["overall"] for b in (0.0, 1.0)] == [1, 2]


def test_a_failing_sample_of_verl_fails_alone(exported: Exporting) -> None:
    import asyncio

    module = exported("verl", columns={"word": "ground_truth"})

    async def batch() -> list[Any]:
        asked = [module.compute_score("d", "a cat", 5 if i == 3 else "cat", {"bonus": 0.0}) for i in range(64)]
        return await asyncio.gather(*asked, return_exceptions=True)

    told = asyncio.run(batch())
    assert [i for i, row in enumerate(told) if isinstance(row, CallError)] == [3]
    assert all(row["score"] == 1.5 for i, row in enumerate(told) if i != 3)


GROUPS = ["a", "bb", "cc", "", "d", "dd"]


def test_groups_of_trl_are_whole(grouped: Any, exported: Exporting) -> None:
    best = exported("trl", grouped, group=3).best
    prompts = ["p"] * 3 + ["q"] * 3
    assert best(prompts=prompts, completions=GROUPS) == [0, 1, 1, 0, 0, 1]
    with pytest.raises(CallError, match="TRL gave 4 completions, which are no whole groups of 3"):
        best(prompts=prompts[:4], completions=GROUPS[:4])
    with pytest.raises(CallError, match=r"two prompts in one group of 3 \(samples 0 and 2\)"):
        best(prompts=["p", "p", "q", "q", "q", "q"], completions=GROUPS)


JUDGED = """\
model rank(prompt: text, responses: text[group]) -> float?[group]
reward best(prompt: text, completion: text) -> float? { sum { ranked: rank(prompt, completion) } }
"""


def rank(prompt: Sequence[str], responses: Sequence[Sequence[str]]) -> list[list[float]]:  # noqa: ARG001
    """A model that looks at whole groups: how many of the group are shorter."""
    return [[sum(len(other) < len(one) for other in group) for one in group] for group in responses]


def test_a_model_over_the_group_has_the_groups_of_the_trainer(tmp_path: Path, exported: Exporting) -> None:
    path = tmp_path / "judged.rwd"
    path.write_text(JUDGED, encoding="utf-8")
    models = {"rank": "tests.trainers.test_contracts:rank"}
    prompts = ["p"] * 3 + ["q"] * 3
    assert exported("trl", path, group=3, models=models).best(prompts=prompts, completions=GROUPS) == [0, 1, 1, 0, 1, 2]
    with pytest.raises(CallError, match=r"compares the samples of a group .*: say how many there are"):
        exported("trl", path, models=models)
    with pytest.raises(CallError, match="compares the samples of a group"):
        exported("verl", path, models=models)


def test_groups_of_tunix_come_from_its_configuration(grouped: Any, exported: Exporting) -> None:
    best = exported("tunix", grouped).best
    assert best(["p"] * 3 + ["q"] * 3, GROUPS, num_generations=3) == [0, 1, 1, 0, 0, 1]
    assert best([np.arange(2)] * 3 + [np.ones(2)] * 3, GROUPS, num_generations=3) == [0, 1, 1, 0, 0, 1]
    with pytest.raises(CallError, match="two prompts in one group of 2"):
        best([np.arange(2)] * 3 + [np.ones(2)] * 3, GROUPS, num_generations=2)
    with pytest.raises(CallError, match="Tunix did not tell how many there are"):
        best(["p"] * 6, GROUPS)


def test_groups_of_slime_are_its_lists(grouped: Any, exported: Exporting) -> None:
    module = exported("slime", grouped)
    module.asked = module.best
    assert slime_group(module, {"completion": GROUPS[:3]})[0] == [0, 1, 1]
    with pytest.raises(CallError, match="slime asked for one sample alone"):
        CALLERS["slime"](module, {"completion": GROUPS[:3]})


def test_missing_scores_are_told_of(exported: Exporting, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "rewardlang.trainers"):
        run("trl", exported)
    assert "TRL: 1 of 5 scores of `asked` are missing (1 so far), 1 of them: the reward gives no value" in caplog.text
    assert "TRL: `asked`, reward.fingerprint" in caplog.text
