"""The base classes of SkyRL and OpenEnv. Run with skyrl-gym 0.4.0 and openenv 0.10.0."""

from __future__ import annotations

import pytest

from tests.trainers.callers import openenv, skyrl
from tests.trainers.conftest import SAMPLES, Exporting

pytestmark = pytest.mark.filterwarnings("ignore")


def test_skyrl_makes_the_environment_by_its_name(exported: Exporting) -> None:
    registration = pytest.importorskip("skyrl_gym.envs.registration", reason="pip install skyrl-gym")
    module = exported("skyrl")
    registration.register(id=module.__name__, entry_point=f"{module.__name__}:asked")
    row = {name: values[1] for name, values in SAMPLES.items()}
    environment = registration.make(module.__name__, env_config={}, extras={"reward_spec": row})
    environment.init([{"role": "user", "content": "p"}])
    told = environment.step(row["completion"])
    assert (told["reward"], told["done"]) == (1.0, True)
    assert told["metadata"]["short/contribution"] == 0.5
    assert skyrl(module, SAMPLES)[0] == [1.5, 1.0, 0.5, 2.0, 0]


def test_openenv_combines_the_rubric_with_others(exported: Exporting) -> None:
    rubrics = pytest.importorskip("openenv.core.rubrics", reason="pip install openenv")
    module = exported("openenv")
    told, _ = openenv(module, SAMPLES)
    assert told == [1.5, 1.0, 0.5, 2.0, 0]
    rubric = module.asked()
    hooked = []
    rubric.register_forward_hook(lambda *facts: hooked.append(facts[-1]))
    both = rubrics.WeightedSum([rubric, module.asked()], [0.5, 0.5])
    assert both({"message": "a cat"}, {"word": "cat", "bonus": 0.0}) == 1.5
    assert hooked == [1.5]
    assert rubric.last_score == 1.5
