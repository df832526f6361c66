"""How MaxText loads reward functions and hands them to Tunix. Run with maxtext 0.2.5 and google-tunix 0.1.7.

MaxText's trainer asks for Python 3.12 and vLLM as soon as it is imported: of its file, the two definitions are run that make
the rewards of a run.
"""

from __future__ import annotations

import ast
import functools
import multiprocessing.pool  # noqa: F401 - MaxText's pool needs it, and does not import it
import pickle
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.trainers.conftest import SAMPLES, Exporting

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

if find_spec("tunix") is None:
    pytest.skip("Tunix is not installed: pip install google-tunix", allow_module_level=True)
pytestmark = pytest.mark.filterwarnings("ignore")

NAMES = ("build_reward_fns", "_RewardFn")


@pytest.fixture
def functions() -> Callable[[ModuleType, str], list[Any]]:
    """The functions of a run, by the settings of its YAML file."""
    found = find_spec("maxtext")
    if found is None or found.origin is None:
        pytest.skip("MaxText is not installed: pip install --no-deps --ignore-requires-python maxtext")
    from maxtext.trainers.post_train.rl import utils_rl
    from maxtext.utils import max_logging

    path = Path(found.origin).parent / "trainers" / "post_train" / "rl" / "train_rl.py"
    body = [node for node in ast.parse(path.read_text("utf-8")).body if getattr(node, "name", None) in NAMES]
    space: dict[str, Any] = {"functools": functools, "utils_rl": utils_rl, "max_logging": max_logging}
    exec(compile(ast.Module(body, []), str(path), "exec"), space)  # noqa: S102 - an installed package's own lines

    def made(module: ModuleType, names: str) -> list[Any]:
        config = SimpleNamespace(reward_functions_path=module.__file__, reward_functions=names)
        return space["build_reward_fns"](config, lambda function: space["_RewardFn"](function, None))

    return made


def test_rewards_of_the_file_that_the_settings_name(functions: Any, exported: Exporting) -> None:
    from tunix.rl.grpo.grpo_learner import GRPOConfig
    from tunix.rl.reward_manager import SequenceRewardManager

    manager = SequenceRewardManager(functions(exported("tunix"), "asked"), GRPOConfig(num_generations=5))
    columns = {name: np.array(values, object) for name, values in SAMPLES.items() if name != "completion"}
    told = manager(["p"] * 5, SAMPLES["completion"], mode="train", **columns)
    assert told["rewards"].tolist() == [1.5, 1.0, 0.5, 2.0, 1.25]
    assert told["log_metrics"]["rewards/asked"][0].tolist() == [1.5, 1.0, 0.5, 2.0, 1.25]


def test_the_size_of_a_group_arrives(functions: Any, exported: Exporting, grouped: Path) -> None:
    from tunix.rl.grpo.grpo_learner import GRPOConfig
    from tunix.rl.reward_manager import SequenceRewardManager

    manager = SequenceRewardManager(functions(exported("tunix", grouped), "best"), GRPOConfig(num_generations=2))
    assert manager(["p", "p", "q", "q"], ["a", "bb", "c", ""], mode="train")["rewards"].tolist() == [0, 1, 1, 0]


def test_functions_go_to_worker_processes(functions: Any, exported: Exporting) -> None:
    """MaxText loads the file so that they find it by its name."""
    (asked,) = functions(exported("tunix"), "asked")
    again = pickle.loads(pickle.dumps(asked.fn))  # noqa: S301 - of this test
    assert again(prompts=["p"], completions=["cat"], word=["cat"], bonus=[0.0]) == [1.5]
