"""Each trainer's way to call a reward, in a few lines of our own, with the version that it was read from.

A caller takes the exported module and columns by the names of the fields, and gives the rewards that the trainer then
has, and what it logs.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.trainers import environments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Columns = dict[str, list[Any]]
Told = tuple[list[Any], dict[str, Any]]


def rows(columns: Columns) -> list[dict[str, Any]]:
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


@dataclass
class Log:
    """TRL's two ways to log: 1.16.0, `trl/trainer/grpo_trainer.py`, `_log_metric` and `_log_completion_extra`."""

    metrics: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    extra: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))


def trl(module: ModuleType, columns: Columns, step: int = 0) -> Told:
    """TRL 1.16.0, `GRPOTrainer._calculate_rewards`."""
    log = Log()
    more = without(columns, "completion")
    output = module.asked(
        prompts=["p"] * len(columns["completion"]), completions=columns["completion"], completion_ids=[[1]] * len(columns),
        trainer_state=SimpleNamespace(global_step=step, max_steps=100), log_metric=lambda n, v: log.metrics[n].append(v),
        log_extra=lambda n, v: log.extra[n].extend(v), **more,
    )  # fmt: skip
    assert isinstance(output, list)
    return output, {**log.metrics, **log.extra}


def verl(module: ModuleType, columns: Columns) -> Told:
    """verl at 1dda039, `reward_manager/naive.py` `run_single`, and `agent_loop.py`, which takes the keys of sample 0."""
    assert inspect.iscoroutinefunction(module.compute_score)

    async def single(row: dict[str, Any]) -> dict[str, Any]:
        extra = {**without(row, "completion", "word"), "num_turns": 1, "rollout_reward_scores": {}}
        result = await module.compute_score(
            data_source="d", solution_str=row["completion"], ground_truth=row.get("word"), extra_info=extra
        )
        return {"reward_score": result["score"], "reward_extra_info": dict(result)}

    async def batch() -> list[dict[str, Any]]:
        return await asyncio.gather(*(single(row) for row in rows(columns)))

    told = asyncio.run(batch())
    infos = [row["reward_extra_info"] for row in told]
    return [row["reward_score"] for row in told], {key: [info[key] for info in infos] for key in infos[0]}


def verl_sync(module: ModuleType, columns: Columns) -> Told:
    """As verl's `remote` manager: a plain function of one sample, in workers."""
    assert not inspect.iscoroutinefunction(module.compute_score)

    def single(row: dict[str, Any]) -> dict[str, Any]:
        return module.compute_score(
            data_source="d", solution_str=row["completion"], ground_truth=row.get("word"),
            extra_info=without(row, "completion", "word"),
        )  # fmt: skip

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(single, rows(columns)))
    return [row["score"] for row in told], {key: [row[key] for row in told] for key in told[0]}


def openrlhf(module: ModuleType, columns: Columns) -> Told:
    """OpenRLHF at 3c3be62, `openrlhf/utils/agent.py` `_fetch_rewards_via_func`: a label that is JSON, lists of one."""
    import json

    def single(row: dict[str, Any]) -> dict[str, Any]:
        prompt, label = "<|im_start|>ask<|im_end|>", json.dumps(without(row, "completion"))
        return module.reward_func([prompt + row["completion"] + "<|im_end|>"], [prompt], [label])

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(single, rows(columns)))
    values = [float(np.asarray(row["rewards"]).reshape(-1)[0]) for row in told]
    shares = [float(np.asarray(row["scores"]).reshape(-1)[0]) for row in told]
    assert all(0 <= share <= 1 for share in shares)
    return values, {key: [row["extra_logs"][key] for row in told] for key in told[0]["extra_logs"]}


def swift(_: ModuleType, columns: Columns, step: int = 0) -> Told:
    """ms-swift at 3602360, `grpo_algorithm.py`: completions by position, columns as keywords."""
    orms = sys.modules["swift.rewards"].orms
    messages = [[{"role": "user", "content": "p"}, {"role": "assistant", "content": c}] for c in columns["completion"]]
    state = SimpleNamespace(global_step=step)
    return orms["asked"]()(
        columns["completion"], messages=messages, trainer_state=state, **without(columns, "completion")
    ), {}


def tunix(module: ModuleType, columns: Columns) -> Told:
    """google-tunix 0.1.7, `SequenceRewardManager._compute_rewards`: arrays of texts, a parameter from the config."""
    assert "num_generations" in inspect.signature(module.asked).parameters
    arrays = {name: np.array(values, dtype=object) for name, values in without(columns, "completion").items()}
    count = len(columns["completion"])
    told = module.asked(
        prompts=["p"] * count, completions=columns["completion"], mode="train", num_generations=count, **arrays
    )
    assert len(told) == count
    return told, {}


def nemo_rl(module: ModuleType, columns: Columns) -> Told:
    """NeMo-RL at 7ea279a, `environments/interfaces.py`: an environment in an actor."""
    environment = module.asked({})
    logs = [[{"role": "user", "content": "p"}, {"role": "assistant", "content": c}] for c in columns["completion"]]
    told = environment.step(logs, [without(row, "completion") for row in rows(columns)])
    assert len(told.observations) == len(logs)
    _, metrics = environment.global_post_process_and_metrics({})
    return np.asarray(told.rewards).tolist(), metrics


def easydel(module: ModuleType, columns: Columns) -> Told:
    """EasyDeL 0.3.0 at 090a03b, `base_trainer.py`: only the keywords that the signature names.

    The texts among the columns it has dropped before, as `test_easydel.py` shows.
    """
    offered = {
        "prompts": ["p"] * len(columns["completion"]), "completions": columns["completion"],
        "raw_completions": columns["completion"], "batch": without(columns, "completion"), "max_length": 16,
    }  # fmt: skip
    names = inspect.signature(module.asked).parameters
    return module.asked(**{name: value for name, value in offered.items() if name in names}), {}


def easyr1(module: ModuleType, columns: Columns) -> Told:
    """EasyR1 at b44b311, `workers/reward/function.py`: no column but these, so that the word is the ground truth."""
    assert module.REWARD_TYPE == "batch"
    given = [
        {"response": row["completion"], "response_length": 5, "ground_truth": row.get("word")} for row in rows(columns)
    ]
    told = module.compute_score(given)
    return [row["overall"] for row in told], {key: [row[key] for row in told] for key in told[0]}


def areal(module: ModuleType, columns: Columns) -> Told:
    """AReaL 1.0.4, `areal/api/reward_api.py`: four by position, the data as keywords."""
    told = [
        module.asked("p", row["completion"], [1], [2], **{"prompt": "in the data too", **without(row, "completion")})
        for row in rows(columns)
    ]
    return told, {}


def slime(module: ModuleType, columns: Columns) -> Told:
    """Slime at 624b824, `rollout/rm_hub/__init__.py` `async_rm`."""

    async def batch() -> list[Any]:
        samples = [
            SimpleNamespace(
                prompt="p", response=row["completion"], label=row.get("word"), metadata=without(row, "completion")
            )
            for row in rows(columns)
        ]
        return await asyncio.gather(*(module.asked(SimpleNamespace(), sample) for sample in samples))

    told = asyncio.run(batch())
    return [row["score"] for row in told], {key: [row[key] for row in told] for key in told[0]}


def slime_group(module: ModuleType, columns: Columns) -> Told:
    """Slime with `--group-rm`: `batched_async_rm`."""
    samples = [
        SimpleNamespace(prompt="p", response=row["completion"], label=None, metadata=without(row, "completion"))
        for row in rows(columns)
    ]
    told = asyncio.run(module.asked(SimpleNamespace(), samples))
    return [row["score"] for row in told], {key: [row[key] for row in told] for key in told[0]}


def skyrl(module: ModuleType, columns: Columns) -> Told:
    """skyrl-gym 0.4.0, `BaseTextEnv`: an environment a sample, its step in a pool of threads."""

    def single(row: dict[str, Any]) -> Any:
        spec = {"method": "rule", "ground_truth": "x", **({"word": row["word"]} if "word" in row else {})}
        environment = module.asked(env_config={}, extras={"reward_spec": spec, **without(row, "completion", "word")})
        environment.init([{"role": "user", "content": "p"}])
        return environment.step(row["completion"])

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(single, rows(columns)))
    assert all(row["done"] for row in told)
    return [row["reward"] for row in told], {key: [row["metadata"][key] for row in told] for key in told[0]["metadata"]}


def openenv(module: ModuleType, columns: Columns) -> Told:
    """OpenEnv 0.10.0, `Rubric.__call__`."""
    rubric = module.asked()
    told, terms = [], defaultdict(list)
    for row in rows(columns):
        told.append(rubric(SimpleNamespace(message=row["completion"]), SimpleNamespace(**without(row, "completion"))))
        for name, value in rubric.terms.items():
            terms[name].append(value)
    return told, dict(terms)


CALLERS: dict[str, Callable[..., Told]] = {
    "trl": trl, "verl": verl, "openrlhf": openrlhf, "ms-swift": swift, "tunix": tunix, "nemo-rl": nemo_rl,
    "easydel": easydel, "easyr1": easyr1, "areal": areal, "slime": slime, "skyrl": skyrl, "openenv": openenv,
    **environments.CALLERS,
}  # fmt: skip
"""verifiers is always run with its own code: `test_verifiers.py`."""

COLUMNS = {"verl": {"word": "ground_truth"}, "easyr1": {"word": "ground_truth"}, **environments.COLUMNS}
"""What the trainer calls fields otherwise."""


@contextmanager
def stand_ins() -> Iterator[None]:
    """The few names that exported files import of trainers, where these are not installed."""
    made: dict[str, ModuleType] = {}

    def module(name: str, **content: Any) -> None:
        for part in range(1, name.count(".") + 1):
            parent = name.rsplit(".", part)[0]
            if parent not in sys.modules:
                made[parent] = sys.modules[parent] = ModuleType(parent)
        if name not in sys.modules:
            made[name] = sys.modules[name] = ModuleType(name)
            vars(made[name]).update(content)

    module("swift.rewards", ORM=type("ORM", (), {}), orms={})
    module("ray", remote=lambda cls: cls)
    if find_spec("torch") is None:
        module("torch", tensor=np.array, ones=np.ones, as_tensor=lambda values, device: np.asarray(values))  # noqa: ARG005
    if find_spec("skyrl_gym") is None:
        base = type("BaseTextEnv", (), {"init": lambda _, prompt: (prompt, {})})
        module("skyrl_gym.envs.base_text_env", BaseTextEnv=base, BaseTextEnvStepOutput=dict)
    if find_spec("openenv") is None:
        call = {"__call__": lambda self, action, observation: self.forward(action, observation)}
        module("openenv.core.rubrics", Rubric=type("Rubric", (), call))
    module("isaaclab.managers", ManagerTermBase=type("ManagerTermBase", (), {"__init__": lambda *_: None}))
    if find_spec("rlgym") is None:
        module("rlgym.api", RewardFunction=type("RewardFunction", (), {}))
    module("nemo_rl.environments.interfaces", EnvironmentInterface=object, EnvironmentReturn=SimpleNamespace)
    try:
        yield
    finally:
        for name in made:
            sys.modules.pop(name, None)
